// Axes that the inference engines brought, where another value changes no code.
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/global_scale.h"

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

// On a machine that flushes, div.full and the rounded reciprocal differ from MUFU.RCP and division only where a number
// is subnormal or its reciprocal is; and an amax gives S of at least 2^-117, infinity, 0 or NaN.
std::string_view why_flushed_quotients_are_equal(const Rules& a, const Rules& b) {
  if (a.machine != Machine::kGpuFtz || !is_given(a.global.form)) return "";
  const auto either = [](Divide x, Divide y, Divide one, Divide other) {
    return (x == one && y == other) || (x == other && y == one);
  };
  const auto one_number = [&](Divide x, Divide y) {
    return either(x, y, Divide::kFull, Divide::kTimesApproxReciprocal) ||
           (x != y && rounds_reciprocal(x) && rounds_reciprocal(y));
  };
  const bool by_product = a.element.multiplier == MultiplierForm::kReciprocalOfProduct;
  const bool by_scale = a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale &&
                        either(a.element.divide, b.element.divide, Divide::kFull, Divide::kTimesApproxReciprocal);
  if (by_scale || (by_product && one_number(a.element.divide, b.element.divide)))
    return "the divisor is flushed and at most a sixth of the largest number: the two give one number";
  if (a.global.form == GlobalForm::kGivenEncodeScale && one_number(a.global.reciprocal, b.global.reciprocal))
    return "no amax gives a subnormal S, and a subnormal 1/S is flushed where it is read";
  return "";
}

// amax over the largest element, flushed where S meets it: every amax of 16 bits was tried.
std::string_view why_quotients_of_sixteen_bits_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool flushed_next = a.machine == Machine::kGpuFtz && a.block.form == ScaleForm::kAmaxOverElementMaxTimesGlobal;
  if (a.block.divide == b.block.divide || a.block.form != b.block.form || !flushed_next || recipe.accepts.f32)
    return "";
  if (a.block.floor != 0.0f || a.block.ceiling != 0.0f || searches(a)) return "";
  const Arithmetic on{a.machine};
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  for (const InputType type : {InputType::kBf16, InputType::kF16})
    for (std::uint32_t bits = 0; bits < 0x8000; ++bits) {
      const float amax = on.read(widen(type, static_cast<std::uint16_t>(bits)));
      const float of_a = on.read(quotient(on, a.block.divide, amax, element_max));
      const float of_b = on.read(quotient(on, b.block.divide, amax, element_max));
      if (std::bit_cast<std::uint32_t>(of_a) != std::bit_cast<std::uint32_t>(of_b)) return "";
    }
  return "the quotients of every amax of 16 bits are one as S meets them";
}

std::string_view why_divisions_are_equal(const Rules& a, const Rules& b) {
  const float element_max = static_cast<float>(max_finite(scheme_of(a.scheme).element));
  const float divisor = a.block.form == ScaleForm::kAmaxOver127 ? 127.0f : element_max;
  if (divides_by_constant(a.block.form) && !searches(a) && a.block.form == b.block.form)
    if (const auto why = why_constants_divide_alike(a, a.block.divide, b.block.divide, divisor); !why.empty())
      return why;
  if (a.global.form == GlobalForm::kDecodeScale && a.global.form == b.global.form)
    if (const auto why = why_constants_divide_alike(a, a.global.divide, b.global.divide, a.global.target); !why.empty())
      return why;
  if (const std::string_view why = why_flushed_quotients_are_equal(a, b); !why.empty()) return why;
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale && a.element.divide != b.element.divide &&
      ieee(a.element.divide) && ieee(b.element.divide) && floor_is_a_scale(a))
    return "no stored scale is zero";
  // Every E4M3 number has a MUFU reciprocal that is the rounded one; 0 is met by each alike.
  const bool of_scale = a.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale &&
                        scheme_of(a.scheme).scale.bits == 8 && scheme_of(a.scheme).scale.has_zero;
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
    case MultiplierForm::kExponentNegated: return "the multiplier of an amax of zero is a power of two";
    case MultiplierForm::kApproxReciprocalOfScale:
    case MultiplierForm::kHost127OverAmax: return "an amax of zero has a rule of its own already";
    case MultiplierForm::kReciprocalOfProduct:
    case MultiplierForm::kReciprocalOfScale:
      return finite ? "the multiplier is at most FLT_MAX, and times a zero it is one" : "";
    default: return "";
  }
}

