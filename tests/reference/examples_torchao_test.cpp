// Worked examples of torchao's recipes: NVFP4 with one and two levels on CUDA and CPU, PR 2408, MXFP4 and MXFP8. Facts:
// pytorch/ao 36027d82, torchao/prototype/mx_formats/{nvfp4_tensor,mx_tensor}.py and its tests; PR 2408 at 7ca9f10d048b.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::hex_numbers;
using oracle::to_bits;

constexpr float kInf = std::numeric_limits<float>::infinity();

std::uint32_t first_scale(const QuantizedTensor& tensor) { return scale_bits(tensor.scales, 0); }

// A block whose first element is `first` and whose others are `rest`.
std::vector<float> block(std::size_t size, float first, float rest) {
  std::vector<float> values(size, rest);
  values[0] = first;
  return values;
}

// --- W1 and W2: one block, one level and two ---

const char* const kBlock = "0000 8000 3D00 BDCD 3E80 BEC0 3F00 3F30 BF50 3F80 BF98 3FB8 3FE0 C010 4040 C04E";
const char* const kBlockCodes = "808091224b5ce5f7";

TEST(TorchaoSingle, W1StagesScaleAndCodes) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(kBlock));
  EXPECT_EQ(oracle::stage("torchao/nvfp4", input, {}, "block_amax"), 0x404E0000u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4", input, {}, "bs"), 0x3F095556u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-cpu", input, {}, "bs"), 0x3F095555u);
  for (const char* recipe : {"torchao/nvfp4", "torchao/nvfp4-cpu"}) {
    EXPECT_EQ(oracle::stage(recipe, input, {}, "multiplier"), 0x3FE38E39u);
    const QuantizedTensor answer = oracle::quantize(recipe, input);
    EXPECT_EQ(first_scale(answer), 0x31u);
    EXPECT_EQ(oracle::packed_hex(answer), kBlockCodes);
    EXPECT_TRUE(answer.global.empty());
  }
}

TEST(TorchaoSingle, W1ScaledElements) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(kBlock));
  // Before the clamp; none of them exceeds 6.
  const std::vector<std::uint32_t> scaled = hex_numbers(
      "00000000 80000000 3D638E39 BE3638E4 3EE38E39 BF2AAAAB 3F638E39 3F9C71C7 "
      "BFB8E38E 3FE38E39 C0071C72 40238E39 40471C72 C0800000 40AAAAAB C0B71C72");
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_EQ(oracle::stage("torchao/nvfp4", input, {}, "v", 0, static_cast<std::int64_t>(i)), scaled[i]) << i;
}

TEST(TorchaoSingle, W1Dequantized) {
  const QuantizedTensor answer = oracle::quantize("torchao/nvfp4", oracle::bf16_row(hex_numbers(kBlock)));
  const std::vector<float> values =
      reference::dequantize(reference::require_recipe("torchao/nvfp4"), answer, InputType::kF32);
  const std::vector<std::uint32_t> expected = hex_numbers(
      "00000000 80000000 00000000 80000000 3E900000 BE900000 3F100000 3F100000 "
      "BF580000 3F900000 BF900000 3FD80000 3FD80000 C0100000 40580000 C0580000");
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(to_bits(values[i]), expected[i]) << i;
}

TEST(TorchaoTensorwise, W2StagesScaleAndCodes) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(kBlock));
  const std::array amax{from_bits(0x40A60000)};
  const char* const recipe = "torchao/nvfp4-tensorwise";
  EXPECT_EQ(oracle::stage(recipe, input, amax, "s"), 0x3AFCF3D0u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise-cpu", input, amax, "s"), 0x3AFCF3CFu);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "1/s"), 0x44018ACBu);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "bs"), 0x3F095556u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "t"), 0x438AFCEBu);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "multiplier"), 0x3FE64C14u);
  const QuantizedTensor answer = oracle::quantize(recipe, input, amax);
  EXPECT_EQ(to_bits(answer.global.at(0)), 0x3AFCF3D0u);
  EXPECT_EQ(first_scale(answer), 0x79u);
  EXPECT_EQ(oracle::packed_hex(answer), kBlockCodes);
}

TEST(TorchaoTensorwise, W2DecodeScaleIsTheRoundedProduct) {
  const QuantizedTensor answer = oracle::quantize("torchao/nvfp4-tensorwise", oracle::bf16_row(hex_numbers(kBlock)),
                                                  std::array{from_bits(0x40A60000)});
  const std::vector<float> values =
      reference::dequantize(reference::require_recipe("torchao/nvfp4-tensorwise"), answer, InputType::kF32);
  ASSERT_EQ(answer.codes[6], 2);  // 1.0
  EXPECT_EQ(to_bits(values[6]), 0x3F0E4925u);
}

