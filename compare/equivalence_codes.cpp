// Proofs by numbers where the multiplier follows from the stored scale: recipe and mutant are compared on every stretch
// of amaxes that leaves one scale, with the elements that such a block can hold.
#include <limits>
#include <optional>
#include <vector>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {
namespace {

// Stretches on which the multipliers may differ and each element is tried; more are taken for a difference.
constexpr int kMostTried = 6;

// The multiplier reads the scale's code, and of the scale before it was encoded whether it is zero.
bool follows_from_code(const Rules& r) noexcept {
  const bool by_number = reads_unrounded_number(r) || r.element.multiplier == MultiplierForm::kEncodeScale ||
                         r.element.multiplier == MultiplierForm::k127OverAmax;
  const bool sums = r.extra == ExtraRule::kScaledCodeSum || r.extra == ExtraRule::kScaledWholeSum;
  const bool drawn =
      r.element.encode == ElementEncode::kStochasticSoft || r.element.encode == ElementEncode::kStochasticHw;
  return !has_global(r) && !searches(r) && scheme_of(r.scheme).scale.bits == 8 && !by_number && !reads_amax(r) &&
         r.element.zero_scale != ZeroScale::kZeroAmax && !sums && !drawn && r.element.product == Product::kRounded;
}

// A block of largest magnitude `amax`, as bits of the type, and the scale that it has.
struct Stretch {
  BlockScale scale;
  std::uint32_t amax;
};

BlockScale scale_at(const Rules& r, InputType type, std::uint32_t amax) noexcept {
  NoTrace trace;
  return derive_block_scale(r, type, GlobalScale{}, value_of(type, amax), trace);
}

bool reads_alike(const BlockScale& a, const BlockScale& b) noexcept {
  return a.bits == b.bits && (a.decode_scale == 0.0f) == (b.decode_scale == 0.0f);
}

// The last amax of each stretch from 0 to infinity. Scales are monotone in the amax, so that bisection finds each.
std::vector<Stretch> stretches_of(const Rules& r, InputType type) {
  const std::uint32_t infinity = infinity_code(format_of(type));
  std::vector<Stretch> list{{scale_at(r, type, 0), 0}};
  for (std::uint32_t from = 1; from < infinity;) {
    const BlockScale scale = scale_at(r, type, from);
    std::uint32_t same = from, differs = infinity;
    while (differs - same > 1) {
      const std::uint32_t middle = same + (differs - same) / 2;
      (reads_alike(scale_at(r, type, middle), scale) ? same : differs) = middle;
    }
    list.push_back({scale, same});
    from = differs;
  }
  list.push_back({scale_at(r, type, infinity), infinity});
  return list;
}

struct Pair {
  const Rules& a;
  const Rules& b;
  Multiplier of_a, of_b;
  InputType type;
  std::uint32_t code_a(std::uint32_t bits) const noexcept { return code(a, of_a, bits); }
  std::uint32_t code_b(std::uint32_t bits) const noexcept { return code(b, of_b, bits); }
  bool agrees(std::uint32_t bits) const noexcept { return code_a(bits) == code_b(bits); }
  bool is_one_multiplier() const noexcept {
    return of_a.divides == of_b.divides &&
           std::bit_cast<std::uint32_t>(of_a.value) == std::bit_cast<std::uint32_t>(of_b.value);
  }

