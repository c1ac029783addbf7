// Stage two: a block's amax, and from it the block scale as stored.
// Sources: te.md 1.3, 6.1 and 6.2, torchao-and-ocp.md 2.4, 2.7, 4.1, 4.4 and 5, ggml.md 2.2 to 2.4,
// flashinfer-vllm-cutlass.md 3.2 to 3.4, 3.6, 4 to 7 of the notes.
#pragma once

#include <array>
#include <span>

#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::reference {

// One step of a running maximum of magnitudes.
template <class F>
[[gnu::always_inline]] constexpr F running_amax(AmaxNan rule, F amax, F magnitude) noexcept {
  switch (rule) {
    case AmaxNan::kIgnore:
    case AmaxNan::kKeepAllNan:
    case AmaxNan::kOddHalfLast: return select(magnitude > amax || is_nan(amax), magnitude, amax);
    case AmaxNan::kPropagate: return select(magnitude <= amax || is_nan(amax), amax, magnitude);
    case AmaxNan::kRestart:
    case AmaxNan::kAvxTree: return select(amax > magnitude, amax, magnitude);
  }
  return amax;
}

// ggml's AVX order: eight lanes take four vectors in turn, then the halves, quarters and pairs meet. Each step is
// running_amax's comparison, which takes the second of a pair that holds a NaN.
template <class F>
constexpr F avx_amax(std::span<const F> x) noexcept {
  std::array<F, 8> places{};
  for (std::size_t i = 0; i < 32; ++i) {
    const F size = magnitude(x[i]);
    places[i % 8] = i < 8 ? size : running_amax(AmaxNan::kAvxTree, places[i % 8], size);
  }
  // The first operand is the upper half, then the lower quarter, then the lower place.
  for (std::size_t i = 0; i < 4; ++i) places[i] = running_amax(AmaxNan::kAvxTree, places[i + 4], places[i]);
  for (std::size_t i = 0; i < 2; ++i) places[i] = running_amax(AmaxNan::kAvxTree, places[i], places[i + 2]);
  return running_amax(AmaxNan::kAvxTree, places[0], places[1]);
}

// TensorRT-LLM's pairs: each half as kKeepAllNan, then the comparison that a NaN fails.
template <class F>
constexpr F odd_half_last_amax(std::span<const F> x) noexcept {
  std::array<F, 2> halves{magnitude(x[0]), magnitude(x[1])};
  for (std::size_t i = 2; i < x.size(); ++i)
    halves[i % 2] = running_amax(AmaxNan::kOddHalfLast, halves[i % 2], magnitude(x[i]));
  return select(halves[0] > halves[1], halves[0], halves[1]);
}

// The machine flushes what it reads; since that keeps the order of magnitudes, it is done to the maximum once.
template <class F>
constexpr F amax_of_block(const Rules& rules, std::span<const F> x) noexcept {
  const Arithmetic on{rules.machine};
  const AmaxNan rule = rules.block.amax_nan;
  if (rule == AmaxNan::kAvxTree) return avx_amax(x);
  if (rule == AmaxNan::kOddHalfLast && x.size() % 2 == 0) return on.read(odd_half_last_amax(x));
  F amax(0.0f);
  if (rule == AmaxNan::kIgnore && x.size() % 4 == 0) {
    // A maximum that starts at 0 never is NaN, so that the order does not matter: four at a time do not wait for one
    // another.
    std::array<F, 4> most{};
    for (std::size_t i = 0; i < x.size(); i += 4)
      for (std::size_t k = 0; k < 4; ++k) {
        most[k] = greater_of(magnitude(x[i + k]), most[k]);
      }
    for (std::size_t k = 1; k < 4; ++k) most[0] = greater_of(most[k], most[0]);
    return on.read(most[0]);
  }
  // Only a tree that starts from an element can end as NaN when all are NaN.
  if (rule == AmaxNan::kKeepAllNan) amax = magnitude(x[0]);
  for (const F value : x) amax = running_amax(rule, amax, magnitude(value));
  return on.read(amax);
}

// An amax below the producer's own floor, in the type in which it holds it, becomes the floor.
template <class F>
constexpr F floored_amax(const BlockRule& rule, InputType type, F amax) noexcept {
  return clamped(amax, intermediate(rule.amax_floor_type, type, rule.amax_floor), 0.0f);
}

