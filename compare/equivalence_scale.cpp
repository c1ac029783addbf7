// Bounds, encoding and quotients of the block scale and of the maxima that change no code.
#include "bitgate/compare/equivalence_facts.h"

namespace bitgate::compare::axes {
namespace {

// What becomes of a zero scale: where none is tested, or none is zero.
std::string_view why_zeros_of_scales_are_equal(const Rules& a, const Mutant& mutant) {
  if (a.block.on_zero == mutant.rules.block.on_zero) return "";
  const bool encoded = !is_stored_whole(a) && !exponent_of_amax(a.block.form) &&
                       a.block.form != ScaleForm::kExponentQuarter && a.block.form != ScaleForm::kApproxLog2Ceil &&
                       a.block.form != ScaleForm::kExponentCeilOfLog2;
  const bool floored = amax_floor_is_above_zero(a);
  const auto does_nothing = [&](ZeroBlockScale rule) {
    if (rule == ZeroBlockScale::kOneBeforeEncoding) return !is_bounded(a.block.form) || floored;
    if (rule == ZeroBlockScale::kEighthOnceEncoded)
      return !encoded || floor_is_a_scale(a) || (stores_exponents(a) && floored);
    // S is a number, and times an amax of zero it is one.
    if (rule == ZeroBlockScale::kZeroForZeroAmax)
      return a.block.form != ScaleForm::kAmaxTimesFoldedGlobal ||
             (a.global.form == GlobalForm::kEncodeScale && a.global.min_nan == MinNan::kDrop);
    return true;
  };
  if (does_nothing(a.block.on_zero) && does_nothing(mutant.rules.block.on_zero))
    return "no scale is tested for zero where the rules look, or none is zero there";
  return "";
}

// Bounds of the block scale that change no code.
std::string_view why_bounds_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  // A NaN becomes the bound, whose code may be that of a negative number.
  const auto code = [](const Rules& r) { return encode(scheme_of(r.scheme).scale, r.block.floor, r.block.encode); };
  const bool nan_is_lifted = a.block.bounds_nan == BoundsNan::kFloor && !no_nan_reaches_the_scale(a);
  if (a.block.floor != b.block.floor && floor_is_below_the_codes(a, a.block.floor) &&
      floor_is_below_the_codes(b, b.block.floor) && (!nan_is_lifted || code(a) == code(b)))
    return "what the bound lifts is below half of the smallest scale, and its code is 0 either way";
  const bool nan_free = no_nan_reaches_the_scale(a) || a.block.bounds_nan != BoundsNan::kCeiling ||
                        (a.block.ceiling != 0.0f && b.block.ceiling != 0.0f);
  if (a.block.ceiling != b.block.ceiling && ceiling_is_saturation(a, a.block.ceiling) &&
      ceiling_is_saturation(b, b.block.ceiling) && nan_free)
    return "what the bound cuts saturates to the largest scale either way";
  const auto not_shaped = [](ScaleShape shape) {
    return shape == ScaleShape::kAny || shape == ScaleShape::kPowerOfTwo;
  };
  if (a.block.shape != b.block.shape && over_element_max(a.block.form) && not_shaped(a.block.shape) &&
      not_shaped(b.block.shape))
    return "only an encode scale is cut to a power of two";
  if (a.block.bounds_nan != b.block.bounds_nan && no_nan_reaches_the_scale(a))
    return "no NaN reaches the scale: the maxima drop them";
  return "";
}

std::string_view why_encodings_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  const Scheme& scheme = scheme_of(a.scheme);
  // Sums are encoded by the rule of the scale, and no bound cuts them.
  if (a.extra != ExtraRule::kNone) return "";
  if (a.block.encode.overflow != b.block.encode.overflow) {
    if (scale_is_cut(a)) return "the scale is cut to the largest before it is encoded";
    const auto is_saturating = [&](Overflow overflow) {
      return overflow == Overflow::kSaturate ||
             (overflow == Overflow::kInfinity && scheme.scale.top != TopCodes::kIeee);
    };
    if (is_saturating(a.block.encode.overflow) && is_saturating(b.block.encode.overflow))
      return "the scale's format has no infinity, so it saturates";
  }
  if (a.block.encode.nan != b.block.encode.nan) {
    if (no_nan_reaches_the_scale(a) && a.block.encode.overflow != Overflow::kNan)
      return "no NaN reaches the scale: the maxima drop them";
    const auto all_ones_of_sign = [&](NanCode nan) {
      return nan == NanCode::kSignedAllOnes || (nan == NanCode::kSignedQuiet && scheme.scale.top != TopCodes::kIeee);
    };
    if (all_ones_of_sign(a.block.encode.nan) && all_ones_of_sign(b.block.encode.nan))
      return "the scale's format has one NaN of each sign";
    const auto is_nan_of_format = [](NanCode nan) { return nan != NanCode::kLargest && nan != NanCode::kZero; };
    if (!scheme.scale.has_sign && is_nan_of_format(a.block.encode.nan) && is_nan_of_format(b.block.encode.nan))
      return "the scale's format has one NaN";
  }
  return "";
}