// A bound of FLT_MAX that drops NaN: what a zero scale makes of the multiplier, or an S of 0, is the bound.
std::string_view why_bound_shows_nothing(const Rules& a, const Rules& b) {
  const bool bound = a.element.multiplier_ceiling == kFloat32Max && a.global.min_nan == MinNan::kDrop;
  if (!bound || a.element.multiplier != MultiplierForm::kReciprocalOfProduct || searches(a)) return "";
  const auto largest = [](ZeroScale rule) {
    return rule == ZeroScale::kZeroAmax || rule == ZeroScale::kAsComputed || rule == ZeroScale::kFloat32Max;
  };
  if (a.element.zero_scale != b.element.zero_scale && largest(a.element.zero_scale) && largest(b.element.zero_scale) &&
      a.element.divide == Divide::kIeee && is_given(a.global.form))
    return "the reciprocal of a scale of zero is cut to FLT_MAX, and under an amax of zero all elements are zeros";
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (a.global.reciprocal != b.global.reciprocal && a.global.form == GlobalForm::kGivenEncodeScale &&
      a.element.divide == Divide::kIeee && ieee(a.global.reciprocal) && ieee(b.global.reciprocal))
    return "under an S of 0 every scale is 0 or NaN: the multiplier is FLT_MAX either way";
  return "";
}

// Reciprocals of 0 that are 0, and codes without a sign of zero: vLLM's Python reference.
std::string_view why_zero_reciprocals_show_nothing(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (a.element.divide != Divide::kIeeeOrZero || a.element.encode != ElementEncode::kComparisons || searches(a))
    return "";
  if (a.element.zero_scale == ZeroScale::kAsComputed && b.element.zero_scale != ZeroScale::kFloat32Max &&
      b.element.zero_scale != ZeroScale::kAsComputed)
    return "the reciprocal of 0 is 0 as it is, and a NaN has the code of 0";
  const bool numbers = !recipe.accepts.nan && !recipe.accepts.infinity;
  if (numbers && a.global.reciprocal != b.global.reciprocal && b.global.reciprocal != Divide::kFull &&
      b.global.reciprocal != Divide::kTimesApproxReciprocal && a.machine == Machine::kGpu)
    return "no finite amax gives an S of 0";
  if (numbers && a.machine == Machine::kGpu && b.machine == Machine::kArm)
    return "no operand is a NaN, and the NaN that both make is positive";
  return "";
}

// The zero test alone reads the scale before it is encoded, and a ceiling moves none to zero.
std::string_view why_ceiling_shows_nothing(const Rules& a, const Rules& b) {
  const float largest = static_cast<float>(max_finite(scheme_of(a.scheme).scale));
  const auto no_lower = [&](float ceiling) { return ceiling == 0.0f || ceiling >= largest; };
  const bool changes = a.block.ceiling != b.block.ceiling && no_lower(a.block.ceiling) && no_lower(b.block.ceiling);
  if (!changes || a.element.zero_scale != ZeroScale::kZeroUnrounded || searches(a)) return "";
  if (a.element.multiplier != MultiplierForm::kReciprocalOfProduct || !is_bounded(a.block.form)) return "";
  if (a.block.encode.overflow != Overflow::kSaturate || a.block.bounds_nan != BoundsNan::kPasses) return "";
  return "what the bound cuts saturates, and whether it is zero does not change";
}

