// Stage two: a block's amax, and from it the block scale as stored.
// Sources: te.md 1.3, 6.1 and 6.2, torchao-and-ocp.md 2.4, 2.7, 4.1, 4.4 and 5, ggml.md 2.2 to 2.4 of
// the notes.
#pragma once

#include <array>
#include <span>

#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::reference {

// One step of a running maximum of magnitudes.
constexpr float running_amax(AmaxNan rule, float amax, float magnitude) noexcept {
  switch (rule) {
    case AmaxNan::kIgnore:
    case AmaxNan::kKeepAllNan: return magnitude > amax || is_nan(amax) ? magnitude : amax;
    case AmaxNan::kPropagate: return is_nan(amax) || !(magnitude <= amax) ? (is_nan(amax) ? amax : magnitude) : amax;
    case AmaxNan::kRestart:
    case AmaxNan::kAvxTree: return amax > magnitude ? amax : magnitude;
  }
  return amax;
}

// ggml's AVX order: eight lanes take four vectors in turn, then the halves, quarters and pairs meet. Each step is
// running_amax's comparison, which takes the second of a pair that holds a NaN.
constexpr float avx_amax(std::span<const float> x) noexcept {
  std::array<float, 8> lanes{};
  for (std::size_t i = 0; i < 32; ++i) {
    const float size = magnitude(x[i]);
    lanes[i % 8] = i < 8 ? size : running_amax(AmaxNan::kAvxTree, lanes[i % 8], size);
  }
  // The first operand is the upper half, then the lower quarter, then the lower lane.
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = running_amax(AmaxNan::kAvxTree, lanes[i + 4], lanes[i]);
  for (std::size_t i = 0; i < 2; ++i) lanes[i] = running_amax(AmaxNan::kAvxTree, lanes[i], lanes[i + 2]);
  return running_amax(AmaxNan::kAvxTree, lanes[0], lanes[1]);
}

[[gnu::always_inline]] constexpr float amax_of_block(const Rules& rules, std::span<const float> x) noexcept {
  const Arithmetic on{rules.machine};
  const AmaxNan rule = rules.block.amax_nan;
  if (rule == AmaxNan::kAvxTree) return avx_amax(x);
  // Only a tree that starts from an element can end as NaN when all are NaN.
  float amax = rule == AmaxNan::kKeepAllNan ? on.read(magnitude(x[0])) : 0.0f;
  for (const float value : x) amax = running_amax(rule, amax, on.read(magnitude(value)));
  return amax;
}

struct BlockScale {
  float amax = 0.0f;
  float decode_scale =
      0.0f;  // multiplies codes; before it is stored; of the exponent forms amax itself, which they never scale
  float encode_scale = 0.0f;  // multiplies values; only where it is what the producer forms first: 127 / amax, FP8
  std::uint32_t bits = 0;     // the decode scale as stored: a code, or binary32 bits
};

// Exponents of the largest power of two in an element format: 2 for E2M1, 8 for E4M3.
constexpr int max_exponent(const Format& element) noexcept {
  return static_cast<int>(max_code(element) >> element.mantissa_bits) - element.bias;
}

// The exponent field that amax counts with.
constexpr int exponent_field(ScaleForm form, const Format& element, float amax) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(amax);
  const auto field = static_cast<int>(bits >> 23 & 0xFF);
  if (field == 0xFF) return field;
  if (form == ScaleForm::kExponentCeil) return field + ((bits & 0x7FFFFF) != 0 ? 1 : 0);
  // Half a step of the element's mantissa is added; a carry raises the exponent.
  const std::uint32_t half_step = 1u << (22 - element.mantissa_bits);
  if (form == ScaleForm::kExponentQuarter) return static_cast<int>((bits + 0x200000) >> 23 & 0xFF);
  if (form == ScaleForm::kExponentEven) return static_cast<int>((bits + half_step) >> 23 & 0xFF);
  return field;
}

// E8M0 from the exponent of amax, bounded below. Infinity and NaN give the NaN code; for kExponentFloorOfFinite NaN
// alone does.
constexpr std::uint32_t exponent_code(ScaleForm form, const Format& element, float amax) noexcept {
  const int field = exponent_field(form, element, amax);
  const bool infinity_counts = form == ScaleForm::kExponentFloorOfFinite && !is_nan(amax);
  // CEIL of the last binade has field 255 as well, and is a number.
  const bool finite = magnitude(amax) <= kFloat32Max && (field != 0xFF || form == ScaleForm::kExponentCeil);
  if (!finite && !infinity_counts) return 0xFF;
  const int exponent = field - 127 - max_exponent(element);
  return static_cast<std::uint32_t>(127 + (exponent < -127 ? -127 : exponent));
}

