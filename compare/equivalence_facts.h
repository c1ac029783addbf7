// What the equivalence proofs of mutants know about rules.
#pragma once

#include "bitgate/compare/mutants.h"
#include "bitgate/compare/read_axes.h"
#include "bitgate/reference/arith/arithmetic.h"

namespace bitgate::compare::axes {

// No NaN is among the elements of a block: none is taken, and no operation in front makes one. Sums of the transform
// run in order: of numbers they become infinite, never NaN.
inline bool meets_no_nan_operand(const Recipe& recipe) noexcept {
  return !recipe.accepts.nan && recipe.rules.fusion == Fusion::kNone &&
         (recipe.rules.transform == Transform::kNone || !recipe.accepts.infinity);
}

inline bool reads_unrounded_number(const Rules& r) noexcept {
  switch (r.element.multiplier) {
    case MultiplierForm::kGlobalOverUnroundedScale:
    case MultiplierForm::kApproxReciprocalOfScale:
    case MultiplierForm::kApproxReciprocalOrZero:
    case MultiplierForm::kHostReciprocalOfScale:
    case MultiplierForm::kDivideByUnroundedScale: return true;
    default: return false;
  }
}
inline bool reads_unrounded_scale(const Rules& r) noexcept {
  return reads_unrounded_number(r) || r.element.zero_scale == ZeroScale::kZeroUnrounded;
}

inline bool is_stored_whole(const Rules& r) noexcept { return scheme_of(r.scheme).scale.bits == 32; }
inline bool stores_exponents(const Rules& r) noexcept { return !scheme_of(r.scheme).scale.has_zero; }
inline bool is_fp8(const Rules& r) noexcept { return r.block.form == ScaleForm::kFp8 && !searches(r); }

// The amax itself decides, beside the scale that was made of it.
inline bool reads_amax(const Rules& r) noexcept {
  switch (r.element.multiplier) {
    case MultiplierForm::kApproxReciprocalOfScale:
    case MultiplierForm::kDivideByUnroundedScale:
    case MultiplierForm::kElementMaxOverAmax:
    case MultiplierForm::kHost127OverAmax: return true;
    case MultiplierForm::kEncodeScale: return r.block.form == ScaleForm::kReciprocalOfEncodeScale;
    default: return false;
  }
}

// The amax of the one scale may be given: a NaN, or one that the elements exceed.
inline bool takes_amax_of_scale(const Rules& r) noexcept {
  return !has_global(r) && amax_count(scheme_of(r.scheme), {1, 1}) != 0;
}

// No number of a block is larger than its amax. Where a NaN restarts the maximum, those before it may be.
inline bool amax_bounds_numbers(const Recipe& recipe) noexcept {
  const AmaxNan rule = recipe.rules.block.amax_nan;
  if (takes_amax_of_scale(recipe.rules)) return false;
  return (rule != AmaxNan::kRestart && rule != AmaxNan::kAvxTree) || meets_no_nan_operand(recipe);
}

// Nothing but the scale stands in the multiplier.
inline bool multiplies_as_formed(const Rules& r) noexcept {
  return r.element.multiplier_ceiling == 0.0f && r.element.zero_scale == ZeroScale::kAsComputed;
}

inline bool reads_scale_alone(MultiplierForm form) noexcept {
  switch (form) {
    case MultiplierForm::kReciprocalOfProduct:
    case MultiplierForm::kReciprocalOfScale:
    case MultiplierForm::kGlobalReciprocalOverScale:
    case MultiplierForm::kDivideByProduct:
    case MultiplierForm::kDivideByScale:
    case MultiplierForm::kDivideByScaleOverGlobal:
    case MultiplierForm::kExponentNegated: return true;
    default: return false;
  }
}
inline bool reads_scale_of_fp8(MultiplierForm form) noexcept {
  return form == MultiplierForm::kEncodeScale || form == MultiplierForm::kGlobalOverUnroundedScale ||
         form == MultiplierForm::kHostReciprocalOfScale ||
         (reads_scale_alone(form) && form != MultiplierForm::kExponentNegated);
}

// The amax starts at a floor, so that no scale of it is zero or subnormal.
inline bool amax_floor_is_above_zero(const Rules& r) noexcept {
  return !searches(r) && !has_global(r) && over_element_max(r.block.form) && r.block.amax_floor >= 0x1p-60f &&
         r.block.shape != ScaleShape::kPowerOfTwo;
}

// The multiplier is a power of two: exact in bf16, and its product, quotient and reciprocal round alike. 2^-127 is
// subnormal: a machine that flushes it divides by 0.
inline bool scales_by_powers(const Rules& r) noexcept {
  if (searches(r) || (r.machine == Machine::kGpuFtz && !amax_floor_is_above_zero(r))) return false;
  const MultiplierForm form = r.element.multiplier;
  const bool of_exponents = reads_scale_alone(form) || form == MultiplierForm::kDivideByNormalPower;
  return (stores_exponents(r) && of_exponents && !reads_unrounded_scale(r) && !has_global(r)) ||
         (is_fp8(r) && r.machine != Machine::kGpuFtz && reads_scale_of_fp8(form) &&
          r.block.shape == ScaleShape::kPowerOfTwo);
}

// The scale of kFp8 is 1 where amax says nothing, and its reciprocal at least 2^-128: a subnormal.
inline bool is_fp8_above_zero(const Rules& r) noexcept {
  return is_fp8(r) && r.machine != Machine::kGpuFtz && scheme_of(r.scheme).scale.bits == 32;
}

// Codes and scales know no NaN's sign or payload, so that which NaN a machine makes cannot be seen.
inline bool nan_has_one_code(const Rules& r) noexcept {
  const Scheme& scheme = scheme_of(r.scheme);
  const bool stored_binary32 = (scheme.scale.bits == 32 && !is_fp8(r)) || r.global.form == GlobalForm::kDecodeScale ||
                               is_values_only(scheme) || r.global.amax_nan == AmaxNan::kPropagate;
  const bool element = !element_rule_is_read(r) || r.element.encode == ElementEncode::kCvt ||
                       r.element.encode == ElementEncode::kComparisons ||
                       r.element.encode == ElementEncode::kStochasticSoft ||
                       r.element.encode == ElementEncode::kStochasticHw || scheme.element.top == TopCodes::kFinite;
  // What a NaN and a large number are as an integer is the machine's own.
  const bool integers = r.element.encode == ElementEncode::kFloatBits ||
                        r.element.encode == ElementEncode::kRoundAwayLowByte ||
                        r.element.encode == ElementEncode::kRoundEvenLowByte ||
                        r.special.kind == Special::kGgmlLegacy || scheme.extra.bits != 0;
  const bool signed_nan = r.element.encode == ElementEncode::kCvtNanSign;
  return !stored_binary32 && element && !signed_nan && !integers &&
         (r.block.encode.nan == NanCode::kPositiveAllOnes || stores_exponents(r) || is_fp8(r));
}

inline bool between_machines_that_keep_subnormals(const Rules& a, const Rules& b) noexcept {
  return a.machine != Machine::kGpuFtz && b.machine != Machine::kGpuFtz;
}

// No NaN of the inputs reaches a block's scale: both maxima drop them, and what a given NaN becomes is a number.
inline bool no_nan_reaches_the_scale(const Rules& r) noexcept {
  const bool block_drops = r.block.amax_nan == AmaxNan::kIgnore && !takes_amax_of_scale(r);
  // An infinite amax times an S of 0 would be one.
  const bool never_zero =
      r.global.on_zero == ZeroGlobal::kOneForZeroAmaxOrScale || r.global.on_zero == ZeroGlobal::kOneForZeroScale;
  const bool global_is_a_number =
      !has_global(r) || (r.global.form == GlobalForm::kEncodeScale && never_zero && r.global.min_nan == MinNan::kDrop);
  // 4over6 cuts its scales to 448 by a minimum that drops NaN.
  if (is_four_over_six(r)) return r.global.min_nan == MinNan::kDrop;
  return block_drops && global_is_a_number && !searches(r);
}

// Of numbers and infinities no scale's code is a NaN: what is too large saturates.
inline bool encodes_no_nan(const Rules& r) noexcept {
  return !exponent_of_amax(r.block.form) && r.block.encode.overflow == Overflow::kSaturate;
}

// The lower bound keeps the stored scale from zero.
inline bool floor_is_a_scale(const Rules& r) noexcept {
  const Scheme& scheme = scheme_of(r.scheme);
  if (!is_bounded(r.block.form) || searches(r)) return false;
  if (scheme.scale.bits == 32) return r.block.floor >= 0x1p-100f;
  return r.block.encode.rounding == Rounding::kNearestEven && r.block.floor > 0.5 * decode(scheme.scale, 1);
}

inline double largest_scale(const Rules& r) { return max_finite(scheme_of(r.scheme).scale); }

// A bound under half of the smallest scale: what it lifts rounds to the code it had, 0.
inline bool floor_is_below_the_codes(const Rules& r, float floor) noexcept {
  const Scheme& scheme = scheme_of(r.scheme);
  return scheme.scale.bits == 8 && r.block.encode.rounding == Rounding::kNearestEven && !reads_unrounded_scale(r) &&
         floor <= 0.5 * decode(scheme.scale, 1);
}

// A bound at or above the largest scale, where larger numbers saturate to that.
inline bool ceiling_is_saturation(const Rules& r, float ceiling) {
  const bool bounds_nothing_lower = ceiling == 0.0f || ceiling >= largest_scale(r);
  return bounds_nothing_lower && scheme_of(r.scheme).scale.bits != 32 &&
         r.block.encode.overflow == Overflow::kSaturate && !reads_unrounded_scale(r);
}

// A scale never needs more than the largest: it is cut before it is encoded.
inline bool scale_is_cut(const Rules& r) {
  return is_four_over_six(r) ||
         (!searches(r) && is_bounded(r.block.form) && r.block.ceiling != 0.0f && r.block.ceiling <= largest_scale(r));
}

// Whether a / divisor by MUFU is a times the rounded reciprocal.
inline bool mufu_rounds_reciprocal(float divisor) noexcept { return rcp_approx_ftz(divisor) == div_rn(1.0f, divisor); }
inline bool full_and_times(Divide a, Divide b) noexcept {
  return (a == Divide::kFull && b == Divide::kTimesIeeeReciprocal) ||
         (a == Divide::kTimesIeeeReciprocal && b == Divide::kFull);
}
// 1 by either is the rounded reciprocal.
inline bool rounds_reciprocal(Divide divide) noexcept {
  return divide == Divide::kIeee || divide == Divide::kTimesIeeeReciprocal;
}

inline bool saturates(ElementEncode encode, const Format& element) noexcept {
  switch (encode) {
    case ElementEncode::kCvt:
    case ElementEncode::kComparisons:
    case ElementEncode::kFloatBits:
    case ElementEncode::kStochasticSoft:
    case ElementEncode::kStochasticHw:
    case ElementEncode::kCvtThroughBf16:
    case ElementEncode::kLowerOfTie:
    case ElementEncode::kTableSearch:
    case ElementEncode::kTiesDownZeroNegative:
    case ElementEncode::kCvtNanSign: return true;
    case ElementEncode::kTorchCast: return element.top == TopCodes::kFinite;
    default: return false;
  }
}

// The scale's code never falls where the amax grows, but for what a zero scale becomes.
inline bool is_monotone(const Rules& r) noexcept {
  const bool by_quotient = over_element_max(r.block.form) || r.block.form == ScaleForm::kExponentRoundUp ||
                           r.block.form == ScaleForm::kAmaxOver127 ||
                           r.block.form == ScaleForm::kGlobalTimesAmaxFirst ||
                           r.block.form == ScaleForm::kAmaxOverScaledElementMax;
  const bool by_exponent = (exponent_of_amax(r.block.form) && r.block.form != ScaleForm::kExponentFloorOfFinite) ||
                           r.block.form == ScaleForm::kExponentQuarter ||
                           r.block.form == ScaleForm::kExponentCeilOfLog2;
  // An amax of 0 has scale 1.
  const bool twice_divided = r.block.form == ScaleForm::kReciprocalOfEncodeScale && r.block.amax_floor > 0.0f &&
                             r.block.divide == Divide::kIeee;
  return (by_quotient || by_exponent || twice_divided) && r.block.on_zero == ZeroBlockScale::kKeep;
}

// Of a subnormal d = amax / 127 under MUFU, which flushes what it reads, in a half, whose smallest number is far
// larger.
inline bool subnormal_scales_are_zeros(const Rules& r) noexcept {
  const bool approximate = r.element.multiplier == MultiplierForm::kApproxReciprocalOfScale ||
                           r.element.multiplier == MultiplierForm::kApproxReciprocalOrZero;
  const bool half = scheme_of(r.scheme).scale.bits == 16 && scheme_of(r.scheme).scale.exponent_bits == 5;
  const bool no_product = r.extra != ExtraRule::kScaledCodeSum && r.extra != ExtraRule::kScaledWholeSum;
  return r.block.form == ScaleForm::kAmaxOver127 && r.machine == Machine::kGpuFtz && approximate && half &&
         r.block.encode.rounding != Rounding::kUp && no_product && !searches(r);
}

// The mutant treats NaN otherwise.
inline bool changes_nan(const Mutant& mutant) noexcept {
  return mutant.change.axis.find("NaN") != std::string_view::npos;
}

// No NaN is met or made: neither the scale, the multiplier nor a scaled element is one (equivalence_nan.cpp).
bool meets_no_nan(const Recipe& recipe) noexcept;

// One file for each kind of proof. "" where none applies.
std::string_view why_scales_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_elements_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_nan_shows_nothing(const Recipe& recipe, const Mutant& mutant);
std::string_view why_steps_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_codes_of_scales_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_special_rules_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_engine_axes_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_globals_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_plain_scales_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_zeros_show_nothing(const Recipe& recipe, const Mutant& mutant);
std::string_view why_powers_are_equal(const Recipe& recipe, const Mutant& mutant);
std::string_view why_blocks_are_equal(const Recipe& recipe, const Mutant& mutant);

}  // namespace bitgate::compare::axes
