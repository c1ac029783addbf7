#include "bitgate/compare/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfF = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kFloor = 0x77;  // any bits that the other blocks do not have
constexpr std::uint8_t kOne = 0x38;     // 1.0 as e4m3

// One-level NVFP4: y = code * scale, blocks of 16. Codes 0..7 are 0, 0.5, 1, 1.5, 2, 3, 4, 6. All scales are 1.
QuantizedTensor unit_scaled(Extent extent, std::vector<std::uint8_t> codes) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kNvfp4Single), GlobalNumber::kNone, extent);
  t.codes = std::move(codes);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i) set_scale_bits(t.scales, i, kOne);
  return t;
}

Metrics measured(const std::vector<float>& x, const QuantizedTensor& t) {
  return measure({InputType::kF32, t.extent, x.data()}, t, kFloor);
}

TEST(Metrics, WorkedByHand) {
  // x = {3, 4}, y = {3, 6}: signal 9 + 16 = 25, noise 4.
  const Metrics m = measured({3, 4}, unit_scaled({1, 2}, {5, 7}));
  EXPECT_EQ(m.sums.signal, 25.0);
  EXPECT_EQ(m.sums.noise, 4.0);
  EXPECT_EQ(m.max_error, 2.0);
  EXPECT_EQ(m.nmse, 0.16);
  EXPECT_DOUBLE_EQ(m.sqnr_db, 7.9588001734407516);  // 10 log10(6.25)
  EXPECT_EQ(m.sums.elements, 2);
  EXPECT_EQ(m.sums.nonzero, 2);
  EXPECT_EQ(m.sums.underflowed, 0);
  EXPECT_EQ(m.sums.saturated, 0);  // code 7 is the largest, yet |x| = 4 is under |y| = 6
}

TEST(Metrics, MaxErrorIsTheLargestOfAllRows) {
  // Errors 0.5 and 1 in the first row, 0.25 and 0 in the second.
  const Metrics m = measured({2.5f, 7, 1.25f, 1}, unit_scaled({2, 2}, {4, 7, 2, 2}));
  EXPECT_EQ(m.max_error, 1.0);
  EXPECT_EQ(m.sums.noise, 0.25 + 1 + 0.0625);
}

TEST(Metrics, SqnrInDecibels) {
  EXPECT_NEAR(sqnr_db(100, 1), 20.0, 1e-13);
  EXPECT_NEAR(sqnr_db(1, 1000), -30.0, 1e-13);
  EXPECT_EQ(sqnr_db(5, 5), 0.0);
  EXPECT_NEAR(sqnr_db(2, 1), 3.0102999566398120, 1e-14);
  EXPECT_EQ(sqnr_db(1, 0), kInf);
  EXPECT_EQ(sqnr_db(1, kInf), -kInf);
  EXPECT_EQ(sqnr_db(0, 1), -kInf);
  EXPECT_TRUE(std::isnan(sqnr_db(0, 0)));
}

TEST(Metrics, ExactCodesGiveInfiniteSqnrAndNoNoise) {
  const Metrics m = measured({-6, 0.5f, 0}, unit_scaled({1, 3}, {0xF, 1, 0}));
  EXPECT_EQ(m.sqnr_db, kInf);
  EXPECT_EQ(m.nmse, 0.0);
  EXPECT_EQ(m.row_sqnr_db.min, kInf);
  EXPECT_EQ(m.saturated_share, 0.0);  // -6 is exact
}

TEST(Metrics, ANanOfTheSubjectMakesNoiseInfinite) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kMxfp8E4m3), GlobalNumber::kNone, {2, 2});
  t.scales = std::vector<std::uint8_t>{127, 127};
  t.codes = {0x38, 0x7F, 0x38, 0x38};
  const Metrics m = measured({1, 1, 1, 1}, t);
  EXPECT_EQ(m.sums.noise, kInf);
  EXPECT_EQ(m.max_error, kInf);
  EXPECT_EQ(m.sqnr_db, -kInf);
  EXPECT_EQ(m.nmse, kInf);
  EXPECT_EQ(m.row_sqnr_db.min, -kInf);
  EXPECT_EQ(m.sums.elements, 4);
}

