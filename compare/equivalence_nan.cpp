// Axes that only a NaN tells apart: where none is taken or made, or where its bits do not reach an answer.
#include <limits>

#include "bitgate/compare/equivalence_facts.h"

namespace bitgate::compare::axes {
namespace {

bool is_gpu(const Rules& r) noexcept { return r.machine == Machine::kGpu || r.machine == Machine::kGpuFtz; }

// Rules on which numbers and infinities alone make no NaN that is stored. S is above 0 and finite; so is the
// multiplier, cut to FLT_MAX; the scale is cut to 448. A NaN among the errors of a search is only compared.
bool makes_no_nan_by_s(const Rules& r) noexcept {
  const bool s_above_zero =
      r.global.on_zero == ZeroGlobal::kOneForZeroAmaxOrScale || r.global.on_zero == ZeroGlobal::kOneForZeroScale;
  const bool scale_is_cut_to_448 = is_four_over_six(r) || (r.block.form == ScaleForm::kAmaxTimesFoldedGlobal &&
                                                           r.block.ceiling > 0.0f && r.block.ceiling <= 448.0f);
  return r.global.form == GlobalForm::kEncodeScale && s_above_zero && scale_is_cut_to_448 &&
         (!searches(r) || is_four_over_six(r)) && r.element.multiplier == MultiplierForm::kReciprocalOfProduct &&
         r.element.multiplier_ceiling == std::numeric_limits<float>::max() &&
         r.element.multiplier_type == MultiplierType::kBinary32 && r.global.target > 0.0f &&
         (!searches(r) || r.element.zero_scale != ZeroScale::kZeroUnrounded);
}

// Without a global, a scale between two bounds and its reciprocal.
bool makes_no_nan_by_bounds(const Rules& r) noexcept {
  return !has_global(r) && floor_is_a_scale(r) && r.block.ceiling > 0.0f && (encodes_no_nan(r) || scale_is_cut(r)) &&
         r.element.multiplier == MultiplierForm::kReciprocalOfScale;
}

}  // namespace

bool meets_no_nan(const Recipe& recipe) noexcept {
  const Rules& r = recipe.rules;
  return meets_no_nan_operand(recipe) && r.machine != Machine::kGpuFtz &&
         (makes_no_nan_by_s(r) || makes_no_nan_by_bounds(r));
}

namespace {

bool changes_nan_rules(const Rules& a, const Rules& b) noexcept {
  return a.global.amax_nan != b.global.amax_nan || a.block.amax_nan != b.block.amax_nan ||
         a.global.min_nan != b.global.min_nan || a.block.bounds_nan != b.block.bounds_nan ||
         a.block.encode.nan != b.block.encode.nan;
}

// Two encodings that take the numbers alike.
bool differs_by_nan_codes(const Rules& a, const Rules& b) noexcept {
  const auto saturates_to_nearest = [](ElementEncode encode) {
    return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast || encode == ElementEncode::kFloatBits;
  };
  return scheme_of(a.scheme).element.top == TopCodes::kFinite && a.element.encode != b.element.encode &&
         saturates_to_nearest(a.element.encode) && saturates_to_nearest(b.element.encode);
}

std::string_view why_without_nan(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const bool in_maxima = a.global.amax_nan != b.global.amax_nan || a.block.amax_nan != b.block.amax_nan;
  if (meets_no_nan_operand(recipe) && in_maxima) return "the producer takes no NaN";
  const bool machines = a.machine != b.machine && between_machines_that_keep_subnormals(a, b);
  if (!meets_no_nan(recipe)) return "";
  if (machines || changes_nan_rules(a, b) || differs_by_nan_codes(a, b))
    return "the producer takes no NaN, and infinities make none: scale and multiplier are cut before they meet one";
  return "";
}

// What becomes of a NaN among the scaled elements, where none is, or where the clamp's bound has the NaN's code.
std::string_view why_scaled_nan_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  const auto search = [](ElementEncode encode) {
    return encode == ElementEncode::kComparisons || encode == ElementEncode::kTableSearch;
  };
  const auto bits = [](ElementEncode encode) {
    return encode == ElementEncode::kFloatBits || encode == ElementEncode::kCvt || encode == ElementEncode::kCvtNanSign;
  };
  const bool differs_by_nan = of_a.encode != of_b.encode && ((search(of_a.encode) && search(of_b.encode)) ||
                                                             (bits(of_a.encode) && bits(of_b.encode)));
  if (meets_no_nan(recipe) && (of_a.clamp_nan != of_b.clamp_nan || differs_by_nan))
    return "no element is a NaN, nor is one made: scale and multiplier are cut before they meet one";
  const auto passes_or_ceiling = [](BoundsNan rule) { return rule != BoundsNan::kFloor; };
  const bool largest = of_a.encode == ElementEncode::kCvt && of_a.clamp >= max_finite(scheme_of(a.scheme).element) &&
                       scheme_of(a.scheme).element.top == TopCodes::kFinite;
  if (of_a.clamp_nan != of_b.clamp_nan && passes_or_ceiling(of_a.clamp_nan) && passes_or_ceiling(of_b.clamp_nan) &&
      largest && (!searches(a) || is_four_over_six(a)))
    return "a NaN converts to the largest element, as the upper bound does";
  return "";
}

// A multiplier that is cut to a bound, or to FLT_MAX under a zero scale.
std::string_view why_zero_scale_is_the_ceiling(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const bool becomes_largest =
      of_a.zero_scale == ZeroScale::kAsComputed && mutant.rules.element.zero_scale == ZeroScale::kFloat32Max;
  const bool infinite_under_zero = of_a.multiplier == MultiplierForm::kReciprocalOfProduct ||
                                   of_a.multiplier == MultiplierForm::kGlobalReciprocalOverScale;
  if (becomes_largest && infinite_under_zero && a.global.form == GlobalForm::kEncodeScale &&
      of_a.multiplier_ceiling == std::numeric_limits<float>::max() &&
      of_a.multiplier_type == MultiplierType::kBinary32 && (a.global.min_nan == MinNan::kDrop || meets_no_nan(recipe)))
    return "the multiplier of a zero scale is cut to FLT_MAX as it is";
  if (becomes_largest && meets_no_nan(recipe) && makes_no_nan_by_bounds(a)) return "no stored scale is zero or NaN";
  return "";
}

// A NaN that is stored is positive: amax has no sign, and a GPU makes one NaN.
std::string_view why_nan_is_positive(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Scheme& scheme = scheme_of(a.scheme);
  if (a.block.encode.nan == mutant.rules.block.encode.nan || !is_gpu(a)) return "";
  if (searches(a) && !is_four_over_six(a) && !searches_as_flashinfer(a)) return "";
  const bool one_nan_a_sign = scheme.scale.top != TopCodes::kIeee && scheme.extra.bits == 0;
  const auto all_ones = [&](NanCode nan) {
    return nan == NanCode::kPositiveAllOnes || nan == NanCode::kSignedAllOnes ||
           (nan == NanCode::kSignedQuiet && one_nan_a_sign);
  };
  if (all_ones(a.block.encode.nan) && all_ones(mutant.rules.block.encode.nan))
    return "a NaN that is stored is positive: amax has no sign, and a GPU makes one NaN";
  return "";
}

std::string_view why_machines_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (a.machine == b.machine || !between_machines_that_keep_subnormals(a, b)) return "";
  // A host's exponential is exact, MUFU's is not where its result is subnormal.
  if (a.element.multiplier == MultiplierForm::kApproxPowerNegated && element_rule_is_read(a) &&
      (a.machine == Machine::kGpu || b.machine == Machine::kGpu))
    return "";
  if (nan_has_one_code(a)) return "the machines differ in the NaN that they make, and every NaN has one code here";
  // A scale that is amax over a constant is a number where the maximum drops NaN and none is given.
  const bool number_stored = a.block.form == ScaleForm::kAmaxOverElementMax && a.block.amax_nan == AmaxNan::kIgnore &&
                             !has_global(a) && !takes_amax_of_scale(a) && !searches(a) &&
                             !is_values_only(scheme_of(a.scheme));
  const bool one_element_nan =
      a.element.encode == ElementEncode::kCvt || a.element.encode == ElementEncode::kCvtThroughBf16;
  if (number_stored && one_element_nan && a.extra == ExtraRule::kNone)
    return "no NaN is stored as a scale, and every NaN element has one code";
  if (a.special.kind == Special::kMicroxcaling && a.block.amax_nan == AmaxNan::kPropagate)
    return "a block with a NaN is written as a whole: no operation meets one";
  // Default NaNs of a GPU and of an ARM are positive, what they pass on comes from a magnitude, and both convert a NaN
  // to 0. A half written as all ones, or without a sum of inputs, keeps no more of it.
  const auto positive = [](Machine machine) { return machine == Machine::kGpu || machine == Machine::kArm; };
  const bool sums_inputs = a.extra == ExtraRule::kWarpSum || a.extra == ExtraRule::kQuadThenTree;
  const bool half = scheme_of(a.scheme).scale.bits == 16 && !searches(a) &&
                    (!sums_inputs || a.block.encode.nan == NanCode::kPositiveAllOnes);
  const bool integers =
      a.element.encode == ElementEncode::kRoundAwayLowByte || a.element.encode == ElementEncode::kRoundEvenLowByte;
  if (half && integers && positive(a.machine) && positive(b.machine) && a.fusion == Fusion::kNone)
    return "both machines make positive NaNs and convert them to 0, and the half keeps no payload";
  if (half && a.extra == ExtraRule::kNone && a.element.encode == ElementEncode::kRoundEvenPacked &&
      a.block.form == ScaleForm::kAmaxOver127)
    return "a NaN scale is that of a magnitude, and every NaN element is packed alike";
  return "";
}

// S and its bound.
std::string_view why_bound_of_s_meets_no_nan(const Recipe& recipe, const Mutant& mutant) {
  const GlobalRule& global = recipe.rules.global;
  const bool positive_amax =
      global.on_zero == ZeroGlobal::kOneUnlessPositive || global.on_zero == ZeroGlobal::kOneForTheCast;
  if (global.min_nan != mutant.rules.global.min_nan && positive_amax && !is_four_over_six(recipe.rules) &&
      recipe.rules.element.multiplier_ceiling == 0.0f)
    return "S is formed of a positive amax alone, so that its bound meets no NaN";
  return "";
}

}  // namespace

std::string_view why_nan_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_machines_are_equal, why_without_nan, why_scaled_nan_shows_nothing,
                         why_zero_scale_is_the_ceiling, why_nan_is_positive, why_bound_of_s_meets_no_nan})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