TEST(TorchaoTensorwise, W2ReciprocalMeetsTheTieThatADivisionMisses) {
  std::vector<float> values(16, 0.0f);
  values[0] = from_bits(0x3DD40000);
  values[1] = from_bits(0x3D000000);
  const TypedTensor input = oracle::f32_row(values);
  const std::array amax{1.0f};
  const char* const recipe = "torchao/nvfp4-tensorwise";
  EXPECT_EQ(oracle::stage(recipe, input, amax, "s"), 0x39C30C31u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "1/s"), 0x45280000u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "multiplier"), 0x42600000u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "v", 0, 1), 0x3FE00000u);
  const QuantizedTensor answer = oracle::quantize(recipe, input, amax);
  EXPECT_EQ(first_scale(answer), 0x64u);
  EXPECT_EQ(answer.codes[1], 4);
  // TransformerEngine's order of roundings on the same block stays just below the tie.
  EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "multiplier"), 0x425FFFFFu);
  EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "v", 0, 1), 0x3FDFFFFFu);
  EXPECT_EQ(oracle::quantize("te/nvfp4", input, amax).codes[1], 3);
}

TEST(TorchaoPr2408, W2ClampedGlobalBf16RoundingsAndHighNibbleFirst) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(kBlock));
  const std::array amax{from_bits(0x40A60000)};
  const char* const recipe = "torchao/nvfp4-pr2408";
  EXPECT_EQ(oracle::stage(recipe, input, amax, "s"), 0x3C800000u);  // the floor, 2^-6
  EXPECT_EQ(oracle::stage(recipe, input, amax, "bs"), 0x3F090000u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "t"), 0x42090000u);
  EXPECT_EQ(oracle::stage(recipe, input, amax, "multiplier"), 0x3F100000u);
  const QuantizedTensor answer = oracle::quantize(recipe, input, amax);
  EXPECT_EQ(first_scale(answer), 0x61u);
  EXPECT_EQ(oracle::packed_hex(answer, reference::require_recipe(recipe).storage.nibbles), "08081922b4c55e7f");
}

// Eager bf16 rounds s and bs to nearest: 100 / 448 = 3E64924A, and 1 / 6 = 3E2AAAAB, both beyond half a step of bf16.
TEST(TorchaoPr2408, IntermediatesAreRoundedToNearestInTheInputsType) {
  const char* const recipe = "torchao/nvfp4-pr2408";
  const std::array amax{100.0f};
  const TypedTensor wide = oracle::f32_row(block(16, 1.0f, 0.5f));
  EXPECT_EQ(oracle::stage(recipe, wide, amax, "s"), 0x3E64924Au);
  EXPECT_EQ(oracle::stage(recipe, wide, amax, "bs"), 0x3E2AAAABu);
  const TypedTensor narrow = oracle::bf16_row(std::vector<std::uint32_t>(16, 0x3F80));
  EXPECT_EQ(oracle::stage(recipe, narrow, amax, "s"), 0x3E650000u);
  EXPECT_EQ(oracle::stage(recipe, narrow, amax, "bs"), 0x3E2B0000u);
}

// --- W3 and W4: the scale byte parts ---

TEST(TorchaoScale, W3CudaAndCpuPartAtATieOfE4m3) {
  const std::array amax{from_bits(0x3F8C0000)};
  const TypedTensor input = oracle::f32_row(block(16, from_bits(0x3C870000), 0.0f));
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise", input, amax, "s"), 0x39D55556u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise", input, amax, "bs"), 0x3B340000u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise", input, amax, "t"), 0x40D7FFFFu);
  EXPECT_EQ(first_scale(oracle::quantize("torchao/nvfp4-tensorwise", input, amax)), 0x4Du);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise-cpu", input, amax, "s"), 0x39D55555u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-tensorwise-cpu", input, amax, "t"), 0x40D80000u);
  EXPECT_EQ(first_scale(oracle::quantize("torchao/nvfp4-tensorwise-cpu", input, amax)), 0x4Eu);
  EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "S_enc"), 0x4519999Au);
  EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "M"), 0x43CCCCCEu);
  EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "sd"), 0x40D80001u);
  EXPECT_EQ(first_scale(oracle::quantize("te/nvfp4", input, amax)), 0x4Eu);
}

