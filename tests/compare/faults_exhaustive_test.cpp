// Every fault in every recipe that runs: seen by the quick suite, or of no effect for a reason that holds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "bitgate/compare/fault_run.h"

namespace bitgate::compare {
namespace {

TEST(FaultsExhaustive, EveryFaultOfEveryRecipeIsSeenOrChangesNoByte) {
  std::vector<const reference::Recipe*> recipes;
  for (const reference::Recipe& recipe : reference::catalog())
    if (runs(recipe)) recipes.push_back(&recipe);
  std::vector<std::vector<FaultSight>> of_recipes(recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(), [&](std::size_t i) {
    const reference::Recipe& recipe = *recipes[i];
    of_recipes[i] = inject_faults(recipe, [&](const Request& request) { return reference::quantize(recipe, request); });
  });
  std::array<std::size_t, 4> fates{};
  for (const std::vector<FaultSight>& sights : of_recipes) {
    EXPECT_GE(sights.size(), 5u);
    for (const FaultSight& sight : sights) {
      ++fates[static_cast<std::size_t>(sight.fate)];
      EXPECT_NE(sight.fate, FaultFate::kMisjudged) << sight.fault->name << ": " << sight.by;
      EXPECT_NE(sight.fate, FaultFate::kNotSeen) << sight.fault->name << ": " << sight.recipe;
    }
  }
  fmt::print("{} seen, {} without effect, {} not seen\n", fates[0], fates[1], fates[2]);
}

}  // namespace
}  // namespace bitgate::compare
