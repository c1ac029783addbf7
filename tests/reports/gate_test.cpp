#include "bitgate/reports/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/reports/threshold_proposal.h"
#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using sample::case_of;
using sample::kInf;
using sample::kNan;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFirst = "te/nvfp4/fp32/normal/16x64/s1";

Thresholds thresholds_of(const Results& results) { return propose(results, {"me", "today", "abc", "here", "first"}); }

int status_of(const Results& results, const Thresholds& thresholds = {}, const GateOptions& options = {}) {
  return verdict(results, thresholds, options).status;
}

Thresholds floor_at(double sqnr_db) {
  Thresholds thresholds;
  thresholds.cases[kFirst].floor = SqnrFloor{sqnr_db, sqnr_db, 0};
  return thresholds;
}

Results with_first_sqnr(double sqnr_db, double noise) {
  Results results = sample::results();
  results.rows[0].metrics.sqnr_db = sqnr_db;
  results.rows[0].metrics.sums.noise = noise;
  return results;
}

TEST(Gate, EqualSubjectsWithinTheirThresholdsPass) {
  const Results results = sample::results();
  const Verdict v = verdict(results, thresholds_of(results), {});
  EXPECT_EQ(v.status, 0);
  EXPECT_EQ(v.cases, 4);
  EXPECT_EQ(v.passed, 4);
  EXPECT_THAT(v.reasons, IsEmpty());
  EXPECT_EQ(v.checks.size(), 12u);  // subject, exact, floor for each of four
  EXPECT_EQ(headline(v), "pass: 4 of 4 cases passed");
}

TEST(Gate, DifferenceFailsAndSaysCaseMismatchAndCommand) {
  Results results = sample::results();
  sample::make_different(results.rows[1]);
  const Verdict v = verdict(results, {}, {});
  EXPECT_EQ(v.status, 1);
  EXPECT_EQ(v.passed, 3);
  EXPECT_THAT(v.reasons,
              ElementsAre("failed: te/nvfp4/fp32/gelu/16x64/s1: cpu/te/nvfp4: 3 of 1024 elements differ; first "
                          "(4, 17): expected 0x5 = 3, got 0x6 = 4; repeat with: "
                          "bitgate verify --case 'te/nvfp4/fp32/gelu/16x64/s1' --subject 'cpu/te/nvfp4'"));
}

TEST(Gate, TallyOutranksTheWordEqual) {
  Results results = sample::results();
  results.rows[0].subjects[0].tally[0] = {1, 1};
  EXPECT_EQ(status_of(results), 1);
}

TEST(Gate, ChangedDigestFailsAndNamesTheField) {
  Results results = sample::results();
  const Thresholds thresholds = thresholds_of(results);
  results.rows[0].digests.scales = std::string(64, 'c');
  const Verdict v = verdict(results, thresholds, {});
  EXPECT_EQ(v.status, 1);
  EXPECT_THAT(v.reasons, Contains(AllOf(HasSubstr(kFirst), HasSubstr("scales changed"), HasSubstr(std::string(64, 'b')),
                                        HasSubstr(std::string(64, 'c')), HasSubstr("bitgate verify --case"))));
}

TEST(Gate, LostFieldIsAChangedDigest) {
  Results results = sample::results();
  const Thresholds thresholds = thresholds_of(results);
  results.rows[0].digests.scales.clear();
  EXPECT_EQ(status_of(results, thresholds), 1);
}

TEST(Gate, FloorIsMetAtEqualityAndCrossedBelow) {
  EXPECT_EQ(status_of(with_first_sqnr(20.5, 8.9), floor_at(20.5)), 0);
  EXPECT_EQ(status_of(with_first_sqnr(20.499, 8.9), floor_at(20.5)), 1);
  EXPECT_EQ(status_of(with_first_sqnr(-kInf, kInf), floor_at(-300)), 1);
}

TEST(Gate, NanNeverMeetsAFloor) {
  EXPECT_EQ(status_of(with_first_sqnr(kNan, 8.9), floor_at(-1000)), 1);
  EXPECT_EQ(status_of(with_first_sqnr(kNan, kNan), floor_at(-1000)), 1);
}

TEST(Gate, InfiniteSqnrMeetsAFloorOnlyWithoutNoise) {
  EXPECT_EQ(status_of(with_first_sqnr(kInf, 0), floor_at(20)), 0);
  EXPECT_EQ(status_of(with_first_sqnr(kInf, kNan), floor_at(20)), 1);
  EXPECT_EQ(status_of(with_first_sqnr(kInf, 1e-300), floor_at(20)), 1);
}

TEST(Gate, FiniteSqnrOverNanNoiseFails) { EXPECT_EQ(status_of(with_first_sqnr(30, kNan), floor_at(20)), 1); }

TEST(Gate, NoCasesCannotTell) {
  EXPECT_EQ(status_of({}), 2);
  EXPECT_EQ(verdict({}, {}, {}).reasons.size(), 1u);
}

