// Stage three: the number that scales a block's elements, and each element's code.
// Sources: te.md 1.3, 1.4 and 9, torchao-and-ocp.md 2.1, 2.4 and 2.7, ggml.md 0 and 2.2 to 2.4,
// flashinfer-vllm-cutlass.md 3.3, 3.4 and 6.1 of the notes.
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

// The reciprocal of an E4M3 scale as FlashInfer's CuTe rmsnorm forms it: (1 + mantissa / 8) * 2^(exponent - 7) for
// every code but 0, also where the exponent is 0 and E4M3 has no leading one (cute_dsl/fp4_common.py, 02ae0b7a). Exact
// but for MUFU.RCP.
constexpr float cute_scale_reciprocal(std::uint32_t scale_code) noexcept {
  if (scale_code == 0) return 0.0f;
  const std::uint32_t exponent = (scale_code >> 3 & 15) + 120;
  return rcp_approx_ftz(std::bit_cast<float>(exponent << 23 | (scale_code & 7) << 20));
}

// 2^(127 - code) for codes from 1 on, 254 and 255 as subnormals.
constexpr float power_of_negated(std::uint32_t scale_code) noexcept {
  if (scale_code >= 254) return scale_code == 254 ? 0x1p-127f : 0x1p-128f;
  return std::bit_cast<float>((254 - scale_code) << 23);
}

// 2^(127 - code) where a producer asks its exponential for it; code 0 is 1. Under .ftz the codes 254 and 255 give +0.
constexpr float exponential_of_negated(Machine machine, std::uint32_t scale_code) noexcept {
  if (scale_code == 0) return 1.0f;
  const float exponent = static_cast<float>(127 - static_cast<int>(scale_code));
  if (machine == Machine::kGpuFtz) return ex2_approx_ftz(exponent);
  if (machine == Machine::kGpu) return ex2_approx(exponent);
  return power_of_negated(scale_code);  // a host's exp2f is exact for whole numbers
}

struct Multiplier {
  float value = 0.0f;
  bool divides = false;
  bool all_zero = false;  // the producer skips the product: every code is 0
};

// The number before ceiling, rounding and the rule for a zero scale.
[[gnu::always_inline]] constexpr Multiplier plain_multiplier(const Rules& rules, const GlobalScale& global,
                                                             const BlockScale& scale) noexcept {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  const ElementRule& rule = rules.element;
  switch (rule.multiplier) {
    case MultiplierForm::kReciprocalOfProduct: {
      const float product = on.mul_rn(decoded_scale(scheme.scale, scale.bits), global.decode_scale);
      return {quotient(on, rule.divide, 1.0f, product)};
    }
    case MultiplierForm::kReciprocalOfScale:
      return {quotient(on, rule.divide, 1.0f, decoded_scale(scheme.scale, scale.bits))};
    case MultiplierForm::kGlobalReciprocalOverScale:
      return {quotient(on, rule.divide, global.encode_scale, decoded_scale(scheme.scale, scale.bits))};
    case MultiplierForm::kGlobalOverUnroundedScale: return {on.div_rn(global.encode_scale, scale.decode_scale)};
    case MultiplierForm::kDivideByProduct:
      return {on.mul_rn(global.decode_scale, decoded_scale(scheme.scale, scale.bits)), true};
    case MultiplierForm::kExponentNegated: return {reciprocal_power(scale.bits)};
    case MultiplierForm::kApproxReciprocalOfScale:
      return {rcp_approx_ftz(scale.decode_scale), false, scale.amax == 0.0f};
    case MultiplierForm::kApproxReciprocalOrZero:
      return {on.read(scale.decode_scale) != 0.0f ? rcp_approx_ftz(scale.decode_scale) : 0.0f};
    case MultiplierForm::kHostReciprocalOfScale:
      return {scale.decode_scale != 0.0f ? on.div_rn(1.0f, scale.decode_scale) : 0.0f};
    case MultiplierForm::k127OverAmax:
    case MultiplierForm::kEncodeScale: return {scale.encode_scale};
    case MultiplierForm::kApproxPowerNegated: return {exponential_of_negated(rules.machine, scale.bits)};
    case MultiplierForm::kApproxReciprocalOfStored: return {rcp_approx_ftz(decoded_scale(scheme.scale, scale.bits))};
    case MultiplierForm::kApproxReciprocalOfField: return {rcp_approx_ftz(std::bit_cast<float>(scale.bits << 23))};
    case MultiplierForm::kElementMaxOverAmax:
      return {quotient(on, rule.divide, static_cast<float>(max_finite(scheme.element)), scale.amax)};
    case MultiplierForm::kDivideByScale: return {decoded_scale(scheme.scale, scale.bits), true};
    case MultiplierForm::kReciprocalOfField: return {on.div_rn(1.0f, std::bit_cast<float>(scale.bits << 23))};
    case MultiplierForm::kNegatedField: return {std::bit_cast<float>((254 - scale.bits) << 23)};
    case MultiplierForm::kHost127OverAmax: return {scale.amax != 0.0f ? on.div_rn(127.0f, scale.amax) : 0.0f};
    case MultiplierForm::kDivideByUnroundedScale: return {scale.decode_scale, true, scale.amax == 0.0f};
    case MultiplierForm::kScaleReciprocalTimesGlobal:
      return {on.mul_rn(cute_scale_reciprocal(scale.bits), global.encode_scale)};
    case MultiplierForm::kExponentNegatedOrZero: return {scale.bits == 0 ? 0.0f : power_of_negated(scale.bits)};
    case MultiplierForm::kDivideByScaleOverGlobal:
      return {on.div_rn(decoded_scale(scheme.scale, scale.bits), global.encode_scale), true};
    case MultiplierForm::kDivideByPower: {
      const bool nan = is_nan(scheme.scale, scale.bits);
      return {nan ? std::numeric_limits<float>::infinity() : decoded_scale(scheme.scale, scale.bits), true};
    }
    case MultiplierForm::kDivideByNormalPower: {
      // The old code shifted the NaN code into an exponent field, which is infinity.
      const bool nan = is_nan(scheme.scale, scale.bits);
      const float power = nan ? std::numeric_limits<float>::infinity() : decoded_scale(scheme.scale, scale.bits);
      return {power < kFloat32MinNormal ? kFloat32MinNormal : power, true};
    }
  }
  return {};
}

