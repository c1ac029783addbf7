#include "bitgate/compare/exact_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

namespace bitgate::compare::exact {
namespace {

TEST(ExactMath, LogIsWithin4em16OfTheLibrary) {
  double worst = 0;
  for (int e = -40; e <= 40; ++e) {
    for (int i = 0; i < 4096; ++i) {
      const double x = std::ldexp(1.0 + i / 4096.0, e), want = std::log(x);
      worst = std::max(worst, std::fabs(log(x) - want) / std::max(1.0, std::fabs(want)));
    }
  }
  EXPECT_LT(worst, 4e-16);
  EXPECT_EQ(log(1.0), 0.0);
}

TEST(ExactMath, ExpIsWithin1em15OfTheLibrary) {
  double worst = 0;
  for (int i = -700 * 64; i <= 700 * 64; ++i) {
    const double x = i / 64.0;
    worst = std::max(worst, std::fabs(exp(x) / std::exp(x) - 1));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(exp(0.0), 1.0);
}

TEST(ExactMath, CirclePointIsWithin1em13OfTheLibrary) {
  double worst = 0;
  for (std::uint64_t word = 0; word < (std::uint64_t{1} << 32); word += 65521) {
    const double angle = 2 * std::numbers::pi * (static_cast<double>(word) + 0.5) * 0x1p-32;
    const Point p = circle_point(static_cast<std::uint32_t>(word));
    worst = std::max({worst, std::fabs(p.cos - std::cos(angle)), std::fabs(p.sin - std::sin(angle))});
  }
  EXPECT_LT(worst, 1e-13);
}

TEST(ExactMath, NormalCdfIsWithin2em14OfTheLibrary) {
  double worst = 0;
  for (int i = -800; i <= 800; ++i) {
    const double x = i / 100.0;
    const double want = std::erfc(-x / std::numbers::sqrt2) / 2;
    worst = std::max(worst, std::fabs(normal_cdf(x) / want - 1));
  }
  EXPECT_LT(worst, 2e-14);
  EXPECT_NEAR(normal_cdf(0.0), 0.5, 1e-15);
}

TEST(ExactMath, WordsBecomeDoublesExactly) {
  EXPECT_EQ(to_double(0), 0.0);
  EXPECT_EQ(to_double(0xFFFFFFFFu), 4294967295.0);
  EXPECT_EQ(to_double_plus_half(0), 0.5);
  EXPECT_EQ(to_double_plus_half(0xFFFFFFFFu), 4294967295.5);
}

TEST(ExactMath, TheExtremeWordsOfANormalAreFinite) {
  const NormalPair far = normal_pair(0, 0), near = normal_pair(0xFFFFFFFFu, 0);
  EXPECT_NEAR(far.first, std::sqrt(66 * std::numbers::ln2), 1e-12);  // -2 ln 2^-33
  EXPECT_NEAR(near.first, std::sqrt(0x1p-32), 1e-9);                 // -2 ln(1 - 2^-33)
}

// A contracted multiply-add would round (1 + u)(1 + u) - (1 + 2u) to u^2 instead of 0, u = 2^-30.
TEST(ExactMath, MultiplyAndAddAreNotFused) {
  volatile double x = 1.0 + 0x1p-30, minus = -(1.0 + 0x1p-29);
  const double a = x, b = minus;
  EXPECT_EQ(a * a + b, 0.0);
}

// Bits, not values: these stay the same for every compiler and optimisation level.
TEST(ExactMath, BitsAreFixed) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(log(3.0)), 0x3FF193EA7AAD030BULL);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(exp(-2.5)), 0x3FB50385C094F425ULL);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(normal_cdf(-1.0)), 0x3FC44ED0BB7CB20BULL);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(circle_point(0x12345678u).sin), 0x3FDBA74AFBE524ACULL);
}

}  // namespace
}  // namespace bitgate::compare::exact
