// SiLU of a gate in front of a quantizer: special values, where the producers' forms part, what is stored in 16 bits,
// and what a recipe asks of its gate. Facts: flashinfer-vllm-cutlass.md 2, 3.12, 4.1 and 5.
#include "bitgate/reference/fused/silu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;
using reference::Fusion;
using reference::Recipe;
using testing::HasSubstr;

constexpr Fusion kForms[] = {Fusion::kSiluFtz, Fusion::kSiluApprox, Fusion::kSiluIeee, Fusion::kSiluRoundedFtz};

std::uint32_t silu_bits(Fusion form, std::uint32_t gate) { return to_bits(reference::silu(form, from_bits(gate))); }

TEST(Silu, NanAndMinusInfinityGiveTheGpusNan) {
  for (const Fusion form : kForms)
    for (const std::uint32_t gate : {0x7FC00000u, 0xFFC00001u, 0x7F800001u, 0xFF800000u})
      EXPECT_EQ(silu_bits(form, gate), 0x7FFFFFFFu) << std::hex << gate;
}

TEST(Silu, InfinityTheLargestNumberAndZerosStay) {
  for (const Fusion form : kForms)
    for (const std::uint32_t gate : {0x7F800000u, 0x7F7FFFFFu, 0x00000000u, 0x80000000u})
      EXPECT_EQ(silu_bits(form, gate), gate) << std::hex << gate;
}

// 1 + e^88 is above 2^126: its approximate reciprocal is 0, an IEEE division by it is not.
TEST(Silu, LargeNegativesAreMinusZeroWhereTheDivisionIsApproximate) {
  for (const Fusion form : {Fusion::kSiluFtz, Fusion::kSiluApprox, Fusion::kSiluRoundedFtz}) {
    EXPECT_EQ(silu_bits(form, 0xC2B00000), 0x80000000u);  // -88
    EXPECT_EQ(silu_bits(form, 0xFF7FFFFF), 0x80000000u);
    EXPECT_LT(reference::silu(form, -87.25f), 0.0f);
  }
  EXPECT_NEAR(static_cast<double>(reference::silu(Fusion::kSiluIeee, -88.0f)) / (-88.0 * std::exp(-88.0)), 1.0, 1e-5);
}

TEST(Silu, SubnormalsAreFlushedByFastMathAndHalvedWithoutIt) {
  EXPECT_EQ(silu_bits(Fusion::kSiluFtz, 0x00000002), 0x00000000u);
  EXPECT_EQ(silu_bits(Fusion::kSiluFtz, 0x80000002), 0x80000000u);
  EXPECT_EQ(silu_bits(Fusion::kSiluApprox, 0x80000002), 0x80000001u);
  EXPECT_EQ(silu_bits(Fusion::kSiluIeee, 0x00400000), 0x00200000u);
}

TEST(Silu, IsNearTheRealFunction) {
  for (const Fusion form : kForms)
    for (int i = -800; i <= 800; ++i) {
      const float gate = static_cast<float>(i) * 0.0625f + 0.01f;
      if (gate < -80.0f) continue;
      const double exact = static_cast<double>(gate) / (1.0 + std::exp(-static_cast<double>(gate)));
      // The argument of the exponential is rounded once: |gate| * 2^-24 and a few ulp of what follows.
      const double bound = (std::abs(static_cast<double>(gate)) * 0x1p-23 + 0x1p-21) * std::abs(exact);
      EXPECT_NEAR(static_cast<double>(reference::silu(form, gate)), exact, bound) << gate;
    }
}

// The approximate division's reciprocal is rounded once more than IEEE's.
TEST(Silu, TheDivisionsAreNotOne) {
  int differing = 0;
  for (std::uint32_t bits = 0x3F80; bits < 0x4080; ++bits) {
    const float gate = widen_bf16(static_cast<std::uint16_t>(bits));
    differing += to_bits(reference::silu(Fusion::kSiluFtz, gate)) != to_bits(reference::silu(Fusion::kSiluIeee, gate));
  }
  EXPECT_GT(differing, 0);
}

