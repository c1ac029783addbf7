// ggml's MMVQ: the worked example of the notes (ggml.md 8, E10), the order of threads, warps and lanes by hand, special
// values, and what is refused. Every type against a second implementation: tests/compare/operation_mmvq_test.cpp.
#include "bitgate/reference/gemm/ggml_mmvq.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate::reference {
namespace {

using oracle::from_bits;
using oracle::to_bits;
using ::testing::HasSubstr;

constexpr std::uint16_t kHalfOne = 0x3C00, kInfinityHalf = 0x7C00, kNanHalf = 0x7E00;
constexpr std::uint32_t kInfinity = 0x7F800000;

void put_half(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t half) {
  bytes[at] = static_cast<std::uint8_t>(half & 0xFF);
  bytes[at + 1] = static_cast<std::uint8_t>(half >> 8);
}

// Both operands in bytes; zeros where nothing was put.
struct Operands {
  const GgmlWeights* type;
  Extent extent;
  std::int64_t columns;
  std::vector<std::uint8_t> weights, activations;

  Operands(std::string_view name, Extent of_weights, std::int64_t of_columns = 1)
      : type(find_ggml_weights(name)), extent(of_weights), columns(of_columns) {
    weights.resize(static_cast<std::size_t>(extent.rows * (extent.cols / type->cols) * type->bytes));
    const auto shape = ggml_blocks_shape(RawBlocks::kQ8_1, {columns, extent.cols});
    activations.resize(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]));
  }
  GgmlProduct product() const { return {type, extent, weights, columns, activations}; }
  // d and s of a block of activations, and one code for all of it.
  void put_q8(std::size_t block, std::uint16_t d, std::uint16_t s, std::uint8_t code) {
    put_half(activations, 36 * block, d);
    put_half(activations, 36 * block + 2, s);
    std::fill_n(activations.begin() + static_cast<std::ptrdiff_t>(36 * block + 4), 32, code);
  }
  // d of a block of weights of 32, and one code for all of it: of Q8_0 as it is, of nibbles in both.
  void put_weights(std::size_t block, std::uint16_t d, std::uint8_t byte) {
    const auto bytes = static_cast<std::size_t>(type->bytes);
    put_half(weights, bytes * block, d);
    const auto codes = static_cast<std::size_t>(layout_of(type->blocks).codes_at);
    std::fill_n(weights.begin() + static_cast<std::ptrdiff_t>(bytes * block + codes), bytes - codes, byte);
  }
};

std::uint32_t only(const Operands& operands, const MmvqOrder& order = {}) {
  const std::vector<float> outputs = ggml_mmvq(operands.product(), order);
  EXPECT_EQ(outputs.size(), 1u);
  return to_bits(outputs.at(0));
}

// E10: d = 2C00, bytes 17 i + 3, times the Q8_1 of example E2.
Operands example_10() {
  std::vector<float> x;
  for (std::uint32_t i = 0, u = 1; i < 32; ++i) {
    u = u * 1664525u + 1013904223u;
    x.push_back(static_cast<float>((static_cast<double>(u >> 8) - 0x1p23) * 0x1p-20));
  }
  Operands operands("q4_0", {1, 32});
  operands.activations = pack_ggml_blocks(oracle::quantize("ggml/q8_1", oracle::f32_row(x)));
  put_half(operands.weights, 0, 0x2C00);
  for (std::size_t i = 0; i < 16; ++i) operands.weights[2 + i] = static_cast<std::uint8_t>(17 * i + 3);
  return operands;
}

TEST(Mmvq, TheNotesExample) {
  const Operands operands = example_10();
  const MmvqTrace trace = explain_ggml_mmvq(operands.product(), 0, 0, {});
  ASSERT_EQ(trace.calls.size(), 2u);
  EXPECT_EQ(trace.calls[0].sums[0], -2073);
  EXPECT_EQ(trace.calls[1].sums[0], -96);
  EXPECT_EQ(to_bits(trace.partials.at(0)), 0xC00B1760u);
  EXPECT_EQ(to_bits(trace.partials.at(1)), 0x40AB4E00u);
  EXPECT_EQ(to_bits(trace.result), 0x404B84A0u);
  EXPECT_EQ(only(operands), 0x404B84A0u);
  EXPECT_EQ(only(operands, {.warps = 2}), 0x404B84A0u);  // two threads have anything
}

