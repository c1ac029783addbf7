#include "bitgate/compare/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cctype>
#include <limits>

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr Extent kExtent{4, 128};  // two blocks a row at least

class Verify : public testing::TestWithParam<const char*> {
 protected:
  const reference::Recipe& recipe() const { return reference::require_recipe(GetParam()); }
  TypedTensor input() const { return generate(recipe(), {"normal"}, InputType::kF32, kExtent, 5); }
  QuantizedTensor answer(const TypedTensor& x, std::span<const float> global = {},
                         const Scales* scales = nullptr) const {
    Request request;
    request.input = x.view();
    request.global = global;
    request.scales = scales;
    return reference::quantize(recipe(), request);
  }
};

class VerifyGlobal : public Verify {};
class VerifyEmpty : public Verify {};

// The input element that a trace explains, as bits.
std::uint32_t explained(const std::vector<reference::Stage>& trace) {
  for (const reference::Stage& stage : trace)
    if (stage.name == "x") return stage.bits;
  return 0;
}
std::uint32_t bits_at(const TypedTensor& x, std::int64_t row, std::int64_t col) {
  return std::bit_cast<std::uint32_t>(element(x.view(), row * x.extent.cols + col));
}

std::int64_t different(const StagedVerdict& v) {
  return v.global.different + v.scales.different + v.codes.different + v.extras.different;
}

TEST_P(Verify, TheReferenceItselfIsExact) {
  const TypedTensor x = input();
  const QuantizedTensor subject = answer(x);
  const StagedVerdict verdict = verify(recipe(), x.view(), subject, false);
  EXPECT_TRUE(verdict.bit_exact());
  EXPECT_TRUE(verdict.global_checked);
  EXPECT_EQ(verdict.codes.total, count(kExtent));
  EXPECT_EQ(verdict.scales.total, static_cast<std::int64_t>(scale_count(subject.scales)));
  EXPECT_EQ(verdict.global.total, static_cast<std::int64_t>(subject.global.size()));
  EXPECT_EQ(verdict.extras.total, static_cast<std::int64_t>(subject.extras.size()));
  EXPECT_THAT(verdict.first, IsEmpty());
}

TEST_P(Verify, OneWrongCodeIsSeenInItsStageOnce) {
  const TypedTensor x = input();
  QuantizedTensor subject = answer(x);
  subject.codes[2 * 128 + 33] ^= 1;
  const StagedVerdict verdict = verify(recipe(), x.view(), subject, false);
  EXPECT_FALSE(verdict.bit_exact());
  EXPECT_EQ(verdict.codes.different, 1);
  EXPECT_EQ(different(verdict), 1);
  ASSERT_THAT(verdict.first, SizeIs(1));
  EXPECT_EQ(verdict.first[0].field, Field::kElement);
  EXPECT_EQ(verdict.first[0].row, 2);
  EXPECT_EQ(verdict.first[0].col, 33);
  ASSERT_THAT(verdict.traces, SizeIs(1));
  EXPECT_EQ(explained(verdict.traces[0]), bits_at(x, 2, 33));
}

// A producer whose scale came out one code higher and whose codes follow from that scale is wrong in one scale only.
TEST_P(Verify, OneWrongScaleIsSeenInItsStageOnce) {
  const TypedTensor x = input();
  QuantizedTensor subject = answer(x);
  Scales scales = subject.scales;
  set_scale_bits(scales, 1, scale_bits(scales, 1) + 1);
  subject = answer(x, subject.global, &scales);
  subject.scales = scales;
  const StagedVerdict verdict = verify(recipe(), x.view(), subject, false);
  EXPECT_EQ(verdict.scales.different, 1);
  EXPECT_EQ(different(verdict), 1);
  ASSERT_THAT(verdict.first, SizeIs(1));
  EXPECT_EQ(verdict.first[0].field, Field::kScale);
  EXPECT_EQ(verdict.first[0].col, 1);
  EXPECT_EQ(verdict.first[0].actual, verdict.first[0].expected + 1);
  EXPECT_EQ(explained(verdict.traces.at(0)), bits_at(x, 0, scheme_of(recipe().rules.scheme).block.cols));
}