template <class F>
struct BlockScaleOf {
  F amax = 0.0f;
  // Multiplies codes; before it is stored; of the exponent forms amax itself, which they never scale.
  F decode_scale = 0.0f;
  F encode_scale = 0.0f;  // multiplies values; only where it is what the producer forms first: 127 / amax, FP8
  BitsOf<F> bits = 0;     // the decode scale as stored: a code, or binary32 bits
};
using BlockScale = BlockScaleOf<float>;

// Exponents of the largest power of two in an element format: 2 for E2M1, 8 for E4M3.
constexpr int max_exponent(const Format& element) noexcept {
  return static_cast<int>(max_code(element) >> element.mantissa_bits) - element.bias;
}

// The exponent field that amax counts with.
template <class F>
constexpr IntOf<F> exponent_field(ScaleForm form, const Format& element, F amax) noexcept {
  const BitsOf<F> bits = bits_of(amax);
  const BitsOf<F> field = bits >> 23 & 0xFFu;
  // Half a step of the element's mantissa is added, or a quarter of the binade; a carry raises the exponent. CEIL adds
  // so much that anything above a power of two carries.
  const std::uint32_t half_step = 1u << (22 - element.mantissa_bits);
  const std::uint32_t added = form == ScaleForm::kExponentCeil      ? 0x7FFFFFu
                              : form == ScaleForm::kExponentQuarter ? 0x200000u
                              : form == ScaleForm::kExponentEven    ? half_step
                                                                    : 0u;
  return bits_as<std::int32_t>(select(field == 0xFFu, field, (bits + added) >> 23 & 0xFFu));
}

// vLLM's integer form: half a step is added to the bits, eight bits of the sum are the field. At most code 253. The NaN
// of a 16-bit maximum is 7FFF, whose carry leaves field 0.
template <class F>
constexpr BitsOf<F> exponent_code_of_bits(const Format& element, F amax) noexcept {
  const std::uint32_t half_step = 1u << (22 - element.mantissa_bits);
  const IntOf<F> field = bits_as<std::int32_t>((bits_of(amax) + half_step) >> 23 & 0xFFu);
  const IntOf<F> code = field - max_exponent(element);
  return bits_as<std::uint32_t>(select(code < 0 || is_nan(amax), IntOf<F>(0), code));
}

// E8M0 from the exponent of amax, bounded below. Infinity and NaN give the NaN code; for kExponentFloorOfFinite NaN
// alone does.
template <class F>
constexpr BitsOf<F> exponent_code(ScaleForm form, const Format& element, F amax) noexcept {
  if (form == ScaleForm::kExponentEvenOfBits) return exponent_code_of_bits(element, amax);
  const IntOf<F> field = exponent_field(form, element, amax);
  // CEIL of the last binade has field 255 as well, and is a number.
  const bool any_field = form == ScaleForm::kExponentCeil;
  auto number = magnitude(amax) <= kFloat32Max && (field != 0xFF || YesOf<F>(any_field));
  if (form == ScaleForm::kExponentFloorOfFinite) number = number || !is_nan(amax);
  const IntOf<F> exponent = field - (127 + max_exponent(element));
  const IntOf<F> code = select(exponent < -127, IntOf<F>(-127), exponent) + 127;
  return select(number, bits_as<std::uint32_t>(code), 0xFFu);
}

// ceil(lg2.approx.f32(v)) + 127, cut to [0, 255]; 0 for zero, 127 for a NaN, whose integer is 0. Infinity's is 2^31 -
// 1, which 127 wraps below 0: code 0. Without .ftz a subnormal counts 24 binades up. MUFU.LG2 just above a power of two
// may be the power itself: the code is then one too low. Integer steps: cute_dsl/fp4_common.py of FlashInfer, 02ae0b7a.
template <class F>
constexpr BitsOf<F> log2_ceil_code(F v) noexcept {
  const auto subnormal = v < kFloat32MinNormal;
  const F log2 = lg2_approx_ftz(select(subnormal, mul_rn(v, 0x1p24f), v));
  const F exponent = select(subnormal, add_rn(log2, -24.0f), log2);
  // Numbers have exponents of -149 to 128; of anything else the result is not taken.
  const F bounded = select(exponent > 128.0f, F(128.0f), select(exponent > -200.0f, exponent, -200.0f));
  const IntOf<F> whole = number_as<std::int32_t>(bounded);
  const IntOf<F> code = whole + one_if<std::int32_t>(number_as<float>(whole) < bounded) + 127;
  const IntOf<F> cut = select(code < 0, IntOf<F>(0), select(code > 255, IntOf<F>(255), code));
  const IntOf<F> of_numbers = select(v <= 0.0f || v > kFloat32Max, IntOf<F>(0), cut);
  return bits_as<std::uint32_t>(select(is_nan(v), IntOf<F>(127), of_numbers));
}

