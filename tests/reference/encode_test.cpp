// encode() against the midpoint oracle (16-bit inputs, evenly spaced floats, every tie and its neighbours) and against
// literal codes: the tables of the PTX cvt instructions, CUDA's conversion headers and PyTorch's casts.
#include "bitgate/reference/format/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/tests/support/format_list.h"
#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr EncodeRule kAway{Rounding::kNearestAway, Overflow::kSaturate, NanCode::kPositiveAllOnes};

float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }

// `bits` ascends, so the oracle's list is walked once.
void expect_oracle(const Format& format, const EncodeRule& rule, std::span<const std::uint32_t> bits) {
  const oracle::MidpointOracle oracle(format, rule);
  auto interval = oracle.intervals().begin();
  std::size_t different = 0;
  for (const std::uint32_t pattern : bits) {
    while (pattern > interval->last_bits) ++interval;
    const std::uint32_t actual = encode(format, from_bits(pattern), rule);
    if (actual == interval->code) continue;
    if (++different <= 3) {
      ADD_FAILURE() << oracle::describe(format, rule) << std::hex << ": float " << pattern << " is code "
                    << interval->code << ", encode gives " << actual;
    }
  }
  EXPECT_EQ(different, 0u) << oracle::describe(format, rule) << ": of " << bits.size();
}

class EncodeOf : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(, EncodeOf, ::testing::ValuesIn(oracle::kEncodedFormats),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(EncodeOf, OracleCoversEveryBitPatternOnce) {
  for (const EncodeRule& rule : oracle::rules_for(GetParam())) {
    const oracle::MidpointOracle oracle(GetParam(), rule);
    std::uint64_t next = 0;
    for (const oracle::CodeInterval& interval : oracle.intervals()) {
      ASSERT_EQ(interval.first_bits, next);
      ASSERT_GE(interval.last_bits, interval.first_bits);
      next = std::uint64_t{interval.last_bits} + 1;
    }
    EXPECT_EQ(next, std::uint64_t{1} << 32);
  }
}

TEST_P(EncodeOf, EverySixteenBitInputAgreesWithTheOracle) {
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    std::vector<std::uint32_t> bits;
    for (std::uint32_t i = 0; i < 65536; ++i)
      bits.push_back(std::bit_cast<std::uint32_t>(widen(type, static_cast<std::uint16_t>(i))));
    std::sort(bits.begin(), bits.end());
    for (const EncodeRule& rule : oracle::rules_for(GetParam())) expect_oracle(GetParam(), rule, bits);
  }
}

TEST_P(EncodeOf, EvenlySpacedFloatsAgreeWithTheOracle) {
  // 4093 is prime, so that the low mantissa bits vary too; it is the largest prime step that gives 2^20 patterns.
  std::vector<std::uint32_t> bits;
  for (std::uint64_t pattern = 0; pattern < std::uint64_t{1} << 32; pattern += 4093)
    bits.push_back(static_cast<std::uint32_t>(pattern));
  ASSERT_GE(bits.size(), std::size_t{1} << 20);
  for (const EncodeRule& rule : oracle::kEachChoice) expect_oracle(GetParam(), rule, bits);
}

TEST_P(EncodeOf, EveryTieAndItsNeighboursAgreeWithTheOracle) {
  const Format& format = GetParam();
  // One past the largest code: the tie at which overflow begins. INT8's negative side has one value more.
  const std::uint32_t last = max_code(format) + (is_integer(format) ? 1 : 0);
  std::vector<std::uint32_t> bits;
  // Every eleventh of TF32's ties, an odd step, so that all bits of the mantissa vary.
  const std::uint32_t step = format.bits > 16 ? 11 : 1;
  for (std::uint32_t code = 0; code <= last; code += step) {
    const double tie = (oracle::magnitude_of(format, code) + oracle::magnitude_of(format, code + 1)) / 2;
    const std::uint32_t at = std::bit_cast<std::uint32_t>(static_cast<float>(tie));
    for (std::uint32_t near = at - 2; near <= at + 2; ++near)
      for (const std::uint32_t sign : {0u, 0x80000000u}) bits.push_back(sign | near);
  }
  std::sort(bits.begin(), bits.end());
  for (const EncodeRule& rule : oracle::rules_for(GetParam())) expect_oracle(format, rule, bits);
}

