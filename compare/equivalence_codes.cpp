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

// The multiplier reads the scale's code, and of the scale before it was encoded and of the amax whether they are zero.
bool follows_from_code(const Rules& r) noexcept {
  const bool by_number = reads_unrounded_number(r) || r.element.multiplier == MultiplierForm::kEncodeScale ||
                         r.element.multiplier == MultiplierForm::k127OverAmax;
  const bool sums = r.extra == ExtraRule::kScaledCodeSum || r.extra == ExtraRule::kScaledWholeSum;
  return !has_global(r) && !searches(r) && scheme_of(r.scheme).scale.bits == 8 && !by_number && !reads_amax(r) && !sums;
}

// The elements of one code are an interval: products and quotients are monotone in the element, and these codes are in
// the product.
bool encodes_intervals(const Rules& r) noexcept {
  switch (r.element.encode) {
    case ElementEncode::kRoundAwayLowByte:
    case ElementEncode::kRoundEvenPacked:
    case ElementEncode::kRoundEvenLowByte:
    case ElementEncode::kStochasticSoft:
    case ElementEncode::kStochasticHw: return false;
    default: return !is_integer(scheme_of(r.scheme).element);
  }
}

// A block of largest magnitude `amax`, as bits of the type, and the scales that it has.
struct Stretch {
  BlockScale of_a, of_b;
  std::uint32_t amax;
};

BlockScale scale_at(const Rules& r, InputType type, std::uint32_t amax) noexcept {
  NoTrace trace;
  return derive_block_scale(r, type, GlobalScale{}, Arithmetic{r.machine}.read(value_of(type, amax)), trace);
}

bool reads_alike(const BlockScale& a, const BlockScale& b) noexcept {
  return a.bits == b.bits && (a.decode_scale == 0.0f) == (b.decode_scale == 0.0f) &&
         (a.amax == 0.0f) == (b.amax == 0.0f);
}
bool reads_alike(const Stretch& x, const Stretch& y) noexcept {
  return reads_alike(x.of_a, y.of_a) && reads_alike(x.of_b, y.of_b);
}

