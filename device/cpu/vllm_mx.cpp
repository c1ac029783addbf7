// MXFP4 of vLLM, before and after its change of rounding.
//
// vllm-project/vllm: csrc/quantization/fp4/nvfp4_utils.cuh, commits bde90062 (old) and 20b4ad8e (new). Built without
// fast math, one rounding a line. The global scale that the kernels may be given has no place in the scheme: it is 1.
// SGLang's form leaves a question open: no recipe runs.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

// S * (amax * 1/6) with S = 1.
float unrounded_scale(Values x) {
  const float product = mul_rn<Gpu>(amax_by_hmax(x), kOneSixth);
  return mul_rn<Gpu>(1.0f, product);
}

void encode_by(float decode, Values x, Codes codes) {
  const float total = mul_rn<Gpu>(decode, rcp_approx_ftz(1.0f));
  const float multiplier = decode == 0.0f ? 0.0f : rcp_approx_ftz(total);
  encode_each(x, codes, [&](float value) { return e2m1_hardware(mul_rn<Gpu>(value, multiplier)); });
}

// The exponent field is the scale, cut off; moved back into its place it is the decode scale, so 0 is a zero and 255 an
// infinity.
std::uint8_t truncated(Values x, Codes codes) {
  const int scale_code = exponent_field(unrounded_scale(x));
  encode_by(from_bits(static_cast<std::uint32_t>(scale_code) * 0x00800000u), x, codes);
  return static_cast<std::uint8_t>(scale_code);
}

// No division: the maximum is rounded to a power of two, up from 1.75 times one, and two exponents are taken off. A
// block of NaNs carries into the sign bit, which leaves an exponent field of 0.
std::uint8_t rounded_at_seven_quarters(Values x, Codes codes) {
  const float power = from_bits((to_bits(amax_by_hmax(x)) + 0x00200000u) & 0xFF800000u);
  const int scale_code = std::clamp(exponent_field(power) - 2, 0, 254);
  const float multiplier = scale_code == 0 ? 0.0f : static_cast<float>(two_to(127 - scale_code));
  encode_each(x, codes, [&](float value) { return e2m1_hardware(mul_rn<Gpu>(value, multiplier)); });
  return static_cast<std::uint8_t>(scale_code);
}

struct Row {
  std::string_view recipe;
  std::uint8_t (*block)(Values, Codes);
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, 32, GlobalAxis::kNone});
  return quantize_each_block<std::uint8_t>(operand_of(request.input, Direction::kRowwise), SchemeId::kMxfp4, row.block);
}

constexpr std::array kRows{
    Row{"vllm/mxfp4-old", truncated},
    Row{"vllm/mxfp4-new", rounded_at_seven_quarters},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> vllm_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
