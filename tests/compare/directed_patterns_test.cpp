#include "bitgate/compare/directed_patterns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <set>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/choices.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

const Recipe& te() { return reference::require_recipe("te/nvfp4"); }

TypedTensor patterns(const Recipe& recipe, InputType type, Extent extent, std::uint64_t seed) {
  return generate(recipe, {"bit_patterns"}, type, extent, seed);
}

struct Seen {
  bool nan = false, infinity = false, negative = false, subnormal = false, largest = false;
};
Seen seen_in(const Recipe& recipe, InputType type, std::uint64_t seeds) {
  Seen seen;
  const Format& format = format_of(type);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const TypedTensor t = patterns(recipe, type, {32, 64}, seed);
    for (std::int64_t i = 0; i < count(t.extent); ++i) {
      const float x = element(t.view(), i);
      seen.nan |= std::isnan(x);
      seen.infinity |= std::isinf(x);
      seen.negative |= std::signbit(x);
      seen.subnormal |= x != 0 && std::fabs(x) < power_of_two(1 - format.bias);
      seen.largest |= static_cast<double>(std::fabs(x)) == max_finite(format);
    }
  }
  return seen;
}

TEST(BitPatterns, HoldEveryKindInEveryType) {
  for (const InputType type : kInputTypes) {
    const Seen seen = seen_in(te(), type, 32);
    EXPECT_TRUE(seen.nan && seen.infinity && seen.negative && seen.subnormal && seen.largest) << name_of(type);
  }
}

TEST(BitPatterns, LeaveOutWhatTheRecipeRefuses) {
  Recipe recipe = te();
  recipe.accepts.nan = false;
  recipe.accepts.infinity = false;
  const Seen seen = seen_in(recipe, InputType::kF32, 64);
  EXPECT_FALSE(seen.nan || seen.infinity);
  EXPECT_TRUE(seen.largest);
}

// A maximum that starts over at a NaN, or drops all, parts only in a tile that holds nothing else.
TEST(BitPatterns, FillWholeTilesOfATwoDimensionalScheme) {
  const Recipe& recipe = reference::require_recipe("te/nvfp4-2d");
  bool nan = false, zero = false;
  for (std::uint64_t seed = 0; seed < 96; ++seed) {
    const TypedTensor t = patterns(recipe, InputType::kF32, {16, 64}, seed);
    for (std::int64_t tile = 0; tile < 4; ++tile) {
      bool all_nan = true, all_zero = true;
      for (std::int64_t i = 0; i < 256; ++i) {
        const float x = element(t.view(), i / 16 * 64 + tile * 16 + i % 16);
        all_nan = all_nan && std::isnan(x);
        all_zero = all_zero && x == 0;
      }
      nan = nan || all_nan;
      zero = zero || all_zero;
    }
  }
  EXPECT_TRUE(nan);
  EXPECT_TRUE(zero);
}

TEST(BitPatterns, SameSeedSameBitsForAllTime) {
  const TypedTensor t = patterns(te(), InputType::kF32, {256, 256}, 5);
  const std::vector<float>& x = std::get<0>(t.values);
  const unsigned long crc = crc32(0, reinterpret_cast<const Bytef*>(x.data()), static_cast<uInt>(4 * x.size()));
  EXPECT_EQ(crc, 0x1765E263ul) << std::hex << crc;
  EXPECT_NE(std::get<0>(patterns(te(), InputType::kF32, {256, 256}, 6).values), x);
}

TEST(BitPatterns, TakeRaggedAndEmptyExtents) {
  for (const Extent extent : {Extent{0, 0}, Extent{0, 16}, Extent{3, 0}, Extent{1, 1}, Extent{5, 37}})
    EXPECT_EQ(patterns(te(), InputType::kBf16, extent, 1).extent, extent);
}

TEST(BitPatterns, AnAmplitudeIsRefused) {
  try {
    generate(te(), {"bit_patterns", 3}, InputType::kF32, {1, 16}, 1);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "distribution \"bit_patterns@2^3\": expected no amplitude, bit patterns have none");
  }
}

TEST(BitPatterns, OddSeedsOfANormHaveWeightsOfOtherSizes) {
  const Recipe& recipe = reference::require_recipe("ggml/rms_norm-mul-q8_1");
  const auto weights = [&](const char* law, std::uint64_t seed) {
    return operands_of(recipe, {"ggml/rms_norm-mul-q8_1", InputType::kF32, {law}, {4, 64}, seed}).weight;
  };
  EXPECT_EQ(weights("bit_patterns", 2), weights("normal", 2));
  EXPECT_NE(weights("bit_patterns", 3), weights("normal", 3));
  std::set<float> sizes;
  for (std::uint64_t seed = 1; seed < 200; seed += 2) sizes.insert(std::fabs(weights("bit_patterns", seed)[0]));
  EXPECT_GT(*sizes.rbegin(), 1e30f);
  EXPECT_LT(*sizes.begin(), 1e-30f);
}

// Where codes fall with the magnitude too: x * (1 / d) + 8.5 with d of the other sign.
TEST(PositiveTies, AreNeighboursOfACodeBoundary) {
  for (const char* name : {"ggml/q4_0-cpu-ref", "ggml/q4_1-cpu-ref", "ggml/q5_0-cuda-cpy"}) {
    const Recipe& recipe = reference::require_recipe(name);
    const TypedTensor t = generate(recipe, {"positive_ties"}, InputType::kF32, {8, 64}, 1);
    Request request;
    request.input = t.view();
    const QuantizedTensor answer = reference::quantize(recipe, request);
    int apart = 0;
    for (std::int64_t i = 0; i < count(t.extent); ++i) {
      ASSERT_FALSE(std::signbit(element(t.view(), i)));
      for (std::int64_t j = i + 1; j < (i / 32 + 1) * 32; ++j) {
        const auto a = std::bit_cast<std::int32_t>(element(t.view(), i));
        const auto b = std::bit_cast<std::int32_t>(element(t.view(), j));
        apart += std::abs(a - b) == 1 &&
                 answer.codes[static_cast<std::size_t>(i)] != answer.codes[static_cast<std::size_t>(j)];
      }
    }
    EXPECT_GT(apart, 16) << name;
  }
}

}  // namespace
}  // namespace bitgate::compare
