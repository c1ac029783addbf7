// te/nvfp4 and te/nvfp4-row: amax unless given, then the quantizer.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

std::vector<Launch> plan_rows(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches;
  if (!options.amax_given) launches.push_back(amax_launch(extent, type));
  const KernelShape quantizer{
      "te_nvfp4", "te_nvfp4", kVectorsPerThread, {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}};
  launches.push_back(launch_of(quantizer, extent, extent.cols / per_vector(type), type));
  return launches;
}

// One amax: all rows are one.
std::vector<Launch> plan_tensor(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_rows(as_one_row(extent), type, options);
}

constexpr std::array<Kernel, 2> kTable{{
    {.subject = "cuda/te/nvfp4",
     .recipe = "te/nvfp4",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .cols_multiple = 16,
     .plan = plan_tensor},
    {.subject = "cuda/te/nvfp4-row",
     .recipe = "te/nvfp4-row",
     .scheme = SchemeId::kNvfp4Row,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .cols_multiple = 16,
     .plan = plan_rows},
}};

}  // namespace

std::span<const Kernel> te_nvfp4_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
