#include "bitgate/compare/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bitgate/tests/support/temporary_directory.h"
#include "bitgate/tests/support/tensor_samples.h"

namespace bitgate::compare {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr double kInf = std::numeric_limits<double>::infinity();

const Tally& tally(const PairDifference& pair, Field field) { return pair.tally[static_cast<std::size_t>(field)]; }

QuantizedTensor values_of_row(const std::vector<float>& values) {
  QuantizedTensor t =
      make_quantized(scheme_of(SchemeId::kValues), GlobalNumber::kNone, {1, static_cast<std::int64_t>(values.size())});
  t.values = values;
  return t;
}

TEST(Matrix, HoldsEachPairOnceInOrder) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  const auto pairs = matrix({{"x", t}, {"y", t}, {"z", t}});
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].a + pairs[0].b + pairs[1].a + pairs[1].b + pairs[2].a + pairs[2].b, "xyxzyz");
  for (const PairDifference& pair : pairs) {
    EXPECT_TRUE(pair.equal());
    EXPECT_EQ(pair.different_bytes, 0);
    EXPECT_EQ(tally(pair, Field::kElement).total, 64);
  }
}

TEST(Matrix, PartsAtTheEarliestStageWithTheBitsOfBoth) {
  const QuantizedTensor a = numbered(SchemeId::kNvfp4, {2, 32});
  QuantizedTensor b = a;
  b.codes[0] ^= 1;
  set_scale_bits(b.scales, 2, scale_bits(a.scales, 2) + 4);
  const PairDifference pair = matrix({{"a", a}, {"b", b}}).at(0);
  ASSERT_TRUE(pair.parts.has_value());
  EXPECT_EQ(stage_of(pair.parts->field), "scales");
  EXPECT_EQ(pair.parts->row, 1);
  EXPECT_EQ(pair.parts->col, 0);
  EXPECT_EQ(pair.parts->expected, 5u);
  EXPECT_EQ(pair.parts->actual, 9u);
  EXPECT_EQ(tally(pair, Field::kElement).different, 1);
  EXPECT_EQ(pair.different_bytes, 2);
}

TEST(Matrix, AGlobalCountsFourBytesAndComesFirst) {
  const QuantizedTensor a = numbered(SchemeId::kNvfp4, {1, 16});
  QuantizedTensor b = a;
  b.global[0] = 1.0f;
  b.codes[3] ^= 1;
  const PairDifference pair = matrix({{"a", a}, {"b", b}}).at(0);
  EXPECT_EQ(stage_of(pair.parts->field), "global");
  EXPECT_EQ(pair.different_bytes, 5);
}

TEST(Matrix, ADifferenceInTheTwinAloneIsSeen) {
  const QuantizedTensor a = both(SchemeId::kNvfp4, {16, 32});
  QuantizedTensor b = a;
  b.columnwise[0].codes[5] ^= 2;
  const PairDifference pair = matrix({{"a", a}, {"b", b}}).at(0);
  EXPECT_FALSE(pair.equal());
  EXPECT_TRUE(pair.parts_in_twin);
  EXPECT_EQ(tally(pair, Field::kElement).total, 1024);
  EXPECT_EQ(pair.different_bytes, 1);
}

// By hand: 10 log10((9 + 16) / 0.25) = 20.
TEST(Matrix, SqnrIsOfTheSecondAgainstTheFirst) {
  EXPECT_DOUBLE_EQ(value_sqnr_db(values_of_row({3, 4}), values_of_row({3, 4.5f})), 20.0);
  EXPECT_LT(std::fabs(value_sqnr_db(values_of_row({10, 0}), values_of_row({9, 0})) - 20.0), 1e-12);
  EXPECT_NE(value_sqnr_db(values_of_row({9, 0}), values_of_row({10, 0})), 20.0);
}

TEST(Matrix, SqnrOfEqualZeroAndNonfiniteValues) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(value_sqnr_db(values_of_row({1, 2}), values_of_row({1, 2})), kInf);
  EXPECT_TRUE(std::isnan(value_sqnr_db(values_of_row({0, 0}), values_of_row({0, 0}))));
  EXPECT_EQ(value_sqnr_db(values_of_row({1, 2}), values_of_row({1, nan})), -kInf);
  EXPECT_EQ(value_sqnr_db(values_of_row({1, nan}), values_of_row({1, 5})), kInf);
}

TEST(Matrix, ANanThatDiffersIsADifferenceThoughNoValueTells) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const PairDifference pair = matrix({{"a", values_of_row({1, nan})}, {"b", values_of_row({1, 5})}}).at(0);
  EXPECT_FALSE(pair.equal());
  EXPECT_EQ(stage_of(pair.parts->field), "values");
}

TEST(Matrix, RefusesOtherSchemesSizesAndNamesTwice) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  const auto message = [&](const std::string& name, const QuantizedTensor& other) {
    return refusal([&] { matrix({{"eager", t}, {name, other}}); });
  };
  EXPECT_THAT(message("rollout", numbered(SchemeId::kMxfp4, {2, 32})),
              AllOf(HasSubstr("eager and rollout: "), HasSubstr("expected a tensor of scheme nvfp4, got mxfp4")));
  EXPECT_THAT(message("rollout", numbered(SchemeId::kNvfp4, {4, 32})), HasSubstr("expected a tensor of 2 x 32"));
  EXPECT_THAT(message("eager", t), HasSubstr("two tensors have the name 'eager'"));
}

}  // namespace
}  // namespace bitgate::compare