// TransformerEngine's scale from amax for FP8: 1 where amax says nothing.
template <class F>
constexpr F fp8_encode_scale(const Rules& rules, InputType type, F amax) noexcept {
  const Arithmetic on{rules.machine};
  const auto says_nothing = amax == 0.0f || !(magnitude(amax) <= kFloat32Max);
  const F divisor = select(says_nothing, F(1.0f), amax);
  const F scale = on.div_rn(static_cast<float>(max_finite(scheme_of(rules.scheme).element)), divisor);
  const bool input_max = rules.block.infinite == InfiniteScale::kInputMax;
  const float largest = input_max ? static_cast<float>(max_finite(format_of(type))) : kFloat32Max;
  const F finite = select(magnitude(scale) > kFloat32Max, F(largest), scale);
  const F shaped = rules.block.shape == ScaleShape::kAny ? finite : float_of(bits_of(finite) & 0xFF800000u);
  return select(says_nothing, F(1.0f), shaped);
}

// Bounds of the scale before it is encoded. Torch's clamp and comparisons let a NaN pass, Triton's and fminf's do not.
template <class F>
constexpr F bounded_scale(const BlockRule& rule, F x) noexcept {
  const F nonzero = rule.on_zero == ZeroBlockScale::kOneBeforeEncoding ? select(x == 0.0f, F(1.0f), x) : x;
  const F bounded = clamped(nonzero, rule.floor, rule.ceiling);
  if (rule.bounds_nan == BoundsNan::kPasses) return bounded;
  return select(is_nan(x), F(rule.bounds_nan == BoundsNan::kFloor ? rule.floor : rule.ceiling), bounded);
}

// The power of two at or above a decode scale, by its bits. An exponent field past 255 runs over the sign and is lost.
template <class F>
constexpr F shaped_scale(ScaleShape shape, F x) noexcept {
  if (shape != ScaleShape::kPowerCeil && shape != ScaleShape::kPowerCeilNormal) return x;
  const BitsOf<F> bits = bits_of(x);
  const BitsOf<F> field = (bits >> 23 & 0xFFu) + one_if<std::uint32_t>((bits & 0x7FFFFFu) != 0u);
  if (shape == ScaleShape::kPowerCeil) return float_of(field << 23);
  return float_of(select(field < 1u, BitsOf<F>(1u), select(field > 254u, BitsOf<F>(254u), field)) << 23);
}

// TensorRT-LLM's scale from amax for FP8: only a zero amax gives 1.
template <class F>
constexpr F trtllm_encode_scale(const Rules& rules, F amax) noexcept {
  const auto element_max = static_cast<float>(max_finite(scheme_of(rules.scheme).element));
  const F divisor = select(amax == 0.0f, F(1.0f), amax);
  const F scale = quotient(Arithmetic{rules.machine}, rules.block.divide, element_max, divisor);
  return select(amax == 0.0f, F(1.0f), scale);
}

constexpr bool is_exponent_form(ScaleForm form) noexcept {
  return form == ScaleForm::kExponentFloor || form == ScaleForm::kExponentCeil || form == ScaleForm::kExponentEven ||
         form == ScaleForm::kExponentFloorOfFinite || form == ScaleForm::kExponentEvenOfBits ||
         form == ScaleForm::kExponentQuarter;
}

// E8M0 by ceil of the rounded logarithm, at least 2^-127; 0 for zero. NaN and infinity, whose bytes ModelOpt leaves to
// an undefined conversion, give the NaN code.
template <class F>
constexpr BitsOf<F> rounded_log2_ceil_code(F d) noexcept {
  const auto counts = d > 0x1p-127f && d <= kFloat32Max;
  const IntOf<F> code = ceil_of_rounded_log2(select(counts, d, 1.0f)) + 127;
  const BitsOf<F> otherwise = select(is_nan(d) || d > kFloat32Max, BitsOf<F>(0xFFu), 0u);
  return select(counts, bits_as<std::uint32_t>(code), otherwise);
}

// What an encoded zero becomes.
template <class U>
constexpr U once_encoded(const BlockRule& rule, const Format& scale, U code) noexcept {
  if (rule.on_zero != ZeroBlockScale::kEighthOnceEncoded) return code;
  return select(code == 0u, U(encode(scale, 0.125f, rule.encode)), code);
}