TEST_P(VerifyGlobal, OneWrongGlobalIsSeenInItsStageOnce) {
  const TypedTensor x = input();
  std::vector<float> global = answer(x).global;
  global[0] *= 1.5f;
  const QuantizedTensor subject = answer(x, global);
  const StagedVerdict verdict = verify(recipe(), x.view(), subject, false);
  EXPECT_EQ(verdict.global.different, 1);
  EXPECT_EQ(different(verdict), 1);
  EXPECT_EQ(verdict.first.at(0).field, Field::kGlobal);
  EXPECT_THAT(verdict.traces.at(0), Not(IsEmpty()));
}

// Recipes that refuse a NaN as input still judge a subject that has one.
TEST_P(VerifyGlobal, ANanGlobalOfTheSubjectIsADifference) {
  const TypedTensor x = input();
  QuantizedTensor subject = answer(x);
  subject.global[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(verify(recipe(), x.view(), subject, false).global.different, 1);
}

TEST_P(VerifyGlobal, AGivenGlobalIsNotCompared) {
  const TypedTensor x = input();
  std::vector<float> global = answer(x).global;
  global[0] *= 1.5f;
  const StagedVerdict verdict = verify(recipe(), x.view(), answer(x, global), true);
  EXPECT_FALSE(verdict.global_checked);
  EXPECT_EQ(verdict.global.total, 0);
  EXPECT_TRUE(verdict.bit_exact());
}

TEST_P(Verify, FaultsInAllStagesAreCountedEach) {
  const TypedTensor x = input();
  QuantizedTensor subject = answer(x);
  Scales scales = subject.scales;
  set_scale_bits(scales, 0, scale_bits(scales, 0) + 1);
  subject = answer(x, subject.global, &scales);
  subject.scales = scales;
  subject.codes[3 * 128] ^= 1;
  const StagedVerdict verdict = verify(recipe(), x.view(), subject, false);
  EXPECT_EQ(verdict.scales.different, 1);
  EXPECT_EQ(verdict.codes.different, 1);
  ASSERT_THAT(verdict.first, SizeIs(2));
  EXPECT_THAT(verdict.traces, SizeIs(2));
}

TEST_P(Verify, OtherSizesAreRefused) {
  const TypedTensor x = input();
  QuantizedTensor subject = answer(x);
  subject.codes.pop_back();
  EXPECT_THROW(verify(recipe(), x.view(), subject, false), InputError);
  subject = answer(x);
  subject.scales = std::vector<std::uint8_t>{};
  EXPECT_THROW(verify(recipe(), x.view(), subject, false), InputError);
}

TEST_P(VerifyEmpty, AnEmptyTensorIsExact) {
  const TypedTensor x = make_input(InputType::kF32, {0, 128});
  EXPECT_TRUE(verify(recipe(), x.view(), answer(x), false).bit_exact());
}

std::string test_name(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recipes, Verify,
                         testing::Values("te/nvfp4", "te/nvfp4-row", "torchao/nvfp4-tensorwise", "torchao/mxfp4-floor",
                                         "torchao/mxfp8e4m3-rceil", "ggml/q8_1", "ggml/q8_1-mmq-d4",
                                         "ggml/q8_1-mmq-d2s6", "ggml/q8_1-cpu-ref"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Recipes, VerifyGlobal,
                         testing::Values("te/nvfp4", "te/nvfp4-row", "te/nvfp4-pyref", "torchao/nvfp4-tensorwise",
                                         "torchao/nvfp4-pr2408"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Recipes, VerifyEmpty,
                         testing::Values("te/nvfp4", "te/nvfp4-row", "torchao/mxfp4-floor", "ggml/q8_1"), test_name);

// ggml's codes come from the scale before it is stored as a half: a wrong stored scale says nothing about them.
TEST(VerifyGgml, CodesAreJudgedFromTheInputAlone) {
  const reference::Recipe& recipe = reference::require_recipe("ggml/q8_1");
  const TypedTensor x = generate(recipe, {"normal"}, InputType::kF32, kExtent, 5);
  Request request;
  request.input = x.view();
  QuantizedTensor subject = reference::quantize(recipe, request);
  set_scale_bits(subject.scales, 0, 0);
  const StagedVerdict verdict = verify(recipe, x.view(), subject, false);
  EXPECT_EQ(verdict.scales.different, 1);
  EXPECT_EQ(verdict.codes.different, 0);
  EXPECT_EQ(verdict.extras.different, 0);
}

TEST(VerifyExtras, OneWrongSumIsSeenInItsStageOnce) {
  const reference::Recipe& recipe = reference::require_recipe("ggml/q8_1-mmq-d2s6");
  const TypedTensor x = generate(recipe, {"normal"}, InputType::kF32, {2, 256}, 5);
  Request request;
  request.input = x.view();
  QuantizedTensor subject = reference::quantize(recipe, request);
  subject.extras.back() ^= 1;
  const StagedVerdict verdict = verify(recipe, x.view(), subject, false);
  EXPECT_EQ(verdict.extras.different, 1);
  EXPECT_EQ(different(verdict), 1);
  ASSERT_THAT(verdict.first, SizeIs(1));
  EXPECT_EQ(verdict.first[0].field, Field::kExtra);
  EXPECT_EQ(explained(verdict.traces.at(0)), bits_at(x, 1, 128));  // the last six sums are of columns 128 to 255
}

// Both directions at once: the twin is judged as the tensor is.
constexpr Extent kSquare{64, 128};

struct TwinCase {
  explicit TwinCase(const char* name)
      : recipe(reference::require_recipe(name)), x(generate(recipe, {"normal"}, InputType::kBf16, kSquare, 5)) {}
  QuantizedTensor answer(Direction direction, std::span<const float> global = {},
                         const Scales* scales = nullptr) const {
    Request request;
    request.input = x.view();
    request.direction = direction;
    request.global = global;
    request.scales = scales;
    return reference::quantize(recipe, request);
  }
  StagedVerdict judged(const QuantizedTensor& subject) const { return verify(recipe, x.view(), subject, false); }

  const reference::Recipe& recipe;
  TypedTensor x;
};

// One difference in the twin and none beside it.
void expect_in_twin_alone(const StagedVerdict& verdict, Field field) {
  EXPECT_FALSE(verdict.bit_exact());
  EXPECT_EQ(different(verdict), 0);
  EXPECT_THAT(verdict.first, IsEmpty());
  ASSERT_THAT(verdict.columnwise, SizeIs(1));
  const StagedVerdict& twin = verdict.columnwise[0];
  EXPECT_EQ(different(twin), 1);
  ASSERT_THAT(twin.first, SizeIs(1));
  EXPECT_EQ(twin.first[0].field, field);
  ASSERT_THAT(twin.traces, SizeIs(1));
  EXPECT_THAT(twin.traces[0], Not(IsEmpty()));
}

class VerifyTwin : public testing::TestWithParam<const char*> {};

TEST_P(VerifyTwin, TheReferenceItselfIsExact) {
  const TwinCase c(GetParam());
  const QuantizedTensor subject = c.answer(Direction::kBoth);
  const StagedVerdict verdict = c.judged(subject);
  EXPECT_TRUE(verdict.bit_exact());
  EXPECT_EQ(verdict.codes.total, count(kSquare));
  ASSERT_THAT(verdict.columnwise, SizeIs(1));
  const QuantizedTensor& twin = subject.columnwise.at(0);
  EXPECT_EQ(verdict.columnwise[0].codes.total, count(kSquare));
  EXPECT_EQ(verdict.columnwise[0].scales.total, static_cast<std::int64_t>(scale_count(twin.scales)));
  EXPECT_EQ(verdict.columnwise[0].global.total, static_cast<std::int64_t>(twin.global.size()));
}

TEST_P(VerifyTwin, OneWrongCodeThereAloneIsFound) {
  const TwinCase c(GetParam());
  QuantizedTensor subject = c.answer(Direction::kBoth);
  subject.columnwise.at(0).codes[100 * 64 + 33] ^= 1;
  const StagedVerdict verdict = c.judged(subject);
  expect_in_twin_alone(verdict, Field::kElement);
  EXPECT_EQ(verdict.columnwise.at(0).first.at(0).row, 100);
  EXPECT_EQ(verdict.columnwise.at(0).first.at(0).col, 33);
}

TEST_P(VerifyTwin, OneWrongScaleThereAloneIsFound) {
  const TwinCase c(GetParam());
  QuantizedTensor subject = c.answer(Direction::kBoth);
  QuantizedTensor& twin = subject.columnwise.at(0);
  Scales scales = twin.scales;
  set_scale_bits(scales, 3, scale_bits(scales, 3) + 1);
  twin.codes = c.answer(Direction::kColumnwise, twin.global, &scales).codes;
  twin.scales = scales;
  const StagedVerdict verdict = c.judged(subject);
  expect_in_twin_alone(verdict, Field::kScale);
  EXPECT_EQ(verdict.columnwise.at(0).scales.different, 1);
}

INSTANTIATE_TEST_SUITE_P(Recipes, VerifyTwin, testing::Values("te/nvfp4", "te/mxfp8-e4m3", "te/nvfp4-rht"), test_name);

TEST(VerifyTwinGlobal, AWrongOneThereAloneIsFound) {
  for (const char* name : {"te/nvfp4", "te/nvfp4-rht"}) {
    SCOPED_TRACE(name);
    const TwinCase c(name);
    QuantizedTensor subject = c.answer(Direction::kBoth);
    std::vector<float> global = subject.columnwise.at(0).global;
    global.at(0) *= 1.5f;
    subject.columnwise[0] = c.answer(Direction::kColumnwise, global);
    const StagedVerdict verdict = c.judged(subject);
    expect_in_twin_alone(verdict, Field::kGlobal);
    EXPECT_EQ(verdict.columnwise.at(0).global.different, 1);
  }
}

// The transformed copy is what the recipe stands for: rows alone, from another quantizer, are not its answer.
TEST(VerifyTwinTransform, RowsAloneAreRefused) {
  const TwinCase c("te/nvfp4-rht");
  const QuantizedTensor rows = TwinCase("te/nvfp4").answer(Direction::kRowwise);
  EXPECT_THROW(c.judged(rows), InputError);
  EXPECT_TRUE(c.judged(c.answer(Direction::kColumnwise)).bit_exact());
}

// An amax or a global that the kernel was given is what its stored global is held against.
TEST(VerifyGiven, AnAmaxTakesPart) {
  const TwinCase c("te/nvfp4");
  const std::vector<float> amax{99.0f};
  Request asked;
  asked.input = c.x.view();
  asked.amax = amax;
  const QuantizedTensor dump = c.answer(Direction::kRowwise);
  const StagedVerdict verdict = verify(c.recipe, asked, dump, false);
  EXPECT_FALSE(verdict.bit_exact());
  EXPECT_EQ(verdict.global.different, 1);
  EXPECT_EQ(different(verdict), 1);
  EXPECT_EQ(verdict.first.at(0).expected, std::bit_cast<std::uint32_t>(99.0f));
  const StagedVerdict given = verify(c.recipe, asked, dump, true);
  EXPECT_FALSE(given.global_checked);
  EXPECT_TRUE(given.bit_exact());
  EXPECT_TRUE(verify(c.recipe, asked, reference::quantize(c.recipe, asked), false).bit_exact());
}

TEST(VerifyGiven, AGlobalTakesPart) {
  const TwinCase c("te/nvfp4");
  const std::vector<float> global{99.0f};
  Request asked;
  asked.input = c.x.view();
  asked.global = global;
  const QuantizedTensor dump = c.answer(Direction::kRowwise);
  EXPECT_EQ(verify(c.recipe, asked, dump, false).global.different, 1);
  EXPECT_TRUE(verify(c.recipe, asked, dump, true).bit_exact());
  EXPECT_TRUE(verify(c.recipe, asked, c.answer(Direction::kRowwise, global), false).bit_exact());
}

TEST(VerifyGiven, AnAmaxOfBothSidesTakesPartInBoth) {
  const TwinCase c("te/nvfp4");
  const std::vector<float> amax{99.0f};
  Request asked;
  asked.input = c.x.view();
  asked.amax = amax;
  const StagedVerdict verdict = verify(c.recipe, asked, c.answer(Direction::kBoth), false);
  EXPECT_EQ(verdict.global.different, 1);
  EXPECT_EQ(verdict.columnwise.at(0).global.different, 1);
  asked.direction = Direction::kBoth;
  EXPECT_TRUE(verify(c.recipe, asked, reference::quantize(c.recipe, asked), false).bit_exact());
}

}  // namespace
}  // namespace bitgate::compare
