// Mutation testing of the quick suite: every mutant of a recipe is run on its cases until one kills it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bitgate/compare/mutants.h"
#include "bitgate/compare/suite.h"

namespace bitgate::compare {

enum class Fate : std::uint8_t {
  kKilled,      // some byte differs on some case, or the mutant refuses what the recipe takes
  kEquivalent,  // proven: no input can tell (see why_equivalent)
  kSurvived,    // neither
  kMisjudged,   // taken for equivalent, and yet some case kills it
};
std::string_view name_of(Fate fate) noexcept;

struct MutantFate {
  AxisDifference change;
  Fate fate = Fate::kSurvived;
  std::string by;  // the question that kills, as options of `bitgate verify`; the reason why nothing can
};

struct RecipeMutation {
  std::string recipe;
  std::vector<MutantFate> mutants;  // in the order of mutants_of
};

struct MutationOptions {
  bool run_equivalent = false;  // also run those proven equivalent: one that a case kills is kMisjudged
  // What is asked; empty: the quick suite.
  std::function<std::vector<Question>(const reference::Recipe&)> questions{};
};

// Rows in the order of `recipes`, the same for any number of threads. `progress`: recipes done, one call at a time; may
// be empty. Recipes that do not run have no mutants.
std::vector<RecipeMutation> run_mutants(const std::vector<const reference::Recipe*>& recipes,
                                        const MutationOptions& options,
                                        const std::function<void(std::size_t)>& progress);

struct MutationScore {
  std::int64_t killed = 0, equivalent = 0, survived = 0, misjudged = 0;
};
MutationScore score_of(const std::vector<RecipeMutation>& all) noexcept;

}  // namespace bitgate::compare
