#include "bitgate/compare/read_axes.h"

#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::compare::axes {
namespace {

// Axes of the global: false where nothing reads them.
bool global_axis_is_read(const Rules& r, std::string_view axis) noexcept {
  const bool encodes = r.global.form == GlobalForm::kEncodeScale;
  const bool decodes = r.global.form == GlobalForm::kDecodeScale;
  if (axis == "global: NaN against a bound" && element_rule_is_read(r) &&
      (r.element.multiplier_ceiling != 0.0f || is_four_over_six(r)))
    return true;
  if (axis == "global: target" && is_four_over_six(r)) return true;
  if (r.special.kind == Special::kModeloptTriton)
    return axis == "global: form" || axis == "global: NaN in amax" ||
           (decodes && (axis == "global: target" || axis == "global: division" || axis == "global: at least" ||
                        axis == "global: at most"));
  if (r.special.kind == Special::kModeloptExtension)
    return r.scheme == SchemeId::kValuesE2m1Row16 && (axis == "global: form" || axis == "global: NaN in amax");
  if (!has_global(r)) return false;
  const bool per_token = is_per_token(r.global.form);
  if (axis == "global: inverse") return per_token;
  if (axis == "global: target" && per_token) return searches_as_flashinfer(r) && r.special.math == ErrorMath::kExact;
  if (axis == "global: useless S" && r.global.form == GlobalForm::kPerTokenExact) return true;
  const bool given = is_given(r.global.form);
  if (axis == "global: target")
    return encodes || decodes || given || r.global.form == GlobalForm::kReciprocalTimesTarget;
  // These two form what they need of S themselves.
  const bool own_reciprocal =
      searches_as_flashinfer(r) || r.element.multiplier == MultiplierForm::kScaleReciprocalTimesGlobal;
  if (axis == "global: division of 1/s" && own_reciprocal) return false;
  if (axis == "global: division of 1/s")
    return (r.global.form == GlobalForm::kGivenEncodeScale ? reads_decode_scale(r) : given) ||
           (decodes && reads_encode_scale(r));
  if (axis == "global: division" || axis == "global: at least" || axis == "global: at most") return decodes;
  if (axis == "global: NaN against a bound" || axis == "global: useless S") return encodes;
  return true;
}

// Exponents that are never encoded, of forms that no claim of equivalence speaks of.
bool is_exponent_of_its_own(ScaleForm form) noexcept {
  return form == ScaleForm::kExponentQuarter || form == ScaleForm::kExponentCeilOfLog2 ||
         form == ScaleForm::kApproxLog2Ceil;
}

bool block_axis_is_read(const Rules& r, std::string_view axis) noexcept {
  const ScaleForm form = r.block.form;
  const bool legacy = r.special.kind == Special::kGgmlLegacy;
  if (r.special.kind == Special::kValuesOnly || r.special.kind == Special::kModeloptExtension) return false;
  if (axis == "block scale: NaN in amax") return !legacy;
  const bool stores_global = has_global(r) || r.special.kind == Special::kModeloptTriton;
  if (axis == "block scale: intermediates" && stores_global &&
      (r.global.form == GlobalForm::kDecodeScale || r.global.form == GlobalForm::kReciprocalTimesTarget))
    return true;
  if (axis == "block scale: division" && legacy) return has_minimum(r);
  const bool encoded =
      axis == "block scale: rounding" || axis == "block scale: overflow" || axis == "block scale: NaN code";
  if (encoded && (legacy || is_four_over_six(r) || searches_as_flashinfer(r))) return true;
  if (searches(r)) return false;
  if (encoded && r.extra != ExtraRule::kNone) return true;  // sums are encoded by the rule of the scale
  const bool is_encoded =
      !exponent_of_amax(form) && !is_exponent_of_its_own(form) && scheme_of(r.scheme).scale.bits != 32;
  const bool held = is_bounded(form);
  if (encoded) return is_encoded;
  if (axis == "block scale: division") return divides(form);
  if (axis == "block scale: division by the global") return form == ScaleForm::kAmaxOverElementMaxThenGlobal;
  if (axis == "block scale: intermediates") return over_element_max(form);
  if (axis == "block scale: at least" || axis == "block scale: at most" || axis == "block scale: NaN against a bound")
    return held;
  if (axis == "block scale: zero") return held || is_encoded;
  if (axis == "block scale: shape") return form == ScaleForm::kFp8 || over_element_max(form);
  if (axis == "block scale: infinite") return form == ScaleForm::kFp8;
  if (axis == "block scale: amax at least, in") return r.block.amax_floor != 0.0f;
  if (axis == "block scale: amax of") return scheme_of(r.scheme).block.rows != 1;
  return true;
}

bool reads_element_division(MultiplierForm form) noexcept {
  return form == MultiplierForm::kGlobalReciprocalOverScale || form == MultiplierForm::kReciprocalOfScale ||
         form == MultiplierForm::kElementMaxOverAmax || form == MultiplierForm::kDivideByScale ||
         form == MultiplierForm::kDivideByProduct || form == MultiplierForm::kDivideByUnroundedScale ||
         form == MultiplierForm::kDivideByNormalPower || form == MultiplierForm::kReciprocalOfProduct ||
         form == MultiplierForm::kDivideByScaleOverGlobal || form == MultiplierForm::kDivideByPower;
}

bool element_axis_is_read(const Recipe& recipe, std::string_view axis) noexcept {
  const Rules& r = recipe.rules;
  if (searches_as_flashinfer(r)) return axis == "element: encode";
  if (!element_rule_is_read(r)) return false;
  // FlashInfer's CuTe norm leaves binary32, which is its own type.
  if (axis == "element: rounded before the code")
    return r.fusion != Fusion::kRmsNormCute && (recipe.accepts.bf16 || recipe.accepts.f16);
  if (axis == "element: division") return reads_element_division(r.element.multiplier);
  if (axis == "element: NaN against the clamp") return r.element.clamp != 0.0f;
  return true;
}

bool special_axis_is_read(const Rules& r, std::string_view axis) noexcept {
  if (axis == "special: search") return true;
  if (axis == "special: error" || axis == "special: error in") return is_four_over_six(r) || searches_as_flashinfer(r);
  if (axis == "special: quotients" || axis == "special: threads") return searches_as_flashinfer(r);
  if (axis == "special: contraction") return r.special.kind == Special::kGgmlLegacy;
  return r.special.kind == Special::kMicroxcaling;
}

}  // namespace

bool is_read(const Recipe& recipe, std::string_view axis) noexcept {
  const Rules& r = recipe.rules;
  if (axis.starts_with("global: ")) return global_axis_is_read(r, axis);
  if (axis.starts_with("block scale: ")) return block_axis_is_read(r, axis);
  if (axis.starts_with("element: ")) return element_axis_is_read(recipe, axis);
  if (axis.starts_with("special: ")) return special_axis_is_read(r, axis);
  // What ModelOpt's extension does is of one machine, whatever the rules say.
  if (axis == "machine") return r.special.kind != Special::kModeloptExtension;
  if (axis == "transform") return recipe.accepts.directions.columnwise;
  return true;
}

}  // namespace bitgate::compare::axes
