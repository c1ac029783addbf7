// Stage one: from max|x| to the number the producer stores, and from that number to the factors the later stages use.
// Sources: te.md 1.2 and 9 (TransformerEngine d0067d0d), torchao-and-ocp.md 2.7 (pytorch/ao 36027d82) of the notes.
#pragma once

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"
#include "bitgate/reference/recipe/stage_trace.h"

namespace bitgate::reference {

// What is left of the global stage for the blocks. Unused members stay 1.
struct GlobalScale {
  float encode_scale = 1.0f;   // multiplies inputs: S, or 1/s
  float decode_scale = 1.0f;   // multiplies codes: 1/S, or s
  float folded_encode = 1.0f;  // S * (1 / element max), rounded: meets the block's amax
  float stored = 1.0f;         // the number the producer stores
};

// A bound of 0 is no bound; a NaN passes.
constexpr float clamped(float x, float floor, float ceiling) noexcept {
  if (floor != 0.0f && x < floor) return floor;
  if (ceiling != 0.0f && x > ceiling) return ceiling;
  return x;
}

// The smaller of x and a bound; of a NaN as the rule says.
constexpr float at_most(MinNan rule, float x, float bound) noexcept {
  return rule == MinNan::kKeep ? clamped(x, 0.0f, bound) : min_dropping_nan(x, bound);
}

constexpr float quotient(const Arithmetic& on, Divide divide, float dividend, float divisor) noexcept {
  switch (divide) {
    case Divide::kIeee: return on.div_rn(dividend, divisor);
    case Divide::kTimesIeeeReciprocal: {
      const float reciprocal = div_rn(1.0f, divisor);
      return on.mul_rn(dividend, reciprocal);
    }
    case Divide::kFull: return div_full(dividend, divisor);
  }
  return 0.0f;
}

// Eager bf16 arithmetic rounds each binary32 result to the tensor's type.
constexpr float intermediate(Intermediate kept, InputType type, float x) noexcept {
  if (kept == Intermediate::kBinary32 || type == InputType::kF32) return x;
  const auto bits = static_cast<std::uint16_t>(
      encode(format_of(type), x, EncodeRule{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet}));
  return widen(type, bits);
}

// compressed-tensors' G from an amax of at least the smallest normal number (2^-126 of binary32 and bf16). A Python
// number over a tensor is the tensor's reciprocal times the number: two roundings, each in the tensor's type.
constexpr float reciprocal_times_target(const Rules& rules, InputType type, float amax) noexcept {
  const Arithmetic on{rules.machine};
  const Intermediate kept = rules.block.intermediate;
  const float at_least = amax < kFloat32MinNormal ? kFloat32MinNormal : amax;
  const float reciprocal = intermediate(kept, type, on.div_rn(1.0f, at_least));
  const float scale = intermediate(kept, type, on.mul_rn(reciprocal, rules.global.target));
  return magnitude(scale) <= kFloat32Max ? scale : 1.0f;
}

// max|x| to the stored number: amax itself, torchao's s, or compressed-tensors' G.
constexpr float stored_global_of(const Rules& rules, InputType type, float amax) noexcept {
  if (rules.global.form == GlobalForm::kReciprocalTimesTarget) return reciprocal_times_target(rules, type, amax);
  if (rules.global.form != GlobalForm::kDecodeScale) return amax;
  const Arithmetic on{rules.machine};
  const float ratio = quotient(on, rules.global.divide, amax, rules.global.target);
  const float kept = intermediate(rules.block.intermediate, type, ratio);
  return clamped(kept, rules.global.floor, rules.global.ceiling);
}

// S = target / amax, bounded, and 1 where it would be useless. TransformerEngine's partial cast divides by an amax of
// at least FLT_MIN.
constexpr float encode_scale_of(const Rules& rules, float amax) noexcept {
  const Arithmetic on{rules.machine};
  const GlobalRule& rule = rules.global;
  const bool one_unless_positive =
      rule.on_zero == ZeroGlobal::kOneUnlessPositive || rule.on_zero == ZeroGlobal::kOneForTheCast;
  if (one_unless_positive && !(amax > 0.0f)) return 1.0f;
  const bool at_least_normal = rule.on_zero == ZeroGlobal::kOneForTheCast && amax < kFloat32MinNormal;
  const float ratio = on.div_rn(rule.target, at_least_normal ? kFloat32MinNormal : amax);
  const float scale = at_most(rule.min_nan, ratio, kFloat32Max);
  const bool zero_amax = amax == 0.0f && rule.on_zero == ZeroGlobal::kOneForZeroAmaxOrScale;
  const bool one_for_zero =
      rule.on_zero == ZeroGlobal::kOneForZeroAmaxOrScale || rule.on_zero == ZeroGlobal::kOneForZeroScale;
  return zero_amax || (one_for_zero && scale == 0.0f) ? 1.0f : scale;
}

template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale encode_form(const Rules& rules, float amax, Trace& trace) {
  const Arithmetic on{rules.machine};
  const float element_max = static_cast<float>(max_finite(scheme_of(rules.scheme).element));
  GlobalScale global;
  global.stored = amax;
  global.encode_scale = encode_scale_of(rules, amax);
  const float element_reciprocal = on.div_rn(1.0f, element_max);
  global.folded_encode = on.mul_rn(global.encode_scale, element_reciprocal);
  if (rules.global.on_zero == ZeroGlobal::kOneForTheCast && global.encode_scale <= 0.0f) global.encode_scale = 1.0f;
  global.decode_scale = on.div_rn(1.0f, global.encode_scale);
  if constexpr (Trace::kOn) {
    trace.value("amax", "max|x| of the tensor, or of the row", amax);
    trace.value("S_enc", "min(div_rn(target, amax), FLT_MAX); 1 where the producer says so", global.encode_scale);
    trace.value("S_dec", "div_rn(1, S_enc)", global.decode_scale);
    trace.value("M", "mul_rn(S_enc, div_rn(1, element max))", global.folded_encode);
  }
  return global;
}

template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale derive_global(const Rules& rules, float stored, Trace& trace) {
  if (rules.global.form == GlobalForm::kEncodeScale) return encode_form(rules, stored, trace);
  GlobalScale global;
  if (rules.global.form == GlobalForm::kNone) return global;
  const Arithmetic on{rules.machine};
  global.stored = stored;
  if (rules.global.form == GlobalForm::kReciprocalTimesTarget) {
    global.encode_scale = stored;
    global.decode_scale = on.div_rn(1.0f, stored);
    if constexpr (Trace::kOn)
      trace.value("G", "mul_rn(div_rn(1, max|x|), target), in the input's type; 1 unless finite", stored);
    return global;
  }
  global.decode_scale = stored;
  global.encode_scale = quotient(on, rules.global.reciprocal, 1.0f, stored);
  if constexpr (Trace::kOn) {
    trace.value("s", "the tensor's or the row's scale, from max|x|", global.decode_scale);
    trace.value("1/s", rules.global.reciprocal == Divide::kFull ? "div_full(1, s)" : "div_rn(1, s)",
                global.encode_scale);
  }
  return global;
}

}  // namespace bitgate::reference
