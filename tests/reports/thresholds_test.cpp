#include "bitgate/reports/thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/text.h"
#include "bitgate/reports/threshold_proposal.h"
#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using sample::kInf;
using sample::kNan;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ThresholdOrigin kOrigin{"me", "2025-01-31", "0123abc", "a machine", "the first ones"};
constexpr const char* kFirst = "te/nvfp4/fp32/normal/16x64/s1";

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Propose, TakesDigestsAndAFloorJustBelowTheMeasuredValue) {
  const Results results = sample::results();
  const Thresholds t = propose(results, kOrigin);
  ASSERT_EQ(t.cases.size(), 4u);
  const CaseThreshold& first = t.cases.at(kFirst);
  EXPECT_EQ(first.exact, results.rows[0].digests);
  ASSERT_TRUE(first.floor.has_value());
  EXPECT_EQ(first.floor->measured, 21.375);
  EXPECT_EQ(first.floor->sqnr_db, 21.375 - 0.01);
  EXPECT_EQ(first.floor->tolerance, 0.01);
  EXPECT_THAT(t.required_subjects, ElementsAre("cpu"));
}

TEST(Propose, NonFiniteSqnrGetsNoFloor) {
  for (const double sqnr_db : {kInf, -kInf, kNan}) {
    Results results = sample::results();
    results.rows[0].metrics.sqnr_db = sqnr_db;
    const CaseThreshold first = propose(results, kOrigin).cases.at(kFirst);
    EXPECT_FALSE(first.floor.has_value());
    EXPECT_TRUE(first.exact.has_value());
  }
}

TEST(Propose, RefusesMismatchesAndSkips) {
  Results different = sample::results();
  sample::make_different(different.rows[2]);
  EXPECT_THAT(error_of([&] { propose(different, kOrigin); }),
              AllOf(HasSubstr("ggml/q8_1/fp32/normal"), HasSubstr("different"), HasSubstr("first (4, 17)")));
  Results skipped = sample::results();
  skipped.rows[0].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  EXPECT_THAT(error_of([&] { propose(skipped, kOrigin); }), HasSubstr("cuda/te/nvfp4: not run: no GPU"));
}

TEST(Propose, RefusesCasesComparedWithNothingAndEmptyResults) {
  Results alone = sample::results();
  alone.rows[0].subjects.clear();
  EXPECT_THAT(error_of([&] { propose(alone, kOrigin); }), HasSubstr("nothing was compared"));
  EXPECT_THAT(error_of([&] { propose({}, kOrigin); }), HasSubstr("without rows"));
}

TEST(Propose, LeavesOutRefusedInputs) {
  Results results = sample::results();
  results.rows[0].digests = {};
  sample::make_not_run(results.rows[0], "NaN is refused");
  const Thresholds t = propose(results, kOrigin);
  EXPECT_EQ(t.cases.size(), 3u);
  EXPECT_FALSE(t.cases.contains(kFirst));
}

TEST(Propose, NeedsAReason) {
  ThresholdOrigin origin = kOrigin;
  origin.why.clear();
  EXPECT_THAT(error_of([&] { propose(sample::results(), origin); }), HasSubstr("need to say why"));
}

TEST(ThresholdsFile, ReadsBackWhatWasWritten) {
  const sample::Folder folder;
  const Thresholds written = propose(sample::results(), kOrigin);
  write_thresholds(folder / "t.json", written);
  const Thresholds read = read_thresholds(folder / "t.json");
  EXPECT_EQ(thresholds_text(read), thresholds_text(written));
  EXPECT_EQ(read.origins.at(read.cases.at(kFirst).origin).why, "the first ones");
  EXPECT_EQ(read.cases.at(kFirst).floor->sqnr_db, written.cases.at(kFirst).floor->sqnr_db);
  EXPECT_EQ(read.cases.at(kFirst).exact, written.cases.at(kFirst).exact);
}

// Each breaks one thing in a file that is otherwise right.
struct Breakage {
  const char* from;
  const char* to;
  const char* complaint;
};

class BrokenThresholds : public ::testing::TestWithParam<Breakage> {};

