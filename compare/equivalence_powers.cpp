// Scales that are powers of two, and rules that differ by what infinity and NaN make of them.
#include <limits>

#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {
namespace {

// Every block's amax is finite, and so is every element.
bool blocks_are_finite(const Recipe& recipe) noexcept {
  return meets_no_nan_operand(recipe) && !recipe.accepts.infinity && recipe.rules.transform == Transform::kNone &&
         !takes_amax_of_scale(recipe.rules) && !searches(recipe.rules);
}

// No stored scale has the NaN code of E8M0.
bool stores_no_nan_exponent(const Recipe& recipe) noexcept {
  const Rules& r = recipe.rules;
  const bool of_finite = r.block.form == ScaleForm::kExponentFloor || r.block.form == ScaleForm::kExponentFloorOfFinite;
  const bool of_quotient = r.block.form == ScaleForm::kExponentRoundUp || over_element_max(r.block.form);
  return stores_exponents(r) && !has_global(r) && !searches(r) &&
         ((no_nan_reaches_the_scale(r) && encodes_no_nan(r) && of_quotient) ||
          (blocks_are_finite(recipe) && of_finite));
}

// Dividing by a power that is infinite for the NaN code alone.
std::string_view why_divisions_by_power_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const MultiplierForm of_a = a.element.multiplier, of_b = mutant.rules.element.multiplier;
  if (of_b != MultiplierForm::kDivideByPower || of_a == of_b || a.element.product != Product::kRounded) return "";
  if (a.machine == Machine::kGpuFtz || a.element.divide != Divide::kIeee || !multiplies_as_formed(a)) return "";
  if (!scales_by_powers(a)) return "";
  if ((is_fp8(a) && reads_scale_of_fp8(of_a)) ||
      (!is_fp8(a) && reads_scale_alone(of_a) && stores_no_nan_exponent(recipe)))
    return "no stored scale is a NaN, and over a power of two quotient and product agree";
  return "";
}

// Infinity's own exponent, and codes of a NaN.
std::string_view why_finite_blocks_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (!blocks_are_finite(recipe) || has_global(a)) return "";
  const auto floors = [](ScaleForm form) {
    return form == ScaleForm::kExponentFloor || form == ScaleForm::kExponentFloorOfFinite;
  };
  if (a.block.form != b.block.form && floors(a.block.form) && floors(b.block.form)) return "no amax is infinite";
  const auto takes_numbers_alike = [](ElementEncode encode) {
    return encode == ElementEncode::kCvt || encode == ElementEncode::kFloatBits || encode == ElementEncode::kCvtNanSign;
  };
  // A finite element times a finite multiplier is no NaN.
  if (a.element.encode != b.element.encode && takes_numbers_alike(a.element.encode) &&
      takes_numbers_alike(b.element.encode) && a.element.multiplier == MultiplierForm::kExponentNegated &&
      stores_no_nan_exponent(recipe))
    return "no element over its scale is a NaN, and the two take numbers alike";
  return "";
}

// An encode scale is either left as it is or cut to a power of two.
std::string_view why_shapes_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const ScaleShape of_a = recipe.rules.block.shape, of_b = mutant.rules.block.shape;
  return is_fp8(recipe.rules) && of_a != of_b && of_a != ScaleShape::kAny && of_b != ScaleShape::kAny
             ? "an encode scale is cut to a power of two by each of the shapes"
             : "";
}

// x times a power of two, rounded to the input's type: what is lost lies below half of the smallest element.
std::string_view why_rounding_loses_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  if (a.element.scaled == mutant.rules.element.scaled || searches(a) || has_global(a)) return "";
  const bool fp8 = is_fp8(a) && a.block.shape == ScaleShape::kPowerOfTwo && reads_scale_of_fp8(a.element.multiplier);
  const bool exponents = stores_exponents(a) && (a.element.multiplier == MultiplierForm::kExponentNegated ||
                                                 a.element.multiplier == MultiplierForm::kDivideByNormalPower);
  const ElementEncode encode = a.element.encode;
  const bool keeps_overflow = encode == ElementEncode::kTorchCast || encode == ElementEncode::kCvt;
  if (!(fp8 || exponents) || !keeps_overflow || a.machine == Machine::kGpuFtz || !multiplies_as_formed(a)) return "";
  if (a.element.product != Product::kRounded || a.element.divide != Divide::kIeee) return "";
  const Format& element = scheme_of(a.scheme).element;
  const double smallest_normal = recipe.accepts.f16 ? 0x1p-14 : 0x1p-126;
  const bool saturates_or_fits = !recipe.accepts.f16 || encode == ElementEncode::kCvt;
  return !is_integer(element) && 0.5 * min_subnormal(element) > smallest_normal && saturates_or_fits
             ? "times a power of two only numbers below half of the smallest element lose bits, and what overflows "
               "does "
               "so either way"
             : "";
}

