#include "bitgate/compare/peer_metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TypedView view_f32(const std::vector<float>& values) {
  return {InputType::kF32, {1, static_cast<std::int64_t>(values.size())}, values.data()};
}
TypedView view_bf16(const std::vector<std::uint16_t>& bits) {
  return {InputType::kBf16, {1, static_cast<std::int64_t>(bits.size())}, bits.data()};
}

// |x| = 5, |x - y| = 0.5: 20 log10(10) = 20.
TEST(TorchaoSqnr, TenToOneIsTwentyDecibels) {
  const std::vector<float> x{3.0f, 4.0f}, y{3.0f, 3.5f};
  EXPECT_EQ(torchao_sqnr_db(view_f32(x), y), 20.0);
}

// x = 1 (0x3F80), y = 0.875: d = 0.125, ratio 8, log10(8) = 0.90309: between the bf16 0.90234375 and 0.90625, nearer
// the first; 20 * 0.90234375 = 18.046875, between the bf16 18 and 18.125 (steps of 1/8): 18. Unrounded it is 18.0618.
TEST(TorchaoSqnr, EveryStepIsRoundedToBf16) {
  const std::vector<std::uint16_t> x{0x3F80};
  const std::vector<float> y{0.875f};
  EXPECT_EQ(torchao_sqnr_db(view_bf16(x), y), 18.0);
  const std::vector<float> wide{1.0f};
  EXPECT_NEAR(torchao_sqnr_db(view_f32(wide), y), 18.0618, 1e-4);
}

// bf16 has 8 bits: 1 - 2^-9 is the tie between 1 - 2^-8 and 1, and rounds to the even 1, so nothing is left of it.
TEST(TorchaoSqnr, ValuesAreFirstRoundedToTheType) {
  const std::vector<std::uint16_t> x{0x3F80};
  const std::vector<float> y{1.0f - 0x1p-9f};
  EXPECT_EQ(torchao_sqnr_db(view_bf16(x), y), std::numeric_limits<double>::infinity());
}

TEST(TorchaoSqnr, EqualTensorsGiveInfinityAndTwoZeroTensorsNan) {
  const std::vector<float> x{1.0f, -2.0f}, zeros{0.0f, 0.0f};
  EXPECT_EQ(torchao_sqnr_db(view_f32(x), x), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(torchao_sqnr_db(view_f32(zeros), zeros)));
}

TEST(TorchaoSqnr, ANanIsNeverAGoodResult) {
  const std::vector<float> x{1.0f, 2.0f}, y{1.0f, kNan};
  EXPECT_TRUE(std::isnan(torchao_sqnr_db(view_f32(x), y)));
}

// ((2-1)^2 + (4-4)^2) / (2^2 + 4^2) = 1/20: the tested tensor stands below the line.
TEST(GgmlNmse, DividesByTheTestedTensor) {
  const std::array<float, 2> tested{2.0f, 4.0f}, reference{1.0f, 4.0f};
  EXPECT_EQ(ggml_nmse(tested, reference), 1.0 / 20.0);
  EXPECT_EQ(ggml_nmse(reference, tested), 1.0 / 17.0);
}

TEST(GgmlNmse, SquaresAreRoundedToBinary32) {
  const std::array<float, 1> tested{1.0f + 0x1p-12f}, reference{0.0f};
  EXPECT_EQ(ggml_nmse(tested, reference), 1.0);  // the same rounded square above and below the line
  const std::array<float, 2> two{1.0f + 0x1p-12f, 1.0f};
  const std::array<float, 2> near{1.0f + 0x1p-12f, 0.0f};
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, whose last part binary32 drops (a tie, to even).
  EXPECT_EQ(ggml_nmse(two, near), 1.0 / (2.0 + 0x1p-11));
}

TEST(GgmlNmse, NanFails) {
  const std::array<float, 1> tested{kNan}, reference{1.0f};
  EXPECT_FALSE(passes_ggml_nmse(ggml_nmse(tested, reference), 1e9));
  EXPECT_TRUE(passes_ggml_nmse(5e-4, 5e-4));
  EXPECT_FALSE(passes_ggml_nmse(6e-4, 5e-4));
}

// sqrt(3^2) / 4 = 0.75, where the root of the mean square is 1.5.
TEST(GgmlArrayRmse, DividesTheRootByTheCount) {
  const std::array<float, 4> a{3.0f, 0.0f, 0.0f, 0.0f}, b{};
  EXPECT_EQ(ggml_array_rmse(a, b), 0.75f);
}

TEST(PeerMetrics, OtherSizesAreRefused) {
  const std::array<float, 2> two{};
  const std::array<float, 1> one{};
  EXPECT_THROW(ggml_nmse(two, one), InputError);
  EXPECT_THROW(ggml_array_rmse(two, one), InputError);
  EXPECT_THROW(torchao_sqnr_db(view_f32({1.0f}), two), InputError);
}

}  // namespace
}  // namespace bitgate::compare
