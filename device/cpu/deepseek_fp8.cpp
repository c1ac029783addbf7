// DeepSeek's family: DeepSeek-V3's Triton kernel, DeepGEMM's PyTorch casts to FP8 and FP4, DeepEP's dispatch.
//
// deepseek-ai/DeepSeek-V3: inference/kernel.py, commit 06231633; deepseek-ai/DeepGEMM: deep_gemm/utils/math.py, commit
// 38939a4c, by PyTorch on CUDA, where a division by a number is a product with its rounded reciprocal, and on a CPU,
// where it is a division; deepseek-ai/DeepEP: csrc/kernels/utils.cuh, commit 01cc84a9, without fast math. Stored are
// decode scales; DeepEP stores exponents of powers of two, DeepGEMM the powers as binary32.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/torchao_div_full.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

constexpr float kLeastAmax = 1e-4f;

// Triton's "/", twice, and no floor: zeros are 0 / 0, NaN. Its maximum passes over NaN, its cast saturates.
float deepseek(Values x, Codes codes) {
  const float decode = div_full(amax_by_hmax(x), 448.0f);
  encode_each(x, codes, [decode](float value) { return e4m3_cvt(div_full(value, decode)); });
  return decode;
}

// PyTorch: maxima and clamps keep a NaN.
float torch_amax(Values x) { return clamped(amax_or_nan(x), kLeastAmax, kInfinity); }

// The exponent field, one more unless the fraction is zero, between 1 and 254; so a NaN becomes 2^127.
float torch_power_up(float x) {
  const int field = exponent_field(x) + (to_bits(x) % 0x00800000u == 0 ? 0 : 1);
  return from_bits(static_cast<std::uint32_t>(std::clamp(field, 1, 254)) * 0x00800000u);
}
float as_it_is(float x) { return x; }

float by_product(float amax) { return mul_rn<Gpu>(amax, kOneOver448); }
float by_division(float amax) { return div_rn<Gpu>(amax, 448.0f); }

// PyTorch's cast: NaN of what rounds beyond 448.
template <float (*kOf448)(float), float (*kRounded)(float)>
float deepgemm_fp8(Values x, Codes codes) {
  const float decode = kRounded(kOf448(torch_amax(x)));
  const float encode = div_rn<Gpu>(1.0f, decode);
  encode_each(x, codes, [encode](float value) {
    const float scaled = mul_rn<Gpu>(value, encode);
    return is_nan(scaled) ? std::uint8_t{0x7F} : e4m3_torch(scaled);
  });
  return decode;
}

// A search among the boundaries: one of them belongs to the code below it, NaN lies above all. Code 0 has no sign.
std::uint8_t fp4_bucket(float x) {
  constexpr float kBoundaries[] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  int code = 0;
  for (const float boundary : kBoundaries) code += magnitude(x) <= boundary ? 0 : 1;
  return static_cast<std::uint8_t>(code != 0 && x < 0.0f ? code + 8 : code);
}
float deepgemm_fp4(Values x, Codes codes) {
  const float decode = torch_power_up(mul_rn<Gpu>(torch_amax(x), kOneSixth));
  const float encode = div_rn<Gpu>(1.0f, decode);
  encode_each(x, codes, [encode](float value) { return fp4_bucket(mul_rn<Gpu>(value, encode)); });
  return decode;
}

// A product with 1/448 and a quotient, rounded apart; or a power of two and its exact reciprocal.
float deepep(Values x, Codes codes) {
  const float amax = amax_at_least(x, kLeastAmax);
  const float encode = div_rn<Gpu>(448.0f, amax);
  encode_each(x, codes, [encode](float value) { return e4m3_cvt(mul_rn<Gpu>(value, encode)); });
  return mul_rn<Gpu>(amax, kOneOver448);
}
std::uint8_t deepep_power(Values x, Codes codes) {
  const float power = power_of_two_up(mul_rn<Gpu>(amax_at_least(x, kLeastAmax), kOneOver448));
  const float encode = reciprocal_by_field(power);
  encode_each(x, codes, [encode](float value) { return e4m3_cvt(mul_rn<Gpu>(value, encode)); });
  return static_cast<std::uint8_t>(exponent_field(power));
}

struct Row {
  std::string_view recipe;
  std::span<const InputType> types;
  std::int64_t cols_multiple;
  SchemeId scheme;
  float (*block)(Values, Codes);
  bool takes_specials = true;  // which NaN PyTorch's cast gives on a CPU is not known: NaN and infinity are refused
};

// Ragged blocks count as padded with zeros, which no maximum sees.
QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, row.types, row.cols_multiple, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  if (!row.takes_specials) require_numbers(operand, row.recipe);
  return quantize_each_block<float>(operand, row.scheme, row.block);
}

constexpr std::string_view kDeepepPower = "deepep/fp8-1x128-ue8m0";
QuantizedTensor quantize_to_powers(const Request& request) {
  require(request, {kDeepepPower, kBf16Only, 128, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  return quantize_each_block<std::uint8_t>(operand, SchemeId::kFp8E4m3Row128E8m0, deepep_power);
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"deepseek/fp8-1x128", kHalfTypes, 128, kFp8E4m3Row128, deepseek},
    Row{"deepgemm/fp8-1x128", kHalfTypes, 1, kFp8E4m3Row128, deepgemm_fp8<by_product, as_it_is>},
    Row{"deepgemm/fp8-1x128-cpu", kHalfTypes, 1, kFp8E4m3Row128, deepgemm_fp8<by_division, as_it_is>, false},
    Row{"deepgemm/fp8-1x128-ue8m0", kHalfTypes, 1, kFp8E4m3Row128, deepgemm_fp8<by_product, torch_power_up>},
    Row{"deepgemm/fp8-128x128", kHalfTypes, 1, kFp8E4m3Square128, deepgemm_fp8<by_product, as_it_is>},
    Row{"deepgemm/fp8-128x128-cpu", kHalfTypes, 1, kFp8E4m3Square128, deepgemm_fp8<by_division, as_it_is>, false},
    Row{"deepgemm/fp8-128x128-ue8m0", kHalfTypes, 1, kFp8E4m3Square128, deepgemm_fp8<by_product, torch_power_up>},
    Row{"deepgemm/fp4-1x32", kHalfTypes, 2, kFp4Row32, deepgemm_fp4},
    Row{"deepgemm/fp4-1x128", kHalfTypes, 2, kFp4Row128, deepgemm_fp4},
    Row{"deepep/fp8-1x128", kBf16Only, 128, kFp8E4m3Row128, deepep},
};
constexpr auto kRecipes = [] {
  std::array<CpuRecipe, kRows.size() + 1> all{};
  std::ranges::copy(recipes_of<kRows, quantize>(), all.begin());
  all.back() = {kDeepepPower, quantize_to_powers};
  return all;
}();

}  // namespace

std::span<const CpuRecipe> deepseek_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
