// te/nvfp4-sr-*: amax unless given, then one launch a side, with the words given or drawn in the producer's order.
#include <array>
#include <utility>

#include "bitgate/device/directions.h"
#include "bitgate/device/kernels/te_random_order.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/te_block16.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

// Four of one rounding rule, in the order of TeDrawOrder.
constexpr std::array<std::string_view, 8> kSubjects{"cuda/te/nvfp4-sr-soft-tuned", "cuda/te/nvfp4-sr-soft-tuned-t",
                                                    "cuda/te/nvfp4-sr-soft-2d",    "cuda/te/nvfp4-sr-soft-fallback",
                                                    "cuda/te/nvfp4-sr-hw-tuned",   "cuda/te/nvfp4-sr-hw-tuned-t",
                                                    "cuda/te/nvfp4-sr-hw-2d",      "cuda/te/nvfp4-sr-hw-fallback"};

constexpr TeDrawOrder order_of(std::size_t i) noexcept { return static_cast<TeDrawOrder>(i % 4); }

// The symbols without their types: software before hardware, given words before drawn ones.
using Stems = std::array<std::string_view, 4>;
constexpr Stems kRowStems{"te_random_soft_given", "te_random_soft_drawn", "te_random_hw_given", "te_random_hw_drawn"};
constexpr Stems kColumnStems{"te_random_soft_given_columnwise", "te_random_soft_drawn_columnwise",
                             "te_random_hw_given_columnwise", "te_random_hw_drawn_columnwise"};
constexpr Stems kSquareStems{"te_random_soft_given_2d", "te_random_soft_drawn_2d", "te_random_hw_given_2d",
                             "te_random_hw_drawn_2d"};
constexpr Stems kSquareColumnStems{"te_random_soft_given_2d_columnwise", "te_random_soft_drawn_2d_columnwise",
                                   "te_random_hw_given_2d_columnwise", "te_random_hw_drawn_2d_columnwise"};

// Kernels of squares know their order.
Block16Kernel kernel_of(std::size_t i, std::string_view unit, const Stems& stems, Buffer words,
                        const PlanOptions& options) {
  Block16Kernel kernel{.unit = unit, .stem = stems[i / 4 * 2 + (options.random_given ? 0 : 1)]};
  if (options.random_given) {
    kernel.inputs = {words};
    return kernel;
  }
  kernel.scalars = {{"seed", static_cast<std::int64_t>(options.philox.seed)},
                    {"offset", static_cast<std::int64_t>(options.philox.offset)}};
  if (order_of(i) != TeDrawOrder::kTwoD) kernel.scalars.push_back({"order", static_cast<std::int64_t>(order_of(i))});
  return kernel;
}

Launch rowwise_launch(std::size_t i, const Extent& extent, InputType type, const PlanOptions& options) {
  if (order_of(i) != TeDrawOrder::kTwoD)
    return rows_launch(kernel_of(i, "te_random", kRowStems, Buffer::kRandom, options), extent, type);
  const Block16Kernel kernel = kernel_of(i, "te_random_2d", kSquareStems, Buffer::kRandom, options);
  return squares_launch(kernel, extent, type, Direction::kRowwise);
}

Launch columnwise_launch(std::size_t i, const Extent& extent, InputType type, const PlanOptions& options) {
  if (order_of(i) != TeDrawOrder::kTwoD)
    return columns_launch(kernel_of(i, "te_random_columnwise", kColumnStems, Buffer::kRandomColumnwise, options),
                          extent, type);
  const Block16Kernel kernel = kernel_of(i, "te_random_2d", kSquareColumnStems, Buffer::kRandomColumnwise, options);
  return squares_launch(kernel, extent, type, Direction::kColumnwise);
}

template <std::size_t kIndex>
std::vector<Launch> plan(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches = tensor_amax_launches(extent, type, options);
  if (has_rows(options.direction)) launches.push_back(rowwise_launch(kIndex, extent, type, options));
  if (has_columns(options.direction)) launches.push_back(columnwise_launch(kIndex, extent, type, options));
  return launches;
}

// The producer's tiles are 128 x 128; no note says what threads outside of a ragged one draw.
template <std::size_t kIndex>
constexpr Kernel kernel_at() noexcept {
  constexpr TeDrawOrder kOrder = order_of(kIndex);
  return {.subject = kSubjects[kIndex],
          .recipe = kSubjects[kIndex].substr(5),
          .scheme = kOrder == TeDrawOrder::kTwoD ? SchemeId::kNvfp4TwoD : SchemeId::kNvfp4,
          .global_number = GlobalNumber::kAmax,
          .types = kOrder == TeDrawOrder::kFallback ? std::span<const InputType>(kEveryType)
                                                    : std::span<const InputType>(kBf16Only),
          .directions = kOrder == TeDrawOrder::kTuned ? Directions::kRowwise : Directions::kEvery,
          .cols_multiple = 128,
          .rows_multiple = 128,
          .plan = plan<kIndex>};
}

template <std::size_t... kIndex>
constexpr std::array<Kernel, sizeof...(kIndex)> table(std::index_sequence<kIndex...>) noexcept {
  return {kernel_at<kIndex>()...};
}
constexpr auto kTable = table(std::make_index_sequence<kSubjects.size()>());

}  // namespace

std::span<const Kernel> te_random_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
