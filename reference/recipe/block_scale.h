// Stage two: a block's amax, and from it the block scale as stored.
// Sources: te.md 1.3, torchao-and-ocp.md 2.4 and 2.7, ggml.md 2.2 to 2.4 of the notes.
#pragma once

#include <span>

#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::reference {

// One step of a running maximum of magnitudes.
constexpr float running_amax(AmaxNan rule, float amax, float magnitude) noexcept {
  switch (rule) {
    case AmaxNan::kIgnore:
    case AmaxNan::kKeepAllNan: return magnitude > amax || is_nan(amax) ? magnitude : amax;
    case AmaxNan::kPropagate: return is_nan(amax) || !(magnitude <= amax) ? (is_nan(amax) ? amax : magnitude) : amax;
    case AmaxNan::kRestart: return amax > magnitude ? amax : magnitude;
  }
  return amax;
}

[[gnu::always_inline]] constexpr float amax_of_block(const Rules& rules, std::span<const float> x) noexcept {
  const Arithmetic on{rules.machine};
  const AmaxNan rule = rules.block.amax_nan;
  // Only a tree that starts from an element can end as NaN when all are NaN.
  float amax = rule == AmaxNan::kKeepAllNan ? on.read(magnitude(x[0])) : 0.0f;
  for (const float value : x) amax = running_amax(rule, amax, on.read(magnitude(value)));
  return amax;
}

struct BlockScale {
  float amax = 0.0f;
  float decode_scale = 0.0f;  // multiplies codes; before it is stored (kExponentFloor never forms it)
  float encode_scale = 0.0f;  // multiplies values; kReciprocalOfMultiplier only: 127 / amax
  std::uint32_t bits = 0;     // the decode scale as stored: a code, or binary32 bits
};

// Exponents of the largest power of two in an element format: 2 for E2M1, 8 for E4M3.
constexpr int max_exponent(const Format& element) noexcept {
  return static_cast<int>(max_code(element) >> element.mantissa_bits) - element.bias;
}

constexpr std::uint32_t exponent_floor_code(const Format& element, float amax) noexcept {
  const int field = static_cast<int>(std::bit_cast<std::uint32_t>(amax) >> 23 & 0xFF);
  if (field == 0xFF) return 0xFF;
  const int exponent = field - 127 - max_exponent(element);
  return static_cast<std::uint32_t>(127 + (exponent < -127 ? -127 : exponent));
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
      const float bounded = clamped(product, rule.floor, rule.ceiling);
      if constexpr (Trace::kOn) trace.value("sd", "clamp(mul_rn(block_amax, M))", bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverElementMax:
    case ScaleForm::kAmaxOverElementMaxThenGlobal: {
      const float ratio = intermediate(rule.intermediate, type, quotient(on, rule.divide, amax, element_max));
      if constexpr (Trace::kOn) trace.value("bs", "block_amax over the largest element", ratio);
      const bool two_level = rule.form == ScaleForm::kAmaxOverElementMaxThenGlobal;
      const float scaled = two_level ? on.div_rn(ratio, global.decode_scale) : ratio;
      const float bounded = clamped(scaled, rule.floor, rule.ceiling);
      if constexpr (Trace::kOn) trace.value("t", two_level ? "clamp(div_rn(bs, s))" : "clamp(bs)", bounded);
      return bounded;
    }
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
    case ScaleForm::kReciprocalOfMultiplier: break;
  }
  return amax;
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
  if (rules.block.form == ScaleForm::kReciprocalOfMultiplier) {
    const float reciprocal = rcp_approx_ftz(amax);
    scale.encode_scale = on.mul_rn(reciprocal, 127.0f);
    scale.decode_scale = rcp_approx_ftz(scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("di", "mul_rn_ftz(rcp_approx_ftz(block_amax), 127)", scale.encode_scale);
      trace.value("d32", "rcp_approx_ftz(di)", scale.decode_scale);
    }
  }
  if (rules.block.form == ScaleForm::kExponentFloor)
    scale.bits = exponent_floor_code(scheme.element, amax);
  else if (scheme.scale.bits == 32)
    scale.bits = std::bit_cast<std::uint32_t>(scale.decode_scale);
  else
    scale.bits = encode(scheme.scale, scale.decode_scale, rules.block.encode);
  if constexpr (Trace::kOn) trace.code("scale_code", "the stored block scale", scale.bits, scheme.scale);
  return scale;
}

}  // namespace bitgate::reference