TEST(Mmvq, TheTraceIsToldWithBits) {
  const Operands operands = example_10();
  const std::string text = to_text(*operands.type, explain_ggml_mmvq(operands.product(), 0, 0, {}));
  EXPECT_THAT(text, HasSubstr("thread 0 block 0 call 0: sum -2073, partial C00B1760 = -2.17"));
  EXPECT_THAT(text, HasSubstr("lane 1: 40AB4E00 = 5.35"));
  EXPECT_THAT(text, HasSubstr("result 404B84A0 = 3.17"));
}

// s is a number of its own: -8 s, whatever the codes are.
TEST(Mmvq, TheZeroPointIsTakenFromS) {
  Operands operands("q4_0", {1, 32});
  operands.put_weights(0, kHalfOne, 0x88);  // all weights are 0
  operands.put_q8(0, kHalfOne, 0x5000, 1);  // codes add up to 32, and s says so
  EXPECT_EQ(only(operands), 0u);
  operands.put_q8(0, kHalfOne, 0x5001, 1);  // s = 32.03125
  EXPECT_EQ(only(operands), to_bits(-0.25f));
  Operands fifth("q5_0", {1, 32});
  fifth.put_weights(0, kHalfOne, 0x00);  // all weights are -16
  fifth.put_q8(0, kHalfOne, 0x5001, 1);
  EXPECT_EQ(only(fifth), to_bits(-16.0f * 32.03125f));
}

// Q8_0 with one product a block, which the first of its four threads takes: 32 blocks are a turn of 128 threads.
TEST(Mmvq, ThreadsWarpsAndLanesAddInTheirOrder) {
  constexpr float kBig = 0x1p24f;
  const auto put = [](Operands& operands, std::size_t block, float value) {  // 1, 2^24 or -2^24
    const bool big = value != 1.0f;
    put_half(operands.weights, 34 * block, big ? 0x6800 : kHalfOne);  // 2^11
    operands.weights[34 * block + 2] = value < 0 ? 0xFF : 1;
    put_half(operands.activations, 36 * block, big ? 0x7000 : kHalfOne);  // 2^13
    operands.activations[36 * block + 4] = 1;
  };
  // Blocks 0 and 32 are thread 0's, block 8 lane 0 of warp 1, block 16 that of warp 2; with two warps thread 0's too.
  Operands operands("q8_0", {1, 40 * 32});
  put(operands, 0, kBig);
  put(operands, 8, 1.0f);
  put(operands, 16, 1.0f);
  put(operands, 32, -kBig);
  // Four warps: thread 0 has 2^24 - 2^24; then + 1 + 1.
  EXPECT_EQ(only(operands), to_bits(2.0f));
  // Two: thread 0 has (2^24 + 1) - 2^24 = 0, warp 1 has 1.
  EXPECT_EQ(only(operands, {.warps = 2}), to_bits(1.0f));
  // Lanes 16 apart meet first: block 4 is lane 16, block 2 lane 8.
  Operands lanes("q8_0", {1, 256});
  put(lanes, 0, kBig);
  put(lanes, 2, 1.0f);
  put(lanes, 4, -kBig);
  put(lanes, 6, 1.0f);
  EXPECT_EQ(only(lanes), to_bits(2.0f));  // (2^24 - 2^24) + (1 + 1)
  Operands neighbours("q8_0", {1, 256});
  put(neighbours, 0, kBig);
  put(neighbours, 4, 1.0f);
  put(neighbours, 2, -kBig);
  put(neighbours, 6, 1.0f);
  EXPECT_EQ(only(neighbours), to_bits(1.0f));  // (2^24 + 1) + (-2^24 + 1): the second is exact
}

