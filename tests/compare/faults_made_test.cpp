// What single faults do, worked by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/faults.h"

namespace bitgate::compare {
namespace {

const Fault& fault(std::string_view name) {
  const auto all = faults();
  return *std::find_if(all.begin(), all.end(), [&](const Fault& f) { return f.name == name; });
}

// One row that begins with the numbers given, the rest zeros, as the recipe with the fault quantizes it.
QuantizedTensor with(std::string_view name, const char* recipe_name, std::vector<float> row, std::size_t cols = 32) {
  const reference::Recipe& recipe = reference::require_recipe(recipe_name);
  row.resize(cols);
  Request request;
  request.input = {InputType::kF32, {1, static_cast<std::int64_t>(cols)}, row.data()};
  const Subject right = [&](const Request& asked) { return reference::quantize(recipe, asked); };
  return with_fault(fault(name), recipe, right)(request);
}

// Under scale 1: 1.9 rounds to 2 over the binade, 2.1 within it.
TEST(FaultsMade, ALostCarryHalvesWhatRoundedIntoTheNextBinade) {
  const QuantizedTensor t = with("carry-lost", "torchao/mxfp4-floor", {6.0f, 1.9f, 2.1f, -1.9f, 0.9f});
  EXPECT_EQ(scale_bits(t.scales, 0), 127u);
  EXPECT_EQ(t.codes[1], 0x2);
  EXPECT_EQ(t.codes[2], 0x4);
  EXPECT_EQ(t.codes[3], 0xA);
  EXPECT_EQ(t.codes[4], 0x0);
}

// 7 = 1.75 * 4 goes up to 8, and 7 / 2 is a tie that 4 takes; 5 = 1.25 * 4 stays.
TEST(FaultsMade, AnExponentToNearestGoesUpFromOneAndAHalf) {
  const QuantizedTensor up = with("exponent-nearest", "torchao/mxfp4-floor", {7.0f});
  EXPECT_EQ(scale_bits(up.scales, 0), 128u);
  EXPECT_EQ(up.codes[0], 0x6);
  const QuantizedTensor stays = with("exponent-nearest", "torchao/mxfp4-floor", {5.0f});
  EXPECT_EQ(scale_bits(stays.scales, 0), 127u);
}

// 8 - 2^-6 is 8 in bf16: the next power of two.
TEST(FaultsMade, AMaximumThroughBf16CrossesThePowerOfTwo) {
  const QuantizedTensor t = with("amax-through-bf16", "torchao/mxfp4-floor", {0x1.ffp2f, 3.0f});
  EXPECT_EQ(scale_bits(t.scales, 0), 128u);
  EXPECT_EQ(t.codes[0], 0x6);
  EXPECT_EQ(t.codes[1], 0x3);
}

TEST(FaultsMade, AStoredAmaxInvertedIsTheEncodeScale) {
  EXPECT_EQ(with("global-inverted", "te/nvfp4", {3.0f}).global[0], 896.0f);
}

TEST(FaultsMade, ZeroOverZeroIsNanWhichFp4StoresAsSix) {
  const QuantizedTensor t = with("zero-scale-divides", "te/nvfp4", {3.0f});
  EXPECT_EQ(scale_bits(t.scales, 1), 0u);
  EXPECT_EQ(t.codes[16], 0x7);
  EXPECT_EQ(t.codes[1], 0x0);
}

TEST(FaultsMade, TheGlobalOfZerosIsInfinite) {
  EXPECT_EQ(with("global-infinite", "torchao/nvfp4-tensorwise", {0.0f}).global[0],
            std::numeric_limits<float>::infinity());
  EXPECT_NE(with("global-infinite", "torchao/nvfp4-tensorwise", {1.0f}).global[0],
            std::numeric_limits<float>::infinity());
}

// Over its own scale a NaN is NaN, which FP4 stores as 6; without it the maximum is 3.
TEST(FaultsMade, ADroppedNanLeavesTheMaximumOfTheRest) {
  const QuantizedTensor t =
      with("amax-drops-nan", "torchao/mxfp4-floor", {3.0f, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(scale_bits(t.scales, 0), 126u);
  EXPECT_EQ(t.codes[0], 0x7);
  EXPECT_EQ(t.codes[1], 0x7);
}

TEST(FaultsMade, TheMantissaBitOfTwoToTheMinus127LandsInTheExponentBefore) {
  const reference::Recipe& recipe = reference::require_recipe("te/fp8-block1x128-e4m3");
  QuantizedTensor t = make_quantized(scheme_of(recipe.rules.scheme), GlobalNumber::kNone, {1, 256});
  t.scales = std::vector<float>{1.0f, 0x1p-127f};
  fault("packing-pollutes").in_answer({recipe, {}, {}}, t);
  EXPECT_EQ(scale_bits(t.scales, 0), 0x7F800000u);
  EXPECT_EQ(scale_bits(t.scales, 1), 0x00400000u);
}

// 2049 is no fp16: 2048 + 1 stays 2048.
TEST(FaultsMade, ASumInHalfLosesItsOnes) {
  const QuantizedTensor t = with("sum-in-half", "ggml/q8_1", {2048.0f, 1.0f, 1.0f, 1.0f, 1.0f});
  EXPECT_EQ(decode(kFp16, t.extras[0]), 2048.0);
}

}  // namespace
}  // namespace bitgate::compare
