// CUTLASS: epilogues that write MX. The input stands for D, which the epilogue holds in binary32; the norm constant
// is 1.
//
// NVIDIA/cutlass, commit 7107b055: include/cutlass/epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp. No fast
// math; only the reciprocal of the largest element is MUFU's.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  float largest;
  std::uint8_t (*code)(float) noexcept;
};

std::uint8_t e2m1_code(float x) noexcept { return e2m1_hardware(x); }
std::uint8_t e2m3_code(float x) noexcept { return e2m3_hardware(x); }
std::uint8_t e3m2_code(float x) noexcept { return e3m2_hardware(x); }
std::uint8_t e4m3_code(float x) noexcept { return e4m3_cvt(x); }
std::uint8_t e5m2_code(float x) noexcept { return e5m2_saturating(x); }

// A NaN anywhere makes the whole block NaN. No block is treated apart: code 0 multiplies by 2^127, 254 by 2^-127.
QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kF32Only, 32, GlobalAxis::kNone});
  constexpr float kNorm = 1.0f;
  const float norm_over_largest = mul_rn<Gpu>(kNorm, rcp_approx_ftz(row.largest));
  const auto block = [&](std::span<const float> x, std::span<std::uint8_t> codes) {
    const std::uint8_t scale_code = e8m0_up(mul_rn<Gpu>(amax_or_nan(x), norm_over_largest));
    const float reciprocal = scale_code == 255 ? kGpuNan : static_cast<float>(two_to(127 - scale_code));
    const float multiplier = min_or_nan(mul_rn<Gpu>(kNorm, reciprocal), kFloat32Max);
    encode_each(x, codes, [&](float value) { return row.code(mul_rn<Gpu>(value, multiplier)); });
    return scale_code;
  };
  return quantize_each_block<std::uint8_t>(operand_of(request.input, Direction::kRowwise), row.scheme, block);
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"cutlass/mxfp4-epilogue", kMxfp4, 6.0f, e2m1_code},
    Row{"cutlass/mxfp6e2m3-epilogue", kMxfp6E2m3, 7.5f, e2m3_code},
    Row{"cutlass/mxfp6e3m2-epilogue", kMxfp6E3m2, 28.0f, e3m2_code},
    Row{"cutlass/mxfp8e4m3-epilogue", kMxfp8E4m3, 448.0f, e4m3_code},
    Row{"cutlass/mxfp8e5m2-epilogue", kMxfp8E5m2, 57344.0f, e5m2_code},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> cutlass_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
