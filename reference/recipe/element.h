// Stage three: the number that scales a block's elements, and each element's code.
// Sources: te.md 1.3, 1.4 and 9, torchao-and-ocp.md 2.1, 2.4 and 2.7, ggml.md 0 and 2.2 to 2.4,
// flashinfer-vllm-cutlass.md 3.3, 3.4 and 6.1 of the notes.
#pragma once

#include "bitgate/reference/arith/integer.h"
#include "bitgate/reference/recipe/block_scale.h"

namespace bitgate::reference {

// The bits of an E4M3 (or E8M0) scale as binary32; a NaN is what the producer's own decode gives.
// PyTorch widens E4M3 NaN to sign | 0x7FF00000.
template <class U>
constexpr auto decoded_scale(const Format& format, U code) noexcept {
  const auto number = decode_float(format, code);
  const U sign = select((code & sign_mask(format)) != 0u, U(0x80000000u), 0u);
  return select(is_nan(number), float_of(sign | 0x7FF00000u), number);
}

// 2^(127 - code) as the producer builds it: code 254 - scale, where 0 is the subnormal 2^-127 and 255 a NaN.
template <class U>
constexpr auto reciprocal_power(U scale_code) noexcept {
  const U code = (254u - scale_code) & 0xFFu;
  const U nan_or_power = select(code == 0xFFu, U(0x7F800001u), code << 23);
  return float_of(select(code == 0u, U(0x00400000u), nan_or_power));
}

// The reciprocal of an E4M3 scale as FlashInfer's CuTe rmsnorm forms it: (1 + mantissa / 8) * 2^(exponent - 7) for
// every code but 0, also where the exponent is 0 and E4M3 has no leading one (cute_dsl/fp4_common.py, 02ae0b7a). Exact
// but for MUFU.RCP.
template <class U>
constexpr auto cute_scale_reciprocal(U scale_code) noexcept {
  const U exponent = (scale_code >> 3 & 15u) + 120u;
  const auto reciprocal = rcp_approx_ftz(float_of(exponent << 23 | (scale_code & 7u) << 20));
  return select(scale_code == 0u, decltype(reciprocal)(0.0f), reciprocal);
}

// 2^(127 - code) for codes from 1 on, 254 and 255 as subnormals.
template <class U>
constexpr auto power_of_negated(U scale_code) noexcept {
  const U power = select(scale_code == 254u, U(0x00400000u), (254u - scale_code) << 23);
  return float_of(select(scale_code > 254u, U(0x00200000u), power));
}

// 2^(127 - code) where a producer asks its exponential for it; code 0 is 1. Under .ftz the codes 254 and 255 give +0.
template <class U, class F = LaneOf<U, float>>
constexpr F exponential_of_negated(Machine machine, U scale_code) noexcept {
  const F exponent = number_as<float>(127 - bits_as<std::int32_t>(scale_code));
  // A host's exp2f is exact for whole numbers.
  const F power = machine == Machine::kGpuFtz ? ex2_approx_ftz(exponent)
                  : machine == Machine::kGpu  ? ex2_approx(exponent)
                                              : power_of_negated(scale_code);
  return select(scale_code == 0u, F(1.0f), power);
}

template <class F>
struct MultiplierOf {
  F value = 0.0f;
  bool divides = false;
  YesOf<F> all_zero = false;  // the producer skips the product: every code is 0
};
using Multiplier = MultiplierOf<float>;

// Whether elements are divided by it. All blocks of a recipe are treated alike.
constexpr bool divides(MultiplierForm form) noexcept {
  return form == MultiplierForm::kDivideByProduct || form == MultiplierForm::kDivideByScale ||
         form == MultiplierForm::kDivideByUnroundedScale || form == MultiplierForm::kDivideByScaleOverGlobal ||
         form == MultiplierForm::kDivideByPower || form == MultiplierForm::kDivideByNormalPower;
}

// The number before ceiling, rounding and the rule for a zero scale.
template <class F>
constexpr F plain_multiplier(const Rules& rules, const GlobalScaleOf<F>& global,
                             const BlockScaleOf<F>& scale) noexcept {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  const ElementRule& rule = rules.element;
  const auto field = [&] { return float_of(scale.bits << 23); };
  // Of a constant format little is left: the commonest first.
  const auto decoded = [&] {
    return scheme.scale.name == kE4m3.name ? decoded_scale(kE4m3, scale.bits) : decoded_scale(scheme.scale, scale.bits);
  };
  switch (rule.multiplier) {
    case MultiplierForm::kReciprocalOfProduct: {
      const F product = on.mul_rn(decoded(), global.decode_scale);
      return quotient(on, rule.divide, 1.0f, product);
    }
    case MultiplierForm::kReciprocalOfScale: return quotient(on, rule.divide, 1.0f, decoded());
    case MultiplierForm::kGlobalReciprocalOverScale: return quotient(on, rule.divide, global.encode_scale, decoded());
    case MultiplierForm::kGlobalOverUnroundedScale: return on.div_rn(global.encode_scale, scale.decode_scale);
    case MultiplierForm::kDivideByProduct: return on.mul_rn(global.decode_scale, decoded());
    case MultiplierForm::kExponentNegated: return reciprocal_power(scale.bits);
    case MultiplierForm::kApproxReciprocalOfScale: return rcp_approx_ftz(scale.decode_scale);
    case MultiplierForm::kApproxReciprocalOrZero:
      return select(on.read(scale.decode_scale) != 0.0f, rcp_approx_ftz(scale.decode_scale), 0.0f);
    case MultiplierForm::kHostReciprocalOfScale: {
      const auto zero = scale.decode_scale == 0.0f;
      return select(zero, F(0.0f), on.div_rn(1.0f, select(zero, F(1.0f), scale.decode_scale)));
    }
    case MultiplierForm::k127OverAmax:
    case MultiplierForm::kEncodeScale: return scale.encode_scale;
    case MultiplierForm::kApproxPowerNegated: return exponential_of_negated(rules.machine, scale.bits);
    case MultiplierForm::kApproxReciprocalOfStored: return rcp_approx_ftz(decoded());
    case MultiplierForm::kApproxReciprocalOfField: return rcp_approx_ftz(field());
    case MultiplierForm::kElementMaxOverAmax:
      return quotient(on, rule.divide, static_cast<float>(max_finite(scheme.element)), scale.amax);
    case MultiplierForm::kDivideByScale: return decoded();
    case MultiplierForm::kReciprocalOfField: return on.div_rn(1.0f, field());
    case MultiplierForm::kNegatedField: return float_of((254u - scale.bits) << 23);
    case MultiplierForm::kHost127OverAmax: {
      const auto zero = scale.amax == 0.0f;
      return select(zero, F(0.0f), on.div_rn(127.0f, select(zero, F(1.0f), scale.amax)));
    }
    case MultiplierForm::kDivideByUnroundedScale: return scale.decode_scale;
    case MultiplierForm::kScaleReciprocalTimesGlobal:
      return on.mul_rn(cute_scale_reciprocal(scale.bits), global.encode_scale);
    case MultiplierForm::kExponentNegatedOrZero: return select(scale.bits == 0u, F(0.0f), power_of_negated(scale.bits));
    case MultiplierForm::kDivideByScaleOverGlobal: return on.div_rn(decoded(), global.encode_scale);
    case MultiplierForm::kDivideByPower:
    case MultiplierForm::kDivideByNormalPower: {
      // A NaN's code is shifted into an exponent field, which is infinity.
      const F number = decode_float(scheme.scale, scale.bits);
      const F power = select(is_nan(number), float_of(BitsOf<F>(0x7F800000u)), number);
      if (rule.multiplier == MultiplierForm::kDivideByPower) return power;
      return select(power < kFloat32MinNormal, F(kFloat32MinNormal), power);
    }
  }
  return F(0.0f);
}

template <class F>
[[gnu::always_inline]] constexpr F bf16_rn(F x) noexcept {
  return widen_bf16(encode(kBf16, x, kCvtRnInf));
}

template <class F>
constexpr MultiplierOf<F> derive_multiplier(const Rules& rules, const std::type_identity_t<GlobalScaleOf<F>>& global,
                                            const BlockScaleOf<F>& scale) noexcept {
  const ElementRule& rule = rules.element;
  const Arithmetic on{rules.machine};
  MultiplierOf<F> multiplier{plain_multiplier(rules, global, scale), divides(rule.multiplier), false};
  if (rule.multiplier == MultiplierForm::kApproxReciprocalOfScale ||
      rule.multiplier == MultiplierForm::kDivideByUnroundedScale)
    multiplier.all_zero = scale.amax == 0.0f;
  F& value = multiplier.value;
  if (rule.multiplier_ceiling != 0.0f) value = at_most(rules.global.min_nan, value, rule.multiplier_ceiling);
  if (rule.multiplier_type == MultiplierType::kBf16) value = bf16_rn(value);
  const auto stored = [&] { return decoded_scale(scheme_of(rules.scheme).scale, scale.bits); };
  switch (rule.zero_scale) {
    case ZeroScale::kAsComputed: break;
    case ZeroScale::kZero: value = select(on.read(stored()) == 0.0f, F(0.0f), value); break;
    case ZeroScale::kZeroUnrounded: value = select(scale.decode_scale == 0.0f, F(0.0f), value); break;
    case ZeroScale::kFloat32Max: value = select(stored() > 0.0f, value, kFloat32Max); break;
    case ZeroScale::kZeroAmax: value = select(on.read(scale.amax) == 0.0f, F(0.0f), value); break;
    case ZeroScale::kZeroCode: value = select(scale.bits == 0u, F(0.0f), value); break;
  }
  return multiplier;
}

// E2M1 by comparisons that a NaN fails and that take -0 for 0.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_by_comparisons(const Format& element, F scaled) noexcept {
  return select(is_nan(scaled) || scaled == 0.0f, BitsOf<F>(0u), encode(element, scaled, kCvtRnSatfinite));
}

