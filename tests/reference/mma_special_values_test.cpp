// Special values and corners of matrix instructions, by hand from spec/tensor-core.md 2.2 to 2.5 and its probes P6 to
// P13. Where sources disagree, both answers stand here: that of the row, and that of the other rule.
#include <gtest/gtest.h>

#include "bitgate/tests/support/mma_dots.h"

namespace bitgate::oracle {
namespace {

using reference::MmaInstruction;

constexpr std::uint32_t kNan = 0x7FFFFFFF, kInfinity = 0x7F800000, kMinusInfinity = 0xFF800000;
constexpr std::uint32_t kHalfNan = 0x7FFF;
constexpr std::string_view kHalf = "sm_90/mma.m16n8k16/f16/f32", kHalfHalf = "sm_90/mma.m16n8k16/f16/f16";
constexpr std::string_view kBrain = "sm_90/mma.m16n8k16/bf16/f32", kTf = "sm_90/mma.m16n8k8/tf32/f32";
constexpr std::string_view kWgmma = "sm_90a/wgmma.k32/fp8/f32", kWgmmaHalf = "sm_90a/wgmma.k32/fp8/f16";
constexpr std::string_view kSync = "sm_90/mma.m16n8k32/fp8/f32", kSyncHalf = "sm_90/mma.m16n8k32/fp8/f16";
constexpr std::string_view kNvFp4 = "sm_120a/mma.mxf4nvf4.m16n8k64/nvfp4/f32";
constexpr std::string_view kMxFp8 = "sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32";

template <class Change>
MmaInstruction with(std::string_view name, Change change) {
  MmaInstruction changed = instruction(name);
  change(changed.rules);
  return changed;
}

TEST(MmaSpecialValues, ANanOperandGivesTheOneNan) {
  for (const char* nan : {"7e01", "fe01", "7c01", "ffff"}) {
    EXPECT_EQ(dot(instruction(kHalf), kFp16, nan, "3c00"), kNan);
    EXPECT_EQ(dot(instruction(kHalf), kFp16, "3c00 3c00", std::string("3c00 ") + nan), kNan);
    EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, nan, "3c00"), kHalfNan);
  }
  for (const char* nan : {"7f", "ff"}) {
    EXPECT_EQ(dot(instruction(kWgmma), kE4m3, nan, "38"), kNan);
    EXPECT_EQ(dot(instruction(kWgmmaHalf), kE4m3, nan, "38"), kHalfNan);
    EXPECT_EQ(dot(instruction(kSync), kE4m3, nan, "38"), kNan);
    EXPECT_EQ(dot(instruction(kSyncHalf), kE4m3, nan, "38"), kHalfNan);
  }
  EXPECT_EQ(dot(instruction(kWgmma), kE5m2, "7d", "00"), kNan);
}

TEST(MmaSpecialValues, ANanInCGivesTheOneNan) {
  for (const std::uint32_t c : {0x7fc00001u, 0xffc00001u, 0x7f800001u}) {
    EXPECT_EQ(dot(instruction(kHalf), kFp16, "3c00", "3c00", c), kNan);
    EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "38", "38", c), kNan);
    EXPECT_EQ(dot(instruction(kSync), kE4m3, "38", "38", c), kNan);
  }
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "3c00", "3c00", 0xfe01), kHalfNan);
  EXPECT_EQ(dot(instruction(kSyncHalf), kE4m3, "38", "38", 0x7c01), kHalfNan);
}

TEST(MmaSpecialValues, TheBitsOfTheNanAreTheRows) {
  const MmaInstruction quiet = with(kBrain, [](auto& rules) { rules.nan_fp32 = 0x7FC00000; });
  EXPECT_EQ(dot(quiet, kBf16, "7fc1", "3f80"), 0x7FC00000u);
  const MmaInstruction half = with(kHalfHalf, [](auto& rules) { rules.nan_fp16 = 0x7E00; });
  EXPECT_EQ(dot(half, kFp16, "7e01", "3c00"), 0x7E00u);
}