TEST_P(EncodeOf, SingleLookupAgreesWithTheIntervals) {
  const oracle::MidpointOracle oracle(GetParam(), kCvtRnSatfinite);
  for (const oracle::CodeInterval& interval : oracle.intervals()) {
    ASSERT_EQ(oracle.code(interval.first_bits), interval.code);
    ASSERT_EQ(oracle.code(interval.last_bits), interval.code);
  }
}

// --- literal codes ---

TEST(EncodeE2m1, RoundsTiesToEvenAndSaturates) {
  constexpr std::pair<float, std::uint32_t> kTable[] = {{0.25f, 0}, {0.75f, 2}, {1.25f, 2}, {1.75f, 4}, {2.5f, 4},
                                                        {3.5f, 6},  {5.0f, 6},  {7.0f, 7},  {6.0f, 7},  {1e30f, 7}};
  for (const auto& [value, code] : kTable) {
    EXPECT_EQ(encode(kE2m1, value, kCvtRnSatfinite), code) << value;
    EXPECT_EQ(encode(kE2m1, -value, kCvtRnSatfinite), code | 8) << -value;
  }
}

TEST(EncodeE2m1, JustBesideATieGoesToTheNearerCode) {
  constexpr std::pair<float, std::uint32_t> kAbove[] = {{0x1.000002p-2f, 1}, {0x1.800002p-1f, 2}, {0x1.400002p0f, 3},
                                                        {0x1.c00002p0f, 4},  {0x1.400002p1f, 5},  {0x1.c00002p1f, 6},
                                                        {0x1.400002p2f, 7}};
  constexpr std::pair<float, std::uint32_t> kBelow[] = {{0x1.fffffep-3f, 0}, {0x1.7ffffep-1f, 1}, {0x1.3ffffep0f, 2},
                                                        {0x1.bffffep0f, 3},  {0x1.3ffffep1f, 4},  {0x1.bffffep1f, 5},
                                                        {0x1.3ffffep2f, 6}};
  for (const auto& [value, code] : kAbove) EXPECT_EQ(encode(kE2m1, value, kCvtRnSatfinite), code) << value;
  for (const auto& [value, code] : kBelow) EXPECT_EQ(encode(kE2m1, value, kCvtRnSatfinite), code) << value;
}

TEST(EncodeE2m1, NegativeZeroAndNegativeUnderflowKeepTheSign) {
  EXPECT_EQ(encode(kE2m1, -0.0f, kCvtRnSatfinite), 0x8u);
  EXPECT_EQ(encode(kE2m1, -0.1f, kCvtRnSatfinite), 0x8u);
  EXPECT_EQ(encode(kE2m1, from_bits(0x80000001), kCvtRnSatfinite), 0x8u);
}

TEST(EncodeE2m1, InfinitySaturatesAndNanOfEitherSignIsPlusSix) {
  EXPECT_EQ(encode(kE2m1, kInf, kCvtRnSatfinite), 0x7u);
  EXPECT_EQ(encode(kE2m1, -kInf, kCvtRnSatfinite), 0xFu);
  EXPECT_EQ(encode(kE2m1, from_bits(0x7FC00000), kCvtRnSatfinite), 0x7u);
  EXPECT_EQ(encode(kE2m1, from_bits(0xFFC00000), kCvtRnSatfinite), 0x7u);
  EXPECT_EQ(encode(kE2m1, from_bits(0xFF800001), kTorchCast), 0x7u);
}

