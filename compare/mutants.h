// Mutants of a recipe: one axis of its Rules changed to one other value. What no quick case kills is either proven
// equivalent or a hole in the suite.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/rules_axes.h"

namespace bitgate::compare {

struct Mutant {
  reference::Rules rules;
  reference::Storage storage;
  AxisDifference change;  // axis; a: the recipe's value, b: the mutant's
};

// Every axis that is arithmetic, changed to every other value: of an enumeration each enumerator; of a number each that
// some recipe has there (none among them), of a factor also its neighbours of one ulp; of stored codes the nibble
// order; of a recipe that draws random words the order in which it draws. Left out: the scheme, the kind of global
// number and the raw blocks, which are the answer's description (another is refused before a byte is compared), and
// changes that ask for what the scheme cannot hold (a 4over6 of other blocks than 16 or 256 elements, sums where the
// scheme has none, RMS_NORM of other types than fp32, a search over codes of values alone).
std::vector<Mutant> mutants_of(const reference::Recipe& recipe);

// Why a change of this axis cannot change any answer: the axis is not read by the rules that stay, or the producer
// refuses the inputs on which alone it is. "" when it may. Answers are those to an input that the recipe takes, with or
// without a given amax; a given global or given scales (what verify takes of a dump) may be numbers that no input
// makes, and are not spoken of.
std::string_view why_equivalent(const reference::Recipe& recipe, const Mutant& mutant);
// Its two parts: what follows from the rules, at once; and what a trial of every block shows, within seconds.
std::string_view why_equivalent_by_rules(const reference::Recipe& recipe, const Mutant& mutant);
std::string_view why_equivalent_by_trial(const reference::Recipe& recipe, const Mutant& mutant);

}  // namespace bitgate::compare
