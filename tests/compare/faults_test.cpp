#include "bitgate/compare/faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bitgate/compare/fault_run.h"
#include "bitgate/compare/suite.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

const Recipe& recipe(const char* name) { return reference::require_recipe(name); }

Subject reference_subject(const Recipe& r) {
  return [&r](const Request& request) { return reference::quantize(r, request); };
}

const Fault& fault(std::string_view name) {
  const auto all = faults();
  return *std::find_if(all.begin(), all.end(), [&](const Fault& f) { return f.name == name; });
}

std::size_t count_of(FaultGroup group) {
  const auto all = faults();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const Fault& f) { return f.group == group; }));
}

TEST(Faults, TheTableOfSixteenIsWhole) { EXPECT_EQ(count_of(FaultGroup::kQuantizer), 16u); }

TEST(Faults, EachHasANameOfItsOwnASourceAndOnePlace) {
  std::set<std::string_view> names;
  for (const Fault& f : faults()) {
    EXPECT_TRUE(names.insert(f.name).second) << f.name;
    EXPECT_FALSE(f.sentence.empty() || f.source.empty()) << f.name;
    EXPECT_EQ((f.in_answer != nullptr) + (f.in_words != nullptr) + (f.around != nullptr), 1) << f.name;
  }
}

class EveryFault : public testing::TestWithParam<const char*> {};

TEST_P(EveryFault, IsSeenByTheQuickSuiteOrChangesNoByte) {
  const Recipe& r = recipe(GetParam());
  const std::vector<FaultSight> sights = inject_faults(r, reference_subject(r));
  EXPECT_GE(sights.size(), 5u);
  for (const FaultSight& sight : sights) {
    EXPECT_TRUE(sight.fate == FaultFate::kSeen || sight.fate == FaultFate::kNoEffect)
        << sight.fault->name << ": " << name_of(sight.fate) << " " << sight.by;
    EXPECT_NE(sight.by, "") << sight.fault->name;
  }
}

// One of each kind beside those of README's table, which the program's test runs; all of them run in the exhaustive
// tests.
INSTANTIATE_TEST_SUITE_P(Recipes, EveryFault,
                         testing::Values("te/nvfp4-sr-hw-2d", "te/nvfp4-row-4over6-256-mse", "te/mxfp8-e4m3-gelu",
                                         "te/fp8-current-e4m3", "torchao/nvfp4-mslk", "torchao/mxfp6e2m3-even",
                                         "mx/mxint8-floor-ext", "ggml/q8_1-mmq-d2s6", "ggml/q4_1-cuda-cpy",
                                         "ggml/mxfp4-mmq", "ggml/rms_norm-mul-add"));

TEST(FaultRun, ColumnFirstRecipesAreAskedForTheirColumns) {
  const Recipe& r = recipe("te/nvfp4-rht");
  for (const FaultSight& sight : inject_faults(r, reference_subject(r)))
    EXPECT_TRUE(sight.fate != FaultFate::kSeen || sight.by.find("--columnwise") != std::string::npos) << sight.by;
}

TEST(FaultRun, AFaultWithoutEffectHasItsReason) {
  const Recipe& r = recipe("te/nvfp4");
  for (const FaultSight& sight : inject_faults(r, reference_subject(r)))
    if (sight.fault->name == "amax-drops-nan") {
      EXPECT_EQ(sight.fate, FaultFate::kNoEffect);
      EXPECT_EQ(sight.by, "the recipe's own maxima drop NaN");
    }
}

TEST(FaultRun, EveryFaultAppliesToSomeRecipe) {
  for (const Fault& f : faults())
    EXPECT_TRUE(std::any_of(reference::catalog().begin(), reference::catalog().end(), f.applies)) << f.name;
}

TEST(FaultRun, ASubjectThatIsWrongWithoutAFaultIsRefused) {
  const Recipe& r = recipe("te/nvfp4");
  const Subject wrong = with_fault(fault("one-code-off"), r, reference_subject(r));
  EXPECT_THROW(inject_faults(r, wrong), InputError);
}

TEST(FaultRun, TheSmallestFaultIsOneCodeAndOnlyBytesSeeIt) {
  const SmallestFault smallest = smallest_fault(recipe("torchao/mxfp4-floor"));
  EXPECT_EQ(smallest.codes, 1 << 24);
  EXPECT_EQ(smallest.different, 1);
  for (const Peer peer : {Peer::kTorchao, Peer::kGgml, Peer::kFlashInfer, Peer::kFlashInferRoundTrip, Peer::kTeFused})
    EXPECT_EQ(of(smallest.peers, peer), PeerSight::kPasses);
  EXPECT_EQ(of(smallest.peers, Peer::kTeBytes), PeerSight::kSees);
}

TEST(Faults, TheWordsOfAStochasticRecipeAreChangedBeforeTheSubjectSeesThem) {
  const Recipe& r = recipe("te/nvfp4-sr-soft-2d");
  std::vector<std::uint32_t> given;
  const Subject keeps = [&](const Request& request) {
    given.assign(request.random_bits.begin(), request.random_bits.end());
    return reference::quantize(r, request);
  };
  Question question{{"te/nvfp4-sr-soft-2d", InputType::kBf16, {"normal"}, {128, 128}, 1}, Direction::kRowwise, {}};
  const Asked asked(r, question);
  with_fault(fault("sr-two-bits"), r, keeps)(asked.request);
  ASSERT_FALSE(given.empty());
  for (const std::uint32_t word : given) EXPECT_EQ(word & ~0xC0C0C0C0u, 0u);
}

}  // namespace
}  // namespace bitgate::compare