TEST(EncodeE4m3, OverflowBoundaryIs464) {
  EXPECT_EQ(encode(kE4m3, 448.0f, kCvtRnSatfinite), 0x7Eu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43E80000), kCvtRnSatfinite), 0x7Eu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43E80001), kCvtRnSatfinite), 0x7Eu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43E80000), kTorchCast), 0x7Eu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43E80001), kTorchCast), 0x7Fu);
  EXPECT_EQ(encode(kE4m3, from_bits(0xC3E80001), kTorchCast), 0xFFu);
  EXPECT_EQ(encode(kE4m3, 480.0f, kAway), 0x7Eu);
}

TEST(EncodeE4m3, InfinityAndNanFollowTheRule) {
  EXPECT_EQ(encode(kE4m3, kInf, kCvtRnSatfinite), 0x7Eu);
  EXPECT_EQ(encode(kE4m3, -kInf, kCvtRnSatfinite), 0xFEu);
  EXPECT_EQ(encode(kE4m3, kInf, kTorchCast), 0x7Fu);
  EXPECT_EQ(encode(kE4m3, -kInf, kTorchCast), 0xFFu);
  EXPECT_EQ(encode(kE4m3, from_bits(0xFFC00000), kCvtRnSatfinite), 0x7Fu);
  EXPECT_EQ(encode(kE4m3, from_bits(0xFFC00000), kTorchCast), 0xFFu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x7F800001), kTorchCast), 0x7Fu);
}

TEST(EncodeE4m3, UnderflowBoundaryIsTwoToMinusTen) {
  EXPECT_EQ(encode(kE4m3, from_bits(0x3A800000), kCvtRnSatfinite), 0x00u);
  EXPECT_EQ(encode(kE4m3, from_bits(0x3A800001), kCvtRnSatfinite), 0x01u);
  EXPECT_EQ(encode(kE4m3, from_bits(0xBA800000), kCvtRnSatfinite), 0x80u);
  EXPECT_EQ(encode(kE4m3, -0.0f, kCvtRnSatfinite), 0x80u);
  EXPECT_EQ(encode(kE4m3, from_bits(0x00000001), kCvtRnSatfinite), 0x00u);
  EXPECT_EQ(encode(kE4m3, 0x1.8p-9f, kCvtRnSatfinite), 0x02u);  // tie of two subnormals
  EXPECT_EQ(encode(kE4m3, 0x1.ep-7f, kCvtRnSatfinite), 0x08u);  // tie of the largest subnormal and the smallest normal
}

TEST(EncodeE4m3, TieOfScaleBytesGoesToTheEvenCode) {
  EXPECT_EQ(encode(kE4m3, 6.75f, kCvtRnSatfinite), 0x4Eu);
  EXPECT_EQ(encode(kE4m3, from_bits(0x40D7FFFF), kCvtRnSatfinite), 0x4Du);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43680000), kCvtRnSatfinite), 0x76u);
  EXPECT_EQ(encode(kE4m3, from_bits(0x43680001), kCvtRnSatfinite), 0x77u);
}

// input bits, toward zero, up, PyTorch's cast (c10): the table of conversions to E8M0.
struct E8m0Row {
  std::uint32_t bits, toward_zero, up, torch;
};
constexpr E8m0Row kE8m0Table[] = {
    {0x00000000, 0, 0, 0},       {0x00000001, 0, 0, 0},       {0x00200000, 0, 0, 0},       {0x00400000, 0, 0, 0},
    {0x00400001, 0, 1, 1},       {0x005FFFFF, 0, 1, 1},       {0x00600000, 0, 1, 1},       {0x007FFFFF, 0, 1, 1},
    {0x00800000, 1, 1, 1},       {0x3FB00000, 127, 128, 127}, {0x3FC00000, 127, 128, 128}, {0x40400000, 128, 129, 129},
    {0x7F400000, 254, 255, 255}, {0x7F7FFFFF, 254, 255, 255}, {0x7F800000, 255, 255, 255}, {0x7FC00000, 255, 255, 255}};

