// Every mutant of every recipe: killed by the quick suite or proven equivalent, and no proof contradicted by a run.
#include <gtest/gtest.h>

#include "bitgate/compare/mutation.h"

namespace bitgate::compare {
namespace {

TEST(MutationExhaustive, EveryMutantIsKilledOrEquivalentAndNoProofIsWrong) {
  std::vector<const reference::Recipe*> recipes;
  for (const reference::Recipe& recipe : reference::catalog()) recipes.push_back(&recipe);
  const std::vector<RecipeMutation> all = run_mutants(recipes, {true}, {});
  for (const RecipeMutation& recipe : all)
    for (const MutantFate& mutant : recipe.mutants)
      EXPECT_TRUE(mutant.fate == Fate::kKilled || mutant.fate == Fate::kEquivalent)
          << recipe.recipe << ": " << mutant.change.axis << ": " << mutant.change.b << " instead of " << mutant.change.a
          << ": " << name_of(mutant.fate) << " " << mutant.by;
  EXPECT_GT(score_of(all).killed, 10000);
}

}  // namespace
}  // namespace bitgate::compare
