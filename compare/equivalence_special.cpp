// Rules that search or that no axes express, and machines whose subnormals reach no code.
#include "bitgate/compare/equivalence_facts.h"

namespace bitgate::compare::axes {
namespace {

bool ignores_all_nan(AmaxNan rule) noexcept { return rule == AmaxNan::kIgnore || rule == AmaxNan::kKeepAllNan; }

std::string_view why_microxcaling_is_equal(const Rules& a, const Rules& b) {
  if (a.special.kind == Special::kMicroxcaling && a.special.path == MxPath::kPython &&
      a.special.rounding == Rounding::kNearestAway && b.special.rounding == Rounding::kUp)
    return "the Python path has three roundings: what is neither even nor toward zero is away";
  return "";
}

std::string_view why_legacy_is_equal(const Rules& a, const Rules& b) {
  if (a.special.kind != Special::kGgmlLegacy) return "";
  // Q5_1 on a GPU begins with the first element, which may be a NaN.
  const bool begins_with_element = a.scheme == SchemeId::kQ5_1 && a.machine == Machine::kGpuFtz;
  if (a.block.encode.nan != b.block.encode.nan && !begins_with_element && a.block.encode.overflow != Overflow::kNan)
    return "a NaN loses every comparison, so that neither the scale nor the minimum is one";
  const auto multiplies = [](Divide divide) { return divide == Divide::kTimesIeeeReciprocal; };
  if (a.block.divide != b.block.divide && !multiplies(a.block.divide) && !multiplies(b.block.divide))
    return "these quantizers divide or multiply by the reciprocal: there is no third form";
  return "";
}

std::string_view why_search_is_equal(const Rules& a, const Rules& b) {
  const Special kind = a.special.kind;
  const bool maxima = a.block.amax_nan != b.block.amax_nan;
  const bool zero_for_nan = kind == Special::kGgmlMxfp4Mmq || kind == Special::kGgmlNvfp4Host ||
                            kind == Special::kGgmlNvfp4MmqV1 || kind == Special::kGgmlNvfp4MmqV2;
  if (maxima && zero_for_nan && ignores_all_nan(a.block.amax_nan) && ignores_all_nan(b.block.amax_nan))
    return "an amax that is not above 0 gives code 0, and where all elements are NaN no multiplier shows";
  const bool v1 = kind == Special::kGgmlNvfp4MmqV1;
  if (v1 && maxima && a.block.amax_nan != AmaxNan::kAvxTree && b.block.amax_nan != AmaxNan::kAvxTree)
    return "a NaN makes the error of every candidate NaN: code 0, with which the search begins, stays";
  if (v1 && a.machine != b.machine)
    return "its elements are flushed before the maximum, which is all that reads the machine";
  if (kind == Special::kGgmlNvfp4Host && a.machine != b.machine)
    return "a subnormal amax has scale code 0 either way, and nothing else reads the machine";
  if (kind == Special::kValuesOnly && a.machine != b.machine)
    return "the operation in front is of one machine, and nothing else is done";
  return "";
}

std::string_view why_subnormals_show_nothing(const Rules& a, const Rules& b) {
  if (!subnormal_scales_are_zeros(a)) return "";
  if (full_and_times(a.block.divide, b.block.divide) && mufu_rounds_reciprocal(127.0f))
    return "MUFU.RCP of 127 is its rounded reciprocal, and a subnormal scale counts as 0 either way";
  const bool norm =
      a.fusion == Fusion::kRmsNorm || a.fusion == Fusion::kRmsNormMul || a.fusion == Fusion::kRmsNormMulAdd;
  if (a.element.product != b.element.product && norm && is_integer(scheme_of(a.scheme).element))
    return "a subnormal product is a code of 0, and so is a zero of either sign";
  return "";
}

// Between bounds of the scale far above the subnormals: what is flushed would be a zero code or the bound.
std::string_view why_flushing_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const bool flushes = a.machine == Machine::kGpuFtz || b.machine == Machine::kGpuFtz;
  if (a.machine == b.machine || !flushes || searches(a) || !is_bounded(a.block.form)) return "";
  const bool of_scale = a.element.multiplier == MultiplierForm::kReciprocalOfScale && !has_global(a);
  const bool of_product = a.element.multiplier == MultiplierForm::kDivideByProduct &&
                          a.global.form == GlobalForm::kDecodeScale && a.global.floor >= 0x1p-20f &&
                          a.global.ceiling > 0.0f && a.global.ceiling <= 0x1p20f;
  const bool between =
      floor_is_a_scale(a) && a.block.floor >= 0x1p-20f && a.block.ceiling > 0.0f && a.block.ceiling <= 0x1p20f;
  const bool same_nan = a.machine == Machine::kGpu || b.machine == Machine::kGpu ? true : !recipe.accepts.nan;
  if (between && (of_scale || of_product) && same_nan && a.element.product == Product::kRounded &&
      (of_scale || a.machine != Machine::kX86))
    return "scale and global lie between bounds far above the subnormals: what is flushed has a zero code either way";
  return "";
}

}  // namespace

std::string_view why_special_rules_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why :
       {why_microxcaling_is_equal, why_legacy_is_equal, why_search_is_equal, why_subnormals_show_nothing})
    if (const std::string_view reason = why(recipe.rules, mutant.rules); !reason.empty()) return reason;
  return why_flushing_shows_nothing(recipe, mutant);
}

}  // namespace bitgate::compare::axes
