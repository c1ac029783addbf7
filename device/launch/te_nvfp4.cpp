// te/nvfp4 and te/nvfp4-row, te/nvfp4-2d and te/nvfp4-gelu: amax unless given, then the quantizer.
#include <algorithm>
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/te_nvfp4_tiles.h"

namespace bitgate::device {
namespace {

// A vector a lane from binary32; a block of 16 a thread from 16-bit types.
Launch quantizer_launch(const Extent& extent, InputType type) {
  const bool wide = type == InputType::kF32;
  const KernelShape shape{"te_nvfp4",
                          "te_nvfp4",
                          wide ? kVectorsPerThread : kBlocksPerThread,
                          {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}};
  return launch_of(shape, extent, wide ? extent.cols / per_vector(type) : extent.cols / 16, type);
}

std::vector<Launch> plan_rows(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches;
  if (!options.amax_given) launches.push_back(amax_launch(extent, type));
  launches.push_back(quantizer_launch(extent, type));
  return launches;
}

std::vector<Launch> plan_tensor(const Extent& extent, InputType type, const PlanOptions& options) {
  if (options.direction == Direction::kRowwise) return plan_rows(as_one_row(extent), type, options);
  return plan_tiles("te_nvfp4_transpose", "te_nvfp4", AmaxOf::kTensor, extent, type, options);
}
std::vector<Launch> plan_row(const Extent& extent, InputType type, const PlanOptions& options) {
  if (options.direction == Direction::kRowwise) return plan_rows(extent, type, options);
  return plan_tiles("te_nvfp4_transpose", "te_nvfp4_row", AmaxOf::kLine, extent, type, options);
}
std::vector<Launch> plan_squares(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_tiles("te_nvfp4_2d", "te_nvfp4_2d", AmaxOf::kTensor, extent, type, options);
}

// GELU to the workspace, which then stands for the input.
std::vector<Launch> plan_gelu(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const KernelShape gelu{"te_gelu", "te_gelu", kVectorsPerThread, {Buffer::kInput, Buffer::kWorkspace}};
  std::vector<Launch> launches = plan_tensor(extent, type, options);
  for (Launch& launch : launches)
    std::replace(launch.pointers.begin(), launch.pointers.end(), Buffer::kInput, Buffer::kWorkspace);
  launches.insert(launches.begin(), launch_of(gelu, as_one_row(extent), count(extent) / per_vector(type), type));
  return launches;
}
std::int64_t activated_bytes(const Extent& extent, InputType type) { return count(extent) * input_bytes(type); }

constexpr std::array<Kernel, 4> kTable{{
    {.subject = "cuda/te/nvfp4",
     .recipe = "te/nvfp4",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple_columnwise = 16,
     .cols_multiple_columnwise = 1,
     .plan = plan_tensor},
    {.subject = "cuda/te/nvfp4-row",
     .recipe = "te/nvfp4-row",
     .scheme = SchemeId::kNvfp4Row,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple_columnwise = 16,
     .own_columnwise_amax = true,
     .plan = plan_row},
    {.subject = "cuda/te/nvfp4-2d",
     .recipe = "te/nvfp4-2d",
     .scheme = SchemeId::kNvfp4TwoD,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple = 16,
     .plan = plan_squares},
    {.subject = "cuda/te/nvfp4-gelu",
     .recipe = "te/nvfp4-gelu",
     .scheme = SchemeId::kNvfp4,
     .global_number = GlobalNumber::kAmax,
     .types = kEveryType,
     .directions = Directions::kEvery,
     .cols_multiple = 16,
     .rows_multiple_columnwise = 16,
     .workspace = activated_bytes,
     .plan = plan_gelu},
}};

}  // namespace

std::span<const Kernel> te_nvfp4_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
