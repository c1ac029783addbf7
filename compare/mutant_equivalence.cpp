// Changes that no input can show, each with its reason: what an axis bounds, rounds or names is the same either way.
#include <limits>

#include "bitgate/compare/mutants.h"
#include "bitgate/compare/read_axes.h"
#include "bitgate/reference/arith/arithmetic.h"

namespace bitgate::compare {
namespace {

using namespace axes;

constexpr std::string_view kUnread = "the other rules do not read this axis";

bool reads_unrounded_scale(const Rules& r) noexcept {
  switch (r.element.multiplier) {
    case MultiplierForm::kGlobalOverUnroundedScale:
    case MultiplierForm::kApproxReciprocalOfScale:
    case MultiplierForm::kApproxReciprocalOrZero:
    case MultiplierForm::kHostReciprocalOfScale:
    case MultiplierForm::kDivideByUnroundedScale: return true;
    default: return r.element.zero_scale == ZeroScale::kZeroUnrounded;
  }
}

bool stores_exponents(const Rules& r) noexcept { return !scheme_of(r.scheme).scale.has_zero; }
bool is_fp8(const Rules& r) noexcept { return r.block.form == ScaleForm::kFp8; }

// The multiplier is a power of two: exact in bf16, and its product, quotient and reciprocal round alike.
bool scales_by_powers(const Rules& r) noexcept {
  if (searches(r)) return false;
  return (stores_exponents(r) && !reads_unrounded_scale(r) && !has_global(r)) ||
         (is_fp8(r) && r.block.shape == ScaleShape::kPowerOfTwo);
}

// Codes and scales know no NaN's sign or payload, so that which NaN a machine makes cannot be seen.
bool nan_has_one_code(const Rules& r) noexcept {
  const Scheme& scheme = scheme_of(r.scheme);
  const bool stored_binary32 = (scheme.scale.bits == 32 && !is_fp8(r)) || r.global.form == GlobalForm::kDecodeScale ||
                               is_values_only(scheme) || r.global.amax_nan == AmaxNan::kPropagate;
  const bool element = !element_rule_is_read(r) || r.element.encode == ElementEncode::kCvt ||
                       r.element.encode == ElementEncode::kComparisons ||
                       r.element.encode == ElementEncode::kStochasticSoft ||
                       r.element.encode == ElementEncode::kStochasticHw || scheme.element.top == TopCodes::kFinite;
  const bool integers = r.element.encode == ElementEncode::kFloatBits || has_minimum(r) || scheme.extra.bits != 0;
  return !stored_binary32 && element && !integers &&
         (r.block.encode.nan == NanCode::kPositiveAllOnes || stores_exponents(r) || is_fp8(r));
}

bool between_machines_that_keep_subnormals(const Rules& a, const Rules& b) noexcept {
  return a.machine != Machine::kGpuFtz && b.machine != Machine::kGpuFtz;
}

// No NaN of the inputs reaches a block's scale: both maxima drop them, and what a given NaN becomes is a number.
bool no_nan_reaches_the_scale(const Rules& r) noexcept {
  const bool block_drops = r.block.amax_nan == AmaxNan::kIgnore;
  // An infinite amax times an S of 0 would be one.
  const bool never_zero =
      r.global.on_zero == ZeroGlobal::kOneForZeroAmaxOrScale || r.global.on_zero == ZeroGlobal::kOneForZeroScale;
  const bool global_is_a_number =
      !has_global(r) || (r.global.form == GlobalForm::kEncodeScale && never_zero && r.global.min_nan == MinNan::kDrop);
  // 4over6 cuts its scales to 448 by a minimum that drops NaN.
  if (is_four_over_six(r)) return r.global.min_nan == MinNan::kDrop;
  return block_drops && global_is_a_number && !searches(r);
}

double largest_scale(const Rules& r) { return max_finite(scheme_of(r.scheme).scale); }

// A bound under half of the smallest scale: what it lifts rounds to the code it had, 0.
bool floor_is_below_the_codes(const Rules& r, float floor) noexcept {
  const Scheme& scheme = scheme_of(r.scheme);
  return scheme.scale.bits == 8 && r.block.encode.rounding == Rounding::kNearestEven && !reads_unrounded_scale(r) &&
         floor <= 0.5 * decode(scheme.scale, 1);
}

// A bound at or above the largest scale, where larger numbers saturate to that.
bool ceiling_is_saturation(const Rules& r, float ceiling) {
  const bool bounds_nothing_lower = ceiling == 0.0f || ceiling >= largest_scale(r);
  return bounds_nothing_lower && r.block.encode.overflow == Overflow::kSaturate && !reads_unrounded_scale(r);
}

// A scale never needs more than the largest: it is cut before it is encoded.
bool scale_is_cut(const Rules& r) {
  return is_four_over_six(r) ||
         (is_bounded(r.block.form) && r.block.ceiling != 0.0f && r.block.ceiling <= largest_scale(r));
}

// Whether a / divisor by MUFU is a times the rounded reciprocal.
bool mufu_rounds_reciprocal(float divisor) noexcept { return rcp_approx_ftz(divisor) == div_rn(1.0f, divisor); }
bool full_and_times(Divide a, Divide b) noexcept { return a != Divide::kIeee && b != Divide::kIeee && a != b; }

bool saturates(ElementEncode encode, const Format& element) noexcept {
  switch (encode) {
    case ElementEncode::kCvt:
    case ElementEncode::kComparisons:
    case ElementEncode::kFloatBits:
    case ElementEncode::kStochasticSoft:
    case ElementEncode::kStochasticHw: return true;
    default: return element.top == TopCodes::kFinite;
  }
}

// Bounds of the block scale that change no code.
std::string_view why_bounds_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  if (a.block.floor != b.block.floor && floor_is_below_the_codes(a, a.block.floor) &&
      floor_is_below_the_codes(b, b.block.floor) &&
      (a.block.bounds_nan != BoundsNan::kFloor || no_nan_reaches_the_scale(a)))
    return "what the bound lifts is below half of the smallest scale, and its code is 0 either way";
  const bool nan_free = no_nan_reaches_the_scale(a) || a.block.bounds_nan != BoundsNan::kCeiling ||
                        (a.block.ceiling != 0.0f && b.block.ceiling != 0.0f);
  if (a.block.ceiling != b.block.ceiling && ceiling_is_saturation(a, a.block.ceiling) &&
      ceiling_is_saturation(b, b.block.ceiling) && nan_free)
    return "what the bound cuts saturates to the largest scale either way";
  if (a.block.bounds_nan != b.block.bounds_nan && no_nan_reaches_the_scale(a))
    return "no NaN reaches the scale: the maxima drop them";
  return "";
}

std::string_view why_encodings_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  const Scheme& scheme = scheme_of(a.scheme);
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
    if (no_nan_reaches_the_scale(a)) return "no NaN reaches the scale: the maxima drop them";
    const auto all_ones_of_sign = [&](NanCode nan) {
      return nan == NanCode::kSignedAllOnes || (nan == NanCode::kSignedQuiet && scheme.scale.top != TopCodes::kIeee);
    };
    if (all_ones_of_sign(a.block.encode.nan) && all_ones_of_sign(b.block.encode.nan))
      return "the scale's format has one NaN of each sign";
    if (!scheme.scale.has_sign) return "the scale's format has one NaN";
  }
  return "";
}

