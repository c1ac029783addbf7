// Worked examples of ggml's Q8_1: the two CUDA kernels and the CPU's reference. Facts: ggml-org/ggml d99724f2,
// src/ggml-cuda/quantize.cu (nvcc -use_fast_math) and src/ggml-quants.c; an H100 and ggml's own C code gave these
// bytes. d and s are the 16-bit numbers, not their bytes in memory.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;

const char* const kCuda = "ggml/q8_1";
const char* const kD4 = "ggml/q8_1-mmq-d4";
const char* const kDs4 = "ggml/q8_1-mmq-ds4";
const char* const kD2s6 = "ggml/q8_1-mmq-d2s6";
const char* const kCpu = "ggml/q8_1-cpu-ref";

// The generator of the examples: x = (the upper 24 bits of a linear congruence, centred) * 2^exponent, exact.
std::vector<float> generated(std::uint32_t seed, int exponent) {
  std::vector<float> values;
  std::uint32_t u = seed;
  for (int i = 0; i < 32; ++i) {
    u = u * 1664525 + 1013904223;
    const double centred = static_cast<double>(u >> 8) - 8388608.0;
    values.push_back(static_cast<float>(centred * power_of_two(exponent)));
  }
  return values;
}

struct Block {
  std::uint32_t d = 0, s = 0;
  std::string q;
};

Block block_of(const char* recipe, const std::vector<float>& values) {
  const QuantizedTensor answer = oracle::quantize(recipe, oracle::f32_row(values));
  Block block;
  block.d = scale_bits(answer.scales, 0);
  if (!answer.extras.empty()) block.s = answer.extras[0];
  block.q = oracle::hex_text(answer.codes);
  return block;
}

void expect_block(const char* recipe, const std::vector<float>& values, std::uint32_t d, std::uint32_t s,
                  std::string_view q) {
  const Block actual = block_of(recipe, values);
  EXPECT_EQ(actual.d, d) << recipe;
  EXPECT_EQ(actual.s, s) << recipe;
  EXPECT_EQ(actual.q, q) << recipe;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// --- E1: every tie, amax 127, so d = 1 ---

std::vector<float> ties() {
  std::vector<float> values{127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, -127.0f, from_bits(0x3EFFFFFF), -0.0f};
  for (int j = 10; j < 32; ++j) values.push_back(static_cast<float>(j - 20) * 0.75f);
  return values;
}
const char* const kTieCodes = "7f010203fffefd810000f8f9fafbfbfcfdfefeff000102020304050506070808";

TEST(Q8_1, E1HalvesGoAwayFromZeroAndSIsOfInputsOrOfCodes) {
  expect_block(kCuda, ties(), 0x3C00, 0x4860, kTieCodes);
  expect_block(kDs4, ties(), 0x3C00, 0x4860, kTieCodes);
  expect_block(kD4, ties(), to_bits(1.0f), 0, kTieCodes);
  expect_block(kCpu, ties(), 0x3C00, 0x4800, kTieCodes);
}

TEST(Q8_1, E1InALayoutWithTwoScalesASixteenthHasItsOwnSum) {
  std::vector<float> values = ties();
  values.resize(128, 0.0f);
  const QuantizedTensor answer = oracle::quantize(kD2s6, oracle::f32_row(values));
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x3C00u);
  EXPECT_EQ(scale_bits(answer.scales, 1), 0x0000u);  // values 64..127 are zero
  EXPECT_EQ(oracle::hex_text(answer.codes).substr(0, 64), kTieCodes);
  ASSERT_EQ(answer.extras.size(), 6u);
  // Values 0..15: 127 + .5 + 1.5 + 2.5 - .5 - 1.5 - 2.5 - 127 + 0x3EFFFFFF - 0 and the steps -7.5 .. -3.75, whose sum
  // is -33.75 and .5 less one ulp: -33.25. Values 16..31: the steps -3 .. 8.25, 42.
  EXPECT_EQ(answer.extras[0], encode(kFp16, -33.25f, kCvtRnInf));
  EXPECT_EQ(answer.extras[1], encode(kFp16, 42.0f, kCvtRnInf));
  for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(answer.extras[i], 0u);
}

// --- E2, E2b: the order of the sum ---

const char* const kGeneratedCodes = "bbde01368ade480f8125beec1859ba7e5fd33008b5988fd09f3616e0c24271ab";

TEST(Q8_1, E2GeneratedBlock) {
  const std::vector<float> values = generated(1, -20);
  ASSERT_EQ(to_bits(values[0]), 0xC086EF4Eu);
  ASSERT_EQ(to_bits(values[1]), 0xC005DDECu);
  expect_block(kCuda, values, 0x2BCC, 0xCDB8, kGeneratedCodes);
  expect_block(kDs4, values, 0x2BCC, 0xCDB8, kGeneratedCodes);
  expect_block(kD4, values, 0x3D798137, 0, kGeneratedCodes);
  expect_block(kCpu, values, 0x2BCC, 0xCDB6, kGeneratedCodes);
  EXPECT_EQ(oracle::stage(kCuda, oracle::f32_row(values), {}, "d32"), 0x3D798136u);
}

TEST(Q8_1, E2bTwoTreesAndTheCpuGiveThreeSums) {
  const std::vector<float> values = generated(13262, -20);
  ASSERT_EQ(to_bits(values[0]), 0xBFFE62C0u);
  EXPECT_EQ(block_of(kCuda, values).s, 0xA1D8u);
  EXPECT_EQ(block_of(kDs4, values).s, 0xA1D7u);
  EXPECT_EQ(block_of(kCpu, values).s, 0x0000u);
  for (const char* recipe : {kCuda, kDs4, kCpu}) EXPECT_EQ(block_of(recipe, values).d, 0x2BA4u) << recipe;
}

