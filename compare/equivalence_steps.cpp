// Proofs by numbers: scales and codes that are monotone in one operand are compared at every step, found by bisection
// over the bit patterns of the input type, or over all patterns of a 16-bit type.
#include <limits>
#include <optional>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {
namespace {

bool is_drawn(ElementEncode encode) noexcept {
  return encode == ElementEncode::kStochasticSoft || encode == ElementEncode::kStochasticHw;
}

bool is_scaled_by_code(const Rules& r) noexcept {
  const bool sums = r.extra == ExtraRule::kScaledCodeSum || r.extra == ExtraRule::kScaledWholeSum;
  return !has_global(r) && !searches(r) && scheme_of(r.scheme).scale.bits <= 16 && !reads_unrounded_number(r) && !sums;
}

BlockScale scale_of(const Rules& r, InputType type, std::uint32_t amax) noexcept {
  NoTrace trace;
  return derive_block_scale(r, type, GlobalScale{}, value_of(type, amax), trace);
}

// The first amax above `from`, up to infinity, whose scale code is another; none where there is none.
std::optional<std::uint32_t> next_step(const Rules& r, InputType type, std::uint32_t from) noexcept {
  const std::uint32_t code = scale_of(r, type, from).bits;
  std::uint32_t same = from, differs = infinity_code(format_of(type));
  if (scale_of(r, type, differs).bits == code) return std::nullopt;
  while (differs - same > 1) {
    const std::uint32_t middle = same + (differs - same) / 2;
    (scale_of(r, type, middle).bits == code ? same : differs) = middle;
  }
  return differs;
}

// The last amax whose scale is zero before it is encoded, or 0.
std::uint32_t last_of_zero(const Rules& r, InputType type) noexcept {
  std::uint32_t zero = 0, above = infinity_code(format_of(type));
  while (above - zero > 1) {
    const std::uint32_t middle = zero + (above - zero) / 2;
    (scale_of(r, type, middle).decode_scale == 0.0f ? zero : above) = middle;
  }
  return zero;
}

// The amaxes of the recipe: NaN where one can reach it, infinity where it is taken or made.
bool is_one_step_function(const Recipe& recipe, const Rules& b, InputType type) noexcept {
  const Rules& a = recipe.rules;
  const auto agree = [&](std::uint32_t amax) { return scale_of(a, type, amax).bits == scale_of(b, type, amax).bits; };
  if (a.element.zero_scale == ZeroScale::kZeroUnrounded && last_of_zero(a, type) != last_of_zero(b, type)) return false;
  const bool given = takes_amax_of_scale(a);
  const bool drops_nan = !given && (meets_no_nan_operand(recipe) || a.block.amax_nan == AmaxNan::kIgnore);
  const bool finite = !given && !recipe.accepts.infinity && a.fusion == Fusion::kNone;
  const std::uint32_t last = infinity_code(format_of(type)) - (finite ? 1 : 0);
  if (!drops_nan && !agree(infinity_code(format_of(type)) + 1)) return false;
  std::uint32_t from = 0;
  while (true) {
    if (!agree(from)) return false;
    const std::optional<std::uint32_t> next = next_step(a, type, from);
    if (!agree(next ? *next - 1 : last)) return false;
    if (!next || *next > last) return true;
    from = *next;
  }
}

template <class Test>
bool for_each_type(const Recipe& recipe, Test test) {
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type) && !test(type)) return false;
  return true;
}

// The multiplier reads the amax beside its scale, and the two have another floor for it.
bool reads_another_floor(const Rules& a, const Rules& b) noexcept {
  const bool floors = a.block.amax_floor != b.block.amax_floor || a.block.amax_floor_type != b.block.amax_floor_type;
  return floors && (reads_amax(a) || a.element.multiplier == MultiplierForm::k127OverAmax ||
                    a.element.zero_scale == ZeroScale::kZeroAmax);
}