// The last amax of each stretch from 0 to infinity. Scales are monotone in the amax, so that bisection finds each.
std::vector<Stretch> stretches_of(const Rules& a, const Rules& b, InputType type) {
  const auto at = [&](std::uint32_t amax) { return Stretch{scale_at(a, type, amax), scale_at(b, type, amax), amax}; };
  const std::uint32_t infinity = infinity_code(format_of(type));
  std::vector<Stretch> list{at(0)};
  for (std::uint32_t from = 1; from < infinity;) {
    Stretch same = at(from);
    std::uint32_t differs = infinity;
    while (differs - same.amax > 1) {
      const Stretch middle = at(same.amax + (differs - same.amax) / 2);
      if (reads_alike(middle, same))
        same = middle;
      else
        differs = middle.amax;
    }
    list.push_back(same);
    from = differs;
  }
  list.push_back(at(infinity));
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

// The numbers of one sign from the smallest to `last`: where both have one code at two of them, so they have between.
bool agree_on_steps(const Pair& pair, std::uint32_t sign, std::uint32_t last) {
  std::vector<std::uint32_t> ends{last};  // what is left, the nearest last
  for (std::uint32_t from = 1; !ends.empty() && from <= last;) {
    if (!pair.agrees(from | sign)) return false;
    const std::uint32_t to = ends.back();
    const bool constant =
        pair.code_a(from | sign) == pair.code_a(to | sign) && pair.code_b(from | sign) == pair.code_b(to | sign);
    if (!constant && to - from > 1) {
      ends.push_back(from + (to - from) / 2);
      continue;
    }
    from = to;
    ends.pop_back();
  }
  return last == 0 || pair.agrees(last | sign);
}

// Of 16 bits all, of binary32 a few: no encoding but kFloatBits reads more of a NaN than its sign.
bool agree_on_nan(const Pair& pair) {
  const std::uint32_t sign = sign_mask(format_of(pair.type)), infinity = infinity_code(format_of(pair.type));
  const bool few = pair.type == InputType::kF32;
  const bool reads_payload =
      pair.a.element.encode == ElementEncode::kFloatBits || pair.b.element.encode == ElementEncode::kFloatBits;
  if (few && reads_payload) return false;
  const std::uint32_t step = few ? (sign - infinity) / 4 : 1;
  for (std::uint32_t bits = infinity + 1; bits < sign; bits += step)
    if (!pair.agrees(bits) || !pair.agrees(bits | sign)) return false;
  return true;
}

// Every element of at most `amax`, and every NaN where there may be one.
bool agree_below(const Pair& pair, std::uint32_t amax, bool nan) {
  const std::uint32_t sign = sign_mask(format_of(pair.type)), infinity = infinity_code(format_of(pair.type));
  for (const std::uint32_t of : {0u, sign}) {
    if (!pair.agrees(of) || (amax == infinity && !pair.agrees(infinity | of))) return false;
    if (!agree_on_steps(pair, of, amax < infinity ? amax : infinity - 1)) return false;
  }
  return !nan || agree_on_nan(pair);
}

bool agree_in(const Recipe& recipe, const Mutant& mutant, InputType type) {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const std::uint32_t infinity = infinity_code(format_of(type));
  const bool nan = !meets_no_nan_operand(recipe);
  const bool finite = !recipe.accepts.infinity && recipe.rules.fusion == Fusion::kNone;
  std::vector<Stretch> stretches = stretches_of(a, b, type);
  if (finite) stretches.pop_back();
  if (nan) {
    const std::uint32_t some = infinity + infinity / 256;
    stretches.push_back({scale_at(a, type, some), scale_at(b, type, some), infinity});
  }
  const bool one_rule =
      mutant.change.axis == "global: NaN against a bound" || mutant.change.axis == "element: scaling" ||
      mutant.change.axis.starts_with("element: multiplier") || mutant.change.axis == "element: under a zero scale";
  for (const Stretch& stretch : stretches) {
    if (stretch.of_a.bits != stretch.of_b.bits) return false;
    const Pair pair{a, b, derive_multiplier(a, {}, stretch.of_a), derive_multiplier(b, {}, stretch.of_b), type};
    if (pair.is_one_multiplier() && one_rule) continue;
    const std::uint32_t largest = finite ? infinity - 1 : infinity;
    if (!agree_below(pair, amax_bounds_numbers(recipe) ? stretch.amax : largest, nan)) return false;
  }
  return true;
}

// What stands behind the block scale, and a machine where nothing else reads it.
bool is_of_the_element(const Recipe& recipe, std::string_view axis) noexcept {
  const Rules& r = recipe.rules;
  if (axis == "machine")
    return r.fusion == Fusion::kNone && r.transform == Transform::kNone && r.extra == ExtraRule::kNone;
  return axis.starts_with("element: ") || axis == "global: NaN against a bound";
}

// x times a power of two, rounded to the input's type before the code: what is lost lies below half of the smallest
// element, what overflows saturates or is infinite either way, and a NaN keeps its sign. These casts keep a zero's
// sign: where -0 has another code than a small negative number, what is lost shows.
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
  const bool cast =
      encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast || encode == ElementEncode::kCvtNanSign;
  const Format& element = scheme_of(a.scheme).element;
  const bool above = !is_integer(element) && 0.5 * min_subnormal(element) > 0x1p-14;
  return powers && cast && above;
}

}  // namespace

std::string_view why_codes_of_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  if (rounds_only_what_has_no_code(recipe, mutant.rules))
    return "times a power of two only numbers below half of the smallest element lose bits";
  const Rules& a = recipe.rules;
  if (!is_of_the_element(recipe, mutant.change.axis) || !is_monotone(a)) return "";
  if (!follows_from_code(a) || !follows_from_code(mutant.rules)) return "";
  if (!encodes_intervals(a) || !encodes_intervals(mutant.rules)) return "";
  if (takes_amax_of_scale(a) || a.fusion == Fusion::kRmsNormCute) return "";
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type) && !agree_in(recipe, mutant, type)) return "";
  return "under every scale both give every element one code: at every step of the codes they were compared";
}

}  // namespace bitgate::compare::axes
