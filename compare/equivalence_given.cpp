// Proofs about numbers that a tensor or a row has in common: what a caller gives, a row's own, and those of the recipes
// that divide by a product of them.
#include <limits>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::compare::axes {
namespace {

bool takes_numbers_alone(const Recipe& recipe) noexcept {
  return !recipe.accepts.nan && !recipe.accepts.infinity && recipe.rules.fusion == Fusion::kNone &&
         recipe.rules.transform == Transform::kNone;
}

// compressed-tensors. G = (1 / amax) * target lies between 2^-118 and FLT_MAX: amax is at most FLT_MAX, whose
// reciprocal is the subnormal 2^-128, and what overflows is 1. amax / 6 is a number, and so is its product with G or
// infinity, which the bound cuts; a code of 0 becomes that of 0.125. So scale / G is at least 2^-137 and less than
// 2^127.
bool divides_by_a_positive_number(const Recipe& recipe) {
  const Rules& r = recipe.rules;
  const Format& scale = scheme_of(r.scheme).scale;
  if (scale.bits != 8 || !scale.has_zero) return false;
  const bool reaches = r.machine != Machine::kGpuFtz && r.global.target >= 0x1p10f && r.global.target <= 0x1p20f &&
                       !(r.block.intermediate == Intermediate::kInputType && recipe.accepts.f16);
  const bool scaled = r.block.form == ScaleForm::kAmaxOverElementMaxTimesGlobal && r.block.ceiling > 0.0f &&
                      r.block.ceiling <= largest_scale(r) && r.block.floor == 0.0f &&
                      r.block.shape == ScaleShape::kAny && r.block.on_zero == ZeroBlockScale::kEighthOnceEncoded &&
                      r.block.amax_floor == 0.0f;
  return takes_numbers_alone(recipe) && r.global.form == GlobalForm::kReciprocalTimesTarget && reaches && scaled &&
         encode(scale, 0.125f, r.block.encode) != 0 && decode(scale, 1) >= 0x1p-10 &&
         r.element.multiplier == MultiplierForm::kDivideByScaleOverGlobal && r.element.product == Product::kRounded &&
         r.extra == ExtraRule::kNone && !searches(r);
}

std::string_view why_positive_divisors_show_nothing(const Recipe& recipe, const Rules& b) {
  if (!divides_by_a_positive_number(recipe)) return "";
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = b.element;
  const bool nan_alone = (a.machine != b.machine && between_machines_that_keep_subnormals(a, b)) ||
                         a.block.bounds_nan != b.block.bounds_nan || a.block.encode.nan != b.block.encode.nan ||
                         of_a.clamp_nan != of_b.clamp_nan;
  const auto of_numbers = [](ElementEncode encode) {
    return encode == ElementEncode::kComparisons || encode == ElementEncode::kTableSearch;
  };
  const bool encodes = of_a.encode != of_b.encode && of_numbers(of_a.encode) && of_numbers(of_b.encode);
  if (nan_alone || encodes) return "no operand is a NaN, and a number by a positive number makes none";
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (of_a.divide != of_b.divide && ieee(of_a.divide) && ieee(of_b.divide)) return "no divisor is zero";
  const auto no_lower = [](float ceiling) { return ceiling == 0.0f || ceiling >= 0x1p127f; };
  if (of_a.multiplier_ceiling != of_b.multiplier_ceiling && no_lower(of_a.multiplier_ceiling) &&
      no_lower(of_b.multiplier_ceiling))
    return "no divisor is larger";
  if (of_a.zero_scale == of_b.zero_scale || of_a.zero_scale != ZeroScale::kAsComputed) return "";
  if (of_b.zero_scale == ZeroScale::kZero || of_b.zero_scale == ZeroScale::kZeroCode ||
      of_b.zero_scale == ZeroScale::kFloat32Max)
    return "no stored scale is zero or NaN";
  const bool nan_is_zero =
      of_a.encode == ElementEncode::kComparisons && (of_a.clamp == 0.0f || of_a.clamp_nan == BoundsNan::kPasses);
  if (of_b.zero_scale == ZeroScale::kZeroAmax && nan_is_zero && a.block.amax_nan != AmaxNan::kRestart &&
      a.block.amax_nan != AmaxNan::kAvxTree)
    return "under an amax of zero all elements are zeros, whose code is 0, and 0 by 0 is a NaN, whose code is 0";
  return "";
}

// A ratio that is kept in 16 bits: every amax was tried.
std::string_view why_kept_quotients_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool kept = a.block.intermediate == Intermediate::kInputType && over_element_max(a.block.form);
  const bool sixteen = !recipe.accepts.f32 && a.fusion != Fusion::kRmsNormCute;
  if (a.block.divide == b.block.divide || !kept || !sixteen || a.block.amax_floor != 0.0f || searches(a)) return "";
  if (takes_amax_of_scale(a)) return "";
  const Arithmetic on{a.machine};
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    if (!accepts(recipe.accepts, type)) continue;
    for (std::uint32_t bits = 0; bits < 0x8000; ++bits) {
      const float amax = on.read(value_of(type, bits));
      const float of_a = intermediate(a.block.intermediate, type, quotient(on, a.block.divide, amax, element_max));
      const float of_b = intermediate(a.block.intermediate, type, quotient(on, b.block.divide, amax, element_max));
      if (std::bit_cast<std::uint32_t>(of_a) != std::bit_cast<std::uint32_t>(of_b)) return "";
    }
  }
  return "the quotients of every amax are one in the input's type: all were tried";
}