// TransformerEngine's scale from amax for FP8: 1 where amax says nothing.
constexpr float fp8_encode_scale(const Rules& rules, InputType type, float amax) noexcept {
  const Arithmetic on{rules.machine};
  if (amax == 0.0f || is_nan(amax) || magnitude(amax) > kFloat32Max) return 1.0f;
  const float scale = on.div_rn(static_cast<float>(max_finite(scheme_of(rules.scheme).element)), amax);
  const bool input_max = rules.block.infinite == InfiniteScale::kInputMax;
  const float largest = input_max ? static_cast<float>(max_finite(format_of(type))) : kFloat32Max;
  const float finite = magnitude(scale) > kFloat32Max ? largest : scale;
  if (rules.block.shape == ScaleShape::kAny) return finite;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(finite) & 0xFF800000);
}

// Bounds of the scale before it is encoded. Torch's clamp and comparisons let a NaN pass, Triton's and fminf's do not.
constexpr float bounded_scale(const BlockRule& rule, float x) noexcept {
  if (rule.on_zero == ZeroBlockScale::kOneBeforeEncoding && x == 0.0f) return clamped(1.0f, rule.floor, rule.ceiling);
  if (is_nan(x) && rule.bounds_nan == BoundsNan::kFloor) return rule.floor;
  if (is_nan(x) && rule.bounds_nan == BoundsNan::kCeiling) return rule.ceiling;
  return clamped(x, rule.floor, rule.ceiling);
}

constexpr bool is_exponent_form(ScaleForm form) noexcept {
  return form == ScaleForm::kExponentFloor || form == ScaleForm::kExponentCeil || form == ScaleForm::kExponentEven ||
         form == ScaleForm::kExponentFloorOfFinite || form == ScaleForm::kExponentQuarter;
}

// E8M0 by ceil of the rounded logarithm, at least 2^-127; 0 for zero. NaN and infinity, whose bytes ModelOpt leaves to
// an undefined conversion, give the NaN code.
constexpr std::uint32_t rounded_log2_ceil_code(float d) noexcept {
  if (is_nan(d) || d > kFloat32Max) return 0xFF;
  if (d <= 0x1p-127f) return 0;
  return static_cast<std::uint32_t>(ceil_of_rounded_log2(d) + 127);
}

// What an encoded zero becomes.
constexpr std::uint32_t once_encoded(const BlockRule& rule, const Format& scale, std::uint32_t code) noexcept {
  return rule.on_zero == ZeroBlockScale::kEighthOnceEncoded && code == 0 ? encode(scale, 0.125f, rule.encode) : code;
}

