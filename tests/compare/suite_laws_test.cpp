// The laws of the metamorphic suite hold on the reference of every recipe that they claim, and faults break them.
#include "bitgate/compare/suite_laws.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <set>

#include "bitgate/compare/faults.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

SuiteScope scope_of(const Recipe& recipe) {
  SuiteScope scope{&recipe, {}, 1, false};
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) scope.types.push_back(type);
  return scope;
}

Subject reference_of(const Recipe& recipe) {
  return [&recipe](const Request& request) { return reference::quantize(recipe, request); };
}

const Law& law_named(std::string_view name) {
  return *std::find_if(laws().begin(), laws().end(), [&](const Law& law) { return law.name == name; });
}

std::string broken_by(std::string_view law, std::string_view recipe, const Subject& subject) {
  const SuiteScope scope = scope_of(reference::require_recipe(recipe));
  return law_named(law).differs(scope, scope.types.front(), subject);
}

TEST(SuiteLaws, HoldOnTheReferenceOfEveryRecipeThatTheyClaim) {
  std::vector<const Recipe*> recipes;
  for (const Recipe& recipe : reference::catalog())
    if (runs(recipe)) recipes.push_back(&recipe);
  // Of random words one type: steps of 128 x 128 take long.
  const auto scope_at = [&](std::size_t i) {
    SuiteScope scope = scope_of(*recipes[i]);
    if (recipes[i]->storage.random != reference::RandomOrder::kNone) scope.types.resize(1);
    return scope;
  };
  std::vector<SuiteResult> results(recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(), [&](std::size_t i) {
    results[i] = run_suite("metamorphic", metamorphic_probes(scope_at(i), true), reference_of(*recipes[i]), {});
  });
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    EXPECT_EQ(results[i].failed, 0) << recipes[i]->identity.name << ": " << results[i].first->name << ": "
                                    << results[i].first->what;
    EXPECT_GE(results[i].asked, 2) << recipes[i]->identity.name;
    // The column-wise side of other types than bf16, where the producer makes that alone.
    EXPECT_LE(results[i].refused, recipes[i]->accepts.bf16_only_columnwise ? 2 : 0) << results[i].refusal;
  }
}

// A law that claims too little says nothing: where it gives a reason not to hold, it does not.
TEST(SuiteLaws, DoNotHoldWhereTheyGiveAReason) {
  for (const char* name : {"padding", "column-permutation", "power-of-two", "negation"})
    for (const Recipe& recipe : reference::catalog()) {
      const Law& law = law_named(name);
      // A sum of exactly zero is rare, a lost sign of zero of wide elements too, and without weights no column is told
      // from another by more than the order of a sum.
      if (!runs(recipe) || law.why_not(recipe).empty() || recipe.rules.transform != reference::Transform::kNone)
        continue;
      if (recipe.rules.special.kind == reference::Special::kMicroxcaling) continue;
      if (recipe.identity.name == "ggml/rms_norm" && law.name == "column-permutation") continue;
      const SuiteScope scope = scope_of(recipe);
      EXPECT_NE(law.differs(scope, scope.types.front(), reference_of(recipe)), "")
          << name << ": " << recipe.identity.name;
    }
}

// Of the faults that kernels had in public, and of which law sees it.
TEST(SuiteLaws, AreBrokenByInjectedFaults) {
  std::map<std::string, std::set<std::string>> breaks;
  for (const char* name : {"te/nvfp4", "te/nvfp4-row", "te/nvfp4-2d", "torchao/mxfp4-floor", "ggml/q8_1"}) {
    const Recipe& recipe = reference::require_recipe(name);
    SuiteScope scope = scope_of(recipe);
    scope.types = {recipe.accepts.bf16 ? InputType::kBf16 : InputType::kF32};
    for (const Fault& fault : faults()) {
      if (!fault.applies(recipe) || !why_no_effect(fault, recipe).empty()) continue;
      const Subject faulty = with_fault(fault, recipe, reference_of(recipe));
      for (const Law& law : laws())
        if (law.why_not(recipe).empty() && !law.differs(scope, scope.types.front(), faulty).empty())
          breaks[std::string(fault.name)].insert(std::string(law.name));
    }
  }
  const auto all_of = [&](const char* fault, std::set<std::string> wanted) {
    for (const std::string& law : wanted) EXPECT_TRUE(breaks[fault].contains(law)) << fault << " keeps " << law;
  };
  all_of("first-row-global", {"row-permutation", "row-is-a-tensor"});
  all_of("scales-swizzled", {"row-permutation", "column-permutation", "batch-split", "padding", "transpose"});
  all_of("scale-rows-shifted", {"row-permutation", "batch-split"});
  all_of("last-row-dropped", {"batch-split", "padding", "negation", "transpose"});
  all_of("period-32", {"column-permutation", "transpose"});
  all_of("negative-zero-lost", {"negation"});
  all_of("global-inverted", {"power-of-two"});
  all_of("amax-one-ulp", {"row-is-a-tensor", "equal-row-amaxes"});
}

TEST(SuiteLaws, ASideOfOtherArithmeticBreaksTheLawOfDirections) {
  const Recipe& recipe = reference::require_recipe("te/nvfp4");
  const auto truncated = std::find_if(faults().begin(), faults().end(),
                                      [](const Fault& fault) { return fault.name == "element-truncated"; });
  const Subject right = reference_of(recipe), wrong = with_fault(*truncated, recipe, right);
  const Subject mixed = [&](const Request& request) {
    return request.direction == Direction::kColumnwise ? wrong(request) : right(request);
  };
  EXPECT_EQ(broken_by("directions", "te/nvfp4", right), "");
  EXPECT_NE(broken_by("directions", "te/nvfp4", mixed), "");
}

TEST(SuiteLaws, AnAbsoluteFloorOfTheScaleBreaksThePowerOfTwo) {
  const Recipe& recipe = reference::require_recipe("torchao/mxfp4-floor");
  const Subject floored = [&](const Request& request) {
    QuantizedTensor answer = reference::quantize(recipe, request);
    for (std::size_t i = 0; i < scale_count(answer.scales); ++i)
      set_scale_bits(answer.scales, i, std::max(scale_bits(answer.scales, i), 127u));
    return answer;
  };
  EXPECT_NE(broken_by("power-of-two", "torchao/mxfp4-floor", floored), "");
}

TEST(SuiteLaws, RowScalingHasATensorScaledTwin) {
  EXPECT_EQ(law::tensor_scaled(reference::require_recipe("te/nvfp4-row")), &reference::require_recipe("te/nvfp4"));
  EXPECT_EQ(law::tensor_scaled(reference::require_recipe("te/nvfp4")), nullptr);
}

TEST(SuiteLaws, WithoutARecipeThoseThatAskAReferenceAreLeftOut) {
  const SuiteScope scope = scope_of(reference::require_recipe("te/nvfp4-row"));
  const auto asks_reference = [](const SuiteProbe& probe) { return probe.name.starts_with("row-is-a-tensor"); };
  const std::vector<SuiteProbe> known = metamorphic_probes(scope, true), unknown = metamorphic_probes(scope, false);
  EXPECT_TRUE(std::any_of(known.begin(), known.end(), asks_reference));
  EXPECT_FALSE(std::any_of(unknown.begin(), unknown.end(), asks_reference));
  EXPECT_FALSE(unknown.empty());
}

}  // namespace
}  // namespace bitgate::compare
