// FlashInfer's 4over6, per-token and CuTe norm recipes: blocks worked by hand, three blocks of the captured bytes that
// tell 8 elements a thread from 16, and the notes' golden vectors of the norm (flashinfer-vllm-cutlass.md 11.1).
#include <gtest/gtest.h>

#include <array>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::hex_numbers;
using oracle::to_bits;
using reference::Recipe;
using reference::require_recipe;

TypedTensor row_of(InputType type, std::string_view bits, std::size_t cols = 16) {
  std::vector<std::uint16_t> words;
  for (const std::uint32_t number : hex_numbers(bits)) words.push_back(static_cast<std::uint16_t>(number));
  words.resize(cols, 0);
  return {type, {1, static_cast<std::int64_t>(cols)}, std::move(words)};
}

QuantizedTensor under(const Recipe& recipe, const TypedTensor& input, std::uint32_t encode_scale) {
  const std::array global{from_bits(encode_scale)};
  Request request;
  request.input = input.view();
  request.global = global;
  return quantize(recipe, request);
}

std::vector<std::uint32_t> codes_of(const QuantizedTensor& answer) {
  return {answer.codes.begin(), answer.codes.end()};
}

constexpr std::uint32_t kOne = 0x3F800000;

// S = 1: at 6 the scale is 2/3 -> 0.6875 and 4 becomes 5.818 -> 6 * 0.6875; at 4 it is 1 and nothing is lost.
TEST(FlashinferFourOverSix, FourWinsWhereItIsExact) {
  const TypedTensor input = row_of(InputType::kBf16, "4080 4040 C000 3F80");  // 4, 3, -2, 1
  for (const char* name : {"flashinfer/nvfp4-4over6-448-mae-fast", "flashinfer/nvfp4-4over6-448-mse-exact",
                           "flashinfer/nvfp4-4over6-256-mae-errfast-exact-8"}) {
    const QuantizedTensor answer = under(require_recipe(name), input, kOne);
    EXPECT_EQ(scale_bits(answer.scales, 0), 0x38u) << name;
    EXPECT_EQ(codes_of(answer), hex_numbers("6 5 C 2 0 0 0 0 0 0 0 0 0 0 0 0")) << name;
  }
}

// S = 1: 6, 1 and 0.5 are codes at 6; at 4 the scale is 1.5 and 1 becomes 0.667 -> 0.5 * 1.5.
TEST(FlashinferFourOverSix, SixWinsWhereItIsExact) {
  const TypedTensor input = row_of(InputType::kBf16, "40C0 3F80 BF00");
  const QuantizedTensor answer = under(require_recipe("flashinfer/nvfp4-4over6-448-mse-fast"), input, kOne);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x38u);
  EXPECT_EQ(codes_of(answer), hex_numbers("7 2 9 0 0 0 0 0 0 0 0 0 0 0 0 0"));
}

// Blocks 2006, 2012 and 2941 of the captured fp16 input, S as captured: the kernel held 16 elements a thread.
struct Parted {
  const char* x;
  std::uint32_t scale, scale_of_eight;
  const char* codes;
};
constexpr Parted kParted[] = {
    {"1630 AC76 61DA 294A 5877 E0CE 3689 AF36 D20A BC34 AE4E CE49 8D62 0454 C4DC AD21", 0x64, 0x60,
     "0 8 6 0 1 D 0 8 9 8 8 8 8 0 8 8"},
    {"D267 BD46 BB09 C700 943B B576 BE98 152D E436 3806 D644 54CD 3534 E67A 54DA E9AB", 0x6F, 0x73,
     "8 8 8 8 8 8 8 0 C 0 8 0 0 D 0 F"},
    {"ABCA 4151 4181 A99F B4F7 2B0C C4AB BE79 BC8D CA89 CE8F C242 24EE 4B61 38EC DE6E", 0x5D, 0x59,
     "8 0 0 8 8 0 8 8 8 8 9 8 0 0 0 E"},
};

TEST(FlashinferFourOverSix, EightElementsAThreadPartFromSixteen) {
  constexpr std::uint32_t kScale = 0x3E80AB8F;
  for (const Parted& block : kParted) {
    const TypedTensor input = row_of(InputType::kF16, block.x);
    const QuantizedTensor sixteen =
        under(require_recipe("flashinfer/nvfp4-4over6-256-mae-errfast-fast"), input, kScale);
    EXPECT_EQ(scale_bits(sixteen.scales, 0), block.scale);
    EXPECT_EQ(codes_of(sixteen), hex_numbers(block.codes));
    const QuantizedTensor eight =
        under(require_recipe("flashinfer/nvfp4-4over6-256-mae-errfast-fast-8"), input, kScale);
    EXPECT_EQ(scale_bits(eight.scales, 0), block.scale_of_eight);
  }
}

