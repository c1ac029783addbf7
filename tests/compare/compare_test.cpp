#include "bitgate/compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kQuietNan = 0x7FC00000;

QuantizedTensor nvfp4(Extent extent = {8, 32}) {
  return make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax, extent);
}

const Tally& tally(const Comparison& c, Field field) { return c.tally[static_cast<std::size_t>(field)]; }

std::string refusal(const QuantizedTensor& expected, const QuantizedTensor& actual) {
  try {
    compare(expected, actual);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Compare, EqualTensorsAreBitExactAndHaveNothingToDescribe) {
  const Comparison c = compare(nvfp4(), nvfp4());
  EXPECT_TRUE(c.bit_exact());
  EXPECT_EQ(c.different(), 0);
  EXPECT_TRUE(c.first.empty());
  EXPECT_EQ(describe(c, nvfp4()), "");
  EXPECT_EQ(tally(c, Field::kElement).total, 256);
  EXPECT_EQ(tally(c, Field::kScale).total, 16);
  EXPECT_EQ(tally(c, Field::kGlobal).total, 1);
  EXPECT_EQ(tally(c, Field::kExtra).total, 0);
}

TEST(Compare, ElementsAreCountedAndTheFirstIsDescribedByCodeAndValue) {
  QuantizedTensor expected = nvfp4(), actual = nvfp4();
  expected.codes[4 * 32 + 17] = 0x5;
  actual.codes[4 * 32 + 17] = 0x6;
  actual.codes[4 * 32 + 18] = 0x1;
  actual.codes[7 * 32] = 0x1;
  const Comparison c = compare(expected, actual);
  EXPECT_FALSE(c.bit_exact());
  EXPECT_EQ(describe(c, expected), "3 of 256 elements differ; first (4, 17): expected 0x5 = 3, got 0x6 = 4");
}

TEST(Compare, NanPayloadAndSignOfAGlobalAreDifferences) {
  QuantizedTensor expected = nvfp4(), actual = nvfp4();
  expected.global[0] = std::bit_cast<float>(kQuietNan);
  for (const std::uint32_t bits : {kQuietNan | 1, kQuietNan | 0x80000000}) {
    actual.global[0] = std::bit_cast<float>(bits);
    const Comparison c = compare(expected, actual);
    EXPECT_EQ(tally(c, Field::kGlobal).different, 1);
    ASSERT_EQ(c.first.size(), 1u);
    EXPECT_EQ(c.first[0].expected, kQuietNan);
    EXPECT_EQ(c.first[0].actual, bits);
  }
  actual.global[0] = std::bit_cast<float>(kQuietNan);
  EXPECT_TRUE(compare(expected, actual).bit_exact());
}

TEST(Compare, NegativeZeroGlobalDiffersFromZero) {
  QuantizedTensor expected = nvfp4(), actual = nvfp4();
  actual.global[0] = -0.0f;
  EXPECT_EQ(describe(compare(expected, actual), expected),
            "1 of 1 globals differ; first (0, 0): expected 0x00000000 = 0, got 0x80000000 = -0");
}

TEST(Compare, NanCodesOfEqualBitsAreEqualAndOfOtherBitsAreNot) {
  QuantizedTensor expected = make_quantized(scheme_of(SchemeId::kMxfp8E4m3), GlobalNumber::kNone, {1, 32});
  QuantizedTensor actual = expected;
  expected.codes[3] = actual.codes[3] = 0x7F;
  EXPECT_TRUE(compare(expected, actual).bit_exact());
  actual.codes[3] = 0xFF;
  EXPECT_EQ(describe(compare(expected, actual), expected),
            "1 of 32 elements differ; first (0, 3): expected 0x7F = nan, got 0xFF = nan");
}

TEST(Compare, FloatScalesCompareByBits) {
  QuantizedTensor expected = make_quantized(scheme_of(SchemeId::kQ8_1MmqD4), GlobalNumber::kNone, {2, 64});
  QuantizedTensor actual = expected;
  set_scale_bits(actual.scales, 3, 0x80000000);
  EXPECT_EQ(describe(compare(expected, actual), expected),
            "1 of 4 scales differ; first (1, 1): expected 0x00000000 = 0, got 0x80000000 = -0");
}

TEST(Compare, FieldsFollowInTheirOrderEachIndexedByItsOwnMatrix) {
  QuantizedTensor expected = make_quantized(scheme_of(SchemeId::kQ8_1), GlobalNumber::kNone, {2, 65});
  QuantizedTensor actual = expected;
  actual.codes[65] = 0xFF;
  set_scale_bits(actual.scales, 5, 0x3C00);
  actual.extras[4] = 0xC000;
  const Comparison c = compare(expected, actual);
  EXPECT_EQ(c.different(), 3);
  EXPECT_EQ(describe(c, expected),
            "1 of 6 scales differ; first (1, 2): expected 0x0000 = 0, got 0x3C00 = 1; "
            "1 of 130 elements differ; first (1, 0): expected 0x00 = 0, got 0xFF = -1; "
            "1 of 6 extras differ; first (1, 1): expected 0x0000 = 0, got 0xC000 = -2");
}

TEST(Compare, TheFirstFourOfEachFieldAreKeptInIndexOrder) {
  QuantizedTensor expected = nvfp4(), actual = nvfp4();
  for (const std::size_t i : {200u, 3u, 40u, 33u, 100u, 255u}) actual.codes[i] = 1;
  for (const std::size_t i : {9u, 1u}) set_scale_bits(actual.scales, i, 1);
  actual.global[0] = 1.0f;
  const Comparison c = compare(expected, actual);
  EXPECT_EQ(tally(c, Field::kElement).different, 6);
  std::vector<std::pair<std::int64_t, std::int64_t>> places;
  for (const Mismatch& m : c.first) places.emplace_back(m.row, m.col);
  EXPECT_EQ(places, (std::vector<std::pair<std::int64_t, std::int64_t>>{
                        {0, 0}, {0, 1}, {4, 1}, {0, 3}, {1, 1}, {1, 8}, {3, 4}}));
}

TEST(Compare, AGlobalOfARowIsIndexedByItsRow) {
  QuantizedTensor expected = make_quantized(scheme_of(SchemeId::kNvfp4Row), GlobalNumber::kAmax, {3, 16});
  QuantizedTensor actual = expected;
  actual.global[2] = 0.1f;
  EXPECT_EQ(describe(compare(expected, actual), expected),
            "1 of 3 globals differ; first (2, 0): expected 0x00000000 = 0, got 0x3DCCCCCD = 0.1");
}

TEST(Compare, ValuesAreComparedToo) {
  QuantizedTensor expected = nvfp4({1, 16});
  expected.values.assign(16, 1.5f);
  QuantizedTensor actual = expected;
  actual.values[2] = std::bit_cast<float>(kQuietNan);
  EXPECT_EQ(describe(compare(expected, actual), expected),
            "1 of 16 values differ; first (0, 2): expected 0x3FC00000 = 1.5, got 0x7FC00000 = nan");
}

TEST(Compare, EmptyTensorsAreEqual) {
  EXPECT_TRUE(compare(nvfp4({0, 32}), nvfp4({0, 32})).bit_exact());
  EXPECT_TRUE(compare(nvfp4({4, 0}), nvfp4({4, 0})).bit_exact());
}

TEST(Compare, OtherSchemeExtentOrSizesAreRefusedByName) {
  const QuantizedTensor expected = nvfp4();
  EXPECT_EQ(refusal(expected, make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kAmax, {8, 32})),
            "cannot compare: expected a tensor of scheme nvfp4, got mxfp4");
  EXPECT_EQ(refusal(expected, nvfp4({4, 64})), "cannot compare: expected a tensor of 8 x 32, got 4 x 64");
  QuantizedTensor actual = nvfp4();
  actual.global_number = GlobalNumber::kMultiplier;
  EXPECT_THAT(refusal(expected, actual), HasSubstr("different kinds of global number"));
  actual = nvfp4();
  actual.codes.pop_back();
  EXPECT_EQ(refusal(expected, actual), "cannot compare: expected 256 elements, got 255");
  actual = nvfp4();
  actual.global.clear();
  EXPECT_EQ(refusal(expected, actual), "cannot compare: expected 1 globals, got 0");
  actual = nvfp4();
  actual.scales = std::vector<float>(16);
  EXPECT_EQ(refusal(expected, actual), "cannot compare: expected scales stored as e4m3");
}

