// ggml's generic dot products on CPUs: the worked example of the notes (ggml.md 8, E10), each type against a sum that
// is formed on integers, and the order of products by hand.
#include "bitgate/reference/gemm/ggml_vec_dot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/exact_arithmetic.h"
#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

using oracle::exact_add;
using oracle::exact_mul;
using oracle::to_bits;
using ::testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

std::uint32_t half_bits(const std::uint8_t* at) {
  return to_bits(decode_float(kFp16, static_cast<std::uint32_t>(at[0] | at[1] << 8)));
}
std::uint32_t whole_bits(int number) { return to_bits(static_cast<float>(number)); }

// What one weight is in whole numbers, by its place in a block.
int weight_of(std::string_view type, const std::uint8_t* block, int i) {
  constexpr int kTwice[] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  const auto nibble = [&](const std::uint8_t* at, int half) { return i % (2 * half) < half ? *at & 15 : *at >> 4; };
  if (type == "q8_0") return static_cast<std::int8_t>(block[2 + i]);
  if (type == "nvfp4") return kTwice[nibble(block + 4 + i / 16 * 8 + i % 8, 8)];
  const int codes = type == "q4_0" ? 2 : type == "q4_1" ? 4 : type == "q5_0" ? 6 : type == "q5_1" ? 8 : 1;
  const int low = nibble(block + codes + i % 16, 16);
  if (type == "mxfp4") return kTwice[low];
  if (type[1] == '4') return low - (type == "q4_0" ? 8 : 0);
  const int fifth = block[codes - 4 + i / 8] >> i % 8 & 1;
  return low + 16 * fifth - (type == "q5_0" ? 16 : 0);
}

std::uint32_t half_e8m0(std::uint32_t code) {
  return code == 0 ? 0x00200000u : code == 1 ? 0x00400000u : (code - 1) << 23;
}

// Output bits, one operation a line, in the order of the notes.
std::uint32_t expected(const GgmlWeights& type, const Bytes& weights, const Bytes& activations, std::int64_t k) {
  const std::string_view name = type.name;
  const bool with_sum = name == "q4_1" || name == "q5_1";
  const int q8_bytes = with_sum ? 36 : 34, part = name == "nvfp4" ? 16 : 32;
  std::uint32_t acc = 0;
  for (int first = 0; first < k; first += part) {
    const std::uint8_t* block = weights.data() + first / type.cols * type.bytes;
    const std::uint8_t* q8 = activations.data() + first / 32 * q8_bytes;
    int sum = 0;
    for (int i = first; i < first + part; ++i)
      sum += weight_of(name, block, static_cast<int>(i % type.cols)) *
             static_cast<std::int8_t>(q8[(with_sum ? 4 : 2) + i % 32]);
    const std::uint32_t d8 = half_bits(q8);
    if (name == "mxfp4") {
      acc = exact_add(acc, exact_mul(exact_mul(d8, half_e8m0(block[0])), whole_bits(sum)));
    } else if (name == "nvfp4") {
      const std::uint32_t code = block[first % 64 / 16] & 0x7F;
      const bool is_nan = block[first % 64 / 16] == 0x7F;
      const double value = code < 8 ? code * 0x1p-10 : (8 + code % 8) * power_of_two(static_cast<int>(code / 8) - 11);
      const std::uint32_t scale = is_nan ? 0 : to_bits(static_cast<float>(value));
      acc = exact_add(acc, exact_mul(exact_mul(d8, scale), whole_bits(sum)));
    } else if (name == "q4_0") {
      acc = exact_add(acc, exact_mul(exact_mul(whole_bits(sum), half_bits(block)), d8));
    } else {
      std::uint32_t term = exact_mul(exact_mul(half_bits(block), d8), whole_bits(sum));
      if (with_sum) term = exact_add(term, exact_mul(half_bits(block + 2), half_bits(q8 + 2)));
      acc = exact_add(acc, term);
    }
  }
  return acc;
}

void tame_halves(Bytes& bytes, std::int64_t block_bytes, int halves) {
  for (std::size_t at = 0; at < bytes.size(); at += static_cast<std::size_t>(block_bytes))
    for (std::size_t half = at; half < at + 2 * static_cast<std::size_t>(halves); half += 2)
      bytes[half + 1] = static_cast<std::uint8_t>((bytes[half + 1] & 0x83) | (0x30 + (bytes[half + 1] & 0x10)));
}

TEST(VecDot, EachTypeIsAsTheNotesOrderIt) {
  oracle::SplitMix draw(5);
  for (const GgmlWeights& type : kGgmlWeights) {
    if (type.blocks == RawBlocks::kNone) continue;
    const RawBlocks kind = cpu_activations(type);
    const Extent extent{40, 10 * type.cols};
    Bytes weights(static_cast<std::size_t>(extent.rows * 10 * type.bytes));
    const auto shape = ggml_blocks_shape(kind, {2, extent.cols});
    Bytes activations(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]));
    for (Bytes* bytes : {&weights, &activations})
      for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(draw.next32());
    const bool fp4 = type.blocks == RawBlocks::kMxfp4 || type.blocks == RawBlocks::kNvfp4;
    tame_halves(weights, type.bytes, fp4 ? 0 : kind == RawBlocks::kQ8_1 ? 2 : 1);
    tame_halves(activations, shape[2], kind == RawBlocks::kQ8_1 ? 2 : 1);
    if (type.blocks == RawBlocks::kMxfp4)
      for (std::size_t at = 0; at < weights.size(); at += 17)
        weights[at] = static_cast<std::uint8_t>(at % 340 == 0 ? weights[at] % 3 : 120 + weights[at] % 16);
    const std::vector<float> outputs = ggml_vec_dot({&type, extent, weights, 2, activations});
    ASSERT_EQ(outputs.size(), 80u);
    for (std::size_t i = 0; i < 80; ++i) {
      const auto from = [](const Bytes& bytes, std::size_t at, std::size_t parts) {
        const auto size = static_cast<std::ptrdiff_t>(bytes.size() / parts), first = static_cast<std::ptrdiff_t>(at);
        return Bytes(bytes.begin() + first * size, bytes.begin() + (first + 1) * size);
      };
      EXPECT_EQ(to_bits(outputs[i]),
                expected(type, from(weights, i % 40, 40), from(activations, i / 40, 2), extent.cols))
          << type.name << " " << i;
    }
  }
}

