#include "bitgate/compare/peer_draws.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/compare/fault_run.h"

namespace bitgate::compare {
namespace {

Subject reference_subject(const reference::Recipe& r) {
  return [&r](const Request& request) { return reference::quantize(r, request); };
}

PeerSight of_fault(const std::vector<FaultSight>& sights, std::string_view name) {
  const auto found =
      std::find_if(sights.begin(), sights.end(), [&](const FaultSight& sight) { return sight.fault->name == name; });
  return of(found->peers, Peer::kTeDraws);
}

// The power of the test, as the notes measured it (users.md 3.8).
TEST(PeerDraws, MostFaultyWordsPass) {
  const reference::Recipe& r = reference::require_recipe("te/nvfp4-sr-soft-tuned");
  const std::vector<FaultSight> sights = inject_faults(r, reference_subject(r));
  for (const char* name : {"sr-two-bits", "sr-shared-word", "sr-half-nearest", "sr-three-quarters-nearest",
                           "sr-squared-odds", "sr-bytes-reversed"})
    EXPECT_EQ(of_fault(sights, name), PeerSight::kPasses) << name;
  for (const char* name : {"sr-one-bit", "sr-always-down", "sr-misaligned", "sr-seed-equal", "all-zero"})
    EXPECT_EQ(of_fault(sights, name), PeerSight::kSees) << name;
}

TEST(PeerDraws, RecipesThatDrawNothingAreNotAsked) {
  const reference::Recipe& r = reference::require_recipe("te/nvfp4");
  EXPECT_EQ(mean_of_draws_sight(r, {}, reference_subject(r)), PeerSight::kDoesNotApply);
}

}  // namespace
}  // namespace bitgate::compare