TEST_P(BrokenThresholds, AreRefusedWithTheirPlace) {
  const sample::Folder folder;
  Results one = sample::results();
  one.rows.resize(1);
  std::string text = thresholds_text(propose(one, kOrigin));
  const std::size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  write_text(folder / "t.json", text);
  EXPECT_THAT(error_of([&] { read_thresholds(folder / "t.json"); }),
              AllOf(HasSubstr("t.json"), HasSubstr(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenThresholds,
    ::testing::Values(Breakage{"bitgate-thresholds", "bitgate-results", "/schema/name"},
                      Breakage{"\"version\":2", "\"version\":3", "this bitgate reads version 2, not 3"},
                      Breakage{"\"version\":2", "\"version\":1", "this bitgate reads version 2, not 1"},
                      Breakage{"\"origin\":0", "\"origin\":1", "origin"},
                      Breakage{"\"measured\":21.375", "\"measured\":21.0", "measured - tolerance"},
                      Breakage{"the first ones", "", "/origins/0/why"},
                      Breakage{"te/nvfp4/fp32/normal/16x64/s1", "te/nvfp4/fp64/normal/16x64/s1", "fp64"},
                      Breakage{"\"codes\":\"a", "\"codes\":\"A", "SHA-256"},
                      Breakage{"\"tolerance\":0.01", "\"tolerance\":\"nan\"", "tolerance"},
                      Breakage{"\"tolerance\":0.01", "\"tolerance\":-1", "tolerance"},
                      Breakage{"\"measured\":21.375", "\"measured\":\"inf\"", "measured"},
                      Breakage{"\"floor\":", "\"ceiling\":", "ceiling"},
                      Breakage{"\"required_subjects\"", "\"required\"", "required"}));

constexpr const char* kSubject = "plugin:lib.so:kernel";
constexpr const char* kAllSeeds = "te/nvfp4/fp32/normal/16x64/s*";

// One case of `seeds` seeds, of which the subject differs from each and has an SQNR that alternates by 1 dB.
Results seeded(std::uint64_t seeds) {
  Results results = sample::results();
  results.rows.clear();
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    compare::Case id = sample::case_of("te/nvfp4", "normal");
    id.seed = seed;
    results.rows.push_back(sample::row_of(id));
    results.rows.back().subjects.push_back({kSubject, compare::Outcome::kDifferent, "differs", {}});
    results.rows.back().subjects.back().sqnr_db = seed % 2 == 0 ? 19.0 : 21.0;
  }
  return results;
}

TEST(ProposeStatistical, FloorIsSixSigmaBelowTheMeanOfTheSeeds) {
  const Thresholds t = propose(seeded(64), kOrigin, {{}, {kSubject}});
  const auto floor = std::get<StatisticalFloor>(t.cases.at(kAllSeeds).subjects.at(kSubject));
  EXPECT_EQ(floor.mean, 20);
  EXPECT_NEAR(floor.sigma, std::sqrt(64.0 / 63.0), 1e-12);
  EXPECT_EQ(floor.n, 64);
  EXPECT_EQ(floor.floor, floor.mean - 6 * floor.sigma);
}

TEST(ProposeStatistical, RefusesTooFewSeedsAndAnSqnrThatIsNotFinite) {
  EXPECT_THAT(error_of([] { propose(seeded(63), kOrigin, {{}, {kSubject}}); }), HasSubstr("at least 64 seeds"));
  Results results = seeded(64);
  results.rows[3].subjects.back().sqnr_db = kNan;
  EXPECT_THAT(error_of([&] { propose(results, kOrigin, {{}, {kSubject}}); }), HasSubstr("finite SQNR"));
  EXPECT_THAT(error_of([] { propose(seeded(64), kOrigin, {{}, {"plugin:other"}}); }), HasSubstr("no subject"));
  EXPECT_THAT(error_of([] { propose(seeded(64), kOrigin); }), HasSubstr("mismatches"));
}

TEST(ProposeExplained, TakesTheRecipeAndItsPpmAndRefusesWhatIsUnexplained) {
  Results results = seeded(1);
  results.rows[0].subjects.back().explained = compare::Explained{"te/other", 2, 0, 0, 0, 1000};
  const Thresholds t = propose(results, kOrigin, {{kSubject}, {}});
  EXPECT_EQ(t.cases.at("te/nvfp4/fp32/normal/16x64/s0").subjects.at(kSubject),
            SubjectThreshold(ExplainedLimit{"te/other", 2000}));
  results.rows[0].subjects.back().explained->unexplained = 1;
  EXPECT_THAT(error_of([&] { propose(results, kOrigin, {{kSubject}, {}}); }), HasSubstr("mismatches"));
}

TEST(ThresholdsFile, ReadsBackEveryClass) {
  const sample::Folder folder;
  Thresholds written = propose(seeded(64), kOrigin, {{}, {kSubject}});
  written.cases[kAllSeeds].subjects.emplace("plugin:theory", TheoryBound{12.5, "note 3"});
  written.cases["te/nvfp4/fp32/normal/16x64/s1"].subjects.emplace(kSubject, ExplainedLimit{"te/other", 0.1});
  written.cases["te/nvfp4/fp32/normal/16x64/s1"].loosened = Loosened{"exact", "a reason"};
  written.dropped["te/gone/fp32/normal/16x64/s1"] = {"codes aa", "it is gone"};
  write_thresholds(folder / "t.json", written);
  const Thresholds read = read_thresholds(folder / "t.json");
  EXPECT_EQ(thresholds_text(read), thresholds_text(written));
  EXPECT_EQ(read.cases.at(kAllSeeds).subjects, written.cases.at(kAllSeeds).subjects);
  EXPECT_EQ(read.dropped, written.dropped);
}

TEST(ThresholdsFile, RefusesStatisticsThatItsNumbersDoNotGive) {
  const sample::Folder folder;
  for (const StatisticalFloor& wrong : {StatisticalFloor{20, 1, 64, 13}, StatisticalFloor{20, 1, 63, 14}}) {
    Thresholds t = propose(seeded(64), kOrigin, {{}, {kSubject}});
    t.cases[kAllSeeds].subjects.at(kSubject) = wrong;
    write_thresholds(folder / "t.json", t);
    EXPECT_THROW(read_thresholds(folder / "t.json"), InputError);
  }
}

TEST(ThresholdsFile, RefusesACaseThatStandsThereTwice) {
  const sample::Folder folder;
  std::string text = thresholds_text(propose(sample::results(), kOrigin));
  const std::string line =
      text.substr(text.find("\n\"te/nvfp4/fp32/gelu"), text.find("\n}") - text.find("\n\"te/nvfp4/fp32/gelu"));
  text.insert(text.find("\n\"te/nvfp4/fp32/gelu"), line.substr(0, line.find("},\n") + 2));
  write_text(folder / "t.json", text);
  EXPECT_THAT(error_of([&] { read_thresholds(folder / "t.json"); }), HasSubstr("twice"));
}

}  // namespace
}  // namespace bitgate::reports
