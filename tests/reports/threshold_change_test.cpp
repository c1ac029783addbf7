#include "bitgate/reports/threshold_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/threshold_proposal.h"
#include "bitgate/reports/threshold_review.h"
#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kFirst = "te/nvfp4/fp32/normal/16x64/s1";
constexpr const char* kSubject = "plugin:lib.so:kernel";
const ThresholdOrigin kOrigin{"me", "2025-01-31", "0123abc", "a machine", "the first ones"};

Thresholds thresholds() { return propose(sample::results(), kOrigin); }

// The one change from `thresholds()` to what `edit` makes of it.
template <class Edit>
ThresholdChange change_by(Edit edit) {
  const Thresholds old = thresholds();
  Thresholds now = old;
  edit(now);
  const std::vector<ThresholdChange> all = changes(old, now);
  EXPECT_THAT(all, SizeIs(1));
  return all.empty() ? ThresholdChange{} : all.front();
}

// The same between two limits of one subject.
bool is_looser(const SubjectThreshold& before, const SubjectThreshold& after) {
  Thresholds old = thresholds(), now = thresholds();
  old.cases[kFirst].subjects.emplace(kSubject, before);
  now.cases[kFirst].subjects.emplace(kSubject, after);
  return changes(old, now).at(0).looser;
}

TEST(ThresholdChanges, ProvenanceAloneIsNone) {
  Thresholds now = thresholds();
  now.origins[0].who = "you";
  now.cases[kFirst].loosened = Loosened{"before", "why"};
  EXPECT_THAT(changes(thresholds(), now), IsEmpty());
}

TEST(ThresholdChanges, ADroppedEntryIsLooserAndANewOneIsNot) {
  const ThresholdChange dropped = change_by([](Thresholds& t) { t.cases.erase(kFirst); });
  EXPECT_EQ(dropped.name, kFirst);
  EXPECT_TRUE(dropped.looser);
  EXPECT_EQ(dropped.after, "none");
  Thresholds fewer = thresholds();
  fewer.cases.erase(kFirst);
  EXPECT_FALSE(changes(fewer, thresholds()).at(0).looser);
}

TEST(ThresholdChanges, AChangedDigestIsLooserAndNamesItsField) {
  const ThresholdChange change = change_by([](Thresholds& t) { t.cases[kFirst].exact->scales = std::string(64, 'c'); });
  EXPECT_TRUE(change.looser);
  EXPECT_THAT(change.delta, HasSubstr("scales changed"));
  EXPECT_THAT(change.before, HasSubstr("scales bbbbbbbbbbbb"));
  EXPECT_THAT(change.after, HasSubstr("scales cccccccccccc"));
}

TEST(ThresholdChanges, AFloorIsLooserDownwardsOnly) {
  EXPECT_TRUE(change_by([](Thresholds& t) { t.cases[kFirst].floor->sqnr_db -= 0.5; }).looser);
  EXPECT_FALSE(change_by([](Thresholds& t) { t.cases[kFirst].floor->sqnr_db += 0.5; }).looser);
  EXPECT_TRUE(change_by([](Thresholds& t) { t.cases[kFirst].floor.reset(); }).looser);
}

TEST(ThresholdChanges, ClassesOrderFromExactOverExplainedToStatistical) {
  const auto limit = [](const SubjectThreshold& of) {
    return [of](Thresholds& t) { t.cases[kFirst].subjects.emplace(kSubject, of); };
  };
  EXPECT_TRUE(change_by(limit(ExplainedLimit{"te/x", 1})).looser);
  const ExplainedLimit explained{"te/x", 10};
  const StatisticalFloor floor{20, 1, 64, 14};
  EXPECT_TRUE(is_looser(explained, floor));
  EXPECT_FALSE(is_looser(floor, explained));
  Thresholds with = thresholds();
  with.cases[kFirst].subjects.emplace(kSubject, explained);
  EXPECT_FALSE(changes(with, thresholds()).at(0).looser);
}

TEST(ThresholdChanges, LimitsOfOneClassAreHeldToTheirNumbers) {
  const ExplainedLimit explained{"te/x", 10};
  EXPECT_TRUE(is_looser(explained, ExplainedLimit{"te/x", 11}));
  EXPECT_TRUE(is_looser(explained, ExplainedLimit{"te/y", 1}));
  EXPECT_FALSE(is_looser(explained, ExplainedLimit{"te/x", 9}));
  const StatisticalFloor floor{20, 1, 128, 14};
  EXPECT_TRUE(is_looser(floor, StatisticalFloor{19, 1, 128, 13}));
  EXPECT_TRUE(is_looser(floor, StatisticalFloor{20, 1, 64, 14}));
  EXPECT_FALSE(is_looser(floor, StatisticalFloor{20, 1, 256, 14}));
  EXPECT_TRUE(is_looser(floor, TheoryBound{13, "note"}));
  EXPECT_FALSE(is_looser(floor, TheoryBound{15, "note"}));
}

