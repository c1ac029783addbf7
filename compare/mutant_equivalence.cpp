// Changes that no input can show, each with its reason: what an axis bounds, rounds or names is the same either way.
#include "bitgate/compare/equivalence_facts.h"

namespace bitgate::compare {

std::string_view why_equivalent_by_rules(const reference::Recipe& recipe, const Mutant& mutant) {
  if (!axes::is_read(recipe, mutant.change.axis)) return "the other rules do not read this axis";
  for (const auto why : {axes::why_nan_shows_nothing, axes::why_scales_are_equal, axes::why_elements_are_equal,
                         axes::why_special_rules_are_equal, axes::why_steps_are_equal, axes::why_engine_axes_are_equal,
                         axes::why_globals_are_equal, axes::why_plain_scales_are_equal, axes::why_zeros_show_nothing,
                         axes::why_powers_are_equal})
    if (const std::string_view reason = why(recipe, mutant); !reason.empty()) return reason;
  return "";
}

std::string_view why_equivalent_by_trial(const reference::Recipe& recipe, const Mutant& mutant) {
  return axes::why_blocks_are_equal(recipe, mutant);
}

std::string_view why_equivalent(const reference::Recipe& recipe, const Mutant& mutant) {
  const std::string_view by_rules = why_equivalent_by_rules(recipe, mutant);
  return by_rules.empty() ? why_equivalent_by_trial(recipe, mutant) : by_rules;
}

}  // namespace bitgate::compare
