#include "bitgate/compare/gemm_truth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bitgate/compare/long_accumulator.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/format/format.h"
#include "bitgate/tests/support/big_integer.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::compare {
namespace {

using oracle::BigInteger;

// Products of doubles are multiples of 2^-2148.
constexpr int kUnit = 2148;

// Numbers of `bits` bits whose exponents lie within `spread` of each other.
std::vector<double> draw(std::size_t n, int bits, int spread, std::uint64_t seed) {
  oracle::SplitMix random(seed);
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) {
    const auto whole = static_cast<double>(random.next64() >> (64 - bits));
    const double sign = (random.next32() & 1) != 0 ? -1 : 1;
    values.push_back(sign * std::ldexp(whole, -static_cast<int>(random.next32() % static_cast<unsigned>(spread + 1))));
  }
  return values;
}

BigInteger exact(std::span<const double> a, std::span<const double> b, std::int64_t k, std::size_t row,
                 std::size_t col) {
  BigInteger sum;
  for (std::size_t i = 0; i < static_cast<std::size_t>(k); ++i)
    sum = sum + BigInteger::of(a[row * static_cast<std::size_t>(k) + i], kUnit / 2) *
                    BigInteger::of(b[col * static_cast<std::size_t>(k) + i], kUnit / 2);
  return sum;
}

// |value - exact| <= error, in whole numbers; and the magnitudes are an upper bound.
void require_within(const GemmTruth& truth, std::span<const double> a, std::span<const double> b, std::int64_t k) {
  const auto cols = static_cast<std::size_t>(truth.extent.cols);
  for (std::size_t i = 0; i < truth.values.size(); ++i) {
    const BigInteger off = BigInteger::of(truth.values[i], kUnit) + -exact(a, b, k, i / cols, i % cols);
    EXPECT_TRUE(not_above(off, BigInteger::of(truth.errors[i], kUnit))) << i;
    std::vector<double> positive_a(a.begin(), a.end()), positive_b(b.begin(), b.end());
    for (double& x : positive_a) x = std::fabs(x);
    for (double& x : positive_b) x = std::fabs(x);
    EXPECT_TRUE(
        not_above(exact(positive_a, positive_b, k, i / cols, i % cols), BigInteger::of(truth.magnitudes[i], kUnit)));
  }
}

TEST(GemmTruth, WorkedByHand) {
  // Rows (1, 2) and (3, -1) by rows (0.5, 4) and (1, 1).
  const GemmTruth truth = gemm_truth(std::vector<double>{1, 2, 3, -1}, std::vector<double>{0.5, 4, 1, 1}, 2);
  EXPECT_EQ(truth.values, (std::vector<double>{8.5, 3, -2.5, 2}));
  EXPECT_EQ(truth.errors, (std::vector<double>{0, 0, 0, 0}));
  EXPECT_GE(truth.magnitudes[2], 5.5);
  EXPECT_LE(truth.magnitudes[2], 5.5 * (1 + 0x1p-30));
}

// Codes of up to 8 bits times their scales: every double product is exact, and says so.
TEST(GemmTruth, NarrowCodesAreExactInDouble) {
  for (const int spread : {0, 8, 12}) {
    const std::vector<double> a = draw(5 * 512, 4, spread, 1), b = draw(4 * 512, 8, spread, 2);
    const GemmTruth truth = gemm_truth(a, b, 512);
    for (const double error : truth.errors) EXPECT_EQ(error, 0.0);
    require_within(truth, a, b, 512);
  }
}

TEST(GemmTruth, ErrorsHoldAgainstWholeNumbers) {
  int inexact = 0;
  for (const int spread : {0, 20, 200, 450})
    for (const TruthMethod method : {TruthMethod::kDouble, TruthMethod::kExact}) {
      const std::vector<double> a = draw(3 * 40, 53, spread, 3), b = draw(3 * 40, 53, spread, 4);
      const GemmTruth truth = gemm_truth(a, b, 40, method);
      require_within(truth, a, b, 40);
      for (const double error : truth.errors) inexact += error > 0 ? 1 : 0;
    }
  EXPECT_EQ(inexact, 4 * 2 * 9);
}