std::string_view why_scale_steps_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  if (!mutant.change.axis.starts_with("block scale: ") || changes_nan(mutant)) return "";
  // Of a tile that is looked at elsewhere the amax is another.
  if (a.block.reach != b.block.reach || reads_another_floor(a, b)) return "";
  if (!is_scaled_by_code(a) || !is_scaled_by_code(b) || !is_monotone(a) || !is_monotone(b)) return "";
  if (a.extra != ExtraRule::kNone && !(a.block.encode == b.block.encode)) return "";
  if (for_each_type(recipe, [&](InputType type) { return is_one_step_function(recipe, b, type); }))
    return "both give every amax one scale: the steps of the two are at the same amaxes, each compared";
  return "";
}

// The largest element over its scale, of finite elements; none where infinity has a scale that is a number.
std::optional<float> largest_scaled(const Rules& r, InputType type) noexcept {
  const Format& format = scheme_of(r.scheme).scale;
  const std::uint32_t infinity = infinity_code(format_of(type));
  if (!is_nan(format, scale_of(r, type, infinity).bits)) return std::nullopt;
  float largest = 0.0f;
  for (std::uint32_t from = 0; from < infinity;) {
    const std::uint32_t next = next_step(r, type, from).value_or(infinity);
    const float scaled = mul_rn(value_of(type, next - 1), reciprocal_power(scale_of(r, type, next - 1).bits));
    largest = scaled > largest ? scaled : largest;
    from = next;
  }
  return largest;
}

// Neither saturation nor the clamp decides: the largest element has one code, below those of overflow, and all below it
// round alike; a GPU's NaN has one code too.
std::string_view why_overflow_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const bool changes = a.element.clamp != b.element.clamp || a.element.encode != b.element.encode;
  const auto is_cast = [](ElementEncode encode) {
    return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast || encode == ElementEncode::kCvtNanSign;
  };
  const bool casts = a.element.encode == b.element.encode || (is_cast(a.element.encode) && is_cast(b.element.encode));
  if (!changes || !casts || a.machine != Machine::kGpu || !is_scaled_by_code(a) || !is_monotone(a)) return "";
  if (scheme_of(a.scheme).scale.has_zero || a.element.multiplier != MultiplierForm::kExponentNegated) return "";
  if (!multiplies_as_formed(a) || !amax_bounds_numbers(recipe)) return "";
  const auto code = [](const Rules& r, float x) {
    return encode_element(r, clamped(x, -r.element.clamp, r.element.clamp));
  };
  const float nan = std::bit_cast<float>(0x7FFFFFFFu);
  const auto agree = [&](InputType type) {
    const std::optional<float> largest = largest_scaled(a, type);
    const auto no_lower = [&](float clamp) { return clamp == 0.0f || clamp >= *largest; };
    if (largest && a.element.encode == b.element.encode && no_lower(a.element.clamp) && no_lower(b.element.clamp))
      return true;
    return largest && is_cast(a.element.encode) && is_cast(b.element.encode) &&
           code(a, *largest) == code(b, *largest) && code(a, nan) == code(b, nan) &&
           code(a, *largest) <= max_code(scheme_of(a.scheme).element);
  };
  if (for_each_type(recipe, agree))
    return "no element over its scale is large enough: the largest of every step was tried";
  return "";
}

// Where a quotient underflows before its exponent is taken, the elements do so as well.
std::string_view why_underflow_shows_nothing(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const bool changes =
      a.element.zero_scale == ZeroScale::kAsComputed && mutant.rules.element.zero_scale == ZeroScale::kZeroUnrounded;
  if (!changes || a.block.form != ScaleForm::kExponentRoundUp || !is_scaled_by_code(a) ||
      a.element.multiplier != MultiplierForm::kExponentNegated || a.machine == Machine::kGpuFtz ||
      is_drawn(a.element.encode) || !amax_bounds_numbers(recipe))
    return "";
  const auto agree = [&](InputType type) {
    std::uint32_t zero = 0, above = infinity_code(format_of(type));
    while (above - zero > 1) {
      const std::uint32_t middle = zero + (above - zero) / 2;
      (scale_of(a, type, middle).decode_scale == 0.0f ? zero : above) = middle;
    }
    if (zero == 0) return true;
    const float scaled = mul_rn(value_of(type, zero), reciprocal_power(scale_of(a, type, zero).bits));
    return a.element.product == Product::kRounded && encode_element(a, scaled) == 0;
  };
  if (for_each_type(recipe, agree)) return "an amax whose quotient is 0 leaves codes of 0 alone";
  return "";
}

