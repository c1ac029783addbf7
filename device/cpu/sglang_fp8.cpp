// SGLang FP8: groups of 128 columns by two versions of a kernel, the second also behind SiLU and a product; one scale a
// row. Every recipe twice: precise, as the library for sm_100 and newer is built, and -sm90 with -use_fast_math.
//
// sgl-project/sglang, sgl-kernel: per_token_group_quant_8bit.cu, commits 00568d90 and 037cd6ea (v2);
// per_token_quant_fp8.cu, commit 0490047f. Stored are decode scales. The fused SiLU of sm_100 takes tanh.approx, which
// no model here covers: left out.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

constexpr float kLeastAmax = 1e-10f;

// v1 leaves saturation to the conversion, so a NaN stays one; v2 clamps, the lower bound first, which makes it -448.
// Where one scale serves a row the bounds come the other way round: +448.
std::uint8_t v1_code(float scaled) { return e4m3_cvt(scaled); }
std::uint8_t v2_code(float scaled) { return e4m3_cvt(clamped_448_low_first(scaled)); }
std::uint8_t token_code(float scaled) { return e4m3_cvt(clamped_448(scaled)); }
using Code = std::uint8_t (*)(float);

// The stored scale and the multiplier are rounded apart: a product with 1/448, a quotient 448 / amax.
struct Pair {
  float decode, multiplier;
};
template <class Math>
Pair pair_of(Values x) {
  const float amax = amax_at_least(x, kLeastAmax);
  return {Math::mul(amax, kOneOver448), Math::div(448.0f, amax)};
}
template <class Math, Code kCode>
void multiply(float multiplier, Values x, Codes codes) {
  encode_each(x, codes, [multiplier](float value) { return kCode(Math::mul(value, multiplier)); });
}

template <class Math, Code kCode>
float group(Values x, Codes codes) {
  const Pair pair = pair_of<Math>(x);
  multiply<Math, kCode>(pair.multiplier, x, codes);
  return pair.decode;
}
// Rounded up to a power of two, stored as its exponent; the multiplier is the power's reciprocal.
template <class Math, Code kCode>
std::uint8_t group_power(Values x, Codes codes) {
  const float power = power_of_two_up(pair_of<Math>(x).decode);
  multiply<Math, kCode>(reciprocal_by_field(power), x, codes);
  return static_cast<std::uint8_t>(exponent_field(power));
}
// v2 with rows in order stores the power as a number, and multiplies by the quotient that it did not round.
template <class Math>
float group_power_stored_only(Values x, Codes codes) {
  const Pair pair = pair_of<Math>(x);
  multiply<Math, v2_code>(pair.multiplier, x, codes);
  return power_of_two_up(pair.decode);
}

// Of a row of zeros the scale is 0: the warp kernel then multiplies by 0, the one for few rows by infinity.
enum class OfZero : std::uint8_t { kZero, kInfinite };

template <class Math, OfZero kOfZero>
float token(Values x, Codes codes) {
  const float decode = Math::div_by_constant(amax_at_least(x, 0.0f), 448.0f);
  const bool is_guarded = kOfZero == OfZero::kZero && Math::seen(decode) == 0.0f;
  const float multiplier = is_guarded ? 0.0f : Math::div(1.0f, decode);
  encode_each(x, codes, [multiplier](float value) { return token_code(Math::mul(value, multiplier)); });
  return decode;
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  std::int64_t cols_multiple;
  float (*block)(Values, Codes);
  bool has_gate = false;
};
struct PowerRow {
  std::string_view recipe;
  std::uint8_t (*block)(Values, Codes);
};

// The fused form: SiLU of the gate and then the product are each stored in the input's type.
void activate(Operand& operand, const Request& request) {
  const InputType type = request.input.type;
  for (std::size_t i = 0; i < operand.x.size(); ++i) {
    const float activated = stored_as(type, static_cast<double>(silu_approx<FastMath>(request.fused.gate[i])));
    operand.x[i] = stored_as(type, static_cast<double>(activated) * static_cast<double>(operand.x[i]));
  }
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, row.cols_multiple, GlobalAxis::kNone});
  if (row.has_gate) require_gate(request, row.recipe);
  Operand operand = operand_of(request.input, Direction::kRowwise);
  if (row.has_gate) activate(operand, request);
  return quantize_each_block<float>(operand, row.scheme, row.block);
}
QuantizedTensor quantize_to_powers(const PowerRow& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, 128, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  return quantize_each_block<std::uint8_t>(operand, SchemeId::kFp8E4m3Row128E8m0, row.block);
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"sglang/fp8-group-v1", kFp8E4m3Row128, 128, group<IeeeMath, v1_code>},
    Row{"sglang/fp8-group-v1-sm90", kFp8E4m3Row128, 128, group<FastMath, v1_code>},
    Row{"sglang/fp8-group-v2", kFp8E4m3Row128, 128, group<IeeeMath, v2_code>},
    Row{"sglang/fp8-group-v2-sm90", kFp8E4m3Row128, 128, group<FastMath, v2_code>},
    Row{"sglang/fp8-group-v2-ue8m0-row", kFp8E4m3Row128, 128, group_power_stored_only<IeeeMath>},
    Row{"sglang/fp8-group-v2-ue8m0-row-sm90", kFp8E4m3Row128, 128, group_power_stored_only<FastMath>},
    Row{"sglang/fp8-token", kFp8E4m3Token, 4, token<IeeeMath, OfZero::kZero>},
    Row{"sglang/fp8-token-sm90", kFp8E4m3Token, 4, token<FastMath, OfZero::kZero>},
    Row{"sglang/fp8-token-small", kFp8E4m3Token, 4, token<IeeeMath, OfZero::kInfinite>},
    Row{"sglang/fp8-token-small-sm90", kFp8E4m3Token, 4, token<FastMath, OfZero::kInfinite>},
    Row{"sglang/silu-fp8-group-sm90", kFp8E4m3Row128, 128, group<FastMath, v2_code>, true},
};
constexpr std::array kPowerRows{
    PowerRow{"sglang/fp8-group-v1-ue8m0", group_power<IeeeMath, v1_code>},
    PowerRow{"sglang/fp8-group-v1-ue8m0-sm90", group_power<FastMath, v1_code>},
    PowerRow{"sglang/fp8-group-v2-ue8m0", group_power<IeeeMath, v2_code>},
    PowerRow{"sglang/fp8-group-v2-ue8m0-sm90", group_power<FastMath, v2_code>},
};
constexpr auto kRecipes = [] {
  std::array<CpuRecipe, kRows.size() + kPowerRows.size()> all{};
  std::ranges::copy(recipes_of<kPowerRows, quantize_to_powers>(),
                    std::ranges::copy(recipes_of<kRows, quantize>(), all.begin()).out);
  return all;
}();

}  // namespace

std::span<const CpuRecipe> sglang_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