TEST(Silu, TheProductIsRoundedOnceAndSglangsTwice) {
  const float gate = widen_bf16(0x3FC1), x = widen_bf16(0x3F83);
  std::vector<std::uint16_t> patterns{0x3F83};
  const TypedView view{InputType::kBf16, {1, 1}, patterns.data()};
  const auto stored = [&](Fusion form) {
    return std::get<1>(reference::silu_times(view, form, std::vector<float>{gate}).values)[0];
  };
  const auto bf16 = [](float value) { return static_cast<std::uint16_t>(encode(kBf16, value, kCvtRnInf)); };
  const float s = reference::silu(Fusion::kSiluFtz, gate);
  EXPECT_EQ(stored(Fusion::kSiluFtz), bf16(reference::mul_rn(s, x)));
  EXPECT_EQ(stored(Fusion::kSiluRoundedFtz), bf16(reference::mul_rn(widen_bf16(bf16(s)), x)));
}

// A recipe of its own: FlashInfer's MXFP4 behind a gate.
Recipe gated() {
  Recipe recipe = reference::require_recipe("flashinfer/mxfp4");
  recipe.rules.fusion = Fusion::kSiluFtz;
  return recipe;
}

TEST(Gate, IsNeededOneNumberAnElementOfTheInputsType) {
  const Recipe recipe = gated();
  oracle::RecipeSample sample = oracle::sample_of(recipe, 3);
  EXPECT_EQ(oracle::refusal_of(recipe, sample.request()), "");
  Request request = sample.request();
  request.fused.gate = {};
  EXPECT_THAT(oracle::refusal_of(recipe, request), HasSubstr("a gate is needed"));
  request.fused.gate = std::span<const float>(sample.gate).first(7);
  EXPECT_THAT(oracle::refusal_of(recipe, request), HasSubstr("7 numbers of a gate given"));
  sample.gate[5] = 0.1f;
  EXPECT_THAT(oracle::refusal_of(recipe, sample.request()), HasSubstr("is no bf16 number"));
}

TEST(Gate, IsRefusedByARecipeWithoutOne) {
  const Recipe& plain = reference::require_recipe("flashinfer/mxfp4");
  const oracle::RecipeSample sample = oracle::sample_of(plain, 3);
  const std::vector<float> gate(4, 1.0f);
  Request request = sample.request();
  request.fused.gate = gate;
  EXPECT_THAT(oracle::refusal_of(plain, request), HasSubstr("this recipe takes none"));
}

TEST(Gate, TheBlocksAreMadeOfTheProductAsStored) {
  const Recipe recipe = gated();
  const oracle::RecipeSample sample = oracle::sample_of(recipe, 4);
  const TypedTensor product = reference::silu_times(sample.input.view(), Fusion::kSiluFtz, sample.gate);
  Request plain;
  plain.input = product.view();
  const QuantizedTensor expected = reference::quantize(reference::require_recipe("flashinfer/mxfp4"), plain);
  const QuantizedTensor answer = reference::quantize(recipe, sample.request());
  EXPECT_EQ(answer.codes, expected.codes);
  EXPECT_EQ(answer.scales, expected.scales);
}

// A recipe behind a gate has the bytes of the plain recipe from the product as stored.
TEST(Gate, IsInFrontOfThePlainRecipe) {
  struct Pair {
    const char *gated, *plain;
  };
  for (const auto& [gated, plain] : {Pair{"flashinfer/silu-nvfp4-fast", "flashinfer/nvfp4-fast"},
                                     {"flashinfer/silu-nvfp4-cute", "flashinfer/nvfp4-cute-fast"},
                                     {"vllm/silu-nvfp4", "vllm/nvfp4"},
                                     {"sglang/silu-fp8-group-sm90", "sglang/fp8-group-v2-sm90"}}) {
    const Recipe& recipe = reference::require_recipe(gated);
    const oracle::RecipeSample sample = oracle::sample_of(recipe, 5);
    const TypedTensor product = reference::silu_times(sample.input.view(), recipe.rules.fusion, sample.gate);
    Request request;
    request.input = product.view();
    const QuantizedTensor expected = reference::quantize(reference::require_recipe(plain), request);
    const QuantizedTensor answer = reference::quantize(recipe, sample.request());
    EXPECT_EQ(oracle::first_difference(answer, expected), "") << gated;
  }
}

}  // namespace
}  // namespace bitgate