TEST(Metrics, AnInfiniteScaleOfTheSubjectMakesNoiseInfinite) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kQ8_1), GlobalNumber::kNone, {1, 2});
  t.codes = {1, 0};  // 1 * Inf, and 0 * Inf = NaN
  t.scales = std::vector<std::uint16_t>{0x7C00};
  const Metrics m = measured({1, 0}, t);
  EXPECT_EQ(m.sums.noise, kInf);
  EXPECT_EQ(m.sqnr_db, -kInf);
}

TEST(Metrics, ANonfiniteInputIsLeftOutOfEveryOtherCount) {
  const Metrics m = measured({kNanF, kInfF, -kInfF, 2}, unit_scaled({1, 4}, {7, 7, 0, 4}));
  EXPECT_EQ(m.sums.nonfinite, 3);
  EXPECT_EQ(m.sums.elements, 1);
  EXPECT_EQ(m.sums.nonzero, 1);
  EXPECT_EQ(m.sums.saturated, 0);
  EXPECT_EQ(m.sums.underflowed, 0);
  EXPECT_EQ(m.sums.signal, 4.0);
  EXPECT_EQ(m.sqnr_db, kInf);
}

TEST(Metrics, ZeroSignalHasNoSqnrAndNoRows) {
  const Metrics m = measured({0, -0.0f}, unit_scaled({1, 2}, {0, 8}));
  EXPECT_TRUE(std::isnan(m.sqnr_db));
  EXPECT_TRUE(std::isnan(m.nmse));
  EXPECT_TRUE(std::isnan(m.row_sqnr_db.min));
  EXPECT_EQ(m.rows_counted, 0);
  EXPECT_EQ(m.underflow_share, 0.0);
  EXPECT_EQ(m.sums.elements, 2);
}

TEST(Metrics, ZeroSignalWithNoiseIsMinusInfinity) {
  const Metrics m = measured({0, 0}, unit_scaled({1, 2}, {0, 1}));
  EXPECT_EQ(m.sqnr_db, -kInf);
  EXPECT_EQ(m.sums.noise, 0.25);
}

TEST(Metrics, AnEmptyTensorHasNoNumbers) {
  for (const Extent extent : {Extent{0, 16}, Extent{3, 0}}) {
    const Metrics m = measured({}, unit_scaled(extent, {}));
    EXPECT_TRUE(std::isnan(m.sqnr_db));
    EXPECT_EQ(m.sums.elements, 0);
    EXPECT_EQ(m.floor_share, 0.0);
    EXPECT_EQ(m.saturated_share, 0.0);
  }
}

TEST(Metrics, SaturatedIsTheLargestCodeOfEitherSignBelowTheInput) {
  // 7 and -8 exceed 6; 6 is met; 5.9 lies under it; 7 with code 6 (= 4) is an error but no saturation. The zeros count
  // as elements.
  const Metrics m = measured({7, -8, 6, 5.9f, 7, 0, 0, 0}, unit_scaled({1, 8}, {0x7, 0xF, 0x7, 0x7, 0x6, 0, 0, 0}));
  EXPECT_EQ(m.sums.saturated, 2);
  EXPECT_EQ(m.saturated_share, 0.25);
}

TEST(Metrics, Int8SaturatesAtPlusAndMinus127AndAtMinus128) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kQ8_1MmqD4), GlobalNumber::kNone, {1, 4});
  t.codes = {0x7F, 0x81, 0x80, 0x7E};
  t.scales = std::vector<float>{1.0f};
  EXPECT_EQ(measured({130, -130, -130, 130}, t).sums.saturated, 3);
}

TEST(Metrics, UnderflowIsANonzeroInputThatBecameZero) {
  const Metrics m = measured({0, 0.1f, -0x1p-149f, 1}, unit_scaled({1, 4}, {0, 0, 0x8, 2}));
  EXPECT_EQ(m.sums.nonzero, 3);
  EXPECT_EQ(m.sums.underflowed, 2);
  EXPECT_EQ(m.underflow_share, 2.0 / 3.0);
}

TEST(Metrics, FloorBlocksAreThoseWithTheGivenBits) {
  QuantizedTensor t = unit_scaled({2, 40}, std::vector<std::uint8_t>(80));  // three blocks a row, the last ragged
  set_scale_bits(t.scales, 2, kFloor);
  set_scale_bits(t.scales, 3, kFloor);
  const Metrics m = measured(std::vector<float>(80), t);
  EXPECT_EQ(m.sums.blocks, 6);
  EXPECT_EQ(m.sums.floor_blocks, 2);
  EXPECT_EQ(m.floor_share, 1.0 / 3.0);
}

