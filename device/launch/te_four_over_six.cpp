// te/nvfp4-4over6-*: amax unless given, then a search a side. A square's two sides are two searches, since each sums
// its errors in an order of its own.
#include <array>
#include <utility>

#include "bitgate/device/directions.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/te_block16.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

// Eight of one shape, in the order 448 before 256, absolute before squared errors, exact before fast ones.
constexpr std::array<std::string_view, 24> kSubjects{
    "cuda/te/nvfp4-4over6-448-mae",     "cuda/te/nvfp4-4over6-448-mae-errfast",
    "cuda/te/nvfp4-4over6-448-mse",     "cuda/te/nvfp4-4over6-448-mse-errfast",
    "cuda/te/nvfp4-4over6-256-mae",     "cuda/te/nvfp4-4over6-256-mae-errfast",
    "cuda/te/nvfp4-4over6-256-mse",     "cuda/te/nvfp4-4over6-256-mse-errfast",
    "cuda/te/nvfp4-row-4over6-448-mae", "cuda/te/nvfp4-row-4over6-448-mae-errfast",
    "cuda/te/nvfp4-row-4over6-448-mse", "cuda/te/nvfp4-row-4over6-448-mse-errfast",
    "cuda/te/nvfp4-row-4over6-256-mae", "cuda/te/nvfp4-row-4over6-256-mae-errfast",
    "cuda/te/nvfp4-row-4over6-256-mse", "cuda/te/nvfp4-row-4over6-256-mse-errfast",
    "cuda/te/nvfp4-2d-4over6-448-mae",  "cuda/te/nvfp4-2d-4over6-448-mae-errfast",
    "cuda/te/nvfp4-2d-4over6-448-mse",  "cuda/te/nvfp4-2d-4over6-448-mse-errfast",
    "cuda/te/nvfp4-2d-4over6-256-mae",  "cuda/te/nvfp4-2d-4over6-256-mae-errfast",
    "cuda/te/nvfp4-2d-4over6-256-mse",  "cuda/te/nvfp4-2d-4over6-256-mse-errfast",
};

enum class Blocks { kTensor, kRow, kSquare };

constexpr Blocks blocks_of(std::size_t i) noexcept { return static_cast<Blocks>(i / 8); }
constexpr std::int64_t scale_max_of(std::size_t i) noexcept { return i % 8 < 4 ? 448 : 256; }

// The symbols without their types, by side: rows, columns, squares either way.
using Stems = std::array<std::string_view, 4>;
constexpr Stems kRowStems{"te_four_over_six_mae", "te_four_over_six_mae_errfast", "te_four_over_six_mse",
                          "te_four_over_six_mse_errfast"};
constexpr Stems kColumnStems{"te_four_over_six_columnwise_mae", "te_four_over_six_columnwise_mae_errfast",
                             "te_four_over_six_columnwise_mse", "te_four_over_six_columnwise_mse_errfast"};
constexpr Stems kSquareStems{"te_four_over_six_2d_mae", "te_four_over_six_2d_mae_errfast", "te_four_over_six_2d_mse",
                             "te_four_over_six_2d_mse_errfast"};
constexpr Stems kSquareColumnStems{"te_four_over_six_2d_columnwise_mae", "te_four_over_six_2d_columnwise_mae_errfast",
                                   "te_four_over_six_2d_columnwise_mse", "te_four_over_six_2d_columnwise_mse_errfast"};

Block16Kernel kernel_of(std::string_view unit, const Stems& stems, std::size_t i) {
  return {.unit = unit, .stem = stems[i % 4], .scalars = {{"scale_max", scale_max_of(i)}}};
}

// A tensor with one amax is one long row.
Launch rowwise_launch(std::size_t i, const Extent& extent, InputType type) {
  if (blocks_of(i) == Blocks::kSquare)
    return squares_launch(kernel_of("te_four_over_six_2d", kSquareStems, i), extent, type, Direction::kRowwise);
  const Extent rows = blocks_of(i) == Blocks::kTensor ? as_one_row(extent) : extent;
  return rows_launch(kernel_of("te_four_over_six", kRowStems, i), rows, type);
}

Launch columnwise_launch(std::size_t i, const Extent& extent, InputType type) {
  if (blocks_of(i) == Blocks::kSquare)
    return squares_launch(kernel_of("te_four_over_six_2d", kSquareColumnStems, i), extent, type,
                          Direction::kColumnwise);
  return columns_launch(kernel_of("te_four_over_six_columnwise", kColumnStems, i), extent, type);
}

std::vector<Launch> amax_launches(std::size_t i, const Extent& extent, InputType type, const PlanOptions& options) {
  if (blocks_of(i) != Blocks::kRow) return tensor_amax_launches(extent, type, options);
  return options.amax_given ? std::vector<Launch>{} : std::vector<Launch>{amax_launch(extent, type)};
}

template <std::size_t kIndex>
std::vector<Launch> plan(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches = amax_launches(kIndex, extent, type, options);
  if (has_rows(options.direction)) launches.push_back(rowwise_launch(kIndex, extent, type));
  if (has_columns(options.direction)) launches.push_back(columnwise_launch(kIndex, extent, type));
  return launches;
}

constexpr SchemeId scheme_at(std::size_t i) noexcept {
  const bool is_448 = scale_max_of(i) == 448;
  switch (blocks_of(i)) {
    case Blocks::kTensor: return is_448 ? SchemeId::kNvfp4 : SchemeId::kNvfp4E256;
    case Blocks::kRow: return is_448 ? SchemeId::kNvfp4Row : SchemeId::kNvfp4RowE256;
    case Blocks::kSquare: return is_448 ? SchemeId::kNvfp4TwoD : SchemeId::kNvfp4TwoDE256;
  }
  return SchemeId::kNvfp4;
}

template <std::size_t kIndex>
constexpr Kernel kernel_at() noexcept {
  const Blocks blocks = blocks_of(kIndex);
  return {.subject = kSubjects[kIndex],
          .recipe = kSubjects[kIndex].substr(5),
          .scheme = scheme_at(kIndex),
          .global_number = GlobalNumber::kAmax,
          .types = kEveryType,
          .directions = blocks == Blocks::kRow ? Directions::kRowwise : Directions::kEvery,
          .cols_multiple = 16,
          .rows_multiple = blocks == Blocks::kSquare ? 16 : 1,
          .rows_multiple_columnwise = 16,
          .plan = plan<kIndex>};
}

template <std::size_t... kIndex>
constexpr std::array<Kernel, sizeof...(kIndex)> table(std::index_sequence<kIndex...>) noexcept {
  return {kernel_at<kIndex>()...};
}
constexpr auto kTable = table(std::make_index_sequence<kSubjects.size()>());

}  // namespace

std::span<const Kernel> te_four_over_six_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