TEST(Mmvq, OneRoundingIsNotTwo) {
  // d d8 = 2047 * 2047, sum = 127 * 127 * 8: the product has more than 24 bits, and -1 of another block tells.
  Operands operands("q8_0", {1, 33 * 32});
  operands.put_weights(0, 0x67FF, 127);
  operands.put_q8(0, 0x67FF, 0, 127);
  operands.put_weights(32, 0xE7FF, 127);
  operands.put_q8(32, 0x67FF, 0, 126);
  EXPECT_NE(only(operands), only(operands, {.contraction = Contraction::kNone}));
}

TEST(Mmvq, ProductsOfScalesAreFp16AndMayOverflow) {
  for (const char* type : {"q4_1", "q5_1"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, 0x5C00, 0x11);  // d = 256
    operands.put_q8(0, 0x5C00, 0, 1);       // 256 * 256 = 65536 is no FP16
    EXPECT_EQ(only(operands), kInfinity) << type;
    operands.put_q8(0, 0x5BFF, 0, 1);  // 255.875 * 256 = 65504 is the largest
    EXPECT_EQ(only(operands), to_bits(65504.0f * 32.0f)) << type;
    // 1.0009765625^2 = 1.00195408..., in 11 bits 1.001953125.
    operands.put_weights(0, 0x3C01, 0x11);
    operands.put_q8(0, 0x3C01, 0, 1);
    EXPECT_EQ(only(operands), to_bits(1.001953125f * 32.0f)) << type;
    // m s: each of two threads takes a half.
    operands.put_weights(0, 0, 0);
    put_half(operands.weights, 2, 0x3C01);
    operands.put_q8(0, 0, 0x3C01, 0);
    EXPECT_EQ(only(operands), to_bits(1.001953125f)) << type;
    put_half(operands.weights, 2, 0x5C00);
    operands.put_q8(0, 0, 0x5C00, 0);
    EXPECT_EQ(only(operands), kInfinity) << type;
  }
}

TEST(Mmvq, AnInfiniteSumOfActivationsIsSeenWhereItIsUsed) {
  for (const char* type : {"q4_0", "q5_0", "q4_1", "q5_1"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, kHalfOne, 0x11);
    if (type[3] == '1') put_half(operands.weights, 2, 0xBC00);
    operands.put_q8(0, kHalfOne, kInfinityHalf, 1);
    EXPECT_EQ(only(operands), 0x80000000u | kInfinity) << type;
  }
  for (const char* type : {"q8_0", "mxfp4"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, type[0] == 'q' ? kHalfOne : std::uint16_t{0x2280}, 0x22);
    operands.put_q8(0, kHalfOne, kNanHalf, 1);
    EXPECT_LT(only(operands), kInfinity) << type;
  }
}

TEST(Mmvq, NanAndInfinityOfScalesPass) {
  for (const char* type : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, kNanHalf, 0x11);
    operands.put_q8(0, kHalfOne, kHalfOne, 1);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
    operands.put_weights(0, kInfinityHalf, 0x11);
    operands.put_q8(0, kHalfOne, 0, 1);
    EXPECT_EQ(only(operands), kInfinity) << type;
    operands.put_weights(0, kHalfOne, 0x11);
    operands.put_q8(0, 0xFE01, 0, 1);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
    // Infinity times no sum at all.
    operands.put_q8(0, kInfinityHalf, 0, 0);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
  }
}

TEST(Mmvq, TheSmallestPowersOfMxfp4AreZeroAndTheLastIsNan) {
  Operands operands("mxfp4", {1, 32});
  operands.put_q8(0, kHalfOne, 0, 1);
  const auto with = [&](std::uint8_t power) {
    operands.put_weights(0, 0, 0x22);  // codes 2, the number 1
    operands.weights[0] = power;
    return only(operands);
  };
  EXPECT_EQ(with(0), 0u);
  EXPECT_EQ(with(1), 0u);
  EXPECT_EQ(with(2), to_bits(0x1p-120f));  // 2^-125 * 32
  EXPECT_EQ(with(127), to_bits(32.0f));
  EXPECT_EQ(with(255), kGpuNanBits);
  operands.put_weights(0, 0, 0x22);
  operands.weights[0] = 1;
  EXPECT_EQ(only(operands, {.machine = Machine::kGpu}), to_bits(0x1p-121f));  // subnormals kept
}

