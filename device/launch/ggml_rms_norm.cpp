// ggml's RMS_NORM, alone and fused: one thread block a row.
#include "bitgate/device/kernels/ggml_rms_norm.h"

#include <array>
#include <bit>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/ggml_q8.h"
#include "bitgate/device/launch/tiling.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

// What tells one norm's launch from another's.
struct NormShape {
  std::string_view unit, stem;
  std::vector<Buffer> pointers;
  bool weight = false, residual = false;
};

void require_operand(std::string_view kernel, std::string_view operand, bool taken, std::int64_t numbers) {
  if (taken && numbers < 1)
    throw InputError(std::string(kernel) + ": the " + std::string(operand) +
                     " is missing, expected at least one number");
}

Launch norm_launch(const NormShape& shape, const Extent& extent, InputType type, const PlanOptions& options) {
  require_operand(shape.stem, "weight", shape.weight, options.weights);
  require_operand(shape.stem, "residual", shape.residual, options.residuals);
  const std::uint32_t threads = extent.cols < kNormWideFromCols ? kNormNarrowThreads : kNormWideThreads;
  const std::int64_t rounds = ceil_div(extent.cols, std::int64_t{threads} * kNormColsPerThread);
  const bool few = rounds <= kNormFewBlocks && extent.rows <= kNormFewBlocks / rounds;
  Launch launch{shape.unit,
                symbol_of(shape.stem, type),
                {grid_x(extent.rows, extent), few ? static_cast<std::uint32_t>(rounds) : 1, 1},
                {threads, 1, 1},
                0,
                shape.pointers,
                {{"cols", extent.cols}, {"epsilon", std::bit_cast<std::uint32_t>(options.epsilon)}}};
  if (shape.weight) launch.scalars.push_back({"weights", options.weights});
  if (shape.residual) launch.scalars.push_back({"residuals", options.residuals});
  return launch;
}

std::vector<Launch> plan_norm(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const NormShape shape{"ggml_rms_norm", "ggml_rms_norm", {Buffer::kInput, Buffer::kValues}};
  return {norm_launch(shape, extent, type, options)};
}

NormShape norm_mul(Buffer to) {
  return {"ggml_rms_norm", "ggml_rms_norm_mul", {Buffer::kInput, Buffer::kWeight, to}, true};
}
std::vector<Launch> plan_norm_mul(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  return {norm_launch(norm_mul(Buffer::kValues), extent, type, options)};
}

std::vector<Launch> plan_norm_mul_add(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const NormShape shape{"ggml_rms_norm",
                        "ggml_rms_norm_mul_add",
                        {Buffer::kInput, Buffer::kWeight, Buffer::kResidual, Buffer::kValues},
                        true,
                        true};
  return {norm_launch(shape, extent, type, options)};
}

std::vector<Launch> plan_fused(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const NormShape shape{"ggml_rms_norm_mul_q8_1",
                        "ggml_rms_norm_mul_q8_1",
                        {Buffer::kInput, Buffer::kWeight, Buffer::kCodes, Buffer::kScales, Buffer::kExtras},
                        true};
  return {norm_launch(shape, extent, type, options)};
}

// The two kernels that the producer runs: the product goes through memory.
std::vector<Launch> plan_unfused(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches{norm_launch(norm_mul(Buffer::kWorkspace), extent, type, options)};
  launches.push_back(ggml_q8_1_launch(Buffer::kWorkspace, extent, type));
  return launches;
}
std::int64_t product_bytes(const Extent& extent, InputType) {
  return count(extent) * static_cast<std::int64_t>(sizeof(float));
}

constexpr std::array<Kernel, 5> kTable{{
    {.subject = "cuda/ggml/rms_norm",
     .recipe = "ggml/rms_norm",
     .scheme = SchemeId::kValues,
     .types = kF32Only,
     .plan = plan_norm},
    {.subject = "cuda/ggml/rms_norm-mul",
     .recipe = "ggml/rms_norm-mul",
     .scheme = SchemeId::kValues,
     .types = kF32Only,
     .plan = plan_norm_mul},
    {.subject = "cuda/ggml/rms_norm-mul-add",
     .recipe = "ggml/rms_norm-mul-add",
     .scheme = SchemeId::kValues,
     .types = kF32Only,
     .plan = plan_norm_mul_add},
    {.subject = "cuda/ggml/rms_norm-mul-q8_1",
     .recipe = "ggml/rms_norm-mul-q8_1",
     .scheme = SchemeId::kQ8_1,
     .types = kF32Only,
     .plan = plan_fused},
    {.subject = "cuda/ggml/rms_norm-mul-q8_1",
     .recipe = "ggml/rms_norm-mul-q8_1",
     .variant = "unfused",
     .scheme = SchemeId::kQ8_1,
     .types = kF32Only,
     .workspace = product_bytes,
     .plan = plan_unfused},
}};

}  // namespace

std::span<const Kernel> ggml_rms_norm_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