// torchao's integer rounding of a NaN, which takes the path of a normal number.
template <class U>
[[gnu::always_inline]] constexpr U float_bits_of_nan(const Format& element, U bits) noexcept {
  const int dropped = 23 - element.mantissa_bits;
  const U body = bits & 0x7FFFFFFFu;
  const std::uint32_t rebias = static_cast<std::uint32_t>(element.bias - 127) << 23;
  const std::uint32_t half_below = (1u << (dropped - 1)) - 1;
  const U rounded = (body + (rebias + half_below) + (body >> dropped & 1u)) >> dropped;
  const U sign = bits >> (32 - element.bits) & sign_mask(element);
  return ((rounded & 0xFFu) | sign) & ((1u << element.bits) - 1u);
}

// torchao's integer rounding to a small format without infinity or NaN. A NaN takes the path of a normal number, so its
// payload decides the code (0x7FFFFFFF gives E2M1 code 4).
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_by_float_bits(const Format& element, F scaled) noexcept {
  const BitsOf<F> of_nan = float_bits_of_nan(element, bits_of(scaled));
  return select(is_nan(scaled), of_nan, encode(element, scaled, kCvtRnSatfinite));
}

// How many midpoints of E2M1 a magnitude lies above: its code, where a tie goes to the lower one. 0 for a NaN.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> midpoints_below(F size) noexcept {
  BitsOf<F> code(0u);
  for (const float midpoint : {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f})
    code += one_if<std::uint32_t>(size > midpoint);
  return code;
}