TEST(Mmvq, ScalesOfNvfp4HaveASignAndNanCountsAsZero) {
  Operands operands("nvfp4", {1, 64});
  for (const std::size_t block : {0u, 1u}) operands.put_q8(block, kHalfOne, 0, 1);
  std::fill(operands.weights.begin() + 4, operands.weights.end(), std::uint8_t{0x22});
  const auto with = [&](std::array<std::uint8_t, 4> scales) {
    std::copy(scales.begin(), scales.end(), operands.weights.begin());
    return only(operands);
  };
  EXPECT_EQ(with({0x38, 0, 0, 0}), to_bits(16.0f));
  EXPECT_EQ(with({0, 0xB8, 0, 0}), to_bits(-16.0f));
  EXPECT_EQ(with({0, 0, 0x01, 0}), to_bits(16.0f * 0x1p-9f));
  EXPECT_EQ(with({0, 0, 0, 0x7E}), to_bits(16.0f * 448.0f));
  EXPECT_EQ(with({0x7F, 0xFF, 0x7F, 0x38}), to_bits(16.0f));
}

// Block of 256 by hand: every code, scale and minimum in its own place.
TEST(Mmvq, Q4_KUnpacksItsScalesAndMinimums) {
  for (std::size_t part = 0; part < 8; ++part) {
    Operands operands("q4_k", {1, 256});
    put_half(operands.weights, 0, kHalfOne);
    put_half(operands.weights, 2, 0x3800);                              // 1/2
    for (std::size_t i = 16; i < 144; ++i) operands.weights[i] = 0x31;  // low nibbles 1, high ones 3
    // scales 0x2A for part, minimums 0x15, in all the others zero
    std::uint8_t* const packed = operands.weights.data() + 4;
    if (part < 4) {
      packed[part] = 0x2A;
      packed[part + 4] = 0x15;
    } else {
      packed[part + 4] = 0x5A;
      packed[part - 4] = 0x80;
      packed[part] = 0x40;
    }
    for (std::size_t block = 0; block < 8; ++block) operands.put_q8(block, kHalfOne, 0, 1);
    const float code = part % 2 == 0 ? 1.0f : 3.0f;
    EXPECT_EQ(only(operands), to_bits(32.0f * code * 42.0f - 0.5f * 32.0f * 21.0f)) << part;
  }
}

TEST(Mmvq, Q6_KUnpacksItsScalesAndUpperBits) {
  for (std::size_t part = 0; part < 16; ++part) {
    Operands operands("q6_k", {1, 256});
    put_half(operands.weights, 208, kHalfOne);
    for (std::size_t i = 0; i < 128; ++i) operands.weights[i] = 0x31;
    // Upper bits 0, 1, 2, 3 of the four quarters of each half.
    for (std::size_t i = 128; i < 192; ++i) operands.weights[i] = 0b11100100;
    operands.weights[192 + part] = 0xFD;  // -3
    for (std::size_t block = 0; block < 8; ++block) operands.put_q8(block, kHalfOne, 0, 1);
    const std::size_t quarter = part % 8 / 2;
    const float number = (quarter < 2 ? 1.0f : 3.0f) + 16.0f * static_cast<float>(quarter) - 32.0f;
    EXPECT_EQ(only(operands), to_bits(-3.0f * 16.0f * number)) << part;
  }
}

TEST(Mmvq, PaddingIsNotRead) {
  for (const GgmlWeights& type : kGgmlWeights) {
    Operands operands(type.name, {1, type.cols});
    for (std::uint8_t& byte : operands.weights) byte = 0x35;
    for (std::int64_t block = 0; block < type.cols / 32; ++block)
      operands.put_q8(static_cast<std::size_t>(block), kHalfOne, kHalfOne, 3);
    const std::uint32_t clean = only(operands);
    for (auto at = static_cast<std::size_t>(type.cols / 32 * 36); at < operands.activations.size(); ++at)
      operands.activations[at] = 0x7F;
    EXPECT_EQ(only(operands), clean) << type.name;
  }
}