// Divisors 2^k of at least 2^-126: every quotient is the product with 2^-k where that is what the division multiplies
// by.
std::string_view why_divisions_of_normal_powers_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Divide of_a = a.element.divide, of_b = mutant.rules.element.divide;
  if (of_a == of_b || a.element.multiplier != MultiplierForm::kDivideByNormalPower || searches(a)) return "";
  if (a.machine != Machine::kGpu || !exponent_of_amax(a.block.form) || !multiplies_as_formed(a)) return "";
  const auto by_reciprocal = [](Divide divide, float power) {
    if (divide == Divide::kTimesIeeeReciprocal) return div_rn(1.0f, power);
    return divide == Divide::kIeee || divide == Divide::kIeeeOrZero ? 1.0f / power : rcp_approx_ftz(power);
  };
  // div.full shrinks operands first where the divisor is above 2^126; infinity makes zeros and NaNs of them either way.
  const int largest = 128 - max_exponent(scheme_of(a.scheme).element);
  for (int exponent = -126; exponent <= largest; ++exponent) {
    const float power = std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
    if (exponent > 126 || by_reciprocal(of_a, power) != by_reciprocal(of_b, power)) return "";
  }
  const float infinity = std::numeric_limits<float>::infinity();
  if (by_reciprocal(of_a, infinity) != 0.0f || by_reciprocal(of_b, infinity) != 0.0f) return "";
  return "the divisor is a normal power of two or infinity, and its reciprocal exact";
}

// 127 / amax, each by one division.
std::string_view why_names_of_one_quotient_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const MultiplierForm of_a = a.element.multiplier, of_b = mutant.rules.element.multiplier;
  const auto formed_first = [](MultiplierForm form) {
    return form == MultiplierForm::k127OverAmax || form == MultiplierForm::kEncodeScale;
  };
  const bool renamed = (formed_first(of_a) && of_b == MultiplierForm::kElementMaxOverAmax) ||
                       (formed_first(of_b) && of_a == MultiplierForm::kElementMaxOverAmax);
  const bool one_number = a.block.form == ScaleForm::kReciprocalOfMultiplier && a.block.divide == Divide::kIeee &&
                          a.element.divide == Divide::kIeee && max_finite(scheme_of(a.scheme).element) == 127.0;
  return renamed && one_number && !searches(a) ? "both are 127 over amax, divided once" : "";
}

// s is formed by the caller or by the kernel, by one division; it decodes, and its reciprocal is formed alike.
std::string_view why_globals_are_one_division(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const GlobalForm of_a = a.global.form, of_b = mutant.rules.global.form;
  const auto decodes = [](GlobalForm form) {
    return form == GlobalForm::kDecodeScale || form == GlobalForm::kGivenDecodeScale;
  };
  if (of_a == of_b || !decodes(of_a) || !decodes(of_b) || searches(a) || !has_global(a)) return "";
  const bool one_nan = a.machine == Machine::kGpu || meets_no_nan_operand(recipe);
  const bool one_division = a.global.divide == Divide::kIeee && a.machine != Machine::kGpuFtz &&
                            a.global.floor == 0.0f && a.global.ceiling == 0.0f &&
                            a.block.intermediate == Intermediate::kBinary32;
  return one_nan && one_division && a.block.form != ScaleForm::kAmaxTimesFoldedGlobal
             ? "amax over the target, divided once, is the number that is given and the one that is formed"
             : "";
}

}  // namespace

std::string_view why_powers_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why :
       {why_divisions_by_power_are_equal, why_finite_blocks_are_equal, why_shapes_are_equal, why_rounding_loses_nothing,
        why_divisions_of_normal_powers_are_equal, why_names_of_one_quotient_are_equal, why_globals_are_one_division})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