TEST(ThresholdChanges, ASubjectNoLongerRequiredIsLooser) {
  const ThresholdChange gone = change_by([](Thresholds& t) { t.required_subjects.clear(); });
  EXPECT_EQ(gone.name, "required cpu");
  EXPECT_TRUE(gone.looser);
}

TEST(ThresholdReview, AcceptsATighterOneWithoutAReason) {
  const Thresholds old = thresholds();
  Thresholds proposed = old;
  proposed.cases[kFirst].floor = SqnrFloor{22, 22, 0};
  const Thresholds out = accept(old, proposed, changes(old, proposed), "");
  EXPECT_THAT(changes(proposed, out), IsEmpty());
  EXPECT_FALSE(out.cases.at(kFirst).loosened);
}

TEST(ThresholdReview, RefusesALooserOneWithoutAReasonAndStoresTheOneGiven) {
  const Thresholds old = thresholds();
  Thresholds proposed = old;
  proposed.cases[kFirst].floor.reset();
  const std::vector<ThresholdChange> all = changes(old, proposed);
  EXPECT_THROW(accept(old, proposed, all, ""), InputError);
  const Thresholds out = accept(old, proposed, all, "no floor under it");
  ASSERT_TRUE(out.cases.at(kFirst).loosened);
  EXPECT_EQ(out.cases.at(kFirst).loosened->why, "no floor under it");
  EXPECT_EQ(out.cases.at(kFirst).loosened->from, all[0].before);
}

TEST(ThresholdReview, ADroppedEntryLeavesItsReason) {
  const Thresholds old = thresholds();
  Thresholds proposed = old;
  proposed.cases.erase(kFirst);
  const Thresholds out = accept(old, proposed, changes(old, proposed), "the recipe is gone");
  EXPECT_FALSE(out.cases.contains(kFirst));
  EXPECT_EQ(out.dropped.at(kFirst).why, "the recipe is gone");
}

TEST(ThresholdReview, TakesTheOriginOfWhatItAcceptsAndKeepsTheOthers) {
  const Thresholds old = thresholds();
  Results results = sample::results();
  results.rows[0].digests.codes = std::string(64, 'd');
  const Thresholds proposed =
      proposed_over(old, propose(results, {"you", "later", "feed", "there", "changed"}), results);
  const Thresholds out = accept(old, proposed, changes(old, proposed), "a new code");
  ASSERT_THAT(out.origins, SizeIs(2));
  EXPECT_EQ(out.origins[out.cases.at(kFirst).origin].who, "you");
  EXPECT_EQ(out.origins[out.cases.at("te/nvfp4/fp32/gelu/16x64/s1").origin].who, "me");
}

TEST(ThresholdReview, ARejectedChangeLeavesTheProposal) {
  const Thresholds old = thresholds();
  Thresholds proposed = old;
  proposed.cases[kFirst].floor.reset();
  proposed.required_subjects = {"cpu", "cuda"};
  const Thresholds left = reject(old, proposed, {changes(old, proposed).front()});
  const std::vector<ThresholdChange> rest = changes(old, left);
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].name, "required cuda");
}

TEST(ThresholdBase, HoldsALoosenedEntryToANewReason) {
  const Thresholds base = thresholds();
  Thresholds now = base;
  now.cases[kFirst].floor.reset();
  EXPECT_THAT(loosened_without_reason(base, now), SizeIs(1));
  now = accept(base, now, changes(base, now), "first reason");
  EXPECT_THAT(loosened_without_reason(base, now), IsEmpty());
  Thresholds later = now;
  later.cases[kFirst].exact->scales.clear();
  EXPECT_THAT(loosened_without_reason(now, later), SizeIs(1));
}

TEST(ThresholdPattern, MatchesNamesAndKinds) {
  const ThresholdChange change{kFirst, "", "", "", true};
  EXPECT_TRUE(matches(change, "all"));
  EXPECT_FALSE(matches(change, "tighter"));
  EXPECT_TRUE(matches(change, "te/*"));
  EXPECT_TRUE(matches(change, "*/s?"));
  EXPECT_FALSE(matches(change, "ggml/*"));
  EXPECT_FALSE(matches(change, "te/nvfp4"));
}

}  // namespace
}  // namespace bitgate::reports
