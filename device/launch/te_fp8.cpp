// te/fp8-current-*, te/fp8-delayed-*: amax unless given, then the quantizer. te/fp8-block*: one launch. *-gelu: the
// activation before them.
#include <array>
#include <utility>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/fp8_tiling.h"

namespace bitgate::device {
namespace {

// Bits of an encode scale that stay.
constexpr std::int64_t kAnyScale = 0xFFFFFFFF;
constexpr std::int64_t kPowerOfTwoScale = 0xFF800000;

struct Row {
  std::string_view subject, stem;
  SchemeId scheme;
  std::int64_t scale_mask;
  bool gelu = false;
};

// The amax kernel takes whole vectors; what is left over takes a warp of its own.
std::vector<Launch> amax_launches(const Extent& row, InputType type, Buffer to) {
  const std::int64_t vectors = std::max<std::int64_t>(row.cols / per_vector(type), 1);
  const KernelShape amax{"amax", "amax", kAmaxVectorsPerThread, {Buffer::kInput, to}};
  const KernelShape tail{"te_fp8", "te_fp8_tail_amax", 1, {Buffer::kInput, to}};
  std::vector<Launch> launches{launch_of(amax, row, vectors, type)};
  if (row.cols % per_vector(type) != 0) launches.push_back(launch_of(tail, row, 1, type));
  return launches;
}

std::vector<Launch> plan_tensor(const Row& row, const Extent& extent, InputType type, const PlanOptions& options) {
  const Extent line = as_one_row(extent);
  const bool columns_alone = options.direction == Direction::kColumnwise;
  std::vector<Launch> launches;
  if (!(columns_alone ? options.amax_columnwise_given : options.amax_given))
    launches = amax_launches(line, type, columns_alone ? Buffer::kAmaxColumnwise : Buffer::kAmax);
  if (options.direction == Direction::kRowwise) {
    const KernelShape shape{
        "te_fp8", row.stem, kVectorsPerThread, {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}};
    launches.push_back(launch_of(shape, line, ceil_div(line.cols, per_vector(type)), type));
  } else {
    std::vector<Buffer> pointers{Buffer::kInput};
    if (!columns_alone) pointers.push_back(Buffer::kAmax);
    pointers.push_back(Buffer::kAmaxColumnwise);
    launches.push_back(
        fp8_tile_launch("te_fp8", row.stem, kFp8TileRows, std::move(pointers), extent, type, options.direction));
  }
  return launches;
}

std::vector<Launch> plan_blocks(const Row& row, const Extent& extent, InputType type, const PlanOptions& options) {
  const Scheme& scheme = scheme_of(row.scheme);
  const bool of_rows = scheme.block.rows == 1 && options.direction == Direction::kRowwise;
  if (of_rows) return {fp8_rows_launch("te_fp8_block", row.stem, scheme, extent, type)};
  return {fp8_tile_launch("te_fp8_block", row.stem, kFp8TileRows, {Buffer::kInput}, extent, type, options.direction)};
}

std::vector<Launch> plan(const Row& row, const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const bool one_scale = scheme_of(row.scheme).block.cols == 0;
  std::vector<Launch> launches =
      one_scale ? plan_tensor(row, extent, type, options) : plan_blocks(row, extent, type, options);
  launches.back().scalars.push_back({"scale_mask", row.scale_mask});
  return row.gelu ? after_gelu(std::move(launches), extent, type) : launches;
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"cuda/te/fp8-current-e4m3", "te_fp8_e4m3", kFp8E4m3, kAnyScale},
    Row{"cuda/te/fp8-current-e5m2", "te_fp8_e5m2", kFp8E5m2, kAnyScale},
    Row{"cuda/te/fp8-current-e4m3-pow2", "te_fp8_e4m3", kFp8E4m3, kPowerOfTwoScale},
    Row{"cuda/te/fp8-current-e5m2-pow2", "te_fp8_e5m2", kFp8E5m2, kPowerOfTwoScale},
    Row{"cuda/te/fp8-delayed-e4m3", "te_fp8_e4m3", kFp8E4m3, kAnyScale},
    Row{"cuda/te/fp8-delayed-e5m2", "te_fp8_e5m2", kFp8E5m2, kAnyScale},
    Row{"cuda/te/fp8-block1x128-e4m3", "te_fp8_block1x128_e4m3", kFp8E4m3Row128, kPowerOfTwoScale},
    Row{"cuda/te/fp8-block1x128-e5m2", "te_fp8_block1x128_e5m2", kFp8E5m2Row128, kPowerOfTwoScale},
    Row{"cuda/te/fp8-block1x128-e4m3-fp32", "te_fp8_block1x128_e4m3", kFp8E4m3Row128, kAnyScale},
    Row{"cuda/te/fp8-block1x128-e5m2-fp32", "te_fp8_block1x128_e5m2", kFp8E5m2Row128, kAnyScale},
    Row{"cuda/te/fp8-block128x128-e4m3", "te_fp8_block128x128_e4m3", kFp8E4m3Square128, kPowerOfTwoScale},
    Row{"cuda/te/fp8-block128x128-e5m2", "te_fp8_block128x128_e5m2", kFp8E5m2Square128, kPowerOfTwoScale},
    Row{"cuda/te/fp8-block128x128-e4m3-fp32", "te_fp8_block128x128_e4m3", kFp8E4m3Square128, kAnyScale},
    Row{"cuda/te/fp8-block128x128-e5m2-fp32", "te_fp8_block128x128_e5m2", kFp8E5m2Square128, kAnyScale},
    Row{"cuda/te/fp8-current-e4m3-gelu", "te_fp8_e4m3", kFp8E4m3, kAnyScale, true},
    Row{"cuda/te/fp8-current-e5m2-gelu", "te_fp8_e5m2", kFp8E5m2, kAnyScale, true},
};

template <std::size_t kRow>
std::vector<Launch> plan_row(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan(kRows[kRow], extent, type, options);
}

template <std::size_t... kRow>
constexpr std::array<Kernel, sizeof...(kRow)> table_of(std::index_sequence<kRow...>) noexcept {
  return {Kernel{.subject = kRows[kRow].subject,
                 .recipe = kRows[kRow].subject.substr(std::string_view("cuda/").size()),
                 .scheme = kRows[kRow].scheme,
                 .types = kEveryType,
                 .directions = Directions::kEvery,
                 .workspace = kRows[kRow].gelu ? activated_bytes : nullptr,
                 .plan = plan_row<kRow>}...};
}
constexpr auto kTable = table_of(std::make_index_sequence<kRows.size()>{});

}  // namespace

std::span<const Kernel> te_fp8_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
