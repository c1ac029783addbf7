#include "bitgate/compare/mutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bitgate/compare/suite.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// One of each scheme and search: what the whole catalog takes minutes for.
std::vector<const Recipe*> leaders() {
  std::vector<const Recipe*> recipes;
  for (const char* name : {"te/nvfp4", "te/nvfp4-row", "te/nvfp4-4over6-256-mae", "torchao/nvfp4-tensorwise",
                           "torchao/mxfp4-floor", "torchao/mxfp8e4m3-rceil", "ggml/q8_1"})
    recipes.push_back(&reference::require_recipe(name));
  return recipes;
}

std::size_t count_of(const std::vector<Mutant>& mutants, std::string_view axis) {
  return static_cast<std::size_t>(
      std::count_if(mutants.begin(), mutants.end(), [&](const Mutant& mutant) { return mutant.change.axis == axis; }));
}

TEST(Mutants, EachChangesOneAxisAndNoTwoAreAlike) {
  const Recipe& recipe = reference::require_recipe("te/nvfp4");
  std::set<std::pair<std::string_view, std::string>> seen;
  for (const Mutant& mutant : mutants_of(recipe)) {
    EXPECT_NE(mutant.change.a, mutant.change.b) << mutant.change.axis;
    EXPECT_TRUE(seen.emplace(mutant.change.axis, mutant.change.b).second)
        << mutant.change.axis << ": " << mutant.change.b;
  }
}

// An axis that is only ever one value would be no axis; one that loses its last value must be seen here.
TEST(Mutants, EveryEnumeratorIsTried) {
  const std::vector<Mutant> mutants = mutants_of(reference::require_recipe("te/nvfp4"));
  EXPECT_EQ(count_of(mutants, "machine"), 3u);
  EXPECT_EQ(count_of(mutants, "global: form"), 5u);
  EXPECT_EQ(count_of(mutants, "global: useless S"), 4u);
  EXPECT_EQ(count_of(mutants, "block scale: form"), 11u);
  EXPECT_EQ(count_of(mutants, "block scale: rounding"), 3u);
  EXPECT_EQ(count_of(mutants, "element: scaling"), 13u);
  EXPECT_EQ(count_of(mutants, "element: encode"), 9u);
  EXPECT_EQ(count_of(mutants, "special: search"), 7u);
  EXPECT_EQ(count_of(mutants, "stored: nibble order"), 1u);
}

TEST(Mutants, NoneNamesAnEnumeratorThatDoesNotExist) {
  for (const Recipe& recipe : reference::catalog())
    for (const Mutant& mutant : mutants_of(recipe)) ASSERT_NE(mutant.change.b, "?") << mutant.change.axis;
}

TEST(Mutants, AFactorHasItsNeighboursOfOneUlp) {
  const std::vector<Mutant> mutants = mutants_of(reference::require_recipe("te/nvfp4"));
  const auto has = [&](const char* value) {
    return std::any_of(mutants.begin(), mutants.end(), [&](const Mutant& mutant) {
      return mutant.change.axis == "global: target" && mutant.change.b == value;
    });
  };
  EXPECT_TRUE(has("2687.9998"));
  EXPECT_TRUE(has("2688.0002"));
}

// Of the whole catalog the exhaustive tests ask the same.
TEST(Mutation, EveryMutantOfTheLeadersIsKilledOrEquivalent) {
  const std::vector<RecipeMutation> all = run_mutants(leaders(), {}, {});
  for (const RecipeMutation& recipe : all)
    for (const MutantFate& mutant : recipe.mutants)
      EXPECT_NE(mutant.fate, Fate::kSurvived) << recipe.recipe << ": " << mutant.change.axis << ": " << mutant.change.b;
  EXPECT_GT(score_of(all).killed, 300);
}

TEST(Mutation, NoProofOfALeaderIsContradicted) {
  for (const RecipeMutation& recipe :
       run_mutants({&reference::require_recipe("torchao/mxfp8e4m3-rceil"), &reference::require_recipe("te/nvfp4-fast")},
                   {true}, {}))
    for (const MutantFate& mutant : recipe.mutants)
      EXPECT_NE(mutant.fate, Fate::kMisjudged)
          << recipe.recipe << ": " << mutant.change.axis << ": " << mutant.change.b << ": " << mutant.by;
}

std::string_view reason_for(const char* name, std::string_view axis, std::string_view value) {
  const Recipe& recipe = reference::require_recipe(name);
  for (const Mutant& mutant : mutants_of(recipe))
    if (mutant.change.axis == axis && mutant.change.b == value) return why_equivalent(recipe, mutant);
  ADD_FAILURE() << name << " has no mutant " << axis << ": " << value;
  return "";
}

