// Multipliers, zero scales, clamps and encodings of elements that change no code.
#include <limits>

#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/arith/integer.h"

namespace bitgate::compare::axes {
namespace {

constexpr std::string_view kPowers = "the multiplier is a power of two: products, quotients and reciprocals agree";

bool divides_elements(MultiplierForm form) noexcept {
  return form == MultiplierForm::kDivideByProduct || form == MultiplierForm::kDivideByUnroundedScale ||
         form == MultiplierForm::kDivideByNormalPower || form == MultiplierForm::kDivideByScale;
}

// Under a NaN scale the producer's own power has a payload of its own, which a GPU does not keep.
bool one_nan_of_scale(const Rules& r) noexcept {
  return r.machine == Machine::kGpu || is_fp8(r) || nan_has_one_code(r) ||
         (no_nan_reaches_the_scale(r) && encodes_no_nan(r));
}

std::string_view why_multipliers_are_equal(const Rules& a, const Mutant& mutant) {
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  if (of_a.multiplier != of_b.multiplier) {
    const auto stored = [](MultiplierForm form) {
      return form == MultiplierForm::kEncodeScale || form == MultiplierForm::k127OverAmax;
    };
    if (stored(of_a.multiplier) && stored(of_b.multiplier)) return "both forms name the number that was formed first";
    // An fma cannot divide.
    const bool divides =
        (divides_elements(of_a.multiplier) || divides_elements(of_b.multiplier)) && of_a.product != Product::kRounded;
    const bool powers = scales_by_powers(a) && one_nan_of_scale(a) && multiplies_as_formed(a);
    if (powers && !is_fp8(a) && !divides && reads_scale_alone(of_a.multiplier) && reads_scale_alone(of_b.multiplier))
      return kPowers;
    if (powers && is_fp8(a) && reads_scale_of_fp8(of_a.multiplier) && reads_scale_of_fp8(of_b.multiplier))
      return kPowers;
  }
  // A NaN cut to FLT_MAX is none.
  if (of_a.multiplier_type != of_b.multiplier_type && scales_by_powers(a) && one_nan_of_scale(a) &&
      of_a.multiplier_ceiling == 0.0f)
    return kPowers;
  const bool of_encode_scale = is_fp8(a) && of_a.multiplier == MultiplierForm::kEncodeScale;
  if (of_a.multiplier_ceiling != of_b.multiplier_ceiling &&
      (of_encode_scale || (scales_by_powers(a) && no_nan_reaches_the_scale(a) && encodes_no_nan(a)))) {
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
std::string_view why_zero_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (a.element.zero_scale == b.element.zero_scale || a.element.zero_scale != ZeroScale::kAsComputed) return "";
  const bool floored = amax_floor_is_above_zero(a);
  const bool never_zero = stores_exponents(a) || is_fp8_above_zero(a) || floor_is_a_scale(a) || floored;
  const bool lifts_nan =
      is_bounded(a.block.form) && !searches(a) && a.block.floor > 0.0f && a.block.bounds_nan == BoundsNan::kFloor;
  const bool nan_free =
      is_fp8(a) || ((no_nan_reaches_the_scale(a) || lifts_nan) && (encodes_no_nan(a) || scale_is_cut(a)));
  if (b.element.zero_scale == ZeroScale::kZero && never_zero) return "no stored scale is zero";
  if (b.element.zero_scale == ZeroScale::kFloat32Max && never_zero && nan_free) return "no stored scale is zero or NaN";
  // 0 over 0 and 0 times infinity would be NaN.
  const bool zero_amax_alone = !searches(a) && exponent_of_amax(a.block.form) && amax_bounds_numbers(recipe) &&
                               !divides_elements(a.element.multiplier) && !reads_unrounded_scale(a);
  if (b.element.zero_scale == ZeroScale::kZeroUnrounded &&
      (zero_amax_alone || is_fp8_above_zero(a) || floor_is_a_scale(a) || floored))
    return "a scale is zero before its encoding only where amax is, and there every element is a zero or a NaN";
  return "";
}

std::string_view why_codes_are_equal(const Rules& a, const Mutant& mutant) {
  const Rules& b = mutant.rules;
  const Format& element = scheme_of(a.scheme).element;
  // A clamp that takes a NaN for a number gives it a bound's code.
  if (a.element.clamp != b.element.clamp && a.element.clamp_nan == BoundsNan::kPasses) {
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
      return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast ||
             encode == ElementEncode::kCvtNanSign;
    };
    if (is_cvt(a.element.encode) && is_cvt(b.element.encode))
      return "the clamp leaves nothing to saturate, and a GPU's NaN is positive";
  }
  return "";
}

// Multipliers of a zero that are the zero, or whose infinities convert to a code of zero, as they are.
std::string_view why_zeros_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  const bool tests_zero = of_a.multiplier == MultiplierForm::kHostReciprocalOfScale ||
                          of_a.multiplier == MultiplierForm::kApproxReciprocalOrZero ||
                          of_a.multiplier == MultiplierForm::kDivideByUnroundedScale;
  if (of_a.zero_scale == ZeroScale::kAsComputed && of_b.zero_scale == ZeroScale::kZeroUnrounded && tests_zero)
    return "the multiplier of a zero scale is 0 as it is";
  const bool bounded_away = is_bounded(a.block.form) && !searches(a) && a.block.floor > 0.0f &&
                            (a.block.bounds_nan != BoundsNan::kCeiling || a.block.ceiling > 0.0f);
  if (of_a.zero_scale == ZeroScale::kAsComputed && of_b.zero_scale == ZeroScale::kZeroUnrounded && bounded_away)
    return "the bound keeps the scale from zero before it is encoded";
  if (of_a.multiplier == of_b.multiplier) return "";
  const bool integers =
      of_a.encode == ElementEncode::kRoundAwayLowByte || of_a.encode == ElementEncode::kRoundEvenLowByte;
  const auto low_byte = [&](float x) { return static_cast<std::uint32_t>(to_int32(a.machine, x)) & 0xFF; };
  const bool nan_is_zero = integers && low_byte(std::numeric_limits<float>::quiet_NaN()) == 0;
  const bool infinity_is_zero = nan_is_zero && low_byte(std::numeric_limits<float>::infinity()) == 0 &&
                                low_byte(-std::numeric_limits<float>::infinity()) == 0;
  const bool from_codes = a.extra == ExtraRule::kNone || a.extra == ExtraRule::kScaledCodeSum;
  const bool divided = a.block.divide == Divide::kIeee && a.block.form == ScaleForm::kReciprocalOfMultiplier;
  const bool no_wholes = a.extra != ExtraRule::kScaledWholeSum;
  if (nan_is_zero && divided && no_wholes && amax_bounds_numbers(recipe) &&
      of_a.multiplier == MultiplierForm::k127OverAmax && of_b.multiplier == MultiplierForm::kHost127OverAmax)
    return "under an amax of 0 every product is a NaN, which converts to 0";
  if (infinity_is_zero && from_codes && !has_global(a) && of_a.clamp == 0.0f &&
      of_a.multiplier == MultiplierForm::kHostReciprocalOfScale &&
      of_b.multiplier == MultiplierForm::kGlobalOverUnroundedScale)
    return "under a zero scale the products are infinities and NaNs, whose low byte is 0";
  return "";
}

// Without a global the number that would be one is 1.
std::string_view why_without_a_global(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  if (has_global(a) || searches(a) || of_a.multiplier == of_b.multiplier || of_b.divide != Divide::kIeee) return "";
  const auto of_scale = [](MultiplierForm form) {
    return form == MultiplierForm::kReciprocalOfScale || form == MultiplierForm::kReciprocalOfProduct ||
           form == MultiplierForm::kGlobalReciprocalOverScale;
  };
  const bool one_nan = a.machine == Machine::kGpu || !recipe.accepts.nan;
  if (one_nan && of_scale(of_a.multiplier) && of_scale(of_b.multiplier))
    return "without a global each form is the reciprocal of the scale";
  const auto by_scale = [](MultiplierForm form) {
    return form == MultiplierForm::kDivideByScale || form == MultiplierForm::kDivideByProduct;
  };
  if (one_nan && by_scale(of_a.multiplier) && by_scale(of_b.multiplier))
    return "without a global each form divides by the scale";
  return "";
}

// The largest multipliers there are.
std::string_view why_ceilings_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  if (of_a.multiplier_ceiling == of_b.multiplier_ceiling) return "";
  const auto above = [](float ceiling, float least) { return ceiling == 0.0f || ceiling >= least; };
  // Of a scale of at least 2^-126: less than 2^127.
  const bool normal_scale = of_a.multiplier == MultiplierForm::kApproxReciprocalOrZero &&
                            a.machine == Machine::kGpuFtz && no_nan_reaches_the_scale(a);
  const bool bounded_scale = !has_global(a) && floor_is_a_scale(a) && (encodes_no_nan(a) || scale_is_cut(a)) &&
                             of_a.multiplier == MultiplierForm::kReciprocalOfScale && meets_no_nan_operand(recipe);
  if ((normal_scale || bounded_scale) && above(of_a.multiplier_ceiling, 0x1p127f) &&
      above(of_b.multiplier_ceiling, 0x1p127f))
    return "no multiplier is larger";
  return "";
}

// Clamps of integer codes that are at most 127 in magnitude, or not numbers.
std::string_view why_integer_clamps_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const bool normal_scale = a.block.form == ScaleForm::kAmaxOver127 && a.machine == Machine::kGpuFtz &&
                            a.element.multiplier == MultiplierForm::kApproxReciprocalOrZero &&
                            amax_bounds_numbers(recipe);
  const auto above = [](float clamp) { return clamp == 0.0f || clamp >= 256.0f; };
  if (normal_scale && a.element.clamp != mutant.rules.element.clamp && above(a.element.clamp) &&
      above(mutant.rules.element.clamp))
    return "the scale is zero or normal, and no element over it is larger than the clamp";
  return "";
}

}  // namespace

std::string_view why_elements_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_codes_are_equal, why_multipliers_are_equal})
    if (const std::string_view reason = why(recipe.rules, mutant); !reason.empty()) return reason;
  for (const auto why : {why_zero_scales_are_equal, why_zeros_are_equal, why_integer_clamps_are_equal,
                         why_without_a_global, why_ceilings_are_equal})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
