// Zeros that show nothing: what becomes of a block of zeros, of a divisor or a scale that would be zero, and bounds
// that no scale meets.
#include <limits>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {
namespace {

bool is_ieee(Divide divide) noexcept { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; }

bool is_ieee_pair(Divide a, Divide b) noexcept { return a != b && is_ieee(a) && is_ieee(b); }

// S is a number, whatever amax is.
bool s_is_a_number(const Recipe& recipe) noexcept {
  const GlobalRule& global = recipe.rules.global;
  const bool positive_amax =
      global.on_zero == ZeroGlobal::kOneUnlessPositive || global.on_zero == ZeroGlobal::kOneForTheCast;
  return global.form == GlobalForm::kEncodeScale &&
         (global.min_nan == MinNan::kDrop || positive_amax || meets_no_nan_operand(recipe));
}

// A subnormal element is read as 0 by what scales it.
bool reads_elements_flushed(const Rules& r) noexcept {
  return r.machine != Machine::kGpuFtz || (r.element.product == Product::kRounded && r.element.divide != Divide::kFull);
}

// Multipliers of an amax of 0 that are one number, or leave zeros of either sign the same scaled bits, or the same code
// and whole number. A NaN element is a NaN under every multiplier, its own where a payload is kept.
bool zeros_are_one(const Recipe& recipe, const Rules& b, InputType type) noexcept {
  const Rules& a = recipe.rules;
  NoTrace trace;
  const BlockScale scale = derive_block_scale(a, type, GlobalScale{}, 0.0f, trace);
  const Multiplier of_a = derive_multiplier(a, {}, scale), of_b = derive_multiplier(b, {}, scale);
  if (of_a.all_zero != of_b.all_zero || of_a.divides != of_b.divides) return false;
  if (std::bit_cast<std::uint32_t>(of_a.value) == std::bit_cast<std::uint32_t>(of_b.value)) return true;
  const bool holds_zeros_alone = amax_bounds_numbers(recipe) && a.block.reach == AmaxReach::kWhole;
  if (!holds_zeros_alone || !reads_elements_flushed(a)) return false;
  const bool drawn =
      a.element.encode == ElementEncode::kStochasticSoft || a.element.encode == ElementEncode::kStochasticHw;
  for (const float zero : {0.0f, -0.0f}) {
    const float x = scale_element(a, of_a, zero, type), y = scale_element(b, of_b, zero, type);
    if (std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y)) continue;
    const bool one_code = of_a.all_zero || (!drawn && encode_element(a, x) == encode_element(b, y));
    const bool whole = a.extra == ExtraRule::kScaledWholeSum;
    if (!one_code || (whole && to_int32(a.machine, round_half_even(x)) != to_int32(b.machine, round_half_even(y))))
      return false;
  }
  return true;
}

// Under an amax of zero all elements are zeros or NaN.
std::string_view why_blocks_of_zeros_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const auto of_amax = [](ZeroScale rule) { return rule == ZeroScale::kZeroAmax || rule == ZeroScale::kAsComputed; };
  if (a.element.zero_scale == b.element.zero_scale || !of_amax(a.element.zero_scale) || !of_amax(b.element.zero_scale))
    return "";
  if (searches(a) || is_values_only(scheme_of(a.scheme)) || takes_amax_of_scale(a)) return "";
  if (!has_global(a)) {
    for (const InputType type : kInputTypes)
      if (accepts(recipe.accepts, type) && !zeros_are_one(recipe, b, type)) return "";
    return "under an amax of zero the multiplier is the same, or zeros of either sign have one code: each was tried";
  }
  if (!amax_bounds_numbers(recipe) || a.block.reach != AmaxReach::kWhole || !reads_elements_flushed(a)) return "";
  const bool rounds_to_infinity =
      a.element.multiplier_type == MultiplierType::kBf16 && a.element.multiplier_ceiling > 0x1.fep127f;
  const bool finite = a.element.multiplier_ceiling != 0.0f && !rounds_to_infinity &&
                      (a.global.min_nan == MinNan::kDrop || meets_no_nan(recipe));
  const bool positive = a.element.multiplier == MultiplierForm::kReciprocalOfProduct ||
                        a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale;
  if (finite && positive) return "the multiplier is at most its ceiling, and times a zero it is one";
  // The scale's code is 0 or a NaN, and so is its product with s.
  const bool code_is_zero = is_bounded(a.block.form) && floor_is_below_the_codes(a, a.block.floor) &&
                            a.block.bounds_nan != BoundsNan::kCeiling && a.block.on_zero == ZeroBlockScale::kKeep &&
                            a.block.amax_floor == 0.0f;
  const bool plain =
      a.machine == Machine::kGpu && a.element.multiplier_ceiling == 0.0f && a.element.product == Product::kRounded;
  if (code_is_zero && plain && a.element.multiplier == MultiplierForm::kDivideByProduct &&
      a.element.divide == Divide::kIeee && a.element.zero_scale == ZeroScale::kAsComputed)
    return "a zero over the scale of an amax of zero is 0 / 0 or over NaN: a NaN either way";
  return "";
}