TEST(TorchaoScale, W4SixthOnCudaIsAProduct) {
  const TypedTensor input = oracle::f32_row(block(16, from_bits(0x40E3FFFF), 0.0f));
  EXPECT_EQ(oracle::stage("torchao/nvfp4", input, {}, "bs"), 0x3F980000u);
  EXPECT_EQ(oracle::stage("torchao/nvfp4-cpu", input, {}, "bs"), 0x3F97FFFFu);
  EXPECT_EQ(first_scale(oracle::quantize("torchao/nvfp4", input)), 0x3Au);
  EXPECT_EQ(first_scale(oracle::quantize("torchao/nvfp4-cpu", input)), 0x39u);
}

// (tensor amax, block amax) as bf16, and the scale byte of torchao on CUDA and CPU and of TransformerEngine. -1: the
// notes give no byte.
struct Probe {
  std::uint32_t tensor, block;
  int cuda, cpu, te;
};
constexpr Probe kProbes[] = {{0x3F8C, 0x3C87, 0x4D, 0x4E, 0x4E}, {0x3F8C, 0x3C9B, 0x50, -1, -1},
                             {0x3F8C, 0x3CFA, -1, 0x55, -1},     {0x3F82, 0x3CC3, 0x52, 0x52, 0x53},
                             {0x3F81, 0x3CC1, 0x52, 0x52, 0x52}, {0x3FA8, 0x3C96, -1, 0x4C, -1},
                             {0x3F8A, 0x3CCF, 0x52, 0x52, 0x52}};

TEST(TorchaoScale, ProbesOfTheScaleByte) {
  for (const Probe& probe : kProbes) {
    const std::array amax{from_bits(probe.tensor << 16)};
    std::vector<std::uint32_t> bits(16, 0);
    bits[0] = probe.block;
    const TypedTensor input = oracle::bf16_row(bits);
    const auto expect = [&](const char* recipe, int byte) {
      if (byte < 0) return;
      EXPECT_EQ(first_scale(oracle::quantize(recipe, input, amax)), static_cast<std::uint32_t>(byte))
          << recipe << std::hex << " " << probe.tensor << " " << probe.block;
    };
    expect("torchao/nvfp4-tensorwise", probe.cuda);
    expect("torchao/nvfp4-tensorwise-cpu", probe.cpu);
    expect("te/nvfp4", probe.te);
  }
}

// --- W10: the order of the products back ---

TEST(TorchaoTensorwise, W10DequantizesByTheProductOfTheScales) {
  QuantizedTensor tensor = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kMultiplier, {1, 16});
  tensor.global = {from_bits(0x39C30C31)};
  set_scale_bits(tensor.scales, 0, 0x3C);
  tensor.codes[0] = 3;
  const std::vector<float> values =
      reference::dequantize(reference::require_recipe("torchao/nvfp4-tensorwise"), tensor, InputType::kF32);
  EXPECT_EQ(to_bits(values[0]), 0x3A5B6DB8u);  // (code * scale) * s would be ...B7
}

// --- zero blocks and special values ---

TEST(TorchaoSpecial, ZeroBlockHasTheSmallestNormalScale) {  // W5
  std::vector<float> values(32, 0.0f);
  values[1] = -0.0f;
  values[16] = 1.0f;
  const TypedTensor input = oracle::f32_row(values);
  for (const char* recipe : {"torchao/nvfp4", "torchao/nvfp4-cpu", "torchao/nvfp4-tensorwise",
                             "torchao/nvfp4-tensorwise-cpu", "torchao/nvfp4-pr2408"}) {
    const QuantizedTensor answer = oracle::quantize(recipe, input);
    EXPECT_EQ(first_scale(answer), 0x08u) << recipe;
    EXPECT_EQ(answer.codes[0], 0x0) << recipe;
    EXPECT_EQ(answer.codes[1], 0x8) << recipe;
  }
  const QuantizedTensor te = oracle::quantize("te/nvfp4", input);
  EXPECT_EQ(first_scale(te), 0x00u);
  const QuantizedTensor mx = oracle::quantize("torchao/mxfp4-floor", oracle::f32_row(std::vector<float>(32, 0.0f)));
  EXPECT_EQ(first_scale(mx), 0x00u);
  EXPECT_EQ(mx.codes[0], 0x0);
}

