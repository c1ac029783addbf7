// vLLM FP8: one scale a tensor, given or found, one a row, one for 128 columns.
//
// vllm-project/vllm: csrc/quantization/w8a8/fp8/common.cu and common.cuh, commits 096d3dc9 and 0f5257e2, and
// per_token_group_quant.cu, commit 0f5257e2. Built without fast math. Stored are decode scales. Maxima pass over a
// NaN. Of one scale a tensor or a row the clamp is fmaxf(fminf(x, 448), -448), which makes a NaN +448; of groups the
// bounds come in the other order, which makes it -448.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

constexpr float kLeastAmax = 1e-10f;
constexpr float kLeastTokenScale = from_bits(0x36924925u);  // 1 / (448 * 512)

using Clamp = float (*)(float) noexcept;

template <Clamp kClamp>
void by_quotient(float decode, Values x, Codes codes) {
  encode_each(x, codes, [decode](float value) { return e4m3_cvt(kClamp(div_rn<Gpu>(value, decode))); });
}
template <Clamp kClamp>
void by_reciprocal(float decode, Values x, Codes codes) {
  const float encode = div_rn<Gpu>(1.0f, decode);
  encode_each(x, codes, [encode](float value) { return e4m3_cvt(kClamp(mul_rn<Gpu>(value, encode))); });
}

// A given amax takes the tensor's place, a given scale that of both. No floor: the scale of zeros is 0, its reciprocal
// infinite, and zero elements become NaN.
QuantizedTensor of_tensor(const Request& request, std::string_view recipe) {
  require(request, {recipe, kEveryType, 1, GlobalAxis::kTensor});
  if (!request.global.empty()) refuse(recipe, "a global number was given, and the tensor's scale is the only one");
  return quantize_each_block<float>(
      operand_of(request.input, Direction::kRowwise), SchemeId::kFp8E4m3, [&](Values x, Codes codes) {
        const float amax = request.amax.empty() ? amax_without_nan(x) : request.amax[0];
        const float decode =
            request.scales == nullptr ? div_rn<Gpu>(amax, 448.0f) : from_bits(scale_bits(*request.scales, 0));
        by_reciprocal<clamped_448>(decode, x, codes);
        return decode;
      });
}

// No upper bound is given; elements are truly divided.
float token(Values x, Codes codes) {
  const float unbounded = div_rn<Gpu>(amax_at_least(x, 0.0f), 448.0f);
  const float decode = max_num(unbounded, kLeastTokenScale);
  by_quotient<clamped_448>(decode, x, codes);
  return decode;
}

float group_scale(Values x) { return div_rn<Gpu>(amax_at_least(x, kLeastAmax), 448.0f); }

float group(Values x, Codes codes) {
  const float decode = group_scale(x);
  by_quotient<clamped_448_low_first>(decode, x, codes);
  return decode;
}

// The scale, at least 1e-10 here too, is rounded up to a power of two; its reciprocal is exact. Of float16 and bfloat16
// maxima ceil(log2f) and the addition to the bits give one power.
float group_power(Values x, Codes codes) {
  const float decode = power_of_two_up(max_num(group_scale(x), kLeastAmax));
  by_reciprocal<clamped_448_low_first>(decode, x, codes);
  return decode;
}
std::uint8_t group_packed(Values x, Codes codes) {
  return static_cast<std::uint8_t>(exponent_field(group_power(x, codes)));
}

template <class Scale, Scale (*kBlock)(Values, Codes)>
QuantizedTensor of_blocks(const Request& request, std::string_view recipe, std::span<const InputType> types,
                          std::int64_t cols_multiple, SchemeId scheme) {
  require(request, {recipe, types, cols_multiple, GlobalAxis::kNone});
  return quantize_each_block<Scale>(operand_of(request.input, Direction::kRowwise), scheme, kBlock);
}

using enum SchemeId;
constexpr CpuRecipe kRecipes[] = {
    {"vllm/fp8-static", [](const Request& r) { return of_tensor(r, "vllm/fp8-static"); }},
    {"vllm/fp8-tensor", [](const Request& r) { return of_tensor(r, "vllm/fp8-tensor"); }},
    {"vllm/fp8-token",
     [](const Request& r) { return of_blocks<float, token>(r, "vllm/fp8-token", kEveryType, 1, kFp8E4m3Token); }},
    {"vllm/fp8-group",
     [](const Request& r) { return of_blocks<float, group>(r, "vllm/fp8-group", kHalfTypes, 128, kFp8E4m3Row128); }},
    {"vllm/fp8-group-ue8m0",
     [](const Request& r) {
       return of_blocks<float, group_power>(r, "vllm/fp8-group-ue8m0", kHalfTypes, 128, kFp8E4m3Row128);
     }},
    {"vllm/fp8-group-packed",
     [](const Request& r) {
       return of_blocks<std::uint8_t, group_packed>(r, "vllm/fp8-group-packed", kHalfTypes, 128, kFp8E4m3Row128E8m0);
     }},
};

}  // namespace

std::span<const CpuRecipe> vllm_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