std::string_view why_maxima_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  if (a.global.amax_nan != b.global.amax_nan) {
    const auto kind = [](AmaxNan rule) {
      if (rule == AmaxNan::kKeepAllNan || rule == AmaxNan::kOddHalfLast) return AmaxNan::kIgnore;
      return rule == AmaxNan::kAvxTree ? AmaxNan::kRestart : rule;
    };
    if (kind(a.global.amax_nan) == kind(b.global.amax_nan))
      return "the maximum of a tensor or a row starts at 0 and runs in order: the two are one";
  }
  const auto all_nan = [](AmaxNan rule) { return rule == AmaxNan::kIgnore || rule == AmaxNan::kKeepAllNan; };
  // 0, and 0 / 0 of a global of 0, or the NaN itself: the bound lifts them all.
  const bool lifted = is_bounded(a.block.form) && !searches(a) && a.block.floor > 0.0f &&
                      a.block.bounds_nan == BoundsNan::kFloor && !reads_unrounded_scale(a) && !reads_amax(a);
  if (lifted && a.block.amax_nan != b.block.amax_nan && all_nan(a.block.amax_nan) && all_nan(b.block.amax_nan))
    return "the lower bound takes the place of an amax of 0 and of NaN";
  if (is_fp8(a) && !reads_amax(a) && a.block.amax_nan != b.block.amax_nan && all_nan(a.block.amax_nan) &&
      all_nan(b.block.amax_nan))
    return "the scale is 1 for an amax of 0 and for NaN";
  return "";
}

