// torchao's MX recipes: one launch over all blocks, which know nothing of rows.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

std::vector<Launch> plan_mx(std::string_view stem, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  const Extent row = as_one_row(extent);
  const KernelShape shape{"torchao_mx", stem, kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales}};
  return {launch_of(shape, row, row.cols / per_vector(type), type)};
}

std::vector<Launch> plan_mxfp4_floor(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_mx("torchao_mxfp4_floor", extent, type);
}
std::vector<Launch> plan_mxfp8e4m3_rceil(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_mx("torchao_mxfp8e4m3_rceil", extent, type);
}

constexpr std::array<Kernel, 2> kTable{{
    {.subject = "cuda/torchao/mxfp4-floor",
     .recipe = "torchao/mxfp4-floor",
     .scheme = SchemeId::kMxfp4,
     .types = kF32AndBf16,
     .cols_multiple = 32,
     .plan = plan_mxfp4_floor},
    {.subject = "cuda/torchao/mxfp8e4m3-rceil",
     .recipe = "torchao/mxfp8e4m3-rceil",
     .scheme = SchemeId::kMxfp8E4m3,
     .types = kF32AndBf16,
     .cols_multiple = 32,
     .plan = plan_mxfp8e4m3_rceil},
}};

}  // namespace

std::span<const Kernel> torchao_mx_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