TEST(EncodeE8m0, FollowsTheTableOfConversions) {
  for (const E8m0Row& row : kE8m0Table) {
    for (const std::uint32_t sign : {0u, 0x80000000u}) {
      const float value = from_bits(sign | row.bits);
      EXPECT_EQ(encode(kE8m0, value, kCvtRz), row.toward_zero) << std::hex << row.bits;
      EXPECT_EQ(encode(kE8m0, value, kCvtRp), row.up) << std::hex << row.bits;
      EXPECT_EQ(encode(kE8m0, value, kTorchCast), row.torch) << std::hex << row.bits;
    }
  }
}

TEST(EncodeE8m0, RoundUpContractOfTorchaoHolds) {
  constexpr std::pair<std::uint32_t, std::uint32_t> kContract[] = {
      {0x00000000, 0},   {0x00000001, 0},   {0x00400000, 0},   {0x00400001, 1},   {0x007FFFFF, 1},   {0x00800000, 1},
      {0x1F800000, 63},  {0x1F800001, 64},  {0x3F7FFFFF, 127}, {0x3F800000, 127}, {0x3F800001, 128}, {0x5F800000, 191},
      {0x5F800001, 192}, {0x7F000000, 254}, {0x7F000001, 255}, {0x7F7FFFFF, 255}, {0x7F800000, 255}, {0x7FC00000, 255}};
  for (const auto& [bits, code] : kContract)
    EXPECT_EQ(encode(kE8m0, from_bits(bits), kCvtRp), code) << std::hex << bits;
}

TEST(EncodeE8m0, SatfiniteGivesTheLargestFiniteCodeForOverflowButNotForNan) {
  EXPECT_EQ(encode(kE8m0, from_bits(0x7F000001), kCvtRpSatfinite), 0xFEu);
  EXPECT_EQ(encode(kE8m0, kInf, kCvtRpSatfinite), 0xFEu);
  EXPECT_EQ(encode(kE8m0, -kInf, kCvtRpSatfinite), 0xFEu);
  EXPECT_EQ(encode(kE8m0, from_bits(0xFFFFFFFF), kCvtRpSatfinite), 0xFFu);
}

TEST(EncodeInt8, SaturatesAndNanIsZero) {
  EXPECT_EQ(encode(kInt8, 127.4f, kAway), 0x7Fu);
  EXPECT_EQ(encode(kInt8, 127.5f, kAway), 0x7Fu);
  EXPECT_EQ(encode(kInt8, -128.5f, kAway), 0x80u);
  EXPECT_EQ(encode(kInt8, 1e30f, kAway), 0x7Fu);
  EXPECT_EQ(encode(kInt8, kInf, kAway), 0x7Fu);
  EXPECT_EQ(encode(kInt8, -kInf, kAway), 0x80u);
  EXPECT_EQ(encode(kInt8, from_bits(0x7FC00000), kAway), 0x00u);
  EXPECT_EQ(encode(kInt8, -0.0f, kAway), 0x00u);
}

TEST(EncodeInt8, HalvesGoAwayFromZeroOrToEven) {
  EXPECT_EQ(encode(kInt8, 0.5f, kAway), 0x01u);
  EXPECT_EQ(encode(kInt8, 2.5f, kAway), 0x03u);
  EXPECT_EQ(encode(kInt8, -2.5f, kAway), 0xFDu);
  EXPECT_EQ(encode(kInt8, 0x1.fffffep-2f, kAway), 0x00u);
  EXPECT_EQ(encode(kInt8, 0.5f, kCvtRnSatfinite), 0x00u);
  EXPECT_EQ(encode(kInt8, 2.5f, kCvtRnSatfinite), 0x02u);
  EXPECT_EQ(encode(kInt8, -1.5f, kCvtRnSatfinite), 0xFEu);
}