// E2M1 by torch.bucketize, for which a NaN lies above all midpoints.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_lower_of_tie(F scaled) noexcept {
  using U = BitsOf<F>;
  const U code = select(is_nan(scaled), U(max_code(kE2m1)), midpoints_below(magnitude(scaled)));
  return code | select(scaled < 0.0f && code != 0u, U(sign_mask(kE2m1)), 0u);
}

// E2M1 by a search of the midpoints, ties to even; the sign is that of x < 0.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_by_search(const Format& element, F scaled) noexcept {
  return select(scaled == 0.0f, BitsOf<F>(0u), encode(element, scaled, kCvtRnSatfinite));
}

// E2M1 with ties down and a sign bit unless x > 0.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_ties_down(const Format& element, F scaled) noexcept {
  return midpoints_below(magnitude(scaled)) | select(scaled > 0.0f, BitsOf<F>(0u), sign_mask(element));
}

// The step of E2M1 in y's binade.
template <class F>
[[gnu::always_inline]] constexpr F e2m1_step(F y) noexcept {
  return select(y >= 4.0f, F(2.0f), select(y >= 2.0f, F(1.0f), 0.5f));
}

template <class F>
[[gnu::always_inline]] constexpr F e2m1_steps_in_one(F step) noexcept {
  return select(step == 2.0f, F(0.5f), select(step == 1.0f, F(1.0f), 2.0f));
}

