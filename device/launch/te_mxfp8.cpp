// te/mxfp8-*: one launch, *-gelu the activation before it; the specialised kernel takes 16-bit inputs and whole blocks.
#include <array>
#include <utility>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/fp8_tiling.h"

namespace bitgate::device {
namespace {

constexpr InputType kHalves[] = {InputType::kBf16, InputType::kF16};

struct Row {
  std::string_view subject, stem;
  SchemeId scheme;
  std::span<const InputType> types = kEveryType;
  std::int64_t cols_multiple = 1, rows_multiple = 1, rows_multiple_columnwise = 1;
  bool gelu = false;
};

std::vector<Launch> plan(const Row& row, const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const Scheme& scheme = scheme_of(row.scheme);
  const bool of_rows = scheme.block.rows == 1 && options.direction == Direction::kRowwise;
  const Launch launch = of_rows ? fp8_rows_launch("te_mxfp8", row.stem, scheme, extent, type)
                                : fp8_tile_launch("te_mxfp8", row.stem, kMxfp8TileRows, {Buffer::kInput}, extent, type,
                                                  options.direction);
  return row.gelu ? after_gelu({launch}, extent, type) : std::vector{launch};
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"cuda/te/mxfp8-e4m3", "te_mxfp8_e4m3", kMxfp8E4m3},
    Row{"cuda/te/mxfp8-e5m2", "te_mxfp8_e5m2", kMxfp8E5m2},
    Row{"cuda/te/mxfp8-e4m3-spec", "te_mxfp8_e4m3_spec", kMxfp8E4m3, kHalves, 32, 1, 32},
    Row{"cuda/te/mxfp8-e5m2-spec", "te_mxfp8_e5m2_spec", kMxfp8E5m2, kHalves, 32, 1, 32},
    Row{"cuda/te/mxfp8-e4m3-2d", "te_mxfp8_e4m3_2d", kMxfp8E4m3TwoD},
    Row{"cuda/te/mxfp8-e5m2-2d", "te_mxfp8_e5m2_2d", kMxfp8E5m2TwoD},
    Row{.subject = "cuda/te/mxfp8-e4m3-gelu", .stem = "te_mxfp8_e4m3", .scheme = kMxfp8E4m3, .gelu = true},
    Row{.subject = "cuda/te/mxfp8-e5m2-gelu", .stem = "te_mxfp8_e5m2", .scheme = kMxfp8E5m2, .gelu = true},
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
                 .types = kRows[kRow].types,
                 .directions = Directions::kEvery,
                 .cols_multiple = kRows[kRow].cols_multiple,
                 .rows_multiple = kRows[kRow].rows_multiple,
                 .rows_multiple_columnwise = kRows[kRow].rows_multiple_columnwise,
                 .workspace = kRows[kRow].gelu ? activated_bytes : nullptr,
                 .plan = plan_row<kRow>}...};
}
constexpr auto kTable = table_of(std::make_index_sequence<kRows.size()>{});

}  // namespace

std::span<const Kernel> te_mxfp8_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