TEST(Gate, SubjectThatDidNotRunIsListedAndNotRequired) {
  Results results = sample::results();
  results.rows[0].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  results.rows[1].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  const Verdict v = verdict(results, {}, {});
  EXPECT_EQ(v.status, 0);
  EXPECT_THAT(v.reasons, ElementsAre("not counted: cuda/te/nvfp4: did not run: no GPU (2 cases, the first " +
                                     std::string(kFirst) + ")"));
}

TEST(Gate, RequiredSubjectThatDidNotRunCannotTell) {
  Results results = sample::results();
  results.rows[0].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  EXPECT_EQ(status_of(results, {}, {0, {"cuda"}}), 2);
  EXPECT_EQ(status_of(results, {}, {0, {"cuda/te/nvfp4"}}), 2);
  EXPECT_EQ(status_of(results, {}, {0, {"cpu"}}), 0);
  Thresholds thresholds;
  thresholds.required_subjects = {"cuda"};
  EXPECT_EQ(status_of(results, thresholds), 2);
}

TEST(Gate, RequiredSubjectWithoutAnyRowCannotTell) { EXPECT_EQ(status_of(sample::results(), {}, {0, {"cuda"}}), 2); }

TEST(Gate, RequiredSubjectMissingFromOneOfItsCasesCannotTell) {
  Results results = sample::results();
  results.rows[0].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kEqual, "", {}});
  EXPECT_EQ(status_of(results, {}, {0, {"cuda/te/nvfp4"}}), 2);
  results.rows[1].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kEqual, "", {}});
  EXPECT_EQ(status_of(results, {}, {0, {"cuda/te/nvfp4"}}), 0);
}

TEST(Gate, CaseComparedWithNothingCannotTell) {
  Results results = sample::results();
  sample::make_not_run(results.rows[0], "no reason");
  EXPECT_EQ(verdict(results, {}, {}).passed, 3);
  EXPECT_EQ(status_of(results), 2);
  results.rows[0].subjects.clear();
  EXPECT_EQ(status_of(results), 2);
}

TEST(Gate, CaseOfTheThresholdsMissingFromTheResultsCannotTell) {
  Results results = sample::results();
  const Thresholds thresholds = thresholds_of(results);
  results.rows.pop_back();
  const Verdict v = verdict(results, thresholds, {});
  EXPECT_EQ(v.status, 2);
  EXPECT_THAT(v.reasons, Contains(HasSubstr("ggml/q8_1/fp32/gelu/16x64/s1")));
}

TEST(Gate, FewerCasesThanRequiredCannotTell) {
  EXPECT_EQ(status_of(sample::results(), {}, {4, {}}), 0);
  EXPECT_EQ(status_of(sample::results(), {}, {5, {}}), 2);
}

TEST(Gate, RecipesReadFromSourceNeverPassAlone) {
  Results results = sample::results();
  for (RecipeFact& fact : results.recipes) fact.evidence = "read";
  const Verdict alone = verdict(results, {}, {});
  EXPECT_EQ(alone.status, 2);
  EXPECT_EQ(alone.passed, 0);
  results.recipes[0].evidence = "captured";
  const Verdict mixed = verdict(results, {}, {});
  EXPECT_EQ(mixed.status, 0);
  EXPECT_EQ(mixed.passed, 2);
  EXPECT_THAT(mixed.reasons, ElementsAre(HasSubstr("2 cases of recipes that were only read from source")));
}

TEST(Gate, RecipeWithoutAFactCountsAsReadOnly) {
  Results results = sample::results();
  results.recipes.clear();
  EXPECT_EQ(status_of(results), 2);
}

TEST(Gate, FailureOutranksNotTelling) {
  Results results = sample::results();
  const Thresholds thresholds = thresholds_of(results);
  results.rows.pop_back();
  sample::make_different(results.rows[0]);
  EXPECT_EQ(status_of(results, thresholds, {100, {"cuda"}}), 1);
}

TEST(Gate, RefusedInputIsListedNotCounted) {
  Results results = sample::results();
  results.rows[0].digests = {};
  sample::make_not_run(results.rows[0], "NaN is refused");
  const Verdict v = verdict(results, {}, {0, {"cpu"}});
  EXPECT_EQ(v.status, 0);
  EXPECT_EQ(v.passed, 3);
  EXPECT_THAT(v.reasons, ElementsAre(HasSubstr("the recipe refuses this input: NaN is refused")));
}

TEST(Gate, RefusalOfACaseThatOnceWasAnsweredFails) {
  Results results = sample::results();
  const Thresholds thresholds = thresholds_of(results);
  results.rows[0].digests = {};
  results.rows[0].metrics.sqnr_db = kNan;
  sample::make_not_run(results.rows[0], "NaN is refused");
  EXPECT_EQ(status_of(results, thresholds), 1);
}

