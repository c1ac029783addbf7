#include "bitgate/compare/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include <bit>
#include <cmath>

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A subject that answers as the reference does, after `change` has had its way with the answer.
SubjectSource changed(std::function<void(QuantizedTensor&)> change) {
  return {"test", [change](const std::string& recipe) -> Subject {
            return [change, &found = reference::require_recipe(recipe)](const Request& request) {
              QuantizedTensor answer = reference::quantize(found, request);
              change(answer);
              return answer;
            };
          }};
}

SubjectSource throwing(std::function<void()> raise) {
  return changed([raise](QuantizedTensor&) { raise(); });
}

Case small_case(const std::string& recipe = "te/nvfp4") { return {recipe, InputType::kF32, {"normal"}, {8, 64}, 1}; }

Row run_one(const Case& c, const SubjectSource& source) { return run_sweep({c}, {source}, {}).at(0); }

std::vector<std::uint64_t> bits_of(const Metrics& m) {
  std::vector<std::uint64_t> bits;
  for (const double value : {m.sqnr_db, m.nmse, m.max_error, m.saturated_share, m.underflow_share, m.floor_share,
                             m.row_sqnr_db.min, m.row_sqnr_db.p1, m.row_sqnr_db.median, m.sums.signal, m.sums.noise})
    bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

std::vector<Case> cases_of_all_recipes() {
  Panel panel{"all", {}, {InputType::kF32, InputType::kBf16}, {{"normal"}, {"row_ladder"}, {"gelu", -6}}, {16, 128}, 3};
  for (const DistributionInfo& info : distributions())
    if (info.family == Family::kDirected) panel.inputs.push_back({std::string(info.name)});
  return expand({panel});
}

TEST(Sweep, RowsAreTheSameForAnyNumberOfThreads) {
  // One in five, of every recipe: what differs is explained by other recipes, which takes longer than the sweep.
  std::vector<Case> cases;
  const std::vector<Case> all = cases_of_all_recipes();
  for (std::size_t i = 0; i < all.size(); i += 5) cases.push_back(all[i]);
  const SubjectSource subject = changed([](QuantizedTensor& answer) { answer.codes.at(5) ^= 1; });
  const auto run_with = [&](std::size_t threads) {
    const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, threads);
    return run_sweep(cases, {subject}, {});
  };
  const std::vector<Row> one = run_with(1), four = run_with(4);
  ASSERT_EQ(one.size(), cases.size());
  ASSERT_EQ(four.size(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(one[i].id, cases[i]);
    EXPECT_EQ(four[i].id, cases[i]);
    EXPECT_EQ(one[i].digests, four[i].digests) << cases[i].name();
    EXPECT_EQ(bits_of(one[i].metrics), bits_of(four[i].metrics)) << cases[i].name();
    ASSERT_EQ(one[i].subjects.size(), four[i].subjects.size());
    EXPECT_EQ(one[i].subjects[0].note, four[i].subjects[0].note);
  }
}

TEST(Sweep, SharingAnInputChangesNoRow) {
  const std::vector<Case> cases = cases_of_all_recipes();
  const std::vector<Row> together = run_sweep(cases, {}, {});
  for (std::size_t i = 0; i < cases.size(); i += 7)
    EXPECT_EQ(together[i].digests, run_sweep({cases[i]}, {}, {}).at(0).digests) << cases[i].name();
}

TEST(Sweep, EqualAnswerIsEqual) {
  const SubjectResult result = run_one(small_case(), changed([](QuantizedTensor&) {})).subjects.at(0);
  EXPECT_EQ(result.subject, "test/te/nvfp4");
  EXPECT_EQ(result.outcome, Outcome::kEqual);
  EXPECT_EQ(result.note, "");
  EXPECT_EQ(result.tally[static_cast<std::size_t>(Field::kElement)].total, 8 * 64);
}

TEST(Sweep, OneWrongCodeIsADifferenceOfOne) {
  const Row row = run_one(small_case(), changed([](QuantizedTensor& answer) { answer.codes.at(64 + 3) ^= 1; }));
  EXPECT_EQ(row.subjects.at(0).outcome, Outcome::kDifferent);
  EXPECT_EQ(row.subjects[0].tally[static_cast<std::size_t>(Field::kElement)].different, 1);
  EXPECT_EQ(row.subjects[0].tally[static_cast<std::size_t>(Field::kScale)].different, 0);
  EXPECT_THAT(row.subjects[0].note, HasSubstr("(1, 3)"));
}

TEST(Sweep, CrashingSubjectIsADifference) {
  const SubjectSource source = throwing([] { throw std::runtime_error("launch failed: invalid argument"); });
  const SubjectResult result = run_one(small_case(), source).subjects.at(0);
  EXPECT_EQ(result.outcome, Outcome::kDifferent);
  EXPECT_EQ(result.note, "launch failed: invalid argument");
}

TEST(Sweep, AnswerOfAnotherSizeIsADifference) {
  const SubjectSource source = changed([](QuantizedTensor& answer) { answer.codes.pop_back(); });
  EXPECT_EQ(run_one(small_case(), source).subjects.at(0).outcome, Outcome::kDifferent);
}

TEST(Sweep, SubjectThatCannotRunHereIsNotRun) {
  const SubjectResult result = run_one(small_case(), throwing([] { throw NotRun("no GPU"); })).subjects.at(0);
  EXPECT_EQ(result.outcome, Outcome::kNotRun);
  EXPECT_EQ(result.note, "no GPU");
}

TEST(Sweep, SourceWithoutThisRecipeLeavesNoEntry) {
  const SubjectSource none{"cuda", [](const std::string&) { return Subject{}; }};
  const Row row = run_one(small_case(), none);
  EXPECT_TRUE(row.subjects.empty());
  EXPECT_NE(row.digests.codes, "");
}

TEST(Sweep, RefusedInputIsNotRunAndNotMeasured) {
  Case refused = small_case("torchao/nvfp4");
  refused.extent = {8, 24};  // torchao takes whole blocks of 16 columns only
  const Row row = run_one(refused, changed([](QuantizedTensor&) {}));
  EXPECT_EQ(row.subjects.at(0).outcome, Outcome::kNotRun);
  EXPECT_THAT(row.subjects[0].note, HasSubstr("16"));
  EXPECT_TRUE(std::isnan(row.metrics.sqnr_db));
  EXPECT_TRUE(std::isnan(row.metrics.row_sqnr_db.min));
  EXPECT_EQ(row.digests, Digests{});
}

TEST(Sweep, UnknownNamesAreRefusedBeforeAnythingRuns) {
  std::size_t asked = 0;
  const auto progress = [&asked](std::size_t) { ++asked; };
  Case unknown_distribution = small_case();
  unknown_distribution.input.name = "normally";
  EXPECT_THROW(run_sweep({small_case(), unknown_distribution}, {}, progress), InputError);
  EXPECT_THROW(run_sweep({small_case(), small_case("te/nvfp5")}, {}, progress), InputError);
  EXPECT_EQ(asked, 0u);
}

TEST(Sweep, ProgressCountsEveryRowOnceInOrder) {
  const std::vector<Case> cases{small_case(), small_case("te/nvfp4-row"), small_case("torchao/mxfp4-floor")};
  std::vector<std::size_t> done;
  run_sweep(cases, {}, [&done](std::size_t rows) { done.push_back(rows); });
  EXPECT_THAT(done, ElementsAre(1, 2, 3));
}

TEST(Sweep, NoCasesGiveNoRows) { EXPECT_TRUE(run_sweep({}, {}, {}).empty()); }

// te.md 1.4: sd = 0 gives scale 0x00. torchao-and-ocp.md: a zero maximum gives E8M0 code 0.
TEST(Sweep, FloorScaleIsThatOfAZeroBlock) {
  EXPECT_EQ(floor_scale_bits(reference::require_recipe("te/nvfp4")), 0x00u);
  EXPECT_EQ(floor_scale_bits(reference::require_recipe("torchao/mxfp4-floor")), 0x00u);
  EXPECT_EQ(floor_scale_bits(reference::require_recipe("ggml/q8_1")), 0x0000u);
}

}  // namespace
}  // namespace bitgate::compare