TEST(EncodeFp16, SubnormalsOverflowAndNanFollowCvtRn) {
  EXPECT_EQ(encode(kFp16, 0x1p-25f, kCvtRnInf), 0x0000u);  // tie, to even
  EXPECT_EQ(encode(kFp16, 0x1.000002p-25f, kCvtRnInf), 0x0001u);
  EXPECT_EQ(encode(kFp16, -0x1p-26f, kCvtRnInf), 0x8000u);
  EXPECT_EQ(encode(kFp16, 0x1.ffcp-15f, kCvtRnInf), 0x0400u);  // tie of the largest subnormal and the smallest normal
  EXPECT_EQ(encode(kFp16, from_bits(0x477FEFFF), kCvtRnInf), 0x7BFFu);
  EXPECT_EQ(encode(kFp16, 65520.0f, kCvtRnInf), 0x7C00u);
  EXPECT_EQ(encode(kFp16, -65520.0f, kCvtRnInf), 0xFC00u);
  EXPECT_EQ(encode(kFp16, 65520.0f, kCvtRnSatfinite), 0x7BFFu);
  EXPECT_EQ(encode(kFp16, from_bits(0xFFC12345), kCvtRnInf), 0x7FFFu);
}

TEST(EncodeFp16, GgmlsHostConversionKeepsSignAndQuietBitOfNan) {
  EXPECT_EQ(encode(kFp16, from_bits(0x7FC12345), kGgmlHostHalf), 0x7E00u);
  EXPECT_EQ(encode(kFp16, from_bits(0xFF800001), kGgmlHostHalf), 0xFE00u);
  EXPECT_EQ(encode(kFp16, kInf, kGgmlHostHalf), 0x7C00u);
}

TEST(EncodeBf16, TiesToEvenOverflowToInfinityAndNan) {
  EXPECT_EQ(encode(kBf16, from_bits(0x3F808000), kCvtRnInf), 0x3F80u);
  EXPECT_EQ(encode(kBf16, from_bits(0x3F818000), kCvtRnInf), 0x3F82u);
  EXPECT_EQ(encode(kBf16, from_bits(0x3F808001), kCvtRnInf), 0x3F81u);
  EXPECT_EQ(encode(kBf16, from_bits(0x7F7F7FFF), kCvtRnInf), 0x7F7Fu);
  EXPECT_EQ(encode(kBf16, from_bits(0x7F7F8000), kCvtRnInf), 0x7F80u);
  EXPECT_EQ(encode(kBf16, from_bits(0x00008000), kCvtRnInf), 0x0000u);
  EXPECT_EQ(encode(kBf16, from_bits(0x00018000), kCvtRnInf), 0x0002u);
  EXPECT_EQ(encode(kBf16, from_bits(0xFF800001), kCvtRnInf), 0x7FFFu);
}

TEST(EncodeUnsigned, CodesCountFromTheBiasAndSaturate) {
  EXPECT_EQ(encode(kUint4, 7.5f, kCvtRnSatfinite), 8u);
  EXPECT_EQ(encode(kUint4, -3.0f, kCvtRnSatfinite), 0u);
  EXPECT_EQ(encode(kUint5, 1e30f, kCvtRnSatfinite), 31u);
  EXPECT_EQ(encode(kOffset4, -8.0f, kCvtRnSatfinite), 0u);
  EXPECT_EQ(encode(kOffset4, -100.0f, kCvtRnSatfinite), 0u);
  EXPECT_EQ(encode(kOffset5, 0.0f, kCvtRnSatfinite), 16u);
  EXPECT_EQ(encode(kOffset5, -0.0f, kCvtRnSatfinite), 16u);
  EXPECT_EQ(encode(kOffset4, std::numeric_limits<float>::infinity(), kCvtRnSatfinite), 15u);
  EXPECT_EQ(encode(kOffset4, std::numeric_limits<float>::quiet_NaN(), kCvtRnSatfinite), 8u);
}

}  // namespace
}  // namespace bitgate