constexpr std::string_view kPowers = "the multiplier is a power of two: products, quotients and reciprocals agree";

bool reads_scale_alone(MultiplierForm form) noexcept {
  switch (form) {
    case MultiplierForm::kReciprocalOfProduct:
    case MultiplierForm::kReciprocalOfScale:
    case MultiplierForm::kGlobalReciprocalOverScale:
    case MultiplierForm::kDivideByProduct:
    case MultiplierForm::kExponentNegated: return true;
    default: return false;
  }
}
bool reads_scale_of_fp8(MultiplierForm form) noexcept {
  return form == MultiplierForm::kEncodeScale || form == MultiplierForm::kGlobalOverUnroundedScale ||
         form == MultiplierForm::kHostReciprocalOfScale ||
         (reads_scale_alone(form) && form != MultiplierForm::kExponentNegated);
}

bool divides_elements(MultiplierForm form) noexcept {
  return form == MultiplierForm::kDivideByProduct || form == MultiplierForm::kDivideByUnroundedScale ||
         form == MultiplierForm::kDivideByNormalPower;
}

std::string_view why_multipliers_are_equal(const Rules& a, const Mutant& mutant) {
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  if (of_a.multiplier != of_b.multiplier) {
    const auto stored = [](MultiplierForm form) {
      return form == MultiplierForm::kEncodeScale || form == MultiplierForm::k127OverAmax;
    };
    if (stored(of_a.multiplier) && stored(of_b.multiplier)) return "both forms name the number that was formed first";
    // Under a NaN scale the producer's own power has a payload of its own; an fma cannot divide.
    const bool divides_nan = of_b.multiplier == MultiplierForm::kDivideByProduct &&
                             (!no_nan_reaches_the_scale(a) || of_a.product != Product::kRounded);
    if (scales_by_powers(a) && !is_fp8(a) && !divides_nan && reads_scale_alone(of_a.multiplier) &&
        reads_scale_alone(of_b.multiplier))
      return kPowers;
    if (scales_by_powers(a) && is_fp8(a) && reads_scale_of_fp8(of_a.multiplier) && reads_scale_of_fp8(of_b.multiplier))
      return kPowers;
  }
  if (of_a.multiplier_type != of_b.multiplier_type && scales_by_powers(a)) return kPowers;
  if (of_a.multiplier_ceiling != of_b.multiplier_ceiling && (is_fp8(a) || scales_by_powers(a)) &&
      (no_nan_reaches_the_scale(a) || is_fp8(a))) {
    const float largest = is_fp8(a) && a.block.shape == ScaleShape::kAny ? std::numeric_limits<float>::max() : 0x1p127f;
    const auto no_lower = [&](float ceiling) { return ceiling == 0.0f || ceiling >= largest; };
    if (no_lower(of_a.multiplier_ceiling) && no_lower(of_b.multiplier_ceiling)) return "no multiplier is larger";
  }
  if (of_a.product != of_b.product && a.machine != Machine::kGpuFtz && !divides_elements(of_a.multiplier) &&
      (is_integer(scheme_of(a.scheme).element) || of_a.encode == ElementEncode::kComparisons))
    return "a zero among the codes has no sign";
  return "";
}

