// The other forms that TransformerEngine's NVFP4 kernels have had.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/te_nvfp4_tiles.h"

namespace bitgate::device {
namespace {

std::vector<Launch> plan_v1(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_v1", "te_nvfp4_v1", AmaxOf::kTensor, extent, type, options);
}
std::vector<Launch> plan_v1div(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_v1", "te_nvfp4_v1div", AmaxOf::kTensor, extent, type, options);
}
std::vector<Launch> plan_fast(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_fast", "te_nvfp4_fast", AmaxOf::kTensor, extent, type, options);
}
std::vector<Launch> plan_row_fast(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_fast", "te_nvfp4_row_fast", AmaxOf::kLine, extent, type, options);
}
std::vector<Launch> plan_partialcast(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_partialcast", "te_nvfp4_partialcast", AmaxOf::kTensor, extent, type, options);
}

constexpr std::array<Kernel, 5> kTable{{
    {.subject = "cuda/te/nvfp4-v1",
     .recipe = "te/nvfp4-v1",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple_columnwise = 16,
     .cols_multiple_columnwise = 1,
     .plan = plan_v1},
    {.subject = "cuda/te/nvfp4-v1div",
     .recipe = "te/nvfp4-v1div",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kBf16Only,
     .directions = Directions::kEvery,
     .cols_multiple = 32,
     .rows_multiple = 32,
     .plan = plan_v1div},
    {.subject = "cuda/te/nvfp4-fast",
     .recipe = "te/nvfp4-fast",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kBf16Only,
     .directions = Directions::kEvery,
     .cols_multiple = 32,
     .rows_multiple = 32,
     .plan = plan_fast},
    {.subject = "cuda/te/nvfp4-row-fast",
     .recipe = "te/nvfp4-row-fast",
     .scheme = SchemeId::kNvfp4Row,
     .global_number = GlobalNumber::kAmax,
     .types = kBf16Only,
     .directions = Directions::kEvery,
     .cols_multiple = 32,
     .rows_multiple = 32,
     .own_columnwise_amax = true,
     .plan = plan_row_fast},
    {.subject = "cuda/te/nvfp4-partialcast",
     .recipe = "te/nvfp4-partialcast",
     .scheme = SchemeId::kNvfp4TwoD,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple = 16,
     .plan = plan_partialcast},
}};

}  // namespace

std::span<const Kernel> te_nvfp4_variant_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