QuantizedTensor with_twin() {
  QuantizedTensor t = nvfp4();
  t.columnwise = {nvfp4({32, 8})};
  t.columnwise[0].direction = Direction::kColumnwise;
  return t;
}

TEST(CompareTwin, EqualTwinsAreBitExact) {
  const Comparison c = compare(with_twin(), with_twin());
  EXPECT_TRUE(c.bit_exact());
  EXPECT_EQ(describe(c, with_twin()), "");
  ASSERT_EQ(c.columnwise.size(), 1u);
  EXPECT_EQ(tally(c.columnwise[0], Field::kElement).total, 256);
}

// One fault in the twin: the rest of the tensor is equal.
void expect_in_twin_alone(const QuantizedTensor& actual, Field field, std::string_view text) {
  const Comparison c = compare(with_twin(), actual);
  EXPECT_FALSE(c.bit_exact());
  EXPECT_EQ(c.different(), 1);
  for (const Tally& own : c.tally) EXPECT_EQ(own.different, 0);
  EXPECT_TRUE(c.first.empty());
  ASSERT_EQ(c.columnwise.size(), 1u);
  EXPECT_EQ(tally(c.columnwise[0], field).different, 1);
  EXPECT_EQ(describe(c, with_twin()), text);
}

TEST(CompareTwin, AWrongCodeThereAloneCounts) {
  QuantizedTensor actual = with_twin();
  actual.columnwise[0].codes[9 * 8 + 3] = 0x6;
  expect_in_twin_alone(actual, Field::kElement,
                       "column-wise: 1 of 256 elements differ; first (9, 3): expected 0x0 = 0, got 0x6 = 4");
}