// Of elements of 16 bits, which a transform stores too: between two multipliers none has another code, since codes are
// monotone in the multiplier.
bool no_element_tells(const Recipe& recipe, float low, float high) {
  if (recipe.accepts.f32) return false;
  const auto code = [&](float multiplier, float x) {
    return encode_element(recipe.rules, scale_element(recipe.rules, {multiplier, false, false}, x));
  };
  return for_each_type(recipe, [&](InputType type) {
    for (std::uint32_t bits = 0; bits < 1u << 16; ++bits)
      if (code(low, value_of(type, bits)) != code(high, value_of(type, bits))) return false;
    return true;
  });
}

std::string_view why_largest_multipliers_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const ElementRule& of_b = mutant.rules.element;
  const bool multiplies = of_a.multiplier == MultiplierForm::kReciprocalOfProduct ||
                          of_a.multiplier == MultiplierForm::kGlobalReciprocalOverScale;
  if (!multiplies || is_drawn(of_a.encode) || searches(a) || of_a.multiplier_ceiling == 0.0f) return "";
  constexpr float kLargest = std::numeric_limits<float>::max();
  const bool ceilings = of_a.multiplier_ceiling != of_b.multiplier_ceiling && of_b.multiplier_ceiling != 0.0f;
  const bool zero_scale = of_a.zero_scale == ZeroScale::kAsComputed && of_b.zero_scale == ZeroScale::kFloat32Max &&
                          a.global.min_nan == MinNan::kDrop && a.global.form == GlobalForm::kEncodeScale;
  const auto kept = [&](float x) { return of_a.multiplier_type == MultiplierType::kBf16 ? bf16_rn(x) : x; };
  if ((ceilings && no_element_tells(recipe, kept(of_a.multiplier_ceiling), kept(of_b.multiplier_ceiling))) ||
      (zero_scale && no_element_tells(recipe, kept(of_a.multiplier_ceiling), kLargest)))
    return "no element of 16 bits has another code under the one or the other: all were tried";
  return "";
}

// Divisors that are stored scales.
std::string_view why_reciprocals_of_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const ElementRule& of_a = a.element;
  const Format& format = scheme_of(a.scheme).scale;
  if (!full_and_times(of_a.divide, mutant.rules.element.divide) || a.machine != Machine::kGpu || format.bits != 8 ||
      of_a.multiplier != MultiplierForm::kGlobalReciprocalOverScale)
    return "";
  for (std::uint32_t code = 0; code <= max_code(format); ++code) {
    const float scale = decoded_scale(format, code);
    if (rcp_approx_ftz(scale) != div_rn(1.0f, scale)) return "";
  }
  return "MUFU.RCP of every scale is its rounded reciprocal";
}

// The multiplier is the reciprocal of a stored scale: however it is divided, if it is one for every code from the
// bound's on, and for the NaN code.
std::string_view why_reciprocals_of_codes_are_equal(const Recipe& recipe, const Mutant& mutant) {
  const Rules& a = recipe.rules;
  const Format& format = scheme_of(a.scheme).scale;
  if (mutant.change.axis != "element: division" || format.bits != 8 ||
      a.element.multiplier != MultiplierForm::kReciprocalOfScale)
    return "";
  const auto multiplier = [](const Rules& rules, std::uint32_t code) {
    BlockScale scale;
    scale.bits = code;
    return std::bit_cast<std::uint32_t>(derive_multiplier(rules, {}, scale).value);
  };
  const bool bounded = a.block.floor > 0.0f && a.block.on_zero == ZeroBlockScale::kKeep;
  const std::uint32_t least = bounded ? encode(format, a.block.floor, a.block.encode) : 0;
  for (std::uint32_t code = least; code <= magnitude_mask(format); ++code)
    if (multiplier(a, code) != multiplier(mutant.rules, code)) return "";
  return "every stored scale has the same reciprocal either way";
}

}  // namespace

std::string_view why_steps_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_scale_steps_are_equal, why_overflow_shows_nothing, why_underflow_shows_nothing,
                         why_largest_multipliers_are_equal, why_reciprocals_of_scales_are_equal,
                         why_reciprocals_of_codes_are_equal, why_codes_of_scales_are_equal})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