// A scale of FP8 stored whole is at least 2^-128.
std::string_view why_code_zero_is_never_stored(const Recipe& recipe, const Mutant& mutant) {
  const ElementRule& of_a = recipe.rules.element;
  const bool changes =
      of_a.zero_scale == ZeroScale::kAsComputed && mutant.rules.element.zero_scale == ZeroScale::kZeroCode;
  return changes && is_fp8_above_zero(recipe.rules) ? "the stored scale is at least 2^-128: its bits are not 0" : "";
}

// Divisors that are never 0, or whose quotient another rule replaces.
std::string_view why_no_quotient_by_zero_shows(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (searches(a) || a.machine == Machine::kGpuFtz) return "";
  const bool of_element = is_ieee_pair(a.element.divide, b.element.divide);
  const bool replaced = a.element.zero_scale == ZeroScale::kZero || a.element.zero_scale == ZeroScale::kFloat32Max;
  // 1 / S is at least 2^-128, or 1 over a NaN.
  const bool product_keeps =
      a.global.form == GlobalForm::kEncodeScale && min_subnormal(scheme_of(a.scheme).scale) >= 0x1p-21;
  if (of_element && replaced && scheme_of(a.scheme).scale.has_zero &&
      (a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale ||
       (a.element.multiplier == MultiplierForm::kReciprocalOfProduct && product_keeps)))
    return "the divisor is zero only where the stored scale is, and there the multiplier has a rule of its own";
  const bool bounded_s = a.global.form == GlobalForm::kDecodeScale && a.global.floor >= 0x1p-20f;
  if (of_element && bounded_s && floor_is_a_scale(a) && a.element.multiplier == MultiplierForm::kDivideByProduct)
    return "scale and global are held above zero, and so is their product";
  if (is_ieee_pair(a.block.global_divide, b.block.global_divide) && bounded_s) return "the global is held above zero";
  return "";
}

// An S that is a number makes 0 of an amax of zero.
std::string_view why_scale_of_zero_is_zero(const Recipe& recipe, const Mutant& mutant) {
  const auto zero_or_kept = [](ZeroBlockScale rule) {
    return rule == ZeroBlockScale::kKeep || rule == ZeroBlockScale::kZeroForZeroAmax;
  };
  const Rules& a = recipe.rules;
  if (a.block.on_zero == mutant.rules.block.on_zero || a.block.form != ScaleForm::kAmaxTimesFoldedGlobal) return "";
  if (!zero_or_kept(a.block.on_zero) || !zero_or_kept(mutant.rules.block.on_zero) || searches(a)) return "";
  return s_is_a_number(recipe) ? "S is a number, and times an amax of zero it is one" : "";
}

// What the amax's floor lifts is under the scale's own bound, whatever the global is.
std::string_view why_floors_of_amax_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (a.block.amax_floor == b.block.amax_floor || searches(a) || reads_amax(a) || !is_monotone(a)) return "";
  if (!is_bounded(a.block.form)) return "";
  if (a.element.zero_scale == ZeroScale::kZeroAmax || takes_amax_of_scale(a) || a.block.floor <= 0.0f) return "";
  GlobalScale least;
  if (has_global(a)) {
    if (a.global.form != GlobalForm::kDecodeScale || a.global.floor <= 0.0f ||
        a.block.form != ScaleForm::kAmaxOverElementMaxThenGlobal)
      return "";
    least.decode_scale = a.global.floor;
  }
  NoTrace trace;
  for (const InputType type : kInputTypes)
    for (const Rules* r : {&a, &b})
      if (accepts(recipe.accepts, type) &&
          derive_block_scale(*r, type, least, 0.0f, trace).decode_scale != a.block.floor)
        return "";
  return "under the smallest global the scale of the floored amax is the lower bound, as every smaller one is";
}

// A scale is never negative.
std::string_view why_bound_below_zero_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const float of_a = a.block.floor, of_b = mutant.rules.block.floor;
  const bool nan = a.block.bounds_nan == BoundsNan::kFloor && !no_nan_reaches_the_scale(a);
  if (of_a == of_b || of_a > 0.0f || of_b > 0.0f || nan || searches(a)) return "";
  return "no scale is negative";
}

// Where a bound takes the place of a NaN none is encoded.
std::string_view why_bounded_nan_is_not_encoded(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  if (a.block.encode.nan == mutant.rules.block.encode.nan || searches(a) || a.extra != ExtraRule::kNone) return "";
  const bool bounded = is_bounded(a.block.form) && a.block.bounds_nan != BoundsNan::kPasses &&
                       a.block.shape == ScaleShape::kAny && a.block.encode.overflow == Overflow::kSaturate;
  return bounded ? "a NaN becomes a bound before it is encoded" : "";
}

}  // namespace

std::string_view why_zeros_show_nothing(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_blocks_of_zeros_are_equal, why_code_zero_is_never_stored, why_no_quotient_by_zero_shows,
                         why_scale_of_zero_is_zero, why_floors_of_amax_are_equal, why_bound_below_zero_shows_nothing,
                         why_bounded_nan_is_not_encoded})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
