// ggml's Q8 quantizers: rows of whole blocks are one row; ragged ones stay apart and are padded.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

std::vector<Launch> plan_q8_1(std::string_view unit, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  const Scheme& scheme = scheme_of(SchemeId::kQ8_1);
  const Extent rows = extent.cols % scheme.block.cols == 0 ? as_one_row(extent) : extent;
  const KernelShape shape{
      unit, unit, kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales, Buffer::kExtras}};
  return {launch_of(shape, rows, padded_cols(scheme, rows.cols) / per_vector(type), type)};
}

std::vector<Launch> plan_explicit(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_q8_1("ggml_q8_1", extent, type);
}
std::vector<Launch> plan_fast_math(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_q8_1("ggml_q8_1_fast_math", extent, type);
}

constexpr std::array<Kernel, 2> kTable{{
    {.subject = "cuda/ggml/q8_1",
     .recipe = "ggml/q8_1",
     .scheme = SchemeId::kQ8_1,
     .types = kF32Only,
     .plan = plan_explicit},
    {.subject = "cuda/ggml/q8_1",
     .recipe = "ggml/q8_1",
     .variant = "fast-math",
     .scheme = SchemeId::kQ8_1,
     .types = kF32Only,
     .plan = plan_fast_math},
}};

}  // namespace

std::span<const Kernel> ggml_q8_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