// One block of 32 of each operand with d = 1.
struct Block {
  const GgmlWeights* type;
  Bytes weights, activations;
  explicit Block(std::string_view name) : type(find_ggml_weights(name)) {
    const auto shape = ggml_blocks_shape(cpu_activations(*type), {1, type->cols});
    weights.resize(static_cast<std::size_t>(type->bytes));
    activations.resize(static_cast<std::size_t>(shape[1] * shape[2]));
    weights[1] = activations[1] = 0x3C;
  }
  std::uint32_t output(Machine machine = Machine::kX86) const {
    return to_bits(ggml_vec_dot({type, {1, type->cols}, weights, 1, activations}, machine).at(0));
  }
};

TEST(VecDot, TheNotesExample) {
  Block block("q4_0");
  block.weights[1] = 0x2C;
  for (std::size_t i = 0; i < 16; ++i) block.weights[2 + i] = static_cast<std::uint8_t>(17 * i + 3);
  block.activations[0] = 0xCC;
  block.activations[1] = 0x2B;
  const std::vector<std::uint32_t> codes = oracle::hex_numbers(
      "bb de 01 36 8a de 48 0f 81 25 be ec 18 59 ba 7e 5f d3 30 08 b5 98 8f d0 9f 36 16 e0 c2 42 71 ab");
  for (std::size_t i = 0; i < 32; ++i) block.activations[2 + i] = static_cast<std::uint8_t>(codes[i]);
  EXPECT_EQ(block.output(), 0x404A79A0u);
}

// d d8 of two FP16 is exact in binary32, while sum d need not be.
TEST(VecDot, Q4_0MultipliesFromTheLeftAndQ8_0ScalesFirst) {
  Block left("q4_0"), first("q5_0");
  for (Block* block : {&left, &first}) {
    block->weights[0] = 0xF1;
    block->weights[1] = 0x3F;  // 2033 / 1024
    block->activations[0] = 0xF6;
    block->activations[1] = 0x3F;
    for (std::size_t i = 2; i < 34; ++i) block->activations[i] = 0x7F;
  }
  // Weights of -8 but for the first, -7: of Q5_0 codes 8 and 9 without a fifth bit.
  std::fill(left.weights.begin() + 2, left.weights.end(), std::uint8_t{0x00});
  std::fill(first.weights.begin() + 6, first.weights.end(), std::uint8_t{0x88});
  left.weights[2] = 0x01;
  first.weights[6] = 0x89;
  const std::uint32_t sum = whole_bits(-127 * 255);
  const std::uint32_t d = half_bits(left.weights.data()), d8 = half_bits(left.activations.data());
  ASSERT_NE(exact_mul(exact_mul(sum, d), d8), exact_mul(exact_mul(d, d8), sum));
  EXPECT_EQ(left.output(), exact_mul(exact_mul(sum, d), d8));
  EXPECT_EQ(first.output(), exact_mul(exact_mul(d, d8), sum));
}

TEST(VecDot, SubnormalsAreKeptAndE8M0255IsNoNan) {
  Block block("mxfp4");
  std::fill(block.weights.begin() + 1, block.weights.end(), std::uint8_t{0x22});
  block.activations[2] = 1;
  block.weights[0] = 0;
  EXPECT_EQ(block.output(), 0x00400000u);  // 2 * 2^-128
  block.weights[0] = 255;
  EXPECT_EQ(block.output(), 0x7F800000u);  // 2 * 2^127
  block.activations[2] = 0;
  EXPECT_EQ(block.output(), 0u);
}

TEST(VecDot, ScalesOfNvfp4HaveNoSign) {
  Block block("nvfp4");
  block.weights[1] = 0;
  std::fill(block.weights.begin() + 4, block.weights.end(), std::uint8_t{0x22});
  block.activations[2] = 1;
  const auto with = [&](std::uint8_t scale) {
    block.weights[0] = scale;
    return block.output();
  };
  EXPECT_EQ(with(0x38), to_bits(1.0f));
  EXPECT_EQ(with(0xB8), to_bits(1.0f));
  EXPECT_EQ(with(0x7F), 0u);
  EXPECT_EQ(with(0xFF), to_bits(480.0f));
}

TEST(VecDot, ANanIsTheMachines) {
  Block block("q8_0");
  block.activations[1] = 0x7C;  // infinity, and no product
  EXPECT_EQ(block.output(), 0xFFC00000u);
  EXPECT_EQ(block.output(Machine::kArm), 0x7FC00000u);
}

TEST(VecDot, WhatIsNotModelledIsRefused) {
  const auto refusal = [](const GgmlProduct& product) -> std::string {
    try {
      ggml_vec_dot(product);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal({find_ggml_weights("q4_k"), {0, 0}, {}, 0, {}}), HasSubstr("q4_k meets activations of Q8_K"));
  const Bytes weights(18), activations(36);
  EXPECT_THAT(refusal({find_ggml_weights("q4_0"), {1, 32}, weights, 1, activations}),
              HasSubstr("activations of q8_0 for 1 x 32 values take 34 bytes, got 36"));
}

}  // namespace
}  // namespace bitgate::reference