QuantizedTensor row_under(const char* name, float inverse, const TypedTensor& input) {
  const Recipe& recipe = require_recipe(name);
  reference::Rules rules = recipe.rules;
  if (inverse != 0.0f) rules.global.given_inverse = inverse;
  Request request;
  request.input = input.view();
  return quantize_with(rules, recipe.storage, request);
}

// globalScaleInv 1: s = 6, S = RN(1/6), the scale 1/6 -> 0.171875, the multiplier 1 / (0.171875 * 6): 6 becomes 5.818
// and -3 becomes -2.909.
TEST(FlashinferPerToken, TakesAnotherFactorOfTheTensor) {
  const TypedTensor input = row_of(InputType::kBf16, "40C0 C040");
  for (const char* name : {"flashinfer/nvfp4-pertoken-fast", "flashinfer/nvfp4-pertoken-exact"}) {
    const QuantizedTensor answer = row_under(name, 1.0f, input);
    EXPECT_EQ(answer.global, std::vector<float>{6.0f}) << name;
    EXPECT_EQ(scale_bits(answer.scales, 0), 0x23u) << name;
    EXPECT_EQ(codes_of(answer), hex_numbers("7 D 0 0 0 0 0 0 0 0 0 0 0 0 0 0")) << name;
  }
}

// Its own factor: the row's amax is 6 * 448 * s, the largest block's scale 448; a block of a tenth has a tenth of it,
// 44.8 -> 44. Stored is s = 6 * RN(1/2688), in the exact kernel 1 / 448.
TEST(FlashinferPerToken, StoresTheFactorThatDecodes) {
  const TypedTensor input = row_of(InputType::kF16, "4600 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 38CD", 32);  // 6; 0.600098
  const QuantizedTensor fast = row_under("flashinfer/nvfp4-pertoken-fast", 0.0f, input);
  EXPECT_EQ(to_bits(fast.global[0]), 0x3B124925u);
  EXPECT_EQ(scale_bits(fast.scales, 0), 0x7Eu);
  EXPECT_EQ(scale_bits(fast.scales, 1), 0x63u);
  const QuantizedTensor exact = row_under("flashinfer/nvfp4-pertoken-exact", 0.0f, input);
  EXPECT_EQ(to_bits(exact.global[0]), 0x3B124925u);
  EXPECT_EQ(scale_bits(exact.scales, 1), 0x63u);
}

// The codes of the fp32 kernel see 6 / amax alone; the scale is the reciprocal of s * 6 / amax.
TEST(FlashinferPerToken, Fp32CodesNeverSeeTheScale) {
  std::vector<float> values(32, 0.0f);
  values[0] = 6.0f;
  values[16] = 1.0f;
  values[17] = -0.5f;
  const QuantizedTensor answer =
      row_under("flashinfer/nvfp4-pertoken-fp32", 1.0f, {InputType::kF32, {1, 32}, std::move(values)});
  EXPECT_EQ(answer.global, std::vector<float>{6.0f});
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x23u);  // 1/6
  EXPECT_EQ(scale_bits(answer.scales, 1), 0x0Eu);  // 1/36 = 0.02778 -> 1.75 * 2^-6 = 0.02734
  EXPECT_EQ(answer.codes[0], 0x7);
  EXPECT_EQ(answer.codes[16], 0x7);
  EXPECT_EQ(answer.codes[17], 0xD);
}

struct Golden {
  std::uint32_t encode_scale;
  const char* x;
  std::uint32_t scale, code;
};
// Column G: element 0 is the block's largest, element 1 the one whose code is given.
constexpr Golden kGolden[] = {
    {0x436EEEEF, "4087 3F4D", 0x72, 2}, {0x44DB6DB7, "3F2F 3E81", 0x74, 4}, {0x43E00000, "3F90 3EC8", 0x6A, 4},
    {0x43400000, "40C8 409C", 0x74, 6}, {0x44EEEEEF, "3FB0 3F96", 0x7E, 7}, {0x43BBCED0, "3FE9 3E65", 0x6E, 2},
    {0x446C4EC5, "3FDD 3F25", 0x78, 4}, {0x43AAAAAB, "3FFE 3ED2", 0x6E, 3}, {0x432B58BC, "405D 3F7B", 0x6C, 4},
    {0x436C4EC5, "4126 3FA9", 0x7D, 2}, {0x43914C1C, "40DE 3F97", 0x7B, 2}, {0x4419999A, "3FD2 3E35", 0x73, 1},
};