 private:
  std::uint32_t code(const Rules& r, const Multiplier& m, std::uint32_t bits) const noexcept {
    return encode_element(r, scale_element(r, m, value_of(type, bits), type));
  }
};

// Every element of at most `amax`, and every NaN where there may be one. Of binary32 only where all magnitudes have the
// codes of a zero: codes are monotone, so that the ends tell.
bool agree_below(const Pair& pair, std::uint32_t amax, bool nan) noexcept {
  const std::uint32_t sign = sign_mask(format_of(pair.type)), infinity = infinity_code(format_of(pair.type));
  if (pair.type == InputType::kF32) {
    if (amax == 0) return !nan && pair.agrees(0) && pair.agrees(sign);
    for (const std::uint32_t of : {0u, sign})
      if (!pair.agrees(of) || !pair.agrees(of | 1) || !pair.agrees(of | amax) ||
          pair.code_a(of | 1) != pair.code_a(of | amax))
        return false;
    return !nan;
  }
  for (std::uint32_t bits = 0; bits < sign; ++bits) {
    const bool held = bits <= amax || (nan && bits > infinity);
    if (held && !(pair.agrees(bits) && pair.agrees(bits | sign))) return false;
  }
  return true;
}

bool agree_in(const Recipe& recipe, const Mutant& mutant, InputType type) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const std::uint32_t infinity = infinity_code(format_of(type));
  const bool nan = !meets_no_nan_operand(recipe);
  std::vector<Stretch> stretches = stretches_of(a, type);
  if (!recipe.accepts.infinity && recipe.rules.fusion == Fusion::kNone) stretches.pop_back();
  if (nan) stretches.push_back({scale_at(a, type, infinity + infinity / 256), infinity});
  int tried = 0;
  for (const Stretch& stretch : stretches) {
    const Pair pair{a, b, derive_multiplier(a, {}, stretch.scale), derive_multiplier(b, {}, stretch.scale), type};
    if (pair.is_one_multiplier()) continue;
    if (++tried > kMostTried || !agree_below(pair, amax_bounds_numbers(recipe) ? stretch.amax : infinity, nan))
      return false;
  }
  return true;
}

bool is_of_the_multiplier(std::string_view axis) noexcept {
  return axis == "element: scaling" || axis == "element: division" || axis == "element: multiplier at most" ||
         axis == "element: multiplier's type" || axis == "element: under a zero scale" ||
         axis == "global: NaN against a bound";
}

// x times a power of two, rounded to the input's type before the code: what is lost lies below half of the smallest
// element, what overflows saturates or is infinite either way, and a NaN keeps its sign.
bool rounds_only_what_has_no_code(const Recipe& recipe, const Rules& b) noexcept {
  const Rules& a = recipe.rules;
  if (a.element.scaled == b.element.scaled || searches(a) || has_global(a) || !stores_exponents(a)) return false;
  const MultiplierForm form = a.element.multiplier;
  // MUFU.EX2 of -127 and -128 without .ftz is none: the square of a root.
  const bool exact_power = form == MultiplierForm::kApproxPowerNegated && a.machine != Machine::kGpu;
  const bool powers = form == MultiplierForm::kExponentNegated || exact_power ||
                      form == MultiplierForm::kNegatedField || form == MultiplierForm::kDivideByPower ||
                      form == MultiplierForm::kDivideByNormalPower || form == MultiplierForm::kReciprocalOfField ||
                      form == MultiplierForm::kApproxReciprocalOfField ||
                      form == MultiplierForm::kExponentNegatedOrZero || form == MultiplierForm::kDivideByScale ||
                      form == MultiplierForm::kDivideByProduct;
  const ElementEncode encode = a.element.encode;
  const bool cast = encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast ||
                    encode == ElementEncode::kCvtNanSign || encode == ElementEncode::kTableSearch ||
                    encode == ElementEncode::kComparisons;
  const Format& element = scheme_of(a.scheme).element;
  const bool above = !is_integer(element) && 0.5 * min_subnormal(element) > 0x1p-14;
  return powers && cast && above;
}

}  // namespace

std::string_view why_codes_of_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  if (rounds_only_what_has_no_code(recipe, mutant.rules))
    return "times a power of two only numbers below half of the smallest element lose bits";
  const Rules& a = recipe.rules;
  if (!is_of_the_multiplier(mutant.change.axis) || !is_monotone(a)) return "";
  if (!follows_from_code(a) || !follows_from_code(mutant.rules)) return "";
  if (takes_amax_of_scale(a)) return "";
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type) && !agree_in(recipe, mutant, type)) return "";
  return "under every scale both give every element one code: where the multipliers differ, all elements were tried";
}

}  // namespace bitgate::compare::axes
