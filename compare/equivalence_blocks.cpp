// Proof by trial of blocks of 16-bit elements: under every largest magnitude that a block can have, recipe and mutant
// must give one scale, and every element that such a block can hold one code. Products and quotients are monotone in
// the element, and codes in the product, so that the elements of one code are an interval: bisection finds its ends.
#include <optional>

#include "bitgate/compare/equivalence_elements.h"

namespace bitgate::compare::axes {
namespace {

// Codes of numbers of one sign are monotone.
bool encodes_monotonically(const Rules& r) noexcept {
  switch (r.element.encode) {
    case ElementEncode::kRoundAwayLowByte:
    case ElementEncode::kRoundEvenPacked:
    case ElementEncode::kRoundEvenLowByte:
    case ElementEncode::kStochasticSoft:
    case ElementEncode::kStochasticHw: return false;
    default: return !is_integer(scheme_of(r.scheme).element);
  }
}

// A block's answer follows from its largest magnitude and, element by element, from the elements.
bool is_of_amax_and_element(const Recipe& recipe, const Mutant& mutant) noexcept {
  const Rules& a = recipe.rules;
  const Rules& b = mutant.rules;
  const std::string_view axis = mutant.change.axis;
  const bool of_block =
      (axis.starts_with("block scale: ") && axis != "block scale: NaN in amax" && axis != "block scale: amax of") ||
      axis.starts_with("element: ") || axis == "global: NaN against a bound" ||
      (axis == "machine" && a.fusion == Fusion::kNone && a.transform == Transform::kNone);
  // FlashInfer's CuTe norm leaves binary32.
  const bool plain = !has_global(a) && !searches(a) && !is_values_only(scheme_of(a.scheme)) &&
                     a.extra == ExtraRule::kNone && !takes_amax_of_scale(a) && a.fusion != Fusion::kRmsNormCute;
  return of_block && plain && !recipe.accepts.f32 && encodes_monotonically(a) && encodes_monotonically(b);
}

BlockScale scale_of(const Rules& r, InputType type, std::uint32_t amax) noexcept {
  NoTrace trace;
  return derive_block_scale(r, type, GlobalScale{}, Arithmetic{r.machine}.read(value_of(type, amax)), trace);
}

// Blocks whose largest magnitude is a number, the largest first; of equal multipliers one trial serves the smaller
// ones.
bool agree_on_numbers(const Recipe& recipe, const Rules& b, InputType type, const Elements& elements) {
  const Rules& a = recipe.rules;
  // Where a part of a tile is looked at, or a NaN restarts the maximum, elements may exceed it.
  const bool bounded = amax_bounds_numbers(recipe) && a.block.reach == AmaxReach::kWhole;
  std::optional<std::pair<Multiplier, Multiplier>> tried;
  const auto is_same = [](const Multiplier& x, const Multiplier& y) {
    return std::bit_cast<std::uint32_t>(x.value) == std::bit_cast<std::uint32_t>(y.value) && x.divides == y.divides &&
           x.all_zero == y.all_zero;
  };
  for (std::uint32_t amax = elements.last() + 1; amax-- > 0;) {
    const BlockScale of_a = scale_of(a, type, amax), of_b = scale_of(b, type, amax);
    if (of_a.bits != of_b.bits) return false;
    const std::pair pair{derive_multiplier(a, {}, of_a), derive_multiplier(b, {}, of_b)};
    if (tried && is_same(tried->first, pair.first) && is_same(tried->second, pair.second)) continue;
    tried = pair;
    if (!elements.agree(pair.first, pair.second, bounded ? amax : elements.last())) return false;
  }
  return true;
}

// Blocks whose amax is a NaN, any of the type's.
bool agree_on_nan(const Recipe& recipe, const Rules& b, InputType type, const Elements& elements) {
  const Rules& a = recipe.rules;
  const AmaxNan rule = a.block.amax_nan;
  if (!elements.holds_nan() || rule == AmaxNan::kIgnore) return true;
  for (std::uint32_t amax = infinity_code(format_of(type)) + 1; amax < sign_mask(format_of(type)); ++amax) {
    const BlockScale of_a = scale_of(a, type, amax), of_b = scale_of(b, type, amax);
    if (of_a.bits != of_b.bits) return false;
    const bool numbers = rule != AmaxNan::kKeepAllNan;
    if (!elements.agree(derive_multiplier(a, {}, of_a), derive_multiplier(b, {}, of_b), elements.last(), numbers))
      return false;
  }
  return true;
}

}  // namespace

std::string_view why_blocks_are_equal(const Recipe& recipe, const Mutant& mutant) {
  if (!is_of_amax_and_element(recipe, mutant)) return "";
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    if (!accepts(recipe.accepts, type)) continue;
    const Elements elements(recipe, mutant.rules, type);
    if (!agree_on_numbers(recipe, mutant.rules, type, elements)) return "";
    if (!agree_on_nan(recipe, mutant.rules, type, elements)) return "";
  }
  return "every amax of 16 bits has one scale, and under it every element one code: all were compared";
}

}  // namespace bitgate::compare::axes