TEST(Mmvq, OutputsLieColumnAfterColumnAndDependOnNoOther) {
  Operands operands("q8_0", {3, 32}, 5);
  for (std::size_t row = 0; row < 3; ++row) operands.put_weights(row, kHalfOne, static_cast<std::uint8_t>(row + 1));
  for (std::size_t column = 0; column < 5; ++column)
    operands.put_q8(16 * column, kHalfOne, 0, static_cast<std::uint8_t>(10 * column));
  const std::vector<float> outputs = ggml_mmvq(operands.product());
  ASSERT_EQ(outputs.size(), 15u);
  for (std::size_t column = 0; column < 5; ++column)
    for (std::size_t row = 0; row < 3; ++row)
      EXPECT_EQ(outputs[3 * column + row], 320.0f * static_cast<float>(column * (row + 1)));
}

TEST(Mmvq, NoBlocksGiveZerosAndNoRowsNothing) {
  EXPECT_EQ(only(Operands("q4_0", {1, 0})), 0u);
  EXPECT_TRUE(ggml_mmvq(Operands("q4_0", {0, 64}).product()).empty());
}

TEST(Mmvq, WarpsFollowColumnsAndTuringsTable) {
  const GgmlWeights& plain = *find_ggml_weights("q4_0");
  const GgmlWeights& super = *find_ggml_weights("q6_k");
  for (std::int64_t columns = 1; columns <= 8; ++columns) EXPECT_EQ(mmvq_warps(plain, columns), columns < 5 ? 4 : 2);
  EXPECT_EQ(mmvq_warps(super, 1, 75), 2);
  EXPECT_EQ(mmvq_warps(super, 2, 75), 4);
  EXPECT_EQ(mmvq_warps(plain, 1, 75), 4);
  EXPECT_EQ(mmvq_warps(super, 1, 80), 4);
  EXPECT_EQ(mmvq_warps(plain, 2, 121), 4);
  EXPECT_THROW(mmvq_warps(plain, 1, 121), InputError);
}

std::string refusal(const GgmlProduct& product, const MmvqOrder& order = {}) {
  try {
    ggml_mmvq(product, order);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Mmvq, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(find_ggml_weights("q2_k"), nullptr);
  const Operands good("q4_0", {2, 64});
  GgmlProduct product = good.product();
  EXPECT_EQ(refusal(product), "");
  product.extent.cols = 48;
  EXPECT_THAT(refusal(product), HasSubstr("weights of q4_0 have K in multiples of 32, not 48"));
  product.extent.cols = -32;
  EXPECT_THAT(refusal(product), HasSubstr("negative"));
  product = good.product();
  product.weights = product.weights.first(71);
  EXPECT_THAT(refusal(product), HasSubstr("weights of q4_0 for 2 x 64 values take 72 bytes, got 71"));
  product = good.product();
  product.activations = product.activations.first(72);
  EXPECT_THAT(refusal(product), HasSubstr("activations of q8_1 for 1 x 64 values take 576 bytes, got 72"));
  EXPECT_THAT(refusal(Operands("q4_0", {1, 32}, 9).product()), HasSubstr("1 to 8 columns, not 9"));
  EXPECT_THAT(refusal(Operands("q4_0", {1, 32}, 0).product()), HasSubstr("1 to 8 columns, not 0"));
  EXPECT_THAT(refusal(good.product(), {.warps = 9}), HasSubstr("1 to 8 warps, not 9"));
  EXPECT_THAT(refusal(Operands("nvfp4", {1, 64}).product()), "");
  Operands ragged("nvfp4", {1, 64});
  ragged.extent.cols = 32;
  EXPECT_THAT(refusal(ragged.product()), HasSubstr("multiples of 64, not 32"));
  EXPECT_THROW(explain_ggml_mmvq(good.product(), 2, 0, {}), InputError);
  EXPECT_THROW(explain_ggml_mmvq(good.product(), 0, 1, {}), InputError);
}

}  // namespace
}  // namespace bitgate::reference
