#include "bitgate/compare/round_to_type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bitgate::compare {
namespace {

// Midpoints of neighbouring codes are exact doubles, so comparing with them decides the nearest code without rounding.
void expect_rounds_at_midpoints(const Format& format) {
  for (std::uint32_t code = 0; code < max_code(format); ++code) {
    const double low = decode(format, code), high = decode(format, code + 1), middle = low + (high - low) / 2;
    ASSERT_EQ(round_to_16(format, low), code);
    ASSERT_EQ(round_to_16(format, middle), code % 2 == 0 ? code : code + 1) << code;
    ASSERT_EQ(round_to_16(format, std::nextafter(middle, 0.0)), code);
    ASSERT_EQ(round_to_16(format, std::nextafter(middle, high)), code + 1);
    ASSERT_EQ(round_to_16(format, -middle), sign_mask(format) | (code % 2 == 0 ? code : code + 1));
  }
}

TEST(RoundToType, Bf16RoundsToNearestEvenAtEveryMidpoint) { expect_rounds_at_midpoints(kBf16); }
TEST(RoundToType, Fp16RoundsToNearestEvenAtEveryMidpoint) { expect_rounds_at_midpoints(kFp16); }

TEST(RoundToType, RoundsOnceWhereBinary32WouldRoundTwice) {
  EXPECT_EQ(round_to_16(kBf16, 1.0 + 0x1p-8 + 0x1p-40), 0x3F81);
  EXPECT_EQ(round_to_16(kFp16, 1.0 + 0x1p-11 + 0x1p-40), 0x3C01);
  EXPECT_EQ(round_to_16(kBf16, 1.0 + 0x1p-8 - 0x1p-40), 0x3F80);
}

TEST(RoundToType, OverflowIsInfinityFromTheLastTieOn) {
  EXPECT_EQ(round_to_16(kFp16, 65520.0), 0x7C00);
  EXPECT_EQ(round_to_16(kFp16, std::nextafter(65520.0, 0.0)), 0x7BFF);
  EXPECT_EQ(round_to_16(kBf16, -0x1.ffp127), 0xFF80);
  EXPECT_EQ(round_to_16(kBf16, 1e300), 0x7F80);
  EXPECT_EQ(round_to_16(kFp16, -std::numeric_limits<double>::infinity()), 0xFC00);
}

TEST(RoundToType, ZeroKeepsItsSignAndNanIsQuiet) {
  EXPECT_EQ(round_to_16(kFp16, -0.0), 0x8000);
  EXPECT_EQ(round_to_16(kBf16, -1e-300), 0x8000);
  EXPECT_EQ(round_to_16(kBf16, std::numeric_limits<double>::quiet_NaN()), 0x7FC0);
  EXPECT_EQ(round_to_16(kFp16, -std::numeric_limits<double>::quiet_NaN()), 0xFE00);
}

}  // namespace
}  // namespace bitgate::compare