// encode() of a number that a block has one of. Of a constant format and rule little is left: the commonest first.
template <class F>
constexpr BitsOf<F> encode_one(const Format& format, F x, const EncodeRule& rule) noexcept {
  if (format.name == kE4m3.name && rule == kCvtRnSatfinite) return encode(kE4m3, x, kCvtRnSatfinite);
  if (format.name == kFp16.name && rule == kCvtRnInf) return encode(kFp16, x, kCvtRnInf);
  return encode(format, x, rule);
}

template <class F, class Trace>
constexpr F scale_value(const Rules& rules, InputType type, const GlobalScaleOf<F>& global, F amax, Trace& trace) {
  const Arithmetic on{rules.machine};
  const BlockRule& rule = rules.block;
  const Scheme& scheme = scheme_of(rules.scheme);
  const auto element_max = static_cast<float>(max_finite(scheme.element));
  switch (rule.form) {
    case ScaleForm::kAmaxTimesFoldedGlobal: {
      const auto zero = YesOf<F>(rule.on_zero == ZeroBlockScale::kZeroForZeroAmax) && amax == 0.0f;
      const F product = select(zero, F(0.0f), on.mul_rn(amax, global.folded_encode));
      const F bounded = bounded_scale(rule, product);
      if constexpr (Trace::kOn)
        trace.value("sd", zero ? "0, as block_amax is" : "clamp(mul_rn(block_amax, M))", bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverElementMax:
    case ScaleForm::kAmaxOverElementMaxThenGlobal:
    case ScaleForm::kAmaxOverElementMaxTimesGlobal: {
      const F ratio = intermediate(rule.intermediate, type, quotient(on, rule.divide, amax, element_max));
      if constexpr (Trace::kOn) trace.value("bs", "block_amax over the largest element", ratio);
      const bool divides = rule.form == ScaleForm::kAmaxOverElementMaxThenGlobal;
      const bool multiplies = rule.form == ScaleForm::kAmaxOverElementMaxTimesGlobal;
      F scaled = ratio;
      if (divides) scaled = quotient(on, rule.global_divide, ratio, global.decode_scale);
      if (multiplies) scaled = on.mul_rn(ratio, global.encode_scale);
      const F bounded = shaped_scale(rule.shape, bounded_scale(rule, scaled));
      if constexpr (Trace::kOn)
        trace.value("t",
                    divides ? (rule.global_divide == Divide::kFull ? "clamp(div_full(bs, s))" : "clamp(div_rn(bs, s))")
                    : multiplies ? "clamp(mul_rn(bs, S))"
                                 : "clamp(bs)",
                    bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverScaledElementMax: {
      const F divisor = on.mul_rn(element_max, global.decode_scale);
      const F bounded = bounded_scale(rule, quotient(on, rule.divide, amax, divisor));
      if constexpr (Trace::kOn) {
        trace.value("6s", "mul_rn(largest element, s)", divisor);
        trace.value("q", "div_rn(block_amax, 6s), 1 for zero, within bounds", bounded);
      }
      return bounded;
    }
    case ScaleForm::kExponentCeilOfLog2:
    case ScaleForm::kExponentRoundUp: {
      const F ratio = quotient(on, rule.divide, amax, element_max);
      if constexpr (Trace::kOn) trace.value("d", "block_amax over the largest element", ratio);
      return ratio;
    }
    case ScaleForm::kAmaxOver127: {
      const F ratio = quotient(on, rule.divide, amax, 127.0f);
      if constexpr (Trace::kOn) trace.value("d32", "block_amax over 127", ratio);
      return ratio;
    }
    case ScaleForm::kExponentFloor:
    case ScaleForm::kExponentCeil:
    case ScaleForm::kExponentEven:
    case ScaleForm::kExponentFloorOfFinite:
    case ScaleForm::kExponentEvenOfBits:
    case ScaleForm::kExponentQuarter:
    case ScaleForm::kFp8:
    case ScaleForm::kReciprocalOfEncodeScale:
    case ScaleForm::kReciprocalOfMultiplier:
    case ScaleForm::kPerTokenF32: break;
    case ScaleForm::kGlobalTimesAmaxFirst: {
      const F product = on.mul_rn(global.encode_scale, amax);
      const F bounded = bounded_scale(rule, on.mul_rn(product, rcp_approx_ftz(element_max)));
      if constexpr (Trace::kOn) trace.value("sv", "min(mul_rn(mul_rn(S, block_amax), 1/6), 448)", bounded);
      return bounded;
    }
    case ScaleForm::kApproxLog2Ceil: {
      const F ratio = on.mul_rn(amax, rcp_approx_ftz(element_max));
      if constexpr (Trace::kOn) trace.value("v", "mul_rn(block_amax, 1/6)", ratio);
      return ratio;
    }
  }
  return amax;
}

// ggml's MMQ: 127 / amax first, and its reciprocal is the scale; by MUFU under fast math, divided without it.
template <class F, class Trace>
constexpr void derive_by_multiplier(const Rules& rules, BlockScaleOf<F>& scale, Trace& trace) {
  const Arithmetic on{rules.machine};
  if (rules.block.divide == Divide::kIeee) {
    scale.encode_scale = on.div_rn(127.0f, scale.amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
  } else {
    const F reciprocal = rcp_approx_ftz(scale.amax);
    scale.encode_scale = on.mul_rn(reciprocal, 127.0f);
    scale.decode_scale = rcp_approx_ftz(scale.encode_scale);
  }
  if constexpr (Trace::kOn) {
    trace.value("di", "127 over block_amax, by MUFU under fast math", scale.encode_scale);
    trace.value("d32", "1 over di, by MUFU under fast math", scale.decode_scale);
  }
}

// FlashInfer's per-token kernel of fp32: elements are multiplied before the row's factor is known, so that the codes
// never see the rounded scale. A zero block has 1 / 0 for its scale.
template <class F, class Trace>
constexpr void derive_before_the_row(const Rules& rules, const GlobalScaleOf<F>& global, BlockScaleOf<F>& scale,
                                     Trace& trace) {
  const Arithmetic on{rules.machine};
  const F reciprocal = rcp_approx_ftz(scale.amax);
  scale.encode_scale = select(on.read(scale.amax) == 0.0f, F(0.0f), on.mul_rn(6.0f, reciprocal));
  const F product = on.mul_rn(global.stored, scale.encode_scale);
  scale.decode_scale = rcp_approx_ftz(product);
  if constexpr (Trace::kOn) {
    trace.value("ls", "mul_rn(6, rcp_approx_ftz(block_amax)); 0 for zero", scale.encode_scale);
    trace.value("sv", "rcp_approx_ftz(mul_rn(pts, ls))", scale.decode_scale);
  }
}

template <class F, class Trace>
constexpr BlockScaleOf<F> derive_block_scale(const Rules& rules, InputType type,
                                             const std::type_identity_t<GlobalScaleOf<F>>& global, F found,
                                             Trace& trace) {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  BlockScaleOf<F> scale;
  const F amax = floored_amax(rules.block, type, found);
  scale.amax = amax;
  if constexpr (Trace::kOn) trace.value("block_amax", "max|x| of the block", amax);
  scale.decode_scale = scale_value(rules, type, global, amax, trace);
  if (rules.block.form == ScaleForm::kReciprocalOfMultiplier) derive_by_multiplier(rules, scale, trace);
  if (rules.block.form == ScaleForm::kPerTokenF32) derive_before_the_row(rules, global, scale, trace);
  if (rules.block.form == ScaleForm::kFp8) {
    scale.encode_scale = fp8_encode_scale(rules, type, amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("scale", "div_rn(largest element, block_amax); 1 for zero, Inf and NaN", scale.encode_scale);
      trace.value("scale_inv", "div_rn(1, scale)", scale.decode_scale);
    }
  }
  if (rules.block.form == ScaleForm::kReciprocalOfEncodeScale) {
    scale.encode_scale = trtllm_encode_scale(rules, amax);
    scale.decode_scale = quotient(on, rules.block.divide, 1.0f, scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("scale", "largest element over block_amax; 1 for zero", scale.encode_scale);
      trace.value("scale_inv", "1 over scale", scale.decode_scale);
    }
  }
  if (is_exponent_form(rules.block.form))
    scale.bits = exponent_code(rules.block.form, scheme.element, amax);
  else if (rules.block.form == ScaleForm::kApproxLog2Ceil)
    scale.bits = log2_ceil_code(scale.decode_scale);
  else if (rules.block.form == ScaleForm::kExponentCeilOfLog2)
    scale.bits = rounded_log2_ceil_code(scale.decode_scale);
  else if (scheme.scale.bits == 32)
    scale.bits = bits_of(scale.decode_scale);
  else
    scale.bits =
        once_encoded(rules.block, scheme.scale, encode_one(scheme.scale, scale.decode_scale, rules.block.encode));
  if constexpr (Trace::kOn) trace.code("scale_code", "the stored block scale", scale.bits, scheme.scale);
  return scale;
}

}  // namespace bitgate::reference