// FlashInfer's rows. S = MUFU.RCP(amax * inverse), or (1 / inverse) / amax, which is at most FLT_MAX and never a NaN.
std::string_view why_rows_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (!is_per_token(a.global.form) || searches(a)) return "";
  const bool exact = a.global.form == GlobalForm::kPerTokenExact;
  const auto keeps_zero = [](ZeroGlobal rule) { return rule == ZeroGlobal::kZeroForZeroAmax; };
  if (exact && a.global.on_zero != b.global.on_zero && !keeps_zero(a.global.on_zero) && !keeps_zero(b.global.on_zero))
    return "the kernel has two rules: an S of 0 stays, or it does not";
  const auto of_amax = [](ZeroBlockScale rule) {
    return rule == ZeroBlockScale::kZeroForZeroAmax || rule == ZeroBlockScale::kKeep;
  };
  if (exact && a.block.on_zero != b.block.on_zero && of_amax(a.block.on_zero) && of_amax(b.block.on_zero) &&
      a.block.form == ScaleForm::kAmaxTimesFoldedGlobal)
    return "S is a finite number, and times an amax of zero it is zero";
  if (a.block.form == ScaleForm::kPerTokenF32 && a.element.multiplier == MultiplierForm::kEncodeScale &&
      a.element.zero_scale == ZeroScale::kAsComputed && b.element.zero_scale == ZeroScale::kZeroAmax)
    return "the multiplier of an amax of zero is 0 as it is";
  if (a.machine != Machine::kGpuFtz || a.element.multiplier != MultiplierForm::kReciprocalOfProduct) return "";
  // A subnormal product is flushed; and it is below 2^126, since 1/S is about amax * inverse.
  const bool small = a.global.given_inverse > 0.0f && a.global.given_inverse * largest_scale(a) <= 0.2;
  const auto approximate = [](Divide x) { return x == Divide::kFull || x == Divide::kTimesApproxReciprocal; };
  const Divide of_a = a.element.divide, of_b = b.element.divide;
  if (of_a != of_b && small &&
      ((approximate(of_a) && approximate(of_b)) || (rounds_reciprocal(of_a) && rounds_reciprocal(of_b))))
    return "the divisor is flushed and at most a fifth of the largest number: the two give one number";
  const auto largest = [](ZeroScale rule) {
    return rule == ZeroScale::kZeroAmax || rule == ZeroScale::kAsComputed || rule == ZeroScale::kFloat32Max;
  };
  const bool bound = a.element.multiplier_ceiling == kFloat32Max && a.global.min_nan == MinNan::kDrop;
  if (exact && bound && of_a == Divide::kIeee && amax_bounds_numbers(recipe) &&
      a.element.zero_scale != b.element.zero_scale && largest(a.element.zero_scale) && largest(b.element.zero_scale))
    return "the reciprocal of a scale of zero is cut to FLT_MAX, and under an amax of zero all elements are zeros";
  return "";
}

