// SiLU and multiply in front of NVFP4: FlashInfer's CUDA and CuTe-DSL kernels, and vLLM's.
//
// flashinfer-ai/flashinfer, commit fb28d724: csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh,
// flashinfer/quantization/quantization_cute_dsl_utils.py; vllm-project/vllm: csrc/quantization/fp4/nvfp4_utils.cuh,
// commit 20b4ad8e. The input is the operand that is not activated; the product is rounded to its type ahead of the
// maxima. Without a given number the global encode scale S is 2688 / amax of that product, NaN passed over, unguarded.
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

// CuTe divides exactly, so there is no zero beyond 2^126.
float silu_exact_division(float a) noexcept { return div_rn<Gpu>(a, one_plus_exp_of_minus<IeeeMath>(a)); }

// The zero test: on the maximum, or on the scale once rounded to E4M3.
enum class ZeroTest : std::uint8_t { kAmax, kScale };

struct Row {
  std::string_view recipe;
  float (*silu)(float) noexcept;
  float (*mul)(float, float) noexcept;
  float (*seen)(float) noexcept;
  float (*amax)(std::span<const float>) noexcept;
  ZeroTest zero_test;
};

// The gate's numbers are those of the input's type; no other operand is taken.
void require_silu_operands(const Request& request, std::string_view recipe) {
  for (const float x : request.fused.gate)
    if (!is_nan(x) && stored_as(request.input.type, static_cast<double>(x)) != x)
      refuse(recipe, "a number of the gate is not one of the input's type");
  const FusedOperands& fused = request.fused;
  if (!fused.weight.empty() || !fused.residual.empty() || !fused.row_factor.empty())
    refuse(recipe, "an operand beside the gate was given, expected none");
  require_plain_numbers(request, recipe);
}

Operand activated(const Row& row, const Request& request) {
  Operand operand = operand_of(request.input, Direction::kRowwise);
  for (std::size_t i = 0; i < operand.x.size(); ++i) {
    const float product = row.mul(row.silu(request.fused.gate[i]), operand.x[i]);
    operand.x[i] = stored_as(request.input.type, static_cast<double>(product));
  }
  return operand;
}

float encode_scale_of(const Request& request, const Operand& operand) {
  if (!request.global.empty()) return request.global[0];
  const float amax = request.amax.empty() ? amax_without_nan(operand.x) : request.amax[0];
  return div_rn<Gpu>(2688.0f, amax);
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, 16, GlobalAxis::kTensor});
  require_gate(request, row.recipe);
  require_silu_operands(request, row.recipe);
  const Operand operand = activated(row, request);
  const float encode = encode_scale_of(request, operand);
  const auto block = [&](std::span<const float> x, std::span<std::uint8_t> codes) {
    const float amax = row.amax(x);
    const float sixth = row.mul(amax, kOneSixth);
    const std::uint8_t scale_code = e4m3_cvt(row.mul(encode, sixth));
    const float decode = e4m3_value(scale_code);
    const float total = row.mul(decode, rcp_approx_ftz(encode));
    const bool is_zero = row.zero_test == ZeroTest::kAmax ? row.seen(amax) == 0.0f : decode == 0.0f;
    const float multiplier = is_zero ? 0.0f : rcp_approx_ftz(total);
    encode_each(x, codes, [&](float value) { return e2m1_hardware(row.mul(value, multiplier)); });
    return scale_code;
  };
  QuantizedTensor answer = quantize_each_block<std::uint8_t>(operand, SchemeId::kNvfp4, block, GlobalNumber::kDivisor);
  answer.global = {encode};
  return answer;
}

constexpr std::array kRows{
    Row{"flashinfer/silu-nvfp4-fast", silu_approx<FastMath>, FastMath::mul, FastMath::seen, amax_by_ternary,
        ZeroTest::kAmax},
    Row{"flashinfer/silu-nvfp4-cute", silu_exact_division, IeeeMath::mul, IeeeMath::seen, amax_by_hmax,
        ZeroTest::kScale},
    Row{"vllm/silu-nvfp4", silu_approx<IeeeMath>, IeeeMath::mul, IeeeMath::seen, amax_by_hmax, ZeroTest::kScale},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> silu_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
