// Example plugins on host memory: a right kernel, and four with one fault each.
#include "example_table.h"

namespace {

using namespace example;

template <Fault kFault>
std::int32_t run(const bitgate_launch* launch) {
  const auto* input = static_cast<const float*>(launch->input);
  auto* codes = static_cast<std::uint8_t*>(launch->codes);
  auto* scales = static_cast<std::uint8_t*>(launch->scales);
  const std::int64_t blocks = launch->cols / kBlock, tiles = up(blocks, kTileCols) / kTileCols;
  if (kFault != Fault::kNoPadding && launch->rows * blocks != 0)
    memset(scales, 0, static_cast<std::size_t>(up(launch->rows, kTileRows) * tiles * kTileCols));
  for (std::int64_t row = 0; row < launch->rows; ++row)
    for (std::int64_t col = 0; col < blocks; ++col) {
      const std::int64_t block = row * blocks + col;
      quantize_block(input + block * kBlock, codes + block * kBlockBytes, scales + scale_place(row, col, tiles),
                     kFault == Fault::kTiesAway);
    }
  if (kFault == Fault::kBlockBehind && launch->rows * blocks != 0)
    memset(codes + launch->rows * blocks * kBlockBytes, 0x11, kBlockBytes);
  for (volatile bool forever = kFault == Fault::kHang; forever;) {
  }
  return 0;
}

constexpr bitgate_kernel kRight = kernel("right", BITGATE_HOST, run<Fault::kNone>),
                         kTies = kernel("ties-away", BITGATE_HOST, run<Fault::kTiesAway>),
                         kBehind = kernel("block-behind", BITGATE_HOST, run<Fault::kBlockBehind>),
                         kNoPadding = kernel("no-padding", BITGATE_HOST, run<Fault::kNoPadding>),
                         kHang = kernel("hang", BITGATE_HOST, run<Fault::kHang>);
constexpr const bitgate_kernel* kKernels[] = {&kRight, &kTies, &kBehind, &kNoPadding, &kHang};
constexpr bitgate_plugin_table kTable{sizeof(bitgate_plugin_table), BITGATE_PLUGIN_VERSION, std::size(kKernels),
                                      kKernels};

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &kTable; }