// Each proof by numbers holds for one and not for its neighbour: 1/6 and an amax in bf16 part at no step of 8 bits,
// 1/127 at some step of a half.
TEST(Equivalence, StepsAreComparedOneByOne) {
  constexpr std::string_view kSteps =
      "both give every amax one scale: the steps of the two are at the same amaxes, each compared";
  EXPECT_EQ(reason_for("torchao/mxfp4-rceil", "block scale: division", "IEEE division"), kSteps);
  EXPECT_EQ(reason_for("torchao/mxfp4-rceil", "block scale: rounding", "toward zero"), "");
  EXPECT_EQ(reason_for("torchao/nvfp4", "block scale: intermediates", "the input's type"), kSteps);
  EXPECT_EQ(reason_for("ggml/q8_0-cpu-avx", "block scale: division", "times the rounded reciprocal"), "");
}

// min(inf, FLT_MAX) rounds to infinity in bf16, min(inf, bf16's largest) does not.
TEST(Equivalence, MultipliersAreRoundedBeforeTheyAreTried) {
  EXPECT_EQ(reason_for("te/nvfp4-fast", "element: multiplier at most", "3.4028235e+38"), "");
  EXPECT_NE(reason_for("te/nvfp4-v1div", "element: multiplier at most", "3.3895314e+38"), "");
}

// 464 and more are NaN in PyTorch's E4M3, so that a clamp at 448 shows and one at 57344 does not.
TEST(Equivalence, AClampShowsWhereTheScaleLeavesMore) {
  EXPECT_EQ(reason_for("torchao/mxfp8e4m3-floor-compile", "element: clamp", "448"), "");
  EXPECT_NE(reason_for("torchao/mxfp8e4m3-floor-compile", "element: clamp", "57344"), "");
}

// Zeros show what a suite of ordinary numbers would not, and nothing of rounding: their survivors are told.
TEST(Mutation, WhatASuiteDoesNotHoldSurvives) {
  MutationOptions zeros;
  zeros.questions = [](const Recipe& recipe) {
    return std::vector<Question>{
        {{std::string(recipe.identity.name), InputType::kF32, {"special"}, {8, 64}, 3}, Direction::kRowwise, {}}};
  };
  const Recipe& recipe = reference::require_recipe("te/nvfp4");
  const std::vector<RecipeMutation> all = run_mutants({&recipe}, zeros, {});
  bool rounding_survives = false, zero_rule_is_killed = false;
  for (const MutantFate& mutant : all.front().mutants) {
    rounding_survives |= mutant.change.axis == "block scale: rounding" && mutant.fate == Fate::kSurvived;
    zero_rule_is_killed |= mutant.change.axis == "element: encode" && mutant.fate == Fate::kKilled;
  }
  EXPECT_TRUE(rounding_survives);
  EXPECT_TRUE(zero_rule_is_killed);
  EXPECT_GT(score_of(all).survived, 20);
}

TEST(Mutation, AKilledOneNamesTheQuestion) {
  const std::vector<RecipeMutation> all = run_mutants({&reference::require_recipe("te/nvfp4")}, {}, {});
  for (const MutantFate& mutant : all.front().mutants) {
    if (mutant.fate != Fate::kKilled) continue;
    EXPECT_THAT(mutant.by, testing::StartsWith("--case 'te/nvfp4/"));
    return;
  }
  FAIL() << "none was killed";
}

TEST(Mutation, RowsStandInTheOrderAsked) {
  const std::vector<RecipeMutation> all = run_mutants(leaders(), {}, {});
  ASSERT_EQ(all.size(), leaders().size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].recipe, leaders()[i]->identity.name);
}

TEST(Suite, AsksEachTypeAndDirectionThatTheRecipeTakes) {
  std::set<std::pair<InputType, Direction>> asked;
  for (const Question& question : quick_questions(reference::require_recipe("te/nvfp4")))
    asked.emplace(question.id.type, question.direction);
  EXPECT_EQ(asked.size(), 6u);
}

TEST(Suite, EveryRunningRecipeAnswersMostQuestions) {
  for (const Recipe& recipe : reference::catalog()) {
    if (!reference::runs(recipe)) continue;
    const std::vector<Question> questions = quick_questions(recipe);
    std::size_t refused = 0, tried = 0;
    for (std::size_t i = 0; i < questions.size(); i += 61, ++tried) {
      const Asked asked(recipe, questions[i]);
      try {
        static_cast<void>(reference::quantize(recipe, asked.request));
      } catch (const InputError&) {
        ++refused;
      }
    }
    EXPECT_LT(2 * refused, tried) << recipe.identity.name;
  }
}

TEST(Suite, AQuestionTellsHowToAskItAgain) {
  Question question{{"te/nvfp4", InputType::kF32, {"normal"}, {16, 64}, 1}, Direction::kColumnwise, 0x1p-149f};
  EXPECT_EQ(question.options(), "--case 'te/nvfp4/fp32/normal/16x64/s1' --columnwise --amax 0x1p-149");
}

}  // namespace
}  // namespace bitgate::compare