TEST(GemmTruth, ProductsBelowTheNormalNumbers) {
  std::vector<double> a = draw(2 * 16, 53, 10, 5), b = draw(2 * 16, 53, 10, 6);
  for (double& x : a) x *= 0x1p-600;
  for (double& x : b) x *= 0x1p-550;
  require_within(gemm_truth(a, b, 16), a, b, 16);
  require_within(gemm_truth(a, b, 16, TruthMethod::kExact), a, b, 16);
}

// Twice the distance to the exact sum is at most that between neighbours, and equal only at an even number.
TEST(GemmTruth, ExactSumsAreRoundedOnceToNearestEven) {
  const auto is_nearest = [](double value, const BigInteger& sum) {
    const BigInteger off = BigInteger::of(value, kUnit) + -sum;
    for (const double end : {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}) {
      const BigInteger gap = BigInteger::of(std::nextafter(value, end), kUnit) + -BigInteger::of(value, kUnit);
      const BigInteger farther = BigInteger::of(std::nextafter(value, end), kUnit) + -sum;
      if (!not_above(off, farther)) return false;
      const bool tie = not_above(farther, off) && not_above(off, gap);
      if (tie && (std::bit_cast<std::uint64_t>(value) & 1) != 0) return false;
    }
    return true;
  };
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::vector<double> a = draw(30, 53, static_cast<int>(seed * 11), seed), b = draw(30, 53, 3, seed + 100);
    const GemmTruth truth = gemm_truth(a, b, 30, TruthMethod::kExact);
    EXPECT_TRUE(is_nearest(truth.values[0], exact(a, b, 30, 0, 0))) << seed;
  }
  // Ties: 2^53 + 1 stays, 2^53 + 3 rises; and what breaks one 2000 bits below.
  const auto sum = [](std::vector<double> terms) {
    return gemm_truth(terms, std::vector<double>(terms.size(), 1.0), static_cast<std::int64_t>(terms.size()),
                      TruthMethod::kExact);
  };
  EXPECT_EQ(sum({0x1p53, 1}).values[0], 0x1p53);
  EXPECT_EQ(sum({0x1p53, 1}).errors[0], 1);
  EXPECT_EQ(sum({0x1p53, 3}).values[0], 0x1p53 + 4);
  EXPECT_EQ(sum({0x1p53, 1, 0x1p-1074}).values[0], 0x1p53 + 2);
  EXPECT_EQ(sum({0x1p53, 1, -0x1p-1074}).values[0], 0x1p53);
  EXPECT_EQ(sum({-0x1p53, -1, 0x1p53}).values[0], -1);
  EXPECT_EQ(sum({-0x1p53, -1, 0x1p53}).errors[0], 0);
  EXPECT_EQ(sum({0x1p-1074, 0x1p-1074}).values[0], 0x1p-1073);
}

TEST(GemmTruth, LongAccumulatorEndsInInfinity) {
  LongAccumulator sum;
  sum.add_product(-0x1p1000, 0x1p23);
  EXPECT_EQ(sum.rounded(), -0x1p1023);
  sum.add_product(-0x1p1000, 0x1p23);
  EXPECT_EQ(sum.rounded(), -std::numeric_limits<double>::infinity());
  sum.add_product(0x1p511, 0x1p512);
  sum.add_product(0x1p970, 0.5);
  EXPECT_EQ(sum.rounded(), -0x1p1023);  // a tie between it and its lower neighbour, which is odd
  sum.add_product(0x1p970, 0.5);
  EXPECT_EQ(sum.rounded(), -0x1p1023 + 0x1p970);
}

TEST(GemmTruth, RefusesWhatItCannotBound) {
  const std::vector<double> one{1.0};
  EXPECT_THROW(gemm_truth(one, std::vector<double>{std::nan("")}, 1), InputError);
  EXPECT_THROW(gemm_truth(one, std::vector<double>{1, 2, 3}, 2), InputError);
  EXPECT_THROW(gemm_truth(std::vector<double>{0x1p600}, std::vector<double>{0x1p400}, 1), InputError);
  EXPECT_THROW(gemm_truth(one, one, 0), InputError);
}

}  // namespace
}  // namespace bitgate::compare
