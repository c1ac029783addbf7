// Worked examples of compressed-tensors' and gfloat's recipes. Facts: torchao-and-ocp.md 5 and 6, worked examples W2,
// W3, W5 and W6.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::hex_numbers;
using oracle::to_bits;

const char* const kNv = "compressed-tensors/nvfp4-bf16";
const char* const kBlock = "0000 8000 3D00 BDCD 3E80 BEC0 3F00 3F30 BF50 3F80 BF98 3FB8 3FE0 C010 4040 C04E";

std::uint32_t first_scale(const QuantizedTensor& tensor) { return scale_bits(tensor.scales, 0); }

std::vector<float> block(std::size_t size, float first, float rest) {
  std::vector<float> values(size, rest);
  values[0] = first;
  return values;
}

TEST(CompressedTensorsNvfp4, W2StagesScaleAndCodes) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(kBlock));
  const std::array amax{from_bits(0x40A60000)};
  EXPECT_EQ(oracle::stage(kNv, input, amax, "G"), 0x44010000u);
  EXPECT_EQ(oracle::stage(kNv, input, amax, "bs"), 0x3F090000u);
  EXPECT_EQ(oracle::stage(kNv, input, amax, "t"), 0x438A1200u);
  EXPECT_EQ(oracle::stage(kNv, input, amax, "multiplier"), 0x3F0EE23Cu);
  const QuantizedTensor answer = oracle::quantize(kNv, input, amax);
  EXPECT_EQ(to_bits(answer.global.at(0)), 0x44010000u);
  EXPECT_EQ(first_scale(answer), 0x79u);
  EXPECT_EQ(oracle::packed_hex(answer), "008091224b5ce5f7");
}

TEST(CompressedTensorsNvfp4, W3TheTypeOfTheDataDecidesG) {
  const std::array amax{from_bits(0x3F8C0000)};
  std::vector<std::uint32_t> bits(16, 0);
  bits[0] = 0x3C87;
  const TypedTensor narrow = oracle::bf16_row(bits);
  EXPECT_EQ(oracle::stage(kNv, narrow, amax, "G"), 0x451A0000u);
  EXPECT_EQ(oracle::stage(kNv, narrow, amax, "t"), 0x40D89000u);
  EXPECT_EQ(first_scale(oracle::quantize(kNv, narrow, amax)), 0x4Eu);
  const TypedTensor wide = oracle::f32_row(block(16, from_bits(0x3C870000), 0.0f));
  const char* const fp32 = "compressed-tensors/nvfp4-fp32";
  EXPECT_EQ(oracle::stage(fp32, wide, amax, "G"), 0x4519999Au);
  EXPECT_EQ(oracle::stage(fp32, wide, amax, "t"), 0x40D80001u);
  EXPECT_EQ(first_scale(oracle::quantize(fp32, wide, amax)), 0x4Eu);
}

TEST(CompressedTensorsNvfp4, W5ZeroBlockHasAnEighth) {
  const QuantizedTensor answer =
      oracle::quantize(kNv, oracle::bf16_row(std::vector<std::uint32_t>(16, 0)), std::array{1.0f});
  EXPECT_EQ(first_scale(answer), 0x20u);
  EXPECT_EQ(answer.codes[0], 0x0);
}

// T1: amax / 6 of binary32 parts between CUDA and CPU at one significand of each binade.
TEST(CompressedTensorsNvfp4, ASixthOfBinary32DependsOnTheDevice) {
  const std::array amax{2688.0f};
  const TypedTensor input = oracle::f32_row(block(16, from_bits(0x40E3FFFF), 0.0f));
  EXPECT_EQ(first_scale(oracle::quantize("compressed-tensors/nvfp4-fp32", input, amax)), 0x3Au);
  EXPECT_EQ(first_scale(oracle::quantize("compressed-tensors/nvfp4-fp32-cpu", input, amax)), 0x39u);
}

TEST(CompressedTensorsNvfp4, DecodesByTheQuotientOfTheScales) {
  QuantizedTensor tensor = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kDivisor, {1, 16});
  tensor.global = {from_bits(0x44010000)};
  set_scale_bits(tensor.scales, 0, 0x79);
  tensor.codes[0] = 2;  // 1.0
  const auto fp32 = reference::require_recipe("compressed-tensors/nvfp4-fp32");
  EXPECT_EQ(to_bits(reference::dequantize(fp32, tensor, InputType::kF32)[0]), 0x3F0EE23Cu);
  EXPECT_EQ(to_bits(reference::dequantize(reference::require_recipe(kNv), tensor, InputType::kBf16)[0]), 0x3F0F0000u);
}

TEST(CompressedTensorsMx, W6TheQuarterThatRoundsTheExponent) {
  const auto scale = [](const char* recipe, float amax) {
    return first_scale(oracle::quantize(recipe, oracle::f32_row(block(32, amax, 0.0f))));
  };
  EXPECT_EQ(scale("compressed-tensors/mxfp8", 448.0f), 128u);
  EXPECT_EQ(scale("compressed-tensors/mxfp8", from_bits(0x43DFFFFF)), 127u);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", 7.0f), 128u);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", from_bits(0x40DFFFFF)), 127u);
}

// A quotient of bf16 numbers is rounded to bf16: what is below half its smallest number loses its sign with its value.
TEST(CompressedTensorsMx, QuotientsAreOfTheDatasType) {
  const float tiny = -0x1p-133f;
  const TypedTensor wide = oracle::f32_row(block(32, tiny, 24.0f));
  std::vector<std::uint32_t> bits(32, 0x41C0);
  bits[0] = 0x8001;
  EXPECT_EQ(oracle::quantize("compressed-tensors/mxfp4", wide).codes[0], 0x8);
  EXPECT_EQ(oracle::quantize("compressed-tensors/mxfp4", oracle::bf16_row(bits)).codes[0], 0x0);
}

TEST(Gfloat, FloorsTheExponentAndSaturates) {
  const QuantizedTensor answer = oracle::quantize("gfloat/mxfp4", oracle::f32_row(block(32, 7.0f, -0.125f)));
  EXPECT_EQ(first_scale(answer), 127u);
  EXPECT_EQ(answer.codes[0], 0x7);
  EXPECT_EQ(answer.codes[1], 0x8);
}

}  // namespace
}  // namespace bitgate