TEST(MmaSpecialValues, InfinityTimesZeroIsNan) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "7c00", "0000"), kNan);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "8000", "fc00"), kNan);
  EXPECT_EQ(dot(instruction(kWgmma), kE5m2, "7c", "80"), kNan);
}

TEST(MmaSpecialValues, InfinitiesOfBothSignsAreNan) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "7c00 fc00", "3c00 3c00"), kNan);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "7c00", "3c00", kMinusInfinity), kNan);
  EXPECT_EQ(dot(instruction(kSync), kE5m2, "7c", "3c", kMinusInfinity), kNan);
  EXPECT_EQ(dot(instruction(kSyncHalf), kE5m2, "7c 0 fc", "3c 0 3c"), kHalfNan);
}

TEST(MmaSpecialValues, InfinityOfOneSignIsTheResult) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "7c00 7bff", "bc00 7bff"), kMinusInfinity);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "3c00", "3c00", kInfinity), kInfinity);
  EXPECT_EQ(dot(instruction(kWgmma), kE5m2, "fc", "fb"), kInfinity);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "7c00", "bc00"), 0xfc00u);
}

// 7f800001 has its payload in the dropped bits.
TEST(MmaSpecialValues, Tf32NanOfDroppedBitsIsInfinityUnlessTheRuleSaysNan) {
  EXPECT_EQ(dot(instruction(kTf), kTf32, "7f800001", "3f800000"), kInfinity);
  EXPECT_EQ(dot(instruction(kTf), kTf32, "7fc00000", "3f800000"), kNan);
  const MmaInstruction whole = with(kTf, [](auto& rules) { rules.tf32_nan_of_register = true; });
  EXPECT_EQ(dot(whole, kTf32, "7f800001", "3f800000"), kNan);
}

TEST(MmaSpecialValues, ANanScaleGivesNanWhateverItsGroupHolds) {
  const std::vector<std::uint32_t> zeros(64, 0);
  const std::vector<std::uint8_t> ones(4, 0x38);
  for (const std::uint8_t nan : {std::uint8_t{0x7F}, std::uint8_t{0xFF}}) {
    EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, zeros, zeros, {0x38, 0x38, 0x38, nan}, ones), kNan);
    EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, zeros, zeros, ones, {nan, 0x38, 0x38, 0x38}), kNan);
  }
  const std::vector<std::uint32_t> some(32, 0x38);
  EXPECT_EQ(scaled_dot(instruction(kMxFp8), kE4m3, some, some, {0xFF}, {0x7F}), kNan);
}

TEST(MmaSpecialValues, TheSignOfAUe4m3ScaleIsIgnored) {
  const std::vector<std::uint32_t> twos(64, 4);
  const std::vector<std::uint8_t> plus(4, 0x3A), minus(4, 0xBA);
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, twos, twos, minus, plus),
            scaled_dot(instruction(kNvFp4), kE2m1, twos, twos, plus, plus));
}

// 32 products of 1, 2^-127 * 2^127 and 2^-127 * 2^-127: nothing is rounded by a scale alone.
TEST(MmaSpecialValues, UnsignedExponentsScaleExactly) {
  const std::vector<std::uint32_t> ones(32, 0x38);
  EXPECT_EQ(scaled_dot(instruction(kMxFp8), kE4m3, ones, ones, {0x00}, {0xFE}), 0x42000000u);
  EXPECT_EQ(scaled_dot(instruction(kMxFp8), kE4m3, ones, ones, {0xFE}, {0xFE}), kInfinity);
  EXPECT_EQ(scaled_dot(instruction(kMxFp8), kE4m3, ones, ones, {0x00}, {0x00}), 0u);
}