template <class Trace>
[[gnu::always_inline]] constexpr float scale_value(const Rules& rules, InputType type, const GlobalScale& global,
                                                   float amax, Trace& trace) {
  const Arithmetic on{rules.machine};
  const BlockRule& rule = rules.block;
  const Scheme& scheme = scheme_of(rules.scheme);
  const float element_max = static_cast<float>(max_finite(scheme.element));
  switch (rule.form) {
    case ScaleForm::kAmaxTimesFoldedGlobal: {
      const float product = on.mul_rn(amax, global.folded_encode);
      const float bounded = bounded_scale(rule, product);
      if constexpr (Trace::kOn) trace.value("sd", "clamp(mul_rn(block_amax, M))", bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverElementMax:
    case ScaleForm::kAmaxOverElementMaxThenGlobal:
    case ScaleForm::kAmaxOverElementMaxTimesGlobal: {
      const float ratio = intermediate(rule.intermediate, type, quotient(on, rule.divide, amax, element_max));
      if constexpr (Trace::kOn) trace.value("bs", "block_amax over the largest element", ratio);
      const bool divides = rule.form == ScaleForm::kAmaxOverElementMaxThenGlobal;
      const bool multiplies = rule.form == ScaleForm::kAmaxOverElementMaxTimesGlobal;
      float scaled = ratio;
      if (divides) scaled = quotient(on, rule.global_divide, ratio, global.decode_scale);
      if (multiplies) scaled = on.mul_rn(ratio, global.encode_scale);
      const float bounded = bounded_scale(rule, scaled);
      if constexpr (Trace::kOn)
        trace.value("t",
                    divides ? (rule.global_divide == Divide::kFull ? "clamp(div_full(bs, s))" : "clamp(div_rn(bs, s))")
                    : multiplies ? "clamp(mul_rn(bs, S))"
                                 : "clamp(bs)",
                    bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverScaledElementMax: {
      const float divisor = on.mul_rn(element_max, global.decode_scale);
      const float bounded = bounded_scale(rule, quotient(on, rule.divide, amax, divisor));
      if constexpr (Trace::kOn) {
        trace.value("6s", "mul_rn(largest element, s)", divisor);
        trace.value("q", "div_rn(block_amax, 6s), 1 for zero, within bounds", bounded);
      }
      return bounded;
    }
    case ScaleForm::kExponentCeilOfLog2:
    case ScaleForm::kExponentRoundUp: {
      const float ratio = quotient(on, rule.divide, amax, element_max);
      if constexpr (Trace::kOn) trace.value("d", "block_amax over the largest element", ratio);
      return ratio;
    }
    case ScaleForm::kAmaxOver127: {
      const float ratio = quotient(on, rule.divide, amax, 127.0f);
      if constexpr (Trace::kOn) trace.value("d32", "block_amax over 127", ratio);
      return ratio;
    }
    case ScaleForm::kExponentFloor:
    case ScaleForm::kExponentCeil:
    case ScaleForm::kExponentEven:
    case ScaleForm::kExponentFloorOfFinite:
    case ScaleForm::kExponentQuarter:
    case ScaleForm::kFp8:
    case ScaleForm::kReciprocalOfMultiplier: break;
  }
  return amax;
}

// ggml's MMQ: 127 / amax first, and its reciprocal is the scale; by MUFU under fast math, divided without it.
template <class Trace>
[[gnu::always_inline]] constexpr void derive_by_multiplier(const Rules& rules, BlockScale& scale, Trace& trace) {
  const Arithmetic on{rules.machine};
  if (rules.block.divide == Divide::kIeee) {
    scale.encode_scale = on.div_rn(127.0f, scale.amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
  } else {
    const float reciprocal = rcp_approx_ftz(scale.amax);
    scale.encode_scale = on.mul_rn(reciprocal, 127.0f);
    scale.decode_scale = rcp_approx_ftz(scale.encode_scale);
  }
  if constexpr (Trace::kOn) {
    trace.value("di", "127 over block_amax, by MUFU under fast math", scale.encode_scale);
    trace.value("d32", "1 over di, by MUFU under fast math", scale.decode_scale);
  }
}

template <class Trace>
[[gnu::always_inline]] constexpr BlockScale derive_block_scale(const Rules& rules, InputType type,
                                                               const GlobalScale& global, float amax, Trace& trace) {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  BlockScale scale;
  scale.amax = amax;
  if constexpr (Trace::kOn) trace.value("block_amax", "max|x| of the block", amax);
  scale.decode_scale = scale_value(rules, type, global, amax, trace);
  if (rules.block.form == ScaleForm::kReciprocalOfMultiplier) derive_by_multiplier(rules, scale, trace);
  if (rules.block.form == ScaleForm::kFp8) {
    scale.encode_scale = fp8_encode_scale(rules, type, amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("scale", "div_rn(largest element, block_amax); 1 for zero, Inf and NaN", scale.encode_scale);
      trace.value("scale_inv", "div_rn(1, scale)", scale.decode_scale);
    }
  }
  if (is_exponent_form(rules.block.form))
    scale.bits = exponent_code(rules.block.form, scheme.element, amax);
  else if (rules.block.form == ScaleForm::kExponentCeilOfLog2)
    scale.bits = rounded_log2_ceil_code(scale.decode_scale);
  else if (scheme.scale.bits == 32)
    scale.bits = std::bit_cast<std::uint32_t>(scale.decode_scale);
  else
    scale.bits = once_encoded(rules.block, scheme.scale, encode(scheme.scale, scale.decode_scale, rules.block.encode));
  if constexpr (Trace::kOn) trace.code("scale_code", "the stored block scale", scale.bits, scheme.scale);
  return scale;
}

}  // namespace bitgate::reference
