// What the rules of a recipe read of each other: which axes can matter at all. As reference/recipe reads them.
#pragma once

#include <string_view>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare::axes {

using namespace reference;

inline bool searches(const Rules& rules) noexcept { return rules.special.kind != Special::kNone; }
inline bool is_four_over_six(const Rules& rules) noexcept { return rules.special.kind == Special::kFourOverSix; }
inline bool searches_as_flashinfer(const Rules& rules) noexcept {
  return rules.special.kind == Special::kFlashinferFourOverSix;
}
inline bool has_global(const Rules& rules) noexcept { return scheme_of(rules.scheme).global != GlobalAxis::kNone; }

// Elements go through the axes of the element rule.
inline bool element_rule_is_read(const Rules& rules) noexcept { return !searches(rules) || is_four_over_six(rules); }

inline bool over_element_max(ScaleForm form) noexcept {
  return form == ScaleForm::kAmaxOverElementMax || form == ScaleForm::kAmaxOverElementMaxThenGlobal ||
         form == ScaleForm::kAmaxOverElementMaxTimesGlobal;
}
inline bool is_bounded(ScaleForm form) noexcept {
  return over_element_max(form) || form == ScaleForm::kAmaxTimesFoldedGlobal ||
         form == ScaleForm::kGlobalTimesAmaxFirst || form == ScaleForm::kAmaxOverScaledElementMax;
}
// The divisor is the largest element or 127.
inline bool divides_by_constant(ScaleForm form) noexcept {
  return over_element_max(form) || form == ScaleForm::kExponentRoundUp || form == ScaleForm::kAmaxOver127 ||
         form == ScaleForm::kExponentCeilOfLog2;
}
inline bool divides(ScaleForm form) noexcept {
  return divides_by_constant(form) || form == ScaleForm::kReciprocalOfMultiplier ||
         form == ScaleForm::kReciprocalOfEncodeScale || form == ScaleForm::kAmaxOverScaledElementMax;
}
inline bool exponent_of_amax(ScaleForm form) noexcept {
  return form == ScaleForm::kExponentFloor || form == ScaleForm::kExponentCeil || form == ScaleForm::kExponentEven ||
         form == ScaleForm::kExponentFloorOfFinite || form == ScaleForm::kExponentEvenOfBits;
}
inline bool has_minimum(const Rules& rules) noexcept { return scheme_of(rules.scheme).extra_is == Extra::kMinimum; }

inline bool reads_encode_scale(const Rules& r) noexcept {
  return is_four_over_six(r) || r.block.form == ScaleForm::kAmaxOverElementMaxTimesGlobal ||
         r.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale ||
         r.element.multiplier == MultiplierForm::kGlobalOverUnroundedScale ||
         r.element.multiplier == MultiplierForm::kDivideByScaleOverGlobal;
}

inline bool reads_decode_scale(const Rules& r) noexcept {
  return is_four_over_six(r) || r.block.form == ScaleForm::kAmaxOverElementMaxThenGlobal ||
         r.element.multiplier == MultiplierForm::kReciprocalOfProduct ||
         r.element.multiplier == MultiplierForm::kDivideByProduct;
}

// Whether any rule reads the axis (a name of rules_axes.h), the others being the recipe's.
bool is_read(const Recipe& recipe, std::string_view axis) noexcept;

}  // namespace bitgate::compare::axes