constexpr float bf16_rn(float x) noexcept {
  return widen_bf16(static_cast<std::uint16_t>(encode(kBf16, x, kCvtRnInf)));
}

[[gnu::always_inline]] constexpr Multiplier derive_multiplier(const Rules& rules, const GlobalScale& global,
                                                              const BlockScale& scale) noexcept {
  const ElementRule& rule = rules.element;
  Multiplier multiplier = plain_multiplier(rules, global, scale);
  if (rule.multiplier_ceiling != 0.0f)
    multiplier.value = at_most(rules.global.min_nan, multiplier.value, rule.multiplier_ceiling);
  if (rule.multiplier_type == MultiplierType::kBf16) multiplier.value = bf16_rn(multiplier.value);
  if (rule.zero_scale == ZeroScale::kAsComputed) return multiplier;
  const float stored = decoded_scale(scheme_of(rules.scheme).scale, scale.bits);
  const Arithmetic on{rules.machine};
  if (rule.zero_scale == ZeroScale::kZero && on.read(stored) == 0.0f) multiplier.value = 0.0f;
  if (rule.zero_scale == ZeroScale::kZeroAmax && on.read(scale.amax) == 0.0f) multiplier.value = 0.0f;
  if (rule.zero_scale == ZeroScale::kZeroCode && scale.bits == 0) multiplier.value = 0.0f;
  if (rule.zero_scale == ZeroScale::kZeroUnrounded && scale.decode_scale == 0.0f) multiplier.value = 0.0f;
  if (rule.zero_scale == ZeroScale::kFloat32Max && !(stored > 0.0f)) multiplier.value = kFloat32Max;
  return multiplier;
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

// How many midpoints of E2M1 a magnitude lies above: its code, where a tie goes to the lower one. 0 for a NaN.
constexpr std::uint32_t midpoints_below(float size) noexcept {
  std::uint32_t code = 0;
  for (const float midpoint : {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f}) code += size > midpoint ? 1 : 0;
  return code;
}

// E2M1 by torch.bucketize, for which a NaN lies above all midpoints.
constexpr std::uint32_t encode_lower_of_tie(float scaled) noexcept {
  const std::uint32_t code = is_nan(scaled) ? max_code(kE2m1) : midpoints_below(magnitude(scaled));
  return code | (scaled < 0.0f && code != 0 ? sign_mask(kE2m1) : 0);
}

// E2M1 by a search of the midpoints, ties to even; the sign is that of x < 0.
constexpr std::uint32_t encode_by_search(const Format& element, float scaled) noexcept {
  if (scaled == 0.0f) return 0;
  return encode(element, scaled, kCvtRnSatfinite);
}

// E2M1 with ties down and a sign bit unless x > 0.
constexpr std::uint32_t encode_ties_down(const Format& element, float scaled) noexcept {
  return midpoints_below(magnitude(scaled)) | (scaled > 0.0f ? 0 : sign_mask(element));
}

// E2M1 by eight random bits below those that are kept: a carry rounds away from zero, 6 is the most. NaN gives +6.
constexpr std::uint32_t encode_by_carry(float scaled, std::uint32_t random) noexcept {
  if (is_nan(scaled)) return max_code(kE2m1);
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(scaled) >> 31 << 3;
  const float size = magnitude(scaled);
  if (size >= 6.0f) return sign | max_code(kE2m1);
  const float step = size >= 4.0f ? 2.0f : size >= 2.0f ? 1.0f : 0.5f;
  // Exact: a power of two times a binary32, cut to eight bits below the step.
  const auto parts = static_cast<std::uint32_t>(mul_rn(size, div_rn(256.0f, step)));
  const float steps = static_cast<float>((parts + random) >> 8);
  return sign | encode(kE2m1, mul_rn(steps, step), kCvtRnSatfinite);
}

// TransformerEngine's software form of it: u * step is added by one fma, whose own rounding can reach the next step.
constexpr std::uint32_t encode_by_fma(float scaled, std::uint32_t random) noexcept {
  if (is_nan(scaled)) return max_code(kE2m1);
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(scaled) >> 31 << 3;
  const float size = magnitude(scaled);
  const auto step_of = [](float y) { return y >= 4.0f ? 2.0f : y >= 2.0f ? 1.0f : 0.5f; };
  const float u = mul_rn(static_cast<float>(random), 0x1p-8f);
  const float t = fma_rn(u, step_of(size), size);
  if (t >= 6.0f) return sign | max_code(kE2m1);
  const float step = step_of(t);
  const auto steps = static_cast<std::uint32_t>(div_rn(t, step));
  return sign | encode(kE2m1, mul_rn(static_cast<float>(steps), step), kCvtRnSatfinite);
}

// x86's cvtps2dq of a number rounded to even, packed twice with signed saturation: NaN and overflow are -128 or 127.
constexpr std::uint32_t encode_packed(float rounded) noexcept {
  const std::int32_t whole = to_int32(Machine::kX86, rounded);
  return static_cast<std::uint32_t>(whole < -128 ? -128 : whole > 127 ? 127 : whole) & 0xFF;
}

[[gnu::always_inline]] constexpr std::uint32_t encode_element(const Rules& rules, float scaled,
                                                              std::uint32_t random = 0) noexcept {
  const Format& element = scheme_of(rules.scheme).element;
  switch (rules.element.encode) {
    case ElementEncode::kCvt: return encode(element, scaled, kCvtRnSatfinite);
    case ElementEncode::kComparisons: return encode_by_comparisons(element, scaled);
    case ElementEncode::kFloatBits: return encode_by_float_bits(element, scaled);
    case ElementEncode::kTorchCast:
      return encode(element, scaled, element.top == TopCodes::kIeee ? kTorchCastInf : kTorchCast);
    case ElementEncode::kRoundAwayLowByte:
      return static_cast<std::uint32_t>(to_int32(rules.machine, round_half_away(scaled))) & 0xFF;
    case ElementEncode::kRoundEvenPacked: return encode_packed(round_half_even(scaled));
    case ElementEncode::kRoundEvenLowByte:
      return static_cast<std::uint32_t>(to_int32(rules.machine, round_half_even(scaled))) & 0xFF;
    case ElementEncode::kStochasticSoft: return encode_by_fma(scaled, random);
    case ElementEncode::kStochasticHw: return encode_by_carry(scaled, random);
    case ElementEncode::kCvtThroughBf16: return encode(element, bf16_rn(scaled), kCvtRnSatfinite);
    case ElementEncode::kLowerOfTie: return encode_lower_of_tie(scaled);
    case ElementEncode::kCvtNanSign:
      return encode(element, scaled, kCvtRnSatfinite) |
             (is_nan(scaled) && std::bit_cast<std::uint32_t>(scaled) >> 31 != 0 ? sign_mask(element) : 0);
    case ElementEncode::kTableSearch: return encode_by_search(element, scaled);
    case ElementEncode::kTiesDownZeroNegative: return encode_ties_down(element, scaled);
  }
  return 0;
}

[[gnu::always_inline]] constexpr float scale_element(const Rules& rules, const Multiplier& multiplier, float x,
                                                     InputType type = InputType::kF32) noexcept {
  const Arithmetic on{rules.machine};
  float scaled =
      multiplier.divides ? quotient(on, rules.element.divide, x, multiplier.value) : on.mul_rn(x, multiplier.value);
  if (rules.element.product == Product::kFusedAddZero) scaled = fma_rn(x, multiplier.value, 0.0f);
  scaled = intermediate(rules.element.scaled, type, scaled);
  const float ceiling = rules.element.clamp;
  const bool nan_is_bounded = ceiling != 0.0f && is_nan(scaled);
  if (nan_is_bounded && rules.element.clamp_nan == BoundsNan::kFloor) return -ceiling;
  if (nan_is_bounded && rules.element.clamp_nan == BoundsNan::kCeiling) return ceiling;
  return clamped(scaled, -ceiling, ceiling);
}

}  // namespace bitgate::reference