QuantizedTensor norm(const char* name, const TypedTensor& input, float weight, float factor,
                     std::uint32_t encode_scale) {
  const std::vector<float> weights(static_cast<std::size_t>(input.extent.cols), weight);
  const std::array factors{factor}, global{from_bits(encode_scale)};
  Request request;
  request.input = input.view();
  request.fused.weight = weights;
  request.fused.row_factor = factors;
  if (encode_scale != 0) request.global = global;
  return quantize(require_recipe(name), request);
}

TEST(FlashinferCuteNorm, GoldenVectors) {
  for (const Golden& golden : kGolden) {
    const QuantizedTensor answer =
        norm("flashinfer/nvfp4-cute-rmsnorm", row_of(InputType::kBf16, golden.x), 1.0f, 1.0f, golden.encode_scale);
    EXPECT_EQ(scale_bits(answer.scales, 0), golden.scale) << golden.x;
    EXPECT_EQ(answer.codes[1], golden.code) << golden.x;
  }
}

// bf16: 1.0078125 * 1.0078125 = 1.01568... -> 1.015625, and the factor 2 doubles that.
TEST(FlashinferCuteNorm, RoundsTheProductToTheInputsType) {
  const TypedTensor input = row_of(InputType::kBf16, "3F81");
  Request request;
  const std::vector<float> weights(16, 1.0078125f);
  const std::array factors{2.0f};
  request.input = input.view();
  request.fused.weight = weights;
  request.fused.row_factor = factors;
  const TypedTensor operand =
      reference::operand(require_recipe("flashinfer/nvfp4-cute-rmsnorm"), request, Direction::kRowwise);
  EXPECT_EQ(element(operand.view(), 0), 2.03125f);
}

// Scale code 1 stands for 2^-9; the kernel's own decoder takes it for 2^-7 * 1.125, and scales elements by 4.5 times
// less.
TEST(FlashinferCuteNorm, TakesSubnormalScalesForNormalOnes) {
  const TypedTensor input = row_of(InputType::kBf16, "3C40");  // 2^-7 * 1.5 / 6 = 2^-9
  const QuantizedTensor answer = norm("flashinfer/nvfp4-cute-rmsnorm", input, 1.0f, 1.0f, kOne);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x01u);
  EXPECT_EQ(answer.codes[0], 0x3);  // 1.5 / 1.125 = 1.333 -> 1.5
}

// 12288 / 6 = 2^11 has code 138, the next bf16 number above it 139. One step of binary32 above 2^11 the logarithm is
// 11 + 1.7e-7, which rounds to 11: the factor 1 + 2^-23 makes such a number, and its code is 7 as it is of 12288.
TEST(FlashinferCuteNorm, Mxfp4TakesAnApproximateLogarithm) {
  const auto answer = [](const char* x, std::uint32_t factor) {
    return norm("flashinfer/rmsnorm-mxfp4-cute", row_of(InputType::kBf16, x, 32), 1.0f, from_bits(factor), 0);
  };
  const QuantizedTensor exact = answer("4640", kOne), above = answer("4641", kOne), step = answer("4640", kOne + 1);
  EXPECT_EQ(scale_bits(exact.scales, 0), 0x8Au);
  EXPECT_EQ(exact.codes[0], 0x7);
  EXPECT_EQ(scale_bits(above.scales, 0), 0x8Bu);
  EXPECT_EQ(above.codes[0], 0x5);
  EXPECT_EQ(scale_bits(step.scales, 0), 0x8Au);
  EXPECT_EQ(step.codes[0], 0x7);
}

TEST(FlashinferCuteNorm, NeedsAFactorForEachRow) {
  const TypedTensor input = row_of(InputType::kBf16, "3F80");
  EXPECT_THROW(norm("flashinfer/nvfp4-cute-rmsnorm", input, 1.0f, 0.0f, kOne), InputError);
  EXPECT_THROW(norm("flashinfer/nvfp4-cute-rmsnorm", input, 1.0f, from_bits(0x7F800000), kOne), InputError);
  Request request;
  request.input = input.view();
  EXPECT_THROW(quantize(require_recipe("flashinfer/nvfp4-cute-rmsnorm"), request), InputError);
}

}  // namespace
}  // namespace bitgate