TEST(Metrics, ARaggedLastBlockUsesItsOwnScale) {
  QuantizedTensor t = unit_scaled({1, 17}, std::vector<std::uint8_t>(17, 2));
  set_scale_bits(t.scales, 1, 0x40);  // 2.0
  std::vector<float> x(17, 1.0f);
  x[16] = 2.5f;
  const Metrics m = measured(x, t);
  EXPECT_EQ(m.sums.noise, 0.25);
  EXPECT_EQ(m.sums.signal, 22.25);
}

TEST(Metrics, RowsAreSpreadByNearestRank) {
  // Row r has signal 16 and noise 1, 4 or 16; the zero row does not count.
  const Metrics m = measured({4, 1, 4, 2, 4, 4, 0, 0}, unit_scaled({4, 2}, {6, 0, 6, 0, 6, 0, 0, 0}));
  EXPECT_EQ(m.rows_counted, 3);
  EXPECT_NEAR(m.row_sqnr_db.min, 3.0102999566398120, 1e-13);  // 32 / 16
  EXPECT_NEAR(m.row_sqnr_db.p1, 3.0102999566398120, 1e-13);
  EXPECT_NEAR(m.row_sqnr_db.median, 6.9897000433601884, 1e-13);  // 20 / 4
}

TEST(Metrics, SpreadTakesTheElementAtCeilOfQTimesN) {
  std::vector<double> values;
  for (int i = 200; i >= 1; --i) values.push_back(i);
  const Spread even = spread(values);
  EXPECT_EQ(even.min, 1);
  EXPECT_EQ(even.p1, 2);        // ceil(0.01 * 200)
  EXPECT_EQ(even.median, 100);  // ceil(0.5 * 200)
  values.push_back(201);
  const Spread odd = spread(values);
  EXPECT_EQ(odd.p1, 3);
  EXPECT_EQ(odd.median, 101);
  EXPECT_EQ(spread({7}).p1, 7);
  EXPECT_EQ(spread({-kInf, kInf}).median, -kInf);
  EXPECT_TRUE(std::isnan(spread({}).median));
}

TEST(Metrics, SumsRunRowFirst) {
  // Past 2^54 a double steps by 4. One running sum would lose each 1; row 1 alone sums to 4, which counts.
  const std::vector<float> x{0x1p27f, 1, 0, 0, 1, 1, 1, 1};
  const Metrics m = measured(x, unit_scaled({2, 4}, std::vector<std::uint8_t>(8)));
  EXPECT_EQ(m.sums.signal, 0x1p54 + 4);
}

TEST(Metrics, SixteenBitInputsAreWidened) {
  const std::vector<std::uint16_t> bf16{0x4040, 0x3F80}, f16{0x4200, 0x3C00};  // 3, 1
  const QuantizedTensor t = unit_scaled({1, 2}, {5, 4});
  EXPECT_EQ(measure({InputType::kBf16, {1, 2}, bf16.data()}, t, kFloor).sums.signal, 10.0);
  EXPECT_EQ(measure({InputType::kF16, {1, 2}, f16.data()}, t, kFloor).sums.noise, 1.0);
}

TEST(Metrics, ATensorOfValuesAloneIsMeasuredByThem) {
  QuantizedTensor t;
  t.scheme = scheme_of(SchemeId::kMxfp4);
  t.extent = {2, 1};
  t.values = {3, 6};
  const Metrics m = measured({3, 4}, t);
  EXPECT_EQ(m.sums.noise, 4.0);
  EXPECT_EQ(m.sums.saturated, 0);
  EXPECT_EQ(m.sums.blocks, 0);
}

TEST(Metrics, AnInputOfAnotherExtentIsRefused) {
  const std::vector<float> x(4);
  const QuantizedTensor t = unit_scaled({1, 2}, {0, 0});
  EXPECT_THROW(measure({InputType::kF32, {2, 2}, x.data()}, t, kFloor), InputError);
}

}  // namespace
}  // namespace bitgate::compare
