// Axes that the inference engines brought, where another value changes no code.
#include "bitgate/compare/equivalence_facts.h"

namespace bitgate::compare::axes {
namespace {

// What a rule divides by one constant, never zero: quotients that are one for it.
std::string_view why_constants_divide_alike(const Rules& a, Divide of_a, Divide of_b, float divisor) {
  if (of_a == of_b) return "";
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (ieee(of_a) && ieee(of_b)) return "the divisor is a constant other than 0";
  const auto times = [](Divide divide) {
    return divide == Divide::kTimesIeeeReciprocal || divide == Divide::kTimesApproxReciprocal;
  };
  if (!mufu_rounds_reciprocal(divisor)) return "";
  if (times(of_a) && times(of_b)) return "MUFU.RCP of the divisor is its rounded reciprocal";
  const auto of_mufu = [&](Divide divide) { return times(divide) || divide == Divide::kFull; };
  if (of_mufu(of_a) && of_mufu(of_b) && a.machine == Machine::kGpu)
    return "div.full multiplies by MUFU.RCP, which is the divisor's rounded reciprocal";
  return "";
}

std::string_view why_divisions_are_equal(const Rules& a, const Rules& b) {
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  const float divisor = a.block.form == ScaleForm::kAmaxOver127 ? 127.0f : element_max;
  const bool of_constant = divides(a.block.form) && a.block.form != ScaleForm::kReciprocalOfMultiplier;
  if (of_constant && a.block.form == b.block.form)
    if (const auto why = why_constants_divide_alike(a, a.block.divide, b.block.divide, divisor); !why.empty())
      return why;
  if (a.global.form == GlobalForm::kDecodeScale && a.global.form == b.global.form)
    if (const auto why = why_constants_divide_alike(a, a.global.divide, b.global.divide, a.global.target); !why.empty())
      return why;
  // Every E4M3 number has a MUFU reciprocal that is the rounded one; 0 is met by each alike.
  const bool of_scale = a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale &&
                        scheme_of(a.scheme).scale.bits == 8 && scheme_of(a.scheme).scale.has_zero &&
                        a.machine != Machine::kX86 && a.machine != Machine::kArm;
  const auto times = [](Divide divide) {
    return divide == Divide::kTimesIeeeReciprocal || divide == Divide::kTimesApproxReciprocal;
  };
  const auto full = [&](Divide divide) {
    return times(divide) || (divide == Divide::kFull && a.machine == Machine::kGpu);
  };
  if (of_scale && a.element.divide != b.element.divide && full(a.element.divide) && full(b.element.divide))
    return "MUFU.RCP of a stored scale is its rounded reciprocal";
  return "";
}

// Under an amax of zero all elements are zeros or NaN, and a number times a zero is one.
std::string_view why_zero_amax_shows_nothing(const Rules& a, const Rules& b) {
  const auto of_amax = [](ZeroScale rule) { return rule == ZeroScale::kZeroAmax || rule == ZeroScale::kAsComputed; };
  if (a.element.zero_scale == b.element.zero_scale || searches(a) || takes_amax_of_scale(a)) return "";
  if (!of_amax(a.element.zero_scale) || !of_amax(b.element.zero_scale)) return "";
  const bool finite = a.element.multiplier_ceiling != 0.0f && a.global.min_nan == MinNan::kDrop;
  switch (a.element.multiplier) {
    case MultiplierForm::kExponentNegated:
      return no_nan_reaches_the_scale(a) ? "the multiplier of an amax of zero is a power of two" : "";
    case MultiplierForm::kApproxReciprocalOfScale:
    case MultiplierForm::kHost127OverAmax: return "an amax of zero has a rule of its own already";
    case MultiplierForm::kReciprocalOfProduct:
    case MultiplierForm::kReciprocalOfScale:
      return finite ? "the multiplier is at most FLT_MAX, and times a zero it is one" : "";
    default: return "";
  }
}

}  // namespace

std::string_view why_engine_axes_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const bool gpu = a.machine == Machine::kGpu || a.machine == Machine::kGpuFtz;
  const auto converts = [](ElementEncode encode) {
    return encode == ElementEncode::kCvt || encode == ElementEncode::kCvtNanSign;
  };
  if (a.element.encode != b.element.encode && converts(a.element.encode) && converts(b.element.encode) && gpu)
    return "a GPU's NaN is positive";
  if (a.block.zero != b.block.zero && a.global.form == GlobalForm::kEncodeScale && a.global.min_nan == MinNan::kDrop)
    return "S is a number, and times an amax of zero it is one";
  if (const std::string_view why = why_divisions_are_equal(a, b); !why.empty()) return why;
  return why_zero_amax_shows_nothing(a, b);
}

}  // namespace bitgate::compare::axes