TEST(Gate, RepeatCommandQuotesTheCaseAndNamesTheSubject) {
  Check check{"te/nvfp4/fp32/normal@2^-4/16x64/s1", "exact threshold", CheckResult::kFailed, ""};
  EXPECT_EQ(repeat_command(check), "bitgate verify --case 'te/nvfp4/fp32/normal@2^-4/16x64/s1'");
  check.what = "cuda/te/nvfp4";
  EXPECT_EQ(repeat_command(check),
            "bitgate verify --case 'te/nvfp4/fp32/normal@2^-4/16x64/s1' --subject 'cuda/te/nvfp4'");
}

constexpr const char* kPlugin = "plugin:lib.so:kernel";

// The first case with a differing plugin, which another recipe explains but for `unexplained` entries.
Results with_plugin(std::int64_t unexplained = 0) {
  Results results = sample::results();
  compare::SubjectResult plugin{kPlugin, compare::Outcome::kDifferent, "2 of 1024 elements differ", {}};
  plugin.tally[static_cast<std::size_t>(compare::Field::kElement)] = {1024, 2};
  plugin.explained = compare::Explained{"te/other", 2, 0, 0, unexplained, 1000};
  plugin.sqnr_db = 20.0;
  results.rows[0].subjects.push_back(plugin);
  return results;
}

Thresholds plugin_limit(const std::string& name, const SubjectThreshold& limit) {
  Thresholds thresholds;
  thresholds.cases[name].subjects.emplace(kPlugin, limit);
  return thresholds;
}

TEST(GateExplained, PassesUpToItsPpmByItsRecipe) {
  const auto status = [](const ExplainedLimit& limit, std::int64_t unexplained) {
    return status_of(with_plugin(unexplained), plugin_limit(kFirst, limit));
  };
  EXPECT_EQ(status({"te/other", 2000}, 0), 0);
  EXPECT_EQ(status({"te/other", 1999}, 0), 1);
  EXPECT_EQ(status({"te/third", 9000}, 0), 1);
  EXPECT_EQ(status({"te/other", 9000}, 1), 1);
  EXPECT_EQ(status_of(with_plugin(), {}), 1);
}

TEST(GateExplained, ACrashIsExplainedByNothing) {
  Results results = with_plugin();
  results.rows[0].subjects.back().explained.reset();
  results.rows[0].subjects.back().sqnr_db.reset();
  EXPECT_EQ(status_of(results, plugin_limit(kFirst, ExplainedLimit{"te/other", 1e6})), 1);
  EXPECT_EQ(status_of(results, plugin_limit("te/nvfp4/fp32/normal/16x64/s*", TheoryBound{-1000, "any"})), 1);
}

TEST(GateStatistical, HoldsEverySeedToTheFloor) {
  const char* all_seeds = "te/nvfp4/fp32/normal/16x64/s*";
  EXPECT_EQ(status_of(with_plugin(9), plugin_limit(all_seeds, StatisticalFloor{26, 1, 64, 20})), 0);
  EXPECT_EQ(status_of(with_plugin(9), plugin_limit(all_seeds, StatisticalFloor{26.5, 1, 64, 20.5})), 1);
  EXPECT_EQ(status_of(with_plugin(9), plugin_limit(all_seeds, TheoryBound{20, "note"})), 0);
  Results nan = with_plugin(9);
  nan.rows[0].subjects.back().sqnr_db = kNan;
  EXPECT_EQ(status_of(nan, plugin_limit(all_seeds, TheoryBound{-1000, "note"})), 1);
}

TEST(GateLimits, ASubjectWithALimitThatIsNotThereCannotTell) {
  EXPECT_EQ(status_of(sample::results(), plugin_limit(kFirst, ExplainedLimit{"te/other", 1})), 2);
  Results not_run = with_plugin();
  not_run.rows[0].subjects.back() = {kPlugin, compare::Outcome::kNotRun, "no GPU", {}};
  EXPECT_EQ(status_of(not_run, plugin_limit(kFirst, ExplainedLimit{"te/other", 1})), 2);
}

TEST(Gate, ListsTheWorstFailureFirst) {
  Results results = sample::results();
  sample::make_different(results.rows[0]);
  sample::make_different(results.rows[1]);
  results.rows[1].subjects[0].tally[static_cast<std::size_t>(compare::Field::kElement)].different = 900;
  sample::make_different(results.rows[2]);
  results.rows[2].subjects[0].tally = {};
  results.rows[2].subjects[0].note = "launch failed";
  const Verdict v = verdict(results, {}, {});
  ASSERT_EQ(v.reasons.size(), 3u);
  EXPECT_THAT(v.reasons[0], HasSubstr("launch failed"));
  EXPECT_THAT(v.reasons[1], HasSubstr("fp32/gelu"));
  EXPECT_THAT(v.reasons[2], HasSubstr("te/nvfp4/fp32/normal"));
}

TEST(Gate, HeadlineCountsWhatDidNotRun) {
  Results results = sample::results();
  results.rows[0].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  EXPECT_EQ(headline(verdict(results, {}, {})), "pass: 4 of 4 cases passed, 1 checks not counted");
}

}  // namespace
}  // namespace bitgate::reports
