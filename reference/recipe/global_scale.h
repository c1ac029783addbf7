// Stage one: from max|x| to the number the producer stores, and from that number to the factors the later stages use.
// Sources: te.md 1.2 and 9 (TransformerEngine d0067d0d), torchao-and-ocp.md 2.7 (pytorch/ao 36027d82),
// flashinfer-vllm-cutlass.md 3.1, 3.6 and 6.1 (flashinfer-ai/flashinfer fb28d724) of the notes.
#pragma once

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"
#include "bitgate/reference/recipe/stage_trace.h"

namespace bitgate::reference {

// What is left of the global stage for the blocks. Unused members stay 1. F: float, or lanes where blocks of several
// rows are quantized at once.
template <class F>
struct GlobalScaleOf {
  F encode_scale = 1.0f;   // multiplies inputs: S, or 1/s
  F decode_scale = 1.0f;   // multiplies codes: 1/S, or s
  F folded_encode = 1.0f;  // S * (1 / element max), rounded: meets the block's amax
  F stored = 1.0f;         // the number the producer stores
  F row_amax = 0.0f;       // max|x| of the row; only of the per-token forms
};
using GlobalScale = GlobalScaleOf<float>;

// A bound of 0 is no bound; a NaN passes.
template <class F>
[[gnu::always_inline]] constexpr F clamped(F x, float floor, float ceiling) noexcept {
  const F above = floor != 0.0f ? greater_of(F(floor), x) : x;
  return ceiling != 0.0f ? lesser_of(F(ceiling), above) : above;
}

// The smaller of x and a bound; of a NaN as the rule says.
template <class F>
[[gnu::always_inline]] constexpr F at_most(MinNan rule, F x, float bound) noexcept {
  return rule == MinNan::kKeep ? clamped(x, 0.0f, bound) : min_dropping_nan(x, bound);
}

template <class A, class B, class F = LanesOfAll<A, B>>
constexpr F quotient(const Arithmetic& on, Divide divide, A dividend, B divisor) noexcept {
  switch (divide) {
    case Divide::kIeee: return on.div_rn(dividend, divisor);
    case Divide::kTimesIeeeReciprocal: {
      const B reciprocal = div_rn(1.0f, divisor);
      return on.mul_rn(dividend, reciprocal);
    }
    case Divide::kFull: return div_full(dividend, divisor);
    case Divide::kTimesApproxReciprocal: return on.mul_rn(dividend, rcp_approx_ftz(divisor));
    case Divide::kIeeeOrZero: {
      // A zero is replaced first, so that constant evaluation never divides by it.
      const auto zero = F(divisor) == 0.0f;
      return select(zero, F(0.0f), on.div_rn(dividend, select(zero, F(1.0f), F(divisor))));
    }
  }
  return F(0.0f);
}

// Eager bf16 arithmetic rounds each binary32 result to the tensor's type.
template <class F>
[[gnu::always_inline]] constexpr F intermediate(Intermediate kept, InputType type, F x) noexcept {
  if (kept == Intermediate::kBinary32 || type == InputType::kF32) return x;
  constexpr EncodeRule kEager{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet};
  return widen(type, encode(format_of(type), x, kEager));
}

constexpr bool is_per_token(GlobalForm form) noexcept {
  return form == GlobalForm::kPerTokenFast || form == GlobalForm::kPerTokenExact;
}

// S of FlashInfer's exact per-token build: from the row's max|x|, never from the stored 1/S, whose rounding loses it.
constexpr float exact_encode_scale_of_row(const Rules& rules, float amax) noexcept {
  const Arithmetic on{rules.machine};
  const bool zero_stays = rules.global.on_zero == ZeroGlobal::kZeroForZeroAmax;
  if (on.read(amax) == 0.0f) return zero_stays ? 0.0f : kFloat32Max;
  const float target = on.div_rn(1.0f, rules.global.given_inverse);
  const float ratio = on.div_rn(target, amax);
  const float scale = min_dropping_nan(ratio, kFloat32Max);
  return scale == 0.0f && !zero_stays ? 1.0f : scale;
}

// What a per-token kernel stores of a row: the factor that decodes.
constexpr float stored_of_row(const Rules& rules, float amax) noexcept {
  const Arithmetic on{rules.machine};
  if (rules.global.form == GlobalForm::kPerTokenFast) return on.mul_rn(amax, rules.global.given_inverse);
  const float scale = exact_encode_scale_of_row(rules, amax);
  return scale == 0.0f ? 0.0f : on.div_rn(1.0f, scale);
}

constexpr bool is_given(GlobalForm form) noexcept {
  return form == GlobalForm::kGivenEncodeScale || form == GlobalForm::kGivenInverse ||
         form == GlobalForm::kGivenDecodeScale;
}

// The number that a caller gives by the producer's convention. It is formed outside the kernel: one division, whatever
// the kernel's machine, and an amax of 0 is not guarded against.
constexpr float given_global_of(const GlobalRule& rule, float amax) noexcept {
  return rule.form == GlobalForm::kGivenEncodeScale ? div_rn(rule.target, amax) : div_rn(amax, rule.target);
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

// max|x| to the stored number: amax itself, torchao's s, compressed-tensors' G, or what a caller gives.
constexpr float stored_global_of(const Rules& rules, InputType type, float amax) noexcept {
  if (is_given(rules.global.form)) return given_global_of(rules.global, amax);
  if (is_per_token(rules.global.form)) return stored_of_row(rules, amax);
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

// A row of a per-token kernel. The fast build takes S from what it stores, the exact one from max|x|.
template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale per_token_form(const Rules& rules, float stored, float amax,
                                                            Trace& trace) {
  const Arithmetic on{rules.machine};
  const bool fast = rules.global.form == GlobalForm::kPerTokenFast;
  GlobalScale global;
  global.row_amax = amax;
  global.stored = stored;
  global.encode_scale = fast ? rcp_approx_ftz(stored) : exact_encode_scale_of_row(rules, amax);
  global.decode_scale = fast ? rcp_approx_ftz(global.encode_scale) : on.div_rn(1.0f, global.encode_scale);
  const float sixth = on.div_rn(1.0f, static_cast<float>(max_finite(scheme_of(rules.scheme).element)));
  global.folded_encode = on.mul_rn(global.encode_scale, sixth);
  if constexpr (Trace::kOn) {
    trace.value("row_amax", "max|x| of the row", amax);
    trace.value("pts", fast ? "mul_rn(row_amax, inverse)" : "div_rn(1, S)", stored);
    trace.value("S", fast ? "rcp_approx_ftz(pts)" : "min(div_rn(div_rn(1, inverse), row_amax), FLT_MAX)",
                global.encode_scale);
  }
  return global;
}

// A caller's S or 1/S, and its reciprocals as the kernel forms them.
template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale given_form(const Rules& rules, float stored, Trace& trace) {
  const Arithmetic on{rules.machine};
  const Divide divide = rules.global.reciprocal;
  const float element_max = static_cast<float>(max_finite(scheme_of(rules.scheme).element));
  const bool gives_encode = rules.global.form == GlobalForm::kGivenEncodeScale;
  const bool keeps_decode = rules.global.form == GlobalForm::kGivenDecodeScale;
  GlobalScale global;
  global.stored = stored;
  global.encode_scale = gives_encode ? stored : quotient(on, divide, 1.0f, stored);
  global.decode_scale = keeps_decode ? stored : quotient(on, divide, 1.0f, global.encode_scale);
  const float element_reciprocal = on.div_rn(1.0f, element_max);
  global.folded_encode = on.mul_rn(global.encode_scale, element_reciprocal);
  if constexpr (Trace::kOn) {
    const std::string_view reciprocal = divide == Divide::kTimesApproxReciprocal ? "rcp_approx_ftz" : "div_rn of 1 by";
    if (!gives_encode) trace.value("g", "the number that the caller gives", stored);
    trace.value("S", gives_encode ? std::string("the number that the caller gives") : std::string(reciprocal) + " g",
                global.encode_scale);
    trace.value("1/S", keeps_decode ? std::string("g") : std::string(reciprocal) + " S", global.decode_scale);
    trace.value("M", "mul_rn(S, 1 / the largest element), rounded", global.folded_encode);
  }
  return global;
}

template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale derive_global(const Rules& rules, float stored, Trace& trace) {
  if (rules.global.form == GlobalForm::kEncodeScale) return encode_form(rules, stored, trace);
  if (is_given(rules.global.form)) return given_form(rules, stored, trace);
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

// As derive_global, for a rule that needs the row's max|x| beside the stored number.
template <class Trace>
[[gnu::always_inline]] constexpr GlobalScale derive_global_of_row(const Rules& rules, float stored, float amax,
                                                                  Trace& trace) {
  if (is_per_token(rules.global.form)) return per_token_form(rules, stored, amax, trace);
  return derive_global(rules, stored, trace);
}

}  // namespace bitgate::reference