TEST(TorchaoSpecial, ZeroTensorPoisonsTwoLevels) {
  std::vector<float> values(16, 0.0f);
  values[1] = -0.0f;
  const QuantizedTensor single = oracle::quantize("torchao/nvfp4", oracle::f32_row(values));
  EXPECT_EQ(first_scale(single), 0x08u);
  EXPECT_EQ(oracle::packed_hex(single), "8000000000000000");
  // Its s is 0, so t = 0 / 0: NaN is positive on the GPU and negative on x86, and its bits decide the codes.
  const QuantizedTensor cuda = oracle::quantize("torchao/nvfp4-tensorwise", oracle::f32_row(values));
  EXPECT_EQ(to_bits(cuda.global.at(0)), 0u);
  EXPECT_EQ(first_scale(cuda), 0x7Fu);
  EXPECT_EQ(oracle::packed_hex(cuda), "4444444444444444");
  EXPECT_EQ(first_scale(oracle::quantize("torchao/nvfp4-tensorwise-cpu", oracle::f32_row(values))), 0xFFu);
}

TEST(TorchaoSpecial, NanElementPoisonsItsBlock) {
  for (const char* recipe : {"torchao/nvfp4", "torchao/nvfp4-tensorwise"})
    EXPECT_EQ(first_scale(oracle::quantize(recipe, oracle::f32_row(block(16, from_bits(0x7FC00000), 1.0f)))), 0x7Fu);
}

TEST(TorchaoSpecial, NanOnTheCpuIsRefused) {
  const TypedTensor input = oracle::f32_row(block(16, from_bits(0x7FC00000), 1.0f));
  EXPECT_THROW(oracle::quantize("torchao/nvfp4-cpu", input), InputError);
  EXPECT_THROW(oracle::quantize("torchao/nvfp4-tensorwise-cpu", input), InputError);
}

TEST(TorchaoSpecial, InfiniteElementSaturatesOneLevel) {
  const QuantizedTensor answer = oracle::quantize("torchao/nvfp4", oracle::f32_row(block(16, -kInf, 1.0f)));
  EXPECT_EQ(first_scale(answer), 0x7Eu);
  EXPECT_EQ(answer.codes[0], 0xF);
  EXPECT_EQ(answer.codes[1], 0x0);
}

TEST(TorchaoSpecial, InfiniteElementZeroesTheFiniteBlocksOfTwoLevels) {
  const QuantizedTensor answer = oracle::quantize("torchao/nvfp4-tensorwise", oracle::f32_row(block(32, kInf, 1.0f)));
  EXPECT_EQ(answer.global.at(0), kInf);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x7Fu);
  EXPECT_EQ(scale_bits(answer.scales, 1), 0x08u);
  EXPECT_EQ(answer.codes[16], 0x0);
}

TEST(TorchaoSpecial, BlockAboveTheLargestScaleSaturates) {
  const QuantizedTensor single = oracle::quantize("torchao/nvfp4", oracle::f32_row(block(16, 4000.0f, -3000.0f)));
  EXPECT_EQ(first_scale(single), 0x7Eu);
  EXPECT_EQ(single.codes[0], 0x7);
  EXPECT_EQ(single.codes[1], 0xF);
  const QuantizedTensor two =
      oracle::quantize("torchao/nvfp4-tensorwise", oracle::f32_row(block(16, 4.0f, -3.0f)), std::array{1.0f});
  EXPECT_EQ(first_scale(two), 0x7Eu);
  EXPECT_EQ(two.codes[0], 0x7);
  EXPECT_EQ(two.codes[1], 0xF);
}

TEST(TorchaoSpecial, EmptyTensorsHaveNoAmax) {
  EXPECT_TRUE(oracle::quantize("torchao/nvfp4", oracle::f32_tensor({0, 16}, {})).codes.empty());
  EXPECT_THROW(oracle::quantize("torchao/nvfp4-tensorwise", oracle::f32_tensor({0, 16}, {})), InputError);
}

// A NaN's payload decides torchao's E2M1 code.
TEST(TorchaoSpecial, CodeOfANanIsItsPayload) {
  const reference::Recipe& recipe = reference::require_recipe("torchao/mxfp4-floor");
  const QuantizedTensor answer =
      reference::quantize(recipe, oracle::request_for(oracle::f32_row(block(32, from_bits(0x7FC00000), 1.0f))));
  EXPECT_EQ(first_scale(answer), 0xFFu);
  for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, 0x4);  // of the GPU's 0x7FFFFFFF
}

}  // namespace
}  // namespace bitgate
