// ggml RMS_NORM on CUDA under -use_fast_math, alone and fused with a multiplication, an addition, or Q8_1.
//
// ggml-org/ggml, commit d99724f2: src/ggml-cuda/norm.cu, src/ggml-cuda/common.cuh (block_reduce).
#include <array>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"
#include "bitgate/device/cpu/mufu_rsqrt.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::size_t kWarp = 32;

// Each thread adds every so many-th square, then the lanes of each warp add up, then the warps.
float sum_of_squares(Values x) {
  const std::size_t threads = x.size() < 1024 ? 256 : 1024;
  std::array<float, kWarp> warps{};
  for (std::size_t warp = 0; warp < threads / kWarp; ++warp) {
    std::array<float, kWarp> lanes{};
    for (std::size_t lane = 0; lane < kWarp; ++lane)
      for (std::size_t c = warp * kWarp + lane; c < x.size(); c += threads)
        lanes[lane] = fma_rn_ftz(x[c], x[c], lanes[lane]);
    warps[warp] = tree_sum<FastMath>(lanes, kWarp);
  }
  return tree_sum<FastMath>(warps, kWarp);
}

// sum / n + eps is one FFMA in the machine code: ptxas contracts the product inside the approximate division.
float norm_scale(Values x, float epsilon) {
  const float reciprocal = rcp_approx_ftz(static_cast<float>(x.size()));
  return rsqrt_approx_ftz(fma_rn_ftz(sum_of_squares(x), reciprocal, epsilon));
}

// Operands of fewer numbers than columns repeat; a residual may have one for each element.
float weight_at(const FusedOperands& fused, std::size_t col) { return fused.weight[col % fused.weight.size()]; }
float residual_at(const FusedOperands& fused, std::size_t element, std::size_t col, std::size_t elements) {
  return fused.residual.size() == elements ? fused.residual[element] : fused.residual[col % fused.residual.size()];
}

float fused_value(const FusedOperands& fused, float normed, std::size_t element, std::size_t col,
                  std::size_t elements) {
  if (fused.weight.empty()) return normed;
  const float weight = weight_at(fused, col);
  if (fused.residual.empty()) return mul_rn_ftz(normed, weight);
  return fma_rn_ftz(normed, weight, residual_at(fused, element, col, elements));
}

QuantizedTensor rms_norm(const Request& request, std::string_view recipe, Fused takes) {
  require(request, {recipe, kF32Only, 1, GlobalAxis::kNone});
  require_fused(request, recipe, takes);
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kValues), GlobalNumber::kNone, request.input.extent);
  std::size_t element = 0;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(request.input, r, 1);
    const float scale = norm_scale(row, request.fused.epsilon);
    for (std::size_t c = 0; c < row.size(); ++c, ++element) {
      const float normed = mul_rn_ftz(scale, row[c]);
      answer.values[element] = fused_value(request.fused, normed, element, c, answer.values.size());
    }
  }
  return answer;
}

// The product is rounded before it is quantized, as if it had been stored.
QuantizedTensor rms_norm_mul_q8_1(const Request& request) {
  const QuantizedTensor product = rms_norm(request, "ggml/rms_norm-mul-q8_1", {.weight = true});
  Request quantization;
  quantization.input = {InputType::kF32, product.extent, product.values.data()};
  return ggml_q8_1(quantization);
}

constexpr CpuRecipe kRecipes[] = {
    {"ggml/rms_norm", [](const Request& r) { return rms_norm(r, "ggml/rms_norm", {}); }},
    {"ggml/rms_norm-mul", [](const Request& r) { return rms_norm(r, "ggml/rms_norm-mul", {.weight = true}); }},
    {"ggml/rms_norm-mul-add",
     [](const Request& r) { return rms_norm(r, "ggml/rms_norm-mul-add", {.weight = true, .residual = true}); }},
    {"ggml/rms_norm-mul-q8_1", rms_norm_mul_q8_1},
};

}  // namespace

std::span<const CpuRecipe> ggml_rms_norm_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
