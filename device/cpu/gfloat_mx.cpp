// gfloat: MX blocks of 32 in binary64, where every step is exact but the last.
//
// graphcore-research/gfloat, commit b142762d: src/gfloat/{block,round,encode}.py, rounding ties to even and saturating.
// A NaN raises in formats without one, and what an infinite amax becomes as an exponent is not known: both are refused.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  int top_exponent;  // of the largest power of two
  std::uint8_t (*code)(float) noexcept;
};

std::uint8_t e2m1_code(float x) noexcept { return e2m1_with_sign(x); }
std::uint8_t e2m3_code(float x) noexcept { return float_bits_code(kSmallE2m3, x); }
std::uint8_t e3m2_code(float x) noexcept { return float_bits_code(kSmallE3m2, x); }
std::uint8_t e4m3_code(float x) noexcept { return e4m3_saturating(x); }
std::uint8_t e5m2_code(float x) noexcept { return e5m2_saturating(x); }

// floor(log2(amax)) is exact: binary64's logarithm tells every binary32 number from the power of two above it.
QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kF32Only, 32, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, row.recipe);
  return quantize_each_block<std::uint8_t>(
      operand, row.scheme, [&](std::span<const float> x, std::span<std::uint8_t> codes) {
        const float amax = amax_without_nan(x);
        const int wanted = amax == 0.0f ? -127 : exponent_of(static_cast<double>(amax)) - row.top_exponent;
        const int exponent = std::clamp(wanted, -127, 127);
        // The quotient keeps x's 24 bits; what binary32 cannot hold of it is far below half the smallest element.
        encode_each(x, codes, [&](float value) {
          return row.code(static_cast<float>(static_cast<double>(value) / two_to(exponent)));
        });
        return static_cast<std::uint8_t>(exponent + 127);
      });
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"gfloat/mxfp4", kMxfp4, 2, e2m1_code},          Row{"gfloat/mxfp6e2m3", kMxfp6E2m3, 2, e2m3_code},
    Row{"gfloat/mxfp6e3m2", kMxfp6E3m2, 4, e3m2_code},  Row{"gfloat/mxfp8e4m3", kMxfp8E4m3, 8, e4m3_code},
    Row{"gfloat/mxfp8e5m2", kMxfp8E5m2, 15, e5m2_code},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> gfloat_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