// What is made of a zero scale, where none is stored or where only zeros have it.
std::string_view why_zero_scales_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  if (a.element.zero_scale == b.element.zero_scale || a.element.zero_scale != ZeroScale::kAsComputed) return "";
  const bool never_zero = stores_exponents(a) || is_fp8(a) ||
                          (is_bounded(a.block.form) && a.block.encode.rounding == Rounding::kNearestEven &&
                           a.block.floor > 0.5 * decode(scheme_of(a.scheme).scale, 1));
  const bool nan_free = no_nan_reaches_the_scale(a) || is_fp8(a);
  if (b.element.zero_scale == ZeroScale::kZero && never_zero) return "no stored scale is zero";
  if (b.element.zero_scale == ZeroScale::kFloat32Max && never_zero && nan_free) return "no stored scale is zero or NaN";
  const bool zero_amax_alone =
      a.block.form != ScaleForm::kExponentRoundUp && a.block.form != ScaleForm::kExponentFloorOfFinite;
  if (b.element.zero_scale == ZeroScale::kZeroUnrounded && never_zero && zero_amax_alone)
    return "a scale is zero before its encoding only where amax is, and there every element is a zero or a NaN";
  return "";
}

std::string_view why_elements_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  const Format& element = scheme_of(a.scheme).element;
  if (a.element.clamp != b.element.clamp) {
    const auto no_lower = [&](float clamp) { return clamp == 0.0f || clamp >= max_finite(element); };
    if (no_lower(a.element.clamp) && no_lower(b.element.clamp) && !is_integer(element) &&
        saturates(a.element.encode, element))
      return "what the clamp cuts saturates to the largest element either way";
  }
  if (a.element.encode != b.element.encode && element.top == TopCodes::kFinite) {
    const auto is_cvt = [](ElementEncode encode) {
      return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast;
    };
    if (is_cvt(a.element.encode) && is_cvt(b.element.encode))
      return "the element's format has neither NaN nor infinity: both casts saturate";
  }
  const bool positive_nan = a.machine == Machine::kGpu || a.machine == Machine::kGpuFtz;
  if (a.element.encode != b.element.encode && positive_nan && a.element.clamp != 0.0f &&
      a.element.clamp <= max_finite(element) && !is_integer(element)) {
    const auto is_cvt = [](ElementEncode encode) {
      return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast;
    };
    if (is_cvt(a.element.encode) && is_cvt(b.element.encode))
      return "the clamp leaves nothing to saturate, and a GPU's NaN is positive";
  }
  if (a.element.zero_scale != b.element.zero_scale && a.element.multiplier == MultiplierForm::kReciprocalOfProduct &&
      a.global.min_nan == MinNan::kDrop && no_nan_reaches_the_scale(a) &&
      a.element.multiplier_ceiling == std::numeric_limits<float>::max() &&
      a.element.zero_scale == ZeroScale::kAsComputed && b.element.zero_scale == ZeroScale::kFloat32Max)
    return "the reciprocal of a zero scale is cut to FLT_MAX as it is";
  return "";
}