TEST(CompareTwin, AWrongScaleThereAloneCounts) {
  QuantizedTensor actual = with_twin();
  set_scale_bits(actual.columnwise[0].scales, 5, 0x38);
  expect_in_twin_alone(actual, Field::kScale,
                       "column-wise: 1 of 32 scales differ; first (5, 0): expected 0x00 = 0, got 0x38 = 1");
}

TEST(CompareTwin, AWrongGlobalThereAloneCounts) {
  QuantizedTensor actual = with_twin();
  actual.columnwise[0].global[0] = 1.0f;
  expect_in_twin_alone(actual, Field::kGlobal,
                       "column-wise: 1 of 1 globals differ; first (0, 0): expected 0x00000000 = 0, got 0x3F800000 = 1");
}

TEST(CompareTwin, FaultsOfBothSidesAreDescribedInTurn) {
  QuantizedTensor actual = with_twin();
  actual.codes[0] = 0x1;
  actual.columnwise[0].codes[1] = 0x2;
  const Comparison c = compare(with_twin(), actual);
  EXPECT_EQ(c.different(), 2);
  EXPECT_EQ(describe(c, with_twin()),
            "1 of 256 elements differ; first (0, 0): expected 0x0 = 0, got 0x1 = 0.5; "
            "column-wise: 1 of 256 elements differ; first (0, 1): expected 0x0 = 0, got 0x2 = 1");
}

TEST(CompareTwin, AnAbsentOneIsRefused) {
  EXPECT_THAT(refusal(with_twin(), nvfp4()), HasSubstr("not of the same direction"));
  EXPECT_THAT(refusal(nvfp4(), with_twin()), HasSubstr("not of the same direction"));
  QuantizedTensor turned = with_twin();
  turned.columnwise[0].direction = Direction::kRowwise;
  EXPECT_THAT(refusal(with_twin(), turned), HasSubstr("not of the same direction"));
}

TEST(Compare, FieldNames) {
  EXPECT_EQ(name_of(Field::kGlobal), "global");
  EXPECT_EQ(name_of(Field::kElement), "element");
  EXPECT_EQ(name_of(Field::kValue), "value");
}

}  // namespace
}  // namespace bitgate::compare
