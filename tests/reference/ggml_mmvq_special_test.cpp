// Special values of ggml's MMVQ by hand: overflow of FP16 products, infinities, NaN, the ends of E8M0 and E4M3, and
// each scale of blocks of 256 in its own place.
#include <gtest/gtest.h>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/tests/support/mmvq_operands.h"

namespace bitgate::reference {
namespace {

using namespace oracle::mmvq;
using oracle::to_bits;

TEST(MmvqSpecial, ProductsOfScalesAreFp16AndMayOverflow) {
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

TEST(MmvqSpecial, AnInfiniteSumOfActivationsIsSeenWhereItIsUsed) {
  for (const char* type : {"q4_0", "q5_0", "q4_1", "q5_1"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, kFp16One, 0x11);
    if (type[3] == '1') put_half(operands.weights, 2, 0xBC00);
    operands.put_q8(0, kFp16One, kFp16Infinity, 1);
    EXPECT_EQ(only(operands), 0x80000000u | kInfinity) << type;
  }
  for (const char* type : {"q8_0", "mxfp4"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, type[0] == 'q' ? kFp16One : std::uint16_t{0x2280}, 0x22);
    operands.put_q8(0, kFp16One, kFp16Nan, 1);
    EXPECT_LT(only(operands), kInfinity) << type;
  }
}

TEST(MmvqSpecial, NanAndInfinityOfScalesPass) {
  for (const char* type : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0"}) {
    Operands operands(type, {1, 32});
    operands.put_weights(0, kFp16Nan, 0x11);
    operands.put_q8(0, kFp16One, kFp16One, 1);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
    operands.put_weights(0, kFp16Infinity, 0x11);
    operands.put_q8(0, kFp16One, 0, 1);
    EXPECT_EQ(only(operands), kInfinity) << type;
    operands.put_weights(0, kFp16One, 0x11);
    operands.put_q8(0, 0xFE01, 0, 1);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
    // Infinity times no sum at all.
    operands.put_q8(0, kFp16Infinity, 0, 0);
    EXPECT_EQ(only(operands), kGpuNanBits) << type;
  }
}

TEST(MmvqSpecial, TheSmallestPowersOfMxfp4AreZeroAndTheLastIsNan) {
  Operands operands("mxfp4", {1, 32});
  operands.put_q8(0, kFp16One, 0, 1);
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

TEST(MmvqSpecial, ScalesOfNvfp4HaveASignAndNanCountsAsZero) {
  Operands operands("nvfp4", {1, 64});
  for (const std::size_t block : {0u, 1u}) operands.put_q8(block, kFp16One, 0, 1);
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
TEST(MmvqSpecial, Q4_KUnpacksItsScalesAndMinimums) {
  for (std::size_t part = 0; part < 8; ++part) {
    Operands operands("q4_k", {1, 256});
    put_half(operands.weights, 0, kFp16One);
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
    for (std::size_t block = 0; block < 8; ++block) operands.put_q8(block, kFp16One, 0, 1);
    const float code = part % 2 == 0 ? 1.0f : 3.0f;
    EXPECT_EQ(only(operands), to_bits(32.0f * code * 42.0f - 0.5f * 32.0f * 21.0f)) << part;
  }
}

TEST(MmvqSpecial, Q6_KUnpacksItsScalesAndUpperBits) {
  for (std::size_t part = 0; part < 16; ++part) {
    Operands operands("q6_k", {1, 256});
    put_half(operands.weights, 208, kFp16One);
    for (std::size_t i = 0; i < 128; ++i) operands.weights[i] = 0x31;
    // Upper bits 0, 1, 2, 3 of the four quarters of each half.
    for (std::size_t i = 128; i < 192; ++i) operands.weights[i] = 0b11100100;
    operands.weights[192 + part] = 0xFD;  // -3
    for (std::size_t block = 0; block < 8; ++block) operands.put_q8(block, kFp16One, 0, 1);
    const std::size_t quarter = part % 8 / 2;
    const float number = (quarter < 2 ? 1.0f : 3.0f) + 16.0f * static_cast<float>(quarter) - 32.0f;
    EXPECT_EQ(only(operands), to_bits(-3.0f * 16.0f * number)) << part;
  }
}

}  // namespace
}  // namespace bitgate::reference
