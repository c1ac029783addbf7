// ggml's MMVQ: the worked example of the notes (ggml.md 8, E10), the order of threads, warps and lanes by hand, and
// what is refused; special values: ggml_mmvq_special_test.cpp. Every type against a second implementation:
// tests/compare/operation_mmvq_test.cpp.
#include "bitgate/reference/gemm/ggml_mmvq.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/mmvq_operands.h"

namespace bitgate::reference {
namespace {

using namespace oracle::mmvq;
using oracle::to_bits;
using ::testing::HasSubstr;

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
  operands.put_weights(0, kFp16One, 0x88);  // all weights are 0
  operands.put_q8(0, kFp16One, 0x5000, 1);  // codes add up to 32, and s says so
  EXPECT_EQ(only(operands), 0u);
  operands.put_q8(0, kFp16One, 0x5001, 1);  // s = 32.03125
  EXPECT_EQ(only(operands), to_bits(-0.25f));
  Operands fifth("q5_0", {1, 32});
  fifth.put_weights(0, kFp16One, 0x00);  // all weights are -16
  fifth.put_q8(0, kFp16One, 0x5001, 1);
  EXPECT_EQ(only(fifth), to_bits(-16.0f * 32.03125f));
}

// Q8_0 with one product a block, which the first of its four threads takes: 32 blocks are a turn of 128 threads.
TEST(Mmvq, ThreadsWarpsAndLanesAddInTheirOrder) {
  constexpr float kBig = 0x1p24f;
  const auto put = [](Operands& operands, std::size_t block, float value) {  // 1, 2^24 or -2^24
    const bool big = value != 1.0f;
    put_half(operands.weights, 34 * block, big ? 0x6800 : kFp16One);  // 2^11
    operands.weights[34 * block + 2] = value < 0 ? 0xFF : 1;
    put_half(operands.activations, 36 * block, big ? 0x7000 : kFp16One);  // 2^13
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

TEST(Mmvq, PaddingIsNotRead) {
  for (const GgmlWeights& type : kGgmlWeights) {
    Operands operands(type.name, {1, type.cols});
    for (std::uint8_t& byte : operands.weights) byte = 0x35;
    for (std::int64_t block = 0; block < type.cols / 32; ++block)
      operands.put_q8(static_cast<std::size_t>(block), kFp16One, kFp16One, 3);
    const std::uint32_t clean = only(operands);
    for (auto at = static_cast<std::size_t>(type.cols / 32 * 36); at < operands.activations.size(); ++at)
      operands.activations[at] = 0x7F;
    EXPECT_EQ(only(operands), clean) << type.name;
  }
}

TEST(Mmvq, OutputsLieColumnAfterColumnAndDependOnNoOther) {
  Operands operands("q8_0", {3, 32}, 5);
  for (std::size_t row = 0; row < 3; ++row) operands.put_weights(row, kFp16One, static_cast<std::uint8_t>(row + 1));
  for (std::size_t column = 0; column < 5; ++column)
    operands.put_q8(16 * column, kFp16One, 0, static_cast<std::uint8_t>(10 * column));
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