std::string_view why_quotients_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  // But for subnormals that are flushed, and for a NaN's payload.
  const bool one_quotient = a.machine == Machine::kGpu ||
                            (a.machine != Machine::kGpuFtz && (nan_has_one_code(a) || meets_no_nan_operand(recipe)));
  const bool reciprocal_of_global = a.global.reciprocal != b.global.reciprocal &&
                                    rounds_reciprocal(a.global.reciprocal) && rounds_reciprocal(b.global.reciprocal);
  const bool reciprocal_of_scale = (a.element.multiplier == MultiplierForm::kReciprocalOfProduct ||
                                    a.element.multiplier == MultiplierForm::kReciprocalOfScale) &&
                                   a.element.divide != b.element.divide && rounds_reciprocal(a.element.divide) &&
                                   rounds_reciprocal(b.element.divide);
  if (one_quotient && (reciprocal_of_global || reciprocal_of_scale))
    return "1 times the rounded reciprocal is the quotient";
  if (a.global.target != b.global.target && a.global.form == GlobalForm::kDecodeScale &&
      a.global.divide == Divide::kTimesIeeeReciprocal && !is_four_over_six(a) &&
      div_rn(1.0f, a.global.target) == div_rn(1.0f, b.global.target))
    return "the reciprocals of the two round to one number";
  const bool keeps_subnormals = a.machine == Machine::kGpu;
  if (keeps_subnormals && full_and_times(a.global.divide, b.global.divide) && mufu_rounds_reciprocal(a.global.target))
    return "MUFU.RCP of the target is its rounded reciprocal";
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  const float divisor = a.block.form == ScaleForm::kAmaxOver127 ? 127.0f : element_max;
  if (a.block.divide != b.block.divide && a.block.form == ScaleForm::kReciprocalOfMultiplier &&
      a.block.divide != Divide::kIeee && b.block.divide != Divide::kIeee)
    return "both are MUFU.RCP here";
  if (keeps_subnormals && full_and_times(a.block.divide, b.block.divide) && scheme_of(a.scheme).scale.bits == 8 &&
      divides_by_constant(a.block.form) && mufu_rounds_reciprocal(divisor))
    return "MUFU.RCP of the largest element is its rounded reciprocal";
  // amax * MUFU.RCP(max), which other divisions come to.
  const bool half_of_zeros = subnormal_scales_are_zeros(a);
  const bool by_mufu = a.block.divide == Divide::kTimesApproxReciprocal ||
                       (mufu_rounds_reciprocal(divisor) &&
                        (a.block.divide == Divide::kTimesIeeeReciprocal ||
                         (a.block.divide == Divide::kFull &&
                          ((keeps_subnormals && scheme_of(a.scheme).scale.bits == 8) || half_of_zeros))));
  const auto plain = [&](ScaleForm form) {
    if (form == ScaleForm::kGlobalTimesAmaxFirst) return by_mufu;
    return over_element_max(form) || form == ScaleForm::kExponentRoundUp ||
           form == ScaleForm::kAmaxOverScaledElementMax || (form == ScaleForm::kAmaxOver127 && element_max == 127.0f);
  };
  // A shape is given to amax / max alone.
  const bool shaped = a.block.shape == ScaleShape::kPowerCeil || a.block.shape == ScaleShape::kPowerCeilNormal;
  const bool one_form = !has_global(a) && plain(a.block.form) && plain(b.block.form) && !shaped;
  const bool same_bounds = (is_bounded(a.block.form) && is_bounded(b.block.form)) ||
                           (a.block.floor == 0.0f && a.block.ceiling == 0.0f &&
                            a.block.bounds_nan == BoundsNan::kPasses && a.block.on_zero == ZeroBlockScale::kKeep);
  if (a.block.form != b.block.form && one_form && same_bounds && a.block.intermediate == Intermediate::kBinary32 &&
      a.block.global_divide == Divide::kIeee)
    return "without a global the forms are one";
  return "";
}

// What depends on the input's type.
std::string_view why_types_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Accepts& takes = recipe.accepts;
  if (a.block.intermediate != mutant.rules.block.intermediate && !takes.bf16 && !takes.f16)
    return "the producer takes fp32 alone, whose intermediates are binary32";
  if (a.block.infinite == mutant.rules.block.infinite || a.block.shape != ScaleShape::kPowerOfTwo) return "";
  // An f16 amax is at least 2^-24, and none is given for a block.
  if (!takes.f16 || amax_count(scheme_of(a.scheme), {1, 1}) == 0)
    return "cut to a power of two the largest numbers of fp32 and of bf16 are one, and f16 gives no infinite scale";
  return "";
}

}  // namespace

std::string_view why_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why :
       {why_bounds_are_equal, why_encodings_are_equal, why_maxima_are_equal, why_zeros_of_scales_are_equal})
    if (const std::string_view reason = why(recipe.rules, mutant); !reason.empty()) return reason;
  for (const auto why : {why_quotients_are_equal, why_types_are_equal})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
