#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "bitgate/compare/lanes/kernels.h"
#include "bitgate/compare/philox.h"
#include "bitgate/compare/round_to_type.h"

namespace bitgate::compare::lanes {
namespace {

constexpr std::size_t kCount = 4096;  // a multiple of kPadding

// Any bits: numbers of every binade, NaN, infinity, subnormals; every eighth an integer, so that equal values meet.
std::vector<float> any_bits(std::uint64_t seed) {
  std::vector<float> values(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::uint32_t word = random_word(seed, 0, i);
    values[i] = i % 8 == 0 ? static_cast<float>(word % 3) : std::bit_cast<float>(word);
  }
  values[0] = std::numeric_limits<float>::infinity();
  values[1] = std::numeric_limits<float>::quiet_NaN();
  return values;
}

double rounded(InputType type, double x) {
  if (type == InputType::kF32) return static_cast<float>(x);
  return widen(type, round_to_16(format_of(type), x));
}

// Bits; of NaNs only that both are.
void expect_same(double got, double wanted, std::size_t i) {
  if (std::isnan(wanted))
    EXPECT_TRUE(std::isnan(got)) << i;
  else
    EXPECT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(wanted)) << i;
}

TEST(LanesMetricTerms, EveryLevelGivesThePlainFormulas) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::vector<float> x = any_bits(1), narrow = any_bits(2);
  std::vector<double> y(narrow.begin(), narrow.end());
  std::vector<std::uint8_t> saturated(kCount);
  for (std::size_t i = 0; i < kCount; ++i) saturated[i] = random_word(3, 0, i) & 1;
  RowCounts wanted;
  std::vector<double> square(kCount), noise(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!std::isfinite(x[i])) continue;
    const double value = x[i];
    const double error = std::isfinite(y[i]) ? std::fabs(value - y[i]) : kInf;
    square[i] = value * value;
    noise[i] = error * error;
    wanted.max_error = std::max(wanted.max_error, error);
    ++wanted.elements;
    wanted.nonzero += value != 0;
    wanted.underflowed += value != 0 && y[i] == 0;
    wanted.saturated += saturated[i] != 0 && std::fabs(value) > std::fabs(y[i]);
  }
  for (const reference::Level level : reference::levels_here()) {
    const Kernels* const kernels = &kernels_of(level);
    std::vector<double> got_square(kCount), got_noise(kCount);
    const RowCounts got =
        kernels->metric_terms(x.data(), y.data(), saturated.data(), kCount, got_square.data(), got_noise.data());
    EXPECT_EQ(got_square, square);
    EXPECT_EQ(got_noise, noise);
    EXPECT_EQ(got.max_error, wanted.max_error);
    EXPECT_EQ(got.elements, wanted.elements);
    EXPECT_EQ(got.nonzero, wanted.nonzero);
    EXPECT_EQ(got.underflowed, wanted.underflowed);
    EXPECT_EQ(got.saturated, wanted.saturated);
  }
}

TEST(LanesPeerTerms, EveryLevelGivesThePlainFormulas) {
  for (const InputType type : kInputTypes) {
    std::vector<float> x = any_bits(4), y = any_bits(5);
    for (float& value : x) value = static_cast<float>(rounded(type, value));
    // Near x, so that differences reach the type's subnormals and its ties.
    for (std::size_t i = 0; i < kCount; i += 3) y[i] = std::nextafter(x[i], 0.0f);
    for (const reference::Level level : reference::levels_here()) {
      const Kernels* const kernels = &kernels_of(level);
      std::vector<std::vector<double>> got(5, std::vector<double>(kCount));
      kernels->peer_terms(type, x.data(), y.data(), kCount,
                          {got[0].data(), got[1].data(), got[2].data(), got[3].data(), got[4].data()});
      for (std::size_t i = 0; i < kCount; ++i) {
        const double value = x[i];
        const double difference = rounded(type, value - rounded(type, y[i]));
        const float distance = y[i] - x[i];
        const float squared_distance = distance * distance, square = y[i] * y[i];
        expect_same(got[0][i], value * value, i);
        expect_same(got[1][i], difference * difference, i);
        expect_same(got[2][i], squared_distance, i);
        expect_same(got[3][i], square, i);
        expect_same(got[4][i], static_cast<double>(distance) * distance, i);
      }
    }
  }
}

}  // namespace
}  // namespace bitgate::compare::lanes