// E2M1 of a whole number of steps in the binade of a step, 6 for what is larger, with x's sign; a NaN is +6. Codes
// count steps of one half up to 2, and by one step each from there: 2 is code 4, 4 is code 6.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> e2m1_of_steps(F x, std::type_identity_t<YesOf<F>> saturates,
                                                         std::type_identity_t<IntOf<F>> steps,
                                                         std::type_identity_t<F> step) noexcept {
  using U = BitsOf<F>;
  const U sign = bits_of(x) >> 31 << 3;
  const U below = select(step == 2.0f, U(4u), select(step == 1.0f, U(2u), 0u));
  const U code = bits_as<std::uint32_t>(steps) + below;
  const U number = sign | select(saturates, U(max_code(kE2m1)), code);
  return select(is_nan(x), U(max_code(kE2m1)), number);
}

// E2M1 by eight random bits below those that are kept: a carry rounds away from zero, 6 is the most. NaN gives +6.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_by_carry(F scaled, std::type_identity_t<BitsOf<F>> random) noexcept {
  const F size = magnitude(scaled);
  const F step = e2m1_step(size);
  // Exact: a power of two times a binary32, cut to eight bits below the step.
  const F counted = select(size < 6.0f, size, 0.0f);
  const IntOf<F> parts = number_as<std::int32_t>(counted * (F(256.0f) * e2m1_steps_in_one(step)));
  const IntOf<F> steps = (parts + bits_as<std::int32_t>(random)) >> 8;
  return e2m1_of_steps(scaled, size >= 6.0f, steps, step);
}

// TransformerEngine's software form of it: u * step is added by one fma, whose own rounding can reach the next step.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_by_fma(F scaled, std::type_identity_t<BitsOf<F>> random) noexcept {
  const F size = magnitude(scaled);
  const F u = mul_rn(number_as<float>(bits_as<std::int32_t>(random)), 0x1p-8f);
  const F t = fma_rn(u, e2m1_step(size), size);
  const F step = e2m1_step(t);
  const F counted = select(t < 6.0f, t, 0.0f);
  // The quotient: exact, by a power of two.
  const IntOf<F> steps = number_as<std::int32_t>(mul_rn(counted, e2m1_steps_in_one(step)));
  return e2m1_of_steps(scaled, t >= 6.0f, steps, step);
}

// x86's cvtps2dq of a number rounded to even, packed twice with signed saturation: NaN and overflow are -128 or 127.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_packed(F rounded) noexcept {
  const IntOf<F> whole = to_int32(Machine::kX86, rounded);
  const IntOf<F> packed = select(whole < -128, IntOf<F>(-128), select(whole > 127, IntOf<F>(127), whole));
  return bits_as<std::uint32_t>(packed) & 0xFFu;
}