TEST(MmaSpecialValues, ZerosOfEitherSignArePlusZero) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "0000", "0000"), 0u);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "8000*16", "3c00*16", 0x80000000), 0u);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "8000*16", "3c00*16", 0x8000), 0u);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "3c00 bc00", "3c00 3c00"), 0u);
  EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "80*32", "38*32", std::nullopt), 0u);
  // FADD and HADD2: -0 + +0.
  EXPECT_EQ(dot(instruction(kSync), kE4m3, "00", "00", 0x80000000), 0u);
  EXPECT_EQ(dot(instruction(kSyncHalf), kE4m3, "00", "00", 0x8000), 0u);
}

TEST(MmaSpecialValues, MinusZeroOfMinusZerosAloneWhereTheRuleSaysSo) {
  const MmaInstruction minus =
      with(kHalf, [](auto& rules) { rules.zero_sign = reference::MmaZeroSign::kMinusIfAllAre; });
  EXPECT_EQ(dot(minus, kFp16, "8000*16", "3c00*16", 0x80000000), 0x80000000u);
  EXPECT_EQ(dot(minus, kFp16, "8000*15 0000", "3c00*16", 0x80000000), 0u);
  EXPECT_EQ(dot(minus, kFp16, "8000*16", "3c00*16", 0), 0u);
  EXPECT_EQ(dot(minus, kFp16, "3c00 bc00", "3c00 3c00", 0x80000000), 0u);
}

// -2^-75 * 2^-76, and -2^-26 as FP16.
TEST(MmaSpecialValues, ANegativeSumThatUnderflowsIsPlusZeroUnlessTheRuleSaysMinus) {
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "9a00", "1980"), 0u);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "8800", "0800"), 0u);
  const auto keep = [](auto& rules) { rules.underflow = reference::MmaUnderflow::kMinusZero; };
  EXPECT_EQ(dot(with(kBrain, keep), kBf16, "9a00", "1980"), 0x80000000u);
  EXPECT_EQ(dot(with(kHalfHalf, keep), kFp16, "8800", "0800"), 0x8000u);
}

TEST(MmaSpecialValues, SubnormalsGoInAndOut) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "0001", "0001"), 0x27800000u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "1c80", "1c80"), 0x00000200u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "0000", "0000", 0x00000001), 0x00000001u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "0000", "0000", 0x80000001), 0x80000001u);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "0001", "3c00"), 0x0001u);
  EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "01", "01"), 0x36800000u);
  EXPECT_EQ(dot(instruction(kSync), kE4m3, "01", "01"), 0x36800000u);
  EXPECT_EQ(dot(instruction(kSync), kE4m3, "00", "00", 0x00000001), 0x00000001u);
}

// 13 bits of a subnormal C: its lowest ten bits go.
TEST(MmaSpecialValues, ASubnormalCOfWgmmaFp8IsCutToo) {
  EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "00", "00", 0x000007FF), 0x00000400u);
  EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "00", "00", 0x800003FF), 0u);
}

TEST(MmaSpecialValues, WhatIsBeyondTheLargestNumberIsInfinityUnlessTheRuleSaysOtherwise) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "7bff", "7bff", 0x7f7fffff), 0x7f7fffffu);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "7f00", "7f00"), kInfinity);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "ff00", "7f00"), kMinusInfinity);
  const auto largest = [](auto& rules) { rules.overflow = reference::MmaOverflow::kLargest; };
  EXPECT_EQ(dot(with(kBrain, largest), kBf16, "ff00", "7f00"), 0xff7fffffu);
  // FP16 rounds to nearest: 65504^2.
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "7bff", "7bff"), 0x7c00u);
  EXPECT_EQ(dot(with(kHalfHalf, largest), kFp16, "7bff", "7bff"), 0x7c00u);
}

// 2^254 - 2^254 + 1: a product is never tested for overflow by itself.
TEST(MmaSpecialValues, ProductsBeyondBinary32Cancel) {
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "7f00 ff00 3f80", "7f00 7f00 3f80"), 0u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "7f00 ff00", "7f00 7f00", 0x3f800000), 0u);
}