std::string_view why_maxima_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  if (a.global.amax_nan != b.global.amax_nan) {
    const auto kind = [](AmaxNan rule) {
      return rule == AmaxNan::kKeepAllNan ? AmaxNan::kIgnore : rule == AmaxNan::kAvxTree ? AmaxNan::kRestart : rule;
    };
    if (kind(a.global.amax_nan) == kind(b.global.amax_nan))
      return "the maximum of a tensor or a row starts at 0 and runs in order: the two are one";
  }
  const auto all_nan = [](AmaxNan rule) { return rule == AmaxNan::kIgnore || rule == AmaxNan::kKeepAllNan; };
  if (is_fp8(a) && a.block.amax_nan != b.block.amax_nan && all_nan(a.block.amax_nan) && all_nan(b.block.amax_nan))
    return "the scale is 1 for an amax of 0 and for NaN";
  return "";
}

std::string_view why_quotients_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  if (a.global.reciprocal != b.global.reciprocal && a.global.reciprocal != Divide::kFull &&
      b.global.reciprocal != Divide::kFull)
    return "1 times the rounded reciprocal is the quotient";
  const bool keeps_subnormals = a.machine == Machine::kGpu;
  if (keeps_subnormals && full_and_times(a.global.divide, b.global.divide) && mufu_rounds_reciprocal(a.global.target))
    return "MUFU.RCP of the target is its rounded reciprocal";
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  const float divisor = a.block.form == ScaleForm::kAmaxOver127 ? 127.0f : element_max;
  if (a.block.divide != b.block.divide && a.block.form == ScaleForm::kReciprocalOfMultiplier &&
      a.block.divide != Divide::kIeee && b.block.divide != Divide::kIeee)
    return "both are MUFU.RCP here";
  if (keeps_subnormals && full_and_times(a.block.divide, b.block.divide) && scheme_of(a.scheme).scale.bits == 8 &&
      divides(a.block.form) && mufu_rounds_reciprocal(divisor))
    return "MUFU.RCP of the largest element is its rounded reciprocal";
  const auto plain = [&](ScaleForm form) {
    return over_element_max(form) || form == ScaleForm::kExponentRoundUp ||
           (form == ScaleForm::kAmaxOver127 && element_max == 127.0f);
  };
  const bool one_form = !has_global(a) && plain(a.block.form) && plain(b.block.form);
  if (a.block.form != b.block.form && one_form && a.block.floor == 0.0f && a.block.ceiling == 0.0f &&
      a.block.intermediate == Intermediate::kBinary32 && a.block.global_divide == Divide::kIeee)
    return "without a global the forms are one";
  return "";
}

// Axes that only a NaN tells apart, where the producer takes none and none is made.
std::string_view why_without_nan(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const bool in_maxima = a.global.amax_nan != b.global.amax_nan || a.block.amax_nan != b.block.amax_nan;
  const bool in_rest = a.global.min_nan != b.global.min_nan || a.block.bounds_nan != b.block.bounds_nan ||
                       a.block.encode.nan != b.block.encode.nan;
  if (!recipe.accepts.nan && in_maxima) return "the producer takes no NaN";
  if (!recipe.accepts.nan && !recipe.accepts.infinity && in_rest)
    return "the producer takes neither NaN nor infinity, and none is made";
  const bool machines = a.machine != b.machine && between_machines_that_keep_subnormals(a, b);
  if (machines && !recipe.accepts.nan && !recipe.accepts.infinity)
    return "the producer takes neither NaN nor infinity, and the machines differ in the NaN that they make";
  if (machines && a.special.kind == Special::kMicroxcaling)
    return "a block with a NaN is written as a whole: no operation meets one";
  if (a.special.kind == Special::kMicroxcaling && a.special.path == MxPath::kPython &&
      a.special.rounding == Rounding::kNearestAway && b.special.rounding == Rounding::kUp)
    return "the Python path has three roundings: what is neither even nor toward zero is away";
  return "";
}

}  // namespace

std::string_view why_equivalent(const Recipe& recipe, const Mutant& mutant) {
  const Rules& rules = recipe.rules;
  if (!is_read(recipe, mutant.change.axis)) return kUnread;
  if (rules.machine != mutant.rules.machine && between_machines_that_keep_subnormals(rules, mutant.rules) &&
      nan_has_one_code(rules))
    return "the machines differ in the NaN that they make, and every NaN has one code here";
  for (const auto why :
       {why_bounds_are_equal, why_encodings_are_equal, why_elements_are_equal, why_multipliers_are_equal,
        why_zero_scales_are_equal, why_maxima_are_equal, why_quotients_are_equal})
    if (const std::string_view reason = why(rules, mutant); !reason.empty()) return reason;
  return why_without_nan(recipe, mutant);
}

}  // namespace bitgate::compare