template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_element(const Rules& rules, F scaled,
                                                          std::type_identity_t<BitsOf<F>> random = 0u) noexcept {
  const Format& element = scheme_of(rules.scheme).element;
  switch (rules.element.encode) {
    case ElementEncode::kCvt: return encode(element, scaled, kCvtRnSatfinite);
    case ElementEncode::kComparisons: return encode_by_comparisons(element, scaled);
    case ElementEncode::kFloatBits: return encode_by_float_bits(element, scaled);
    case ElementEncode::kTorchCast:
      return encode(element, scaled, element.top == TopCodes::kIeee ? kTorchCastInf : kTorchCast);
    case ElementEncode::kRoundAwayLowByte: return low_byte_of_int32(rules.machine, half_away_to_cut(scaled));
    case ElementEncode::kRoundEvenPacked: return encode_packed(round_half_even(scaled));
    case ElementEncode::kRoundEvenLowByte: return low_byte_of_int32(rules.machine, round_half_even(scaled));
    case ElementEncode::kStochasticSoft: return encode_by_fma(scaled, random);
    case ElementEncode::kStochasticHw: return encode_by_carry(scaled, random);
    case ElementEncode::kCvtThroughBf16: return encode(element, bf16_rn(scaled), kCvtRnSatfinite);
    case ElementEncode::kLowerOfTie: return encode_lower_of_tie(scaled);
    case ElementEncode::kCvtNanSign: {
      const BitsOf<F> sign = bits_of(scaled) >> (32 - element.bits) & sign_mask(element);
      return encode(element, scaled, kCvtRnSatfinite) | select(is_nan(scaled), sign, 0u);
    }
    case ElementEncode::kTableSearch: return encode_by_search(element, scaled);
    case ElementEncode::kTiesDownZeroNegative: return encode_ties_down(element, scaled);
  }
  return BitsOf<F>(0u);
}

// Whether an encoding gives every NaN the same code.
constexpr bool knows_one_nan(ElementEncode encode) noexcept {
  return encode != ElementEncode::kFloatBits && encode != ElementEncode::kTorchCast &&
         encode != ElementEncode::kCvtNanSign;
}

// Whether a caller looks at a NaN's bits.
enum class NanBits : std::uint8_t { kMatter, kAny };

// An element times its multiplier, or over it.
template <class F>
[[gnu::always_inline]] constexpr F scale_element(const Rules& rules,
                                                 const std::type_identity_t<MultiplierOf<F>>& multiplier, F x,
                                                 InputType type = InputType::kF32,
                                                 NanBits nan_bits = NanBits::kMatter) noexcept {
  const Arithmetic on{rules.machine};
  F scaled = multiplier.divides          ? quotient(on, rules.element.divide, x, multiplier.value)
             : nan_bits == NanBits::kAny ? on.mul_rn_any_nan(x, multiplier.value)
                                         : on.mul_rn(x, multiplier.value);
  if (rules.element.product == Product::kFusedAddZero) scaled = fma_rn(x, multiplier.value, 0.0f);
  scaled = intermediate(rules.element.scaled, type, scaled);
  const float ceiling = rules.element.clamp;
  const F bounded = clamped(scaled, -ceiling, ceiling);
  if (ceiling == 0.0f || rules.element.clamp_nan == BoundsNan::kPasses) return bounded;
  const float of_nan = rules.element.clamp_nan == BoundsNan::kFloor ? -ceiling : ceiling;
  return select(is_nan(scaled), F(of_nan), bounded);
}

// An element's code.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> element_code(const Rules& rules,
                                                        const std::type_identity_t<MultiplierOf<F>>& multiplier, F x,
                                                        InputType type,
                                                        std::type_identity_t<BitsOf<F>> random = 0u) noexcept {
  const ElementRule& rule = rules.element;
  // A product's NaN is always the GPU's own, so that its bits are known.
  const bool known_nan = rule.encode == ElementEncode::kFloatBits && rules.machine == Machine::kGpu &&
                         rule.scaled == Intermediate::kBinary32 && !multiplier.divides &&
                         rule.clamp_nan == BoundsNan::kPasses;
  const NanBits nan_bits = knows_one_nan(rule.encode) || known_nan ? NanBits::kAny : NanBits::kMatter;
  const F scaled = scale_element(rules, multiplier, x, type, nan_bits);
  if (!known_nan) return encode_element(rules, scaled, random);
  const Format& element = scheme_of(rules.scheme).element;
  const std::uint32_t of_nan = float_bits_of_nan(element, kGpuNanBits);
  return select(is_nan(scaled), BitsOf<F>(of_nan), encode(element, scaled, kCvtRnSatfinite));
}

}  // namespace bitgate::reference