// P8: 0 * 2^15 beside 2^-15 * 2^-15.
TEST(MmaSpecialValues, AZeroProductDoesNotCountUnlessTheRuleSaysSo) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "0000 0200", "7800 0200"), 0x30800000u);
  const MmaInstruction nominal = with(kHalf, [](auto& rules) { rules.zero_operand = reference::MmaZero::kNominal; });
  EXPECT_EQ(dot(nominal, kFp16, "0000 0200", "7800 0200"), 0u);
  const MmaInstruction fp32 = with(kBrain, [](auto& rules) { rules.zero_operand = reference::MmaZero::kFp32; });
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "0000 3800", "7f00 3800"), 0x30800000u);
  EXPECT_EQ(dot(fp32, kBf16, "0000 3800", "7f00 3800"), 0u);
}

// P9: 16 * 2^-152 and 16 * 2^-156, with a floor of 2^-133 and a C of zero.
TEST(MmaSpecialValues, SmallSumsSeeTheFloorAndWhetherAZeroCCounts) {
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "1980*16", "1980*16"), 0x00000002u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "1880*16", "1880*16"), 0u);
  const MmaInstruction counted = with(kBrain, [](auto& rules) { rules.zero_c = reference::MmaZero::kNominal; });
  EXPECT_EQ(dot(counted, kBf16, "1980*16", "1980*16"), 0u);
  MmaInstruction higher = instruction(kBrain);
  higher.exponent_floor = -126;
  EXPECT_EQ(dot(higher, kBf16, "1980*16", "1980*16"), 0u);
}

// P10: 2^-25 with 2^-46, 2^-47.
TEST(MmaSpecialValues, SmallFp16SumsSeeTheFloor) {
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "0800 0002", "0c00 0002"), 0x0001u);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16, "0800 0002", "0c00 0001"), 0x0000u);
  MmaInstruction none = instruction(kHalfHalf);
  none.exponent_floor = -1000;
  EXPECT_EQ(dot(none, kFp16, "0800 0002", "0c00 0001"), 0x0001u);
  const MmaInstruction counted = with(kHalfHalf, [](auto& rules) { rules.zero_c = reference::MmaZero::kNominal; });
  EXPECT_EQ(dot(counted, kFp16, "0800 0002", "0c00 0002"), 0x0000u);
}

// wgmma may leave C out; mma.sync reads it, and so it is +0.
TEST(MmaSpecialValues, AnAbsentCIsNotRead) {
  EXPECT_EQ(dot(instruction(kWgmma), kE4m3, "38", "38", std::nullopt), 0x3f800000u);
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "3c00", "3c00", std::nullopt), 0x3f800000u);
  const auto count = [](auto& rules) { rules.zero_c = reference::MmaZero::kNominal; };
  EXPECT_EQ(dot(with("sm_90a/wgmma.k16/bf16/f32", count), kBf16, "1980*16", "1980*16", std::nullopt), 0x00000002u);
  EXPECT_EQ(dot(with(kBrain, count), kBf16, "1980*16", "1980*16", std::nullopt), 0u);
}

TEST(MmaSpecialValues, IntegersWrapOrSaturate) {
  const char *wrap = "sm_90a/wgmma.k32/int8/s32", *clamp = "sm_90a/wgmma.k32/int8/s32.satfinite";
  EXPECT_EQ(dot(instruction(wrap), kInt8, "80*32", "80*32", 0x7fffffff), 0x8007ffffu);
  EXPECT_EQ(dot(instruction(clamp), kInt8, "80*32", "80*32", 0x7fffffff), 0x7fffffffu);
  EXPECT_EQ(dot(instruction(clamp), kInt8, "80*32", "7f*32", 0x80000000), 0x80000000u);
  EXPECT_EQ(dot(instruction(wrap), reference::kUint8, "ff*32", "ff*32"), 32u * 255 * 255);
}

}  // namespace
}  // namespace bitgate::oracle
