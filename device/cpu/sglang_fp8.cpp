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

std::uint8_t clamped_code(float scaled) { return e4m3_hardware(clamped_448(scaled)); }
std::uint8_t plain_code(float scaled) { return e4m3_hardware(scaled); }

// v1 leaves saturation to the conversion, so a NaN stays one; v2 clamps, which makes it +448.
enum class Version : std::uint8_t { kV1, kV2 };
enum class Stored : std::uint8_t { kBinary32, kPower };

// The stored scale and the multiplier are rounded apart: a product with 1/448, a quotient 448 / amax. Rounded up to a
// power of two, the scale has an exact reciprocal; but v2 with rows in order stores that power and multiplies by the
// quotient all the same.
template <class Math, Version kVersion, Stored kStored>
float group(Values x, Codes codes) {
  const float amax = amax_at_least(x, kLeastAmax);
  const float product = Math::mul(amax, kOneOver448);
  const float decode = kStored == Stored::kPower ? power_of_two_up(product) : product;
  const bool takes_power = kStored == Stored::kPower && kVersion == Version::kV1;
  const float multiplier = takes_power ? div_rn<Gpu>(1.0f, decode) : Math::div(448.0f, amax);
  encode_each(x, codes, [multiplier](float value) {
    const float scaled = Math::mul(value, multiplier);
    return kVersion == Version::kV1 ? plain_code(scaled) : clamped_code(scaled);
  });
  return decode;
}

// Of a row of zeros the scale is 0: the warp kernel then multiplies by 0, the one for few rows by infinity.
enum class OfZero : std::uint8_t { kZero, kInfinite };

template <class Math, OfZero kOfZero>
float token(Values x, Codes codes) {
  const float decode = Math::div_by_constant(amax_at_least(x, 0.0f), 448.0f);
  const bool is_guarded = kOfZero == OfZero::kZero && Math::seen(decode) == 0.0f;
  const float multiplier = is_guarded ? 0.0f : Math::div(1.0f, decode);
  encode_each(x, codes, [multiplier](float value) { return clamped_code(Math::mul(value, multiplier)); });
  return decode;
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  float (*block)(Values, Codes);
  bool has_gate = false;
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
  require(request, {row.recipe, kHalfTypes, 1, GlobalAxis::kNone});
  if (row.has_gate) require_gate(request, row.recipe);
  Operand operand = operand_of(request.input, Direction::kRowwise);
  if (row.has_gate) activate(operand, request);
  return quantize_each_block<float>(operand, row.scheme, row.block);
}

using enum SchemeId;
using enum Version;
using enum Stored;
constexpr std::array kRows{
    Row{"sglang/fp8-group-v1", kFp8E4m3Row128, group<IeeeMath, kV1, kBinary32>},
    Row{"sglang/fp8-group-v1-sm90", kFp8E4m3Row128, group<FastMath, kV1, kBinary32>},
    Row{"sglang/fp8-group-v1-ue8m0", kFp8E4m3Row128, group<IeeeMath, kV1, kPower>},
    Row{"sglang/fp8-group-v1-ue8m0-sm90", kFp8E4m3Row128, group<FastMath, kV1, kPower>},
    Row{"sglang/fp8-group-v2", kFp8E4m3Row128, group<IeeeMath, kV2, kBinary32>},
    Row{"sglang/fp8-group-v2-sm90", kFp8E4m3Row128, group<FastMath, kV2, kBinary32>},
    Row{"sglang/fp8-group-v2-ue8m0", kFp8E4m3Row128, group<IeeeMath, kV2, kPower>},
    Row{"sglang/fp8-group-v2-ue8m0-sm90", kFp8E4m3Row128, group<FastMath, kV2, kPower>},
    Row{"sglang/fp8-token", kFp8E4m3Token, token<IeeeMath, OfZero::kZero>},
    Row{"sglang/fp8-token-sm90", kFp8E4m3Token, token<FastMath, OfZero::kZero>},
    Row{"sglang/fp8-token-small", kFp8E4m3Token, token<IeeeMath, OfZero::kInfinite>},
    Row{"sglang/fp8-token-small-sm90", kFp8E4m3Token, token<FastMath, OfZero::kInfinite>},
    Row{"sglang/silu-fp8-group-sm90", kFp8E4m3Row128, group<FastMath, kV2, kBinary32>, true},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> sglang_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
