// torchao MX, eager on CUDA: MXFP4 and MXFP8 E4M3 with the FLOOR scale, MXFP8 E4M3 with the RCEIL scale.
//
// pytorch/ao, commit 36027d82: torchao/prototype/mx_formats/mx_tensor.py (to_mx), with a PyTorch before 2.13, which
// clamps to 448 ahead of the cast in FLOOR mode.
#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/recipes.h"
#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr std::uint8_t kScaleNan = 255;

// FLOOR: the exponent of amax less that of the largest power of two that the element has; never below 2^-127.
// Zero and subnormal amax count as 2^-127.
std::uint8_t floor_scale(float block_amax, int element_exponent) {
  if (is_nan(block_amax) || is_infinite(block_amax)) return kScaleNan;
  const double amax = static_cast<double>(block_amax);
  const int exponent = amax < kFloat32MinNormal ? -127 : exponent_of(amax);
  const int biased = exponent - element_exponent + 127;
  return static_cast<std::uint8_t>(biased < 0 ? 0 : biased);
}

// RCEIL: the smallest power of two, from 2^-127, that is not below amax times the rounded 1/448.
std::uint8_t rceil_scale(float block_amax) {
  const float least = mul_rn<Gpu>(block_amax, div_rn<Gpu>(1.0f, 448.0f));
  if (is_nan(least) || is_infinite(least)) return kScaleNan;
  if (static_cast<double>(least) <= 0x1p-127) return 0;
  const int exponent = exponent_of(static_cast<double>(least));
  const bool is_power = static_cast<double>(least) == two_to(exponent);
  return static_cast<std::uint8_t>(exponent + 127 + (is_power ? 0 : 1));
}

float encode_scale_of(std::uint8_t scale_code) {
  if (scale_code == kScaleNan) return from_bits(0x7F800001u);
  return static_cast<float>(two_to(127 - scale_code));
}

// A NaN on a GPU is 0x7FFFFFFF, which torchao's integer rounding to E2M1 turns into code 4.
std::uint8_t e2m1_code(float scaled) { return is_nan(scaled) ? 4 : e2m1_with_sign(scaled); }

template <class ScaleRule, class ElementRule>
QuantizedTensor quantize(const Request& request, std::string_view recipe, SchemeId scheme, ScaleRule scale_of,
                         ElementRule code_of) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kNone});
  QuantizedTensor answer = make_quantized(scheme_of(scheme), GlobalNumber::kNone, request.input.extent);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  std::size_t block = 0, element = 0;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(request.input, r, kBlock);
    for (std::size_t c = 0; c < row.size(); c += kBlock) {
      const auto x = std::span(row).subspan(c, kBlock);
      const std::uint8_t scale_code = scale_of(amax_or_nan(x));
      scales[block++] = scale_code;
      const float encode_scale = encode_scale_of(scale_code);
      for (const float value : x) answer.codes[element++] = code_of(mul_rn<Gpu>(value, encode_scale));
    }
  }
  return answer;
}

}  // namespace

QuantizedTensor torchao_mxfp4_floor(const Request& request) {
  const auto scale_of = [](float amax) { return floor_scale(amax, 2); };
  return quantize(request, "torchao/mxfp4-floor", SchemeId::kMxfp4, scale_of, e2m1_code);
}
QuantizedTensor torchao_mxfp8e4m3_floor(const Request& request) {
  const auto scale_of = [](float amax) { return floor_scale(amax, 8); };
  return quantize(request, "torchao/mxfp8e4m3-floor", SchemeId::kMxfp8E4m3, scale_of, e4m3_saturating);
}
QuantizedTensor torchao_mxfp8e4m3_rceil(const Request& request) {
  return quantize(request, "torchao/mxfp8e4m3-rceil", SchemeId::kMxfp8E4m3, rceil_scale, e4m3_saturating);
}

}  // namespace bitgate::device::cpu