// --- E3: subnormals ---

TEST(Q8_1, E3SmallBlocksPartFlushFromKeep) {
  std::vector<float> values;
  for (int j = 0; j < 32; ++j) values.push_back((j % 2 == 0 ? 1.0f : -1.0f) * static_cast<float>(j + 1) * 0x1p-126f);
  const char* const kept = "04f80cf014e81ce024d82cd034c83cc043b94bb153a95ba163996b9173897b81";
  expect_block(kCuda, values, 0x0000, 0x8000, repeated("ff00", 16));
  expect_block(kCpu, values, 0x0000, 0x8000, kept);
  EXPECT_EQ(block_of(kDs4, values).d, 0x0000u);
  EXPECT_EQ(block_of(kDs4, values).q, kept);
  EXPECT_EQ(block_of(kD4, values).q, kept);
}

// --- E4: the sum overflows half precision ---

TEST(Q8_1, E4SumOverflowsWhileDIsFinite) {
  const std::vector<float> values(32, 3000.0f);
  for (const char* recipe : {kCuda, kDs4, kCpu}) expect_block(recipe, values, 0x4DE8, 0x7C00, repeated("7f", 32));
  expect_block(kD4, values, 0x41BCF9F3, 0, repeated("7f", 32));
  EXPECT_EQ(oracle::stage(kCuda, oracle::f32_row(values), {}, "d32"), 0x41BCF9F4u);
}

// --- E5: NaN ---

std::vector<float> counting_with_nan(std::size_t at) {
  std::vector<float> values;
  for (int j = 0; j < 32; ++j) values.push_back(static_cast<float>(j - 10));
  values[at] = from_bits(0x7FC00000);
  return values;
}

TEST(Q8_1, E5NanElementHasCodeZero) {
  const char* const codes = "c4cad0d6dc00e8eef4fa00060c12181e242a30363c43494f555b61676d73797f";
  expect_block(kCuda, counting_with_nan(5), 0x314B, 0x7FFF, codes);
  expect_block(kCpu, counting_with_nan(5), 0x314B, 0x59AB, codes);
}

TEST(Q8_1, E5NanInTheLastPlaceRestartsTheCpusMaximum) {
  expect_block(kCpu, counting_with_nan(31), 0x7E00, 0x7E00, repeated("00", 32));
}

TEST(Q8_1, AllNanBlockHasNanScaleAndCodesZero) {
  const std::vector<float> values(32, from_bits(0xFFC00000));
  expect_block(kCuda, values, 0x7FFF, 0x7FFF, repeated("00", 32));
}

// --- special values of the notes' edge cases ---

TEST(Q8_1, MinusZerosKeepTheirSignInTheSumOnTheGpuAlone) {
  const std::vector<float> values(32, -0.0f);
  expect_block(kCuda, values, 0x0000, 0x8000, repeated("00", 32));
  expect_block(kDs4, values, 0x0000, 0x8000, repeated("00", 32));
  expect_block(kCpu, values, 0x0000, 0x0000, repeated("00", 32));
}

TEST(Q8_1, ZeroBlockIsAllZeroOnEveryPath) {
  const std::vector<float> values(32, 0.0f);
  for (const char* recipe : {kCuda, kD4, kDs4, kCpu}) expect_block(recipe, values, 0, 0, repeated("00", 32));
}

TEST(Q8_1, InfiniteElementGivesInfiniteScaleAndCodesZero) {
  std::vector<float> values(32, 1.0f);
  values[3] = -std::numeric_limits<float>::infinity();
  expect_block(kCuda, values, 0x7C00, 0xFC00, repeated("00", 32));
  expect_block(kDs4, values, 0x7C00, 0xFC00, repeated("00", 32));
  expect_block(kD4, values, 0x7F800000, 0, repeated("00", 32));
}

TEST(Q8_1, ScaleOverflowsFromTheFirstAmaxWhose127thDoes) {
  std::vector<float> values(32, 0.0f);
  values[0] = 127.0f * 65504.0f;
  EXPECT_EQ(block_of(kCuda, values).d, 0x7BFFu);
  values[0] = 127.0f * 65536.0f;
  EXPECT_EQ(block_of(kCuda, values).d, 0x7C00u);
}

TEST(Q8_1, ConstantMultiplyAndDivisionPartAtOneHalfUlp) {
  std::vector<float> values(32, 0.0f);
  values[0] = from_bits(0x3FFE1FC1);
  EXPECT_EQ(block_of(kCuda, values).d + 1, block_of(kCpu, values).d);
}

TEST(Q8_1, RaggedRowIsPaddedWithZeros) {
  std::vector<float> values = ties();
  values.resize(40, 1.0f);
  const QuantizedTensor answer = oracle::quantize(kCuda, oracle::f32_row(values));
  ASSERT_EQ(answer.codes.size(), 40u);
  ASSERT_EQ(answer.extras.size(), 2u);
  EXPECT_EQ(answer.extras[1], encode(kFp16, 8.0f, kCvtRnInf));
  for (std::size_t i = 32; i < 40; ++i) EXPECT_EQ(answer.codes[i], 127);
}

TEST(Q8_1, RaggedRowIsRefusedOnTheCpu) {
  EXPECT_THROW(oracle::quantize(kCpu, oracle::f32_row(std::vector<float>(40, 1.0f))), InputError);
}

TEST(Q8_1, OnlyBinary32IsTaken) {
  const TypedTensor half{InputType::kF16, {1, 32}, std::vector<std::uint16_t>(32, 0x3C00)};
  for (const char* recipe : {kCuda, kD4, kDs4, kD2s6, kCpu})
    EXPECT_THROW(oracle::quantize(recipe, half), InputError) << recipe;
}

}  // namespace
}  // namespace bitgate
