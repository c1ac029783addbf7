// FlashInfer FP8 in groups of 128 columns: its cuTile kernels and the CUDA kernel that packs exponents.
//
// flashinfer-ai/flashinfer, commit fb28d724, by sections 3.10 and 3.16 of the note on inference producers. cuTile's
// quotients round to nearest and keep subnormals; the CUDA kernel is built with -use_fast_math. What the clamps make of
// a NaN is not known: NaN and infinity are refused.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

constexpr float kLeast = 1e-10f;

std::uint8_t code_of(float scaled) { return e4m3_cvt(clamped_448(scaled)); }

float cutile_scale(Values x) { return div_rn<Gpu>(amax_at_least(x, kLeast), 448.0f); }

// Scales in rows: a product with the reciprocal. In columns: a quotient, so codes of the two may part by one.
float cutile_row(Values x, Codes codes) {
  const float decode = cutile_scale(x);
  const float encode = div_rn<Gpu>(1.0f, decode);
  encode_each(x, codes, [encode](float value) { return code_of(mul_rn<Gpu>(value, encode)); });
  return decode;
}
void by_quotient(float decode, Values x, Codes codes) {
  encode_each(x, codes, [decode](float value) { return code_of(div_rn<Gpu>(value, decode)); });
}
float cutile_column(Values x, Codes codes) {
  const float decode = cutile_scale(x);
  by_quotient(decode, x, codes);
  return decode;
}
// The scale too is at least 1e-10 before it is rounded up to a power of two.
float cutile_power(Values x, Codes codes) {
  const float decode = power_of_two_up(max_num(cutile_scale(x), kLeast));
  by_quotient(decode, x, codes);
  return decode;
}

// The division by a power of two is exact by MUFU as well.
std::uint8_t packed(Values x, Codes codes) {
  const float quotient = FastMath::div_by_constant(amax_at_least(x, 0.0f), 448.0f);
  const float decode = power_of_two_up(max_num(quotient, kLeast));
  encode_each(x, codes, [decode](float value) { return code_of(FastMath::div(value, decode)); });
  return static_cast<std::uint8_t>(exponent_field(decode));
}

template <class Scale>
QuantizedTensor groups(const Request& request, std::string_view recipe, SchemeId scheme,
                       Scale (*block)(Values, Codes)) {
  require(request, {recipe, kHalfTypes, 128, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, recipe);
  return quantize_each_block<Scale>(operand, scheme, block);
}

using enum SchemeId;
constexpr CpuRecipe kRecipes[] = {
    {"flashinfer/fp8-cutile-row",
     [](const Request& r) { return groups<float>(r, "flashinfer/fp8-cutile-row", kFp8E4m3Row128, cutile_row); }},
    {"flashinfer/fp8-cutile-column",
     [](const Request& r) { return groups<float>(r, "flashinfer/fp8-cutile-column", kFp8E4m3Row128, cutile_column); }},
    {"flashinfer/fp8-cutile-ue8m0",
     [](const Request& r) { return groups<float>(r, "flashinfer/fp8-cutile-ue8m0", kFp8E4m3Row128, cutile_power); }},
    {"flashinfer/fp8-group-packed",
     [](const Request& r) {
       return groups<std::uint8_t>(r, "flashinfer/fp8-group-packed", kFp8E4m3Row128E8m0, packed);
     }},
};

}  // namespace

std::span<const CpuRecipe> flashinfer_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
