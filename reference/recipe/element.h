// Stage three: the number that scales a block's elements, and each element's code.
// Sources: te.md 1.3, 1.4 and 9, torchao-and-ocp.md 2.1, 2.4 and 2.7, ggml.md 0 and 2.2 to 2.4 of the notes.
#pragma once

#include "bitgate/reference/arith/integer.h"
#include "bitgate/reference/recipe/block_scale.h"

namespace bitgate::reference {

// The bits of an E4M3 (or E8M0) scale as binary32; a NaN is what the producer's own decode gives.
// PyTorch widens E4M3 NaN to sign | 0x7FF00000.
constexpr float decoded_scale(const Format& format, std::uint32_t code) noexcept {
  if (!is_nan(format, code)) return decode_float(format, code);
  const std::uint32_t sign = (code & sign_mask(format)) != 0 ? 0x80000000u : 0u;
  return std::bit_cast<float>(sign | 0x7FF00000u);
}

// 2^(127 - code) as the producer builds it: code 254 - scale, where 0 is the subnormal 2^-127 and 255 a NaN.
constexpr float reciprocal_power(std::uint32_t scale_code) noexcept {
  const std::uint32_t code = (254 - scale_code) & 0xFF;
  if (code == 0xFF) return std::bit_cast<float>(0x7F800001u);
  return code == 0 ? 0x1p-127f : std::bit_cast<float>(code << 23);
}

struct Multiplier {
  float value = 0.0f;
  bool divides = false;
  bool all_zero = false;  // the producer skips the product: every code is 0
};

[[gnu::always_inline]] constexpr Multiplier derive_multiplier(const Rules& rules, const GlobalScale& global,
                                                              const BlockScale& scale) noexcept {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  switch (rules.element.multiplier) {
    case MultiplierForm::kReciprocalOfProduct: {
      const float product = on.mul_rn(decoded_scale(scheme.scale, scale.bits), global.decode_scale);
      const float reciprocal = on.div_rn(1.0f, product);
      return {at_most_float32_max(rules.global.amax_nan, reciprocal), false, false};
    }
    case MultiplierForm::kReciprocalOfScale:
      return {on.div_rn(1.0f, decoded_scale(scheme.scale, scale.bits)), false, false};
    case MultiplierForm::kGlobalReciprocalOverScale:
      return {on.div_rn(global.encode_scale, decoded_scale(scheme.scale, scale.bits)), false, false};
    case MultiplierForm::kDivideByProduct:
      return {on.mul_rn(global.decode_scale, decoded_scale(scheme.scale, scale.bits)), true, false};
    case MultiplierForm::kExponentNegated: return {reciprocal_power(scale.bits), false, false};
    case MultiplierForm::kApproxReciprocalOfScale:
      return {rcp_approx_ftz(scale.decode_scale), false, scale.amax == 0.0f};
    case MultiplierForm::kHostReciprocalOfScale:
      return {scale.decode_scale != 0.0f ? on.div_rn(1.0f, scale.decode_scale) : 0.0f, false, false};
    case MultiplierForm::k127OverAmax: return {scale.encode_scale, false, false};
  }
  return {};
}

// E2M1 by comparisons that a NaN fails and that take -0 for 0.
constexpr std::uint32_t encode_by_comparisons(const Format& element, float scaled) noexcept {
  if (is_nan(scaled) || scaled == 0.0f) return 0;
  return encode(element, scaled, kCvtRnSatfinite);
}

// torchao's integer rounding to a small format without infinity or NaN. A NaN takes the path of a normal number, so its
// payload decides the code (0x7FFFFFFF gives E2M1 code 4).
constexpr std::uint32_t encode_by_float_bits(const Format& element, float scaled) noexcept {
  if (!is_nan(scaled)) return encode(element, scaled, kCvtRnSatfinite);
  const auto bits = std::bit_cast<std::uint32_t>(scaled);
  const int dropped = 23 - element.mantissa_bits;
  const std::uint32_t body = bits & 0x7FFFFFFF;
  const std::uint32_t rebias = static_cast<std::uint32_t>(element.bias - 127) << 23;
  const std::uint32_t half_below = (1u << (dropped - 1)) - 1;
  const std::uint32_t rounded = (body + rebias + half_below + (body >> dropped & 1)) >> dropped;
  const std::uint32_t sign = (bits >> 31) != 0 ? sign_mask(element) : 0;
  return ((rounded & 0xFF) | sign) & ((1u << element.bits) - 1);
}

[[gnu::always_inline]] constexpr std::uint32_t encode_element(const Rules& rules, float scaled) noexcept {
  const Format& element = scheme_of(rules.scheme).element;
  switch (rules.element.encode) {
    case ElementEncode::kCvt: return encode(element, scaled, kCvtRnSatfinite);
    case ElementEncode::kComparisons: return encode_by_comparisons(element, scaled);
    case ElementEncode::kFloatBits: return encode_by_float_bits(element, scaled);
    case ElementEncode::kTorchCast: return encode(element, scaled, kTorchCast);
    case ElementEncode::kRoundAwayLowByte:
      return static_cast<std::uint32_t>(to_int32(rules.machine, round_half_away(scaled))) & 0xFF;
  }
  return 0;
}

[[gnu::always_inline]] constexpr float scale_element(const Rules& rules, const Multiplier& multiplier,
                                                     float x) noexcept {
  const Arithmetic on{rules.machine};
  const float scaled = multiplier.divides ? on.div_rn(x, multiplier.value) : on.mul_rn(x, multiplier.value);
  return clamped(scaled, -rules.element.clamp, rules.element.clamp);
}

}  // namespace bitgate::reference