// FlashInfer's CuTe norm: the smaller of the scale and 448, where a NaN is dropped; the reciprocal of code 0 is 0. An S
// of infinity or NaN gives infinity or NaN, and so the scale 448.
std::string_view why_norms_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool cut = is_bounded(a.block.form) && !searches(a) && a.block.bounds_nan == BoundsNan::kCeiling &&
                   a.block.ceiling > 0.0f && a.block.ceiling <= largest_scale(a) && a.extra == ExtraRule::kNone &&
                   scheme_of(a.scheme).scale.bits == 8;
  if (cut && a.block.encode.nan != b.block.encode.nan) return "a NaN becomes the bound before the scale is encoded";
  const bool by_product = a.block.form == ScaleForm::kGlobalTimesAmaxFirst &&
                          a.element.multiplier == MultiplierForm::kScaleReciprocalTimesGlobal;
  const bool of_zero = b.element.zero_scale == ZeroScale::kZero || b.element.zero_scale == ZeroScale::kZeroCode ||
                       b.element.zero_scale == ZeroScale::kZeroUnrounded;
  if (cut && by_product && a.block.on_zero == ZeroBlockScale::kKeep && a.block.floor == 0.0f &&
      a.element.zero_scale == ZeroScale::kAsComputed && of_zero)
    return "the reciprocal of code 0 is 0, and S is then a number: else the scale were 448";
  return "";
}

// ModelOpt: amax / (6 s), 1 where that is zero. A scale is stored as zero only where it was a number, and so is s.
std::string_view why_scaled_divisors_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool scaled = a.block.form == ScaleForm::kAmaxOverScaledElementMax && !searches(a) && has_global(a) &&
                      a.global.form == GlobalForm::kDecodeScale;
  if (!scaled) return "";
  const Format& scale = scheme_of(a.scheme).scale;
  const auto cut = [&](float ceiling) { return encode(scale, ceiling, a.block.encode); };
  const auto beyond = [&](float ceiling) {
    return ceiling == 0.0f ||
           (ceiling > largest_scale(a) * 2 && cut(ceiling) == cut(std::numeric_limits<float>::infinity()));
  };
  if (a.block.ceiling != b.block.ceiling && a.block.bounds_nan == BoundsNan::kPasses && beyond(a.block.ceiling) &&
      beyond(b.block.ceiling) && !reads_unrounded_scale(a))
    return "what the bound cuts has one code of overflow either way";
  const bool divides = a.element.multiplier == MultiplierForm::kDivideByProduct && a.machine != Machine::kGpuFtz;
  const bool never_zero = a.block.on_zero == ZeroBlockScale::kOneBeforeEncoding;
  if (divides && never_zero && a.element.zero_scale == ZeroScale::kAsComputed) {
    if (b.element.zero_scale == ZeroScale::kZeroUnrounded) return "a scale of zero is 1 before it is encoded";
    if (b.element.zero_scale == ZeroScale::kZero || b.element.zero_scale == ZeroScale::kZeroCode)
      return "a scale is stored as zero only under a finite s, and their product is 0 as it is";
  }
  const bool one_division = is_host(a.machine) && !recipe.accepts.nan && a.global.divide == Divide::kIeee &&
                            a.block.intermediate == Intermediate::kBinary32 && a.global.floor == 0.0f &&
                            a.global.ceiling == 0.0f && !reads_encode_scale(a);
  if (one_division && a.global.form != b.global.form && b.global.form == GlobalForm::kGivenDecodeScale)
    return "what a caller would give is the same quotient, and nothing reads its reciprocal";
  return "";
}

}  // namespace

std::string_view why_globals_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_positive_divisors_show_nothing, why_kept_quotients_are_equal, why_rows_are_equal,
                         why_norms_are_equal, why_scaled_divisors_are_equal})
    if (const std::string_view reason = why(recipe, mutant.rules); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