// An amax of at least 2^-60 keeps the scale far from the subnormals, and finite inputs keep it far from infinity.
std::string_view why_floored_amax_shows_nothing(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool divides_by_scale = a.element.multiplier == MultiplierForm::kDivideByScale ||
                                a.element.multiplier == MultiplierForm::kDivideByProduct;
  const bool multiplies = a.element.multiplier == MultiplierForm::kElementMaxOverAmax ||
                          a.element.multiplier == MultiplierForm::kReciprocalOfScale ||
                          a.element.multiplier == MultiplierForm::kReciprocalOfProduct ||
                          a.element.multiplier == MultiplierForm::kNegatedField;
  const bool never_zero = amax_floor_is_above_zero(a) && (stores_exponents(a) || is_stored_whole(a));
  if (!never_zero || !(divides_by_scale || multiplies) || a.element.product != Product::kRounded) return "";
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (a.element.divide != b.element.divide && ieee(a.element.divide) && ieee(b.element.divide))
    return "no stored scale is zero";
  const bool gpus = a.machine != Machine::kX86 && a.machine != Machine::kArm && b.machine != Machine::kX86 &&
                    b.machine != Machine::kArm;
  const bool no_nan_scale = no_nan_reaches_the_scale(a);
  const bool one_nan = no_nan_scale && (a.element.encode == ElementEncode::kCvt ||
                                        (a.element.clamp != 0.0f && a.element.clamp_nan != BoundsNan::kPasses));
  const bool finite = !recipe.accepts.infinity && a.fusion == Fusion::kNone && !takes_amax_of_scale(a);
  // The power of an infinite amax or of a NaN is 0, infinite or so large that its reciprocal is subnormal.
  const bool rounds_up = a.block.shape == ScaleShape::kPowerCeil || a.block.shape == ScaleShape::kPowerCeilNormal;
  const bool powers_are_of_numbers = a.element.multiplier == MultiplierForm::kElementMaxOverAmax || !rounds_up ||
                                     (finite && (no_nan_scale || meets_no_nan_operand(recipe)));
  if (a.machine != b.machine && a.extra == ExtraRule::kNone && powers_are_of_numbers &&
      (gpus || one_nan || meets_no_nan_operand(recipe)))
    return "the scale is far from the subnormals: an element that is flushed has a zero code either way";
  const auto above = [](float ceiling) { return ceiling == 0.0f || ceiling >= 0x1p127f; };
  // Of an infinite amax the divisor is infinite, the multiplier 0.
  if (a.element.multiplier_ceiling != b.element.multiplier_ceiling && no_nan_scale && (finite || multiplies) &&
      above(a.element.multiplier_ceiling) && above(b.element.multiplier_ceiling))
    return "no number that scales elements is larger";
  // Errors of quotient and scale are a few ulps, and the scale is no smaller than its power.
  const auto cast = [](ElementEncode encode) {
    return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast || encode == ElementEncode::kCvtNanSign;
  };
  const bool rounded_up =
      a.element.multiplier == MultiplierForm::kElementMaxOverAmax || is_stored_whole(a) || rounds_up;
  const bool gpu = a.machine == Machine::kGpu || a.machine == Machine::kGpuFtz;
  if (a.element.encode != b.element.encode && cast(a.element.encode) && cast(b.element.encode) && gpu && rounded_up &&
      powers_are_of_numbers && amax_bounds_numbers(recipe) && !is_integer(scheme_of(a.scheme).element))
    return "no element over its scale rounds to more than the largest, and a GPU's NaN is positive";
  return "";
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
  if (const std::string_view why = why_divisions_are_equal(a, b); !why.empty()) return why;
  for (const auto why : {why_zero_amax_shows_nothing, why_bound_shows_nothing, why_ceiling_shows_nothing})
    if (const std::string_view reason = why(a, b); !reason.empty()) return reason;
  if (const std::string_view why = why_quotients_of_sixteen_bits_are_equal(recipe, b); !why.empty()) return why;
  if (const std::string_view why = why_floored_amax_shows_nothing(recipe, b); !why.empty()) return why;
  return why_zero_reciprocals_show_nothing(recipe, b);
}

}  // namespace bitgate::compare::axes
