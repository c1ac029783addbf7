// What codes mean: literal values from the format specifications, and that every code decodes to what the oracle lists.
#include "bitgate/reference/format/format.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/format_list.h"
#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate {
namespace {

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

TEST(Decode, E2m1HasTheSixteenValuesOfOcpMx) {
  constexpr std::array kValues{0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0};
  for (std::uint32_t code = 0; code < 8; ++code) {
    EXPECT_EQ(bits_of(decode(kE2m1, code)), bits_of(kValues[code])) << code;
    EXPECT_EQ(bits_of(decode(kE2m1, code | 8)), bits_of(-kValues[code])) << code;
  }
}

TEST(Decode, E4m3HasTheValuesOfOcpFp8) {
  EXPECT_EQ(decode(kE4m3, 0x01), 0x1p-9);
  EXPECT_EQ(decode(kE4m3, 0x07), 0x1.cp-7);
  EXPECT_EQ(decode(kE4m3, 0x08), 0x1p-6);
  EXPECT_EQ(decode(kE4m3, 0x38), 1.0);
  EXPECT_EQ(decode(kE4m3, 0x4D), 6.5);
  EXPECT_EQ(decode(kE4m3, 0x7E), 448.0);
  EXPECT_EQ(decode(kE4m3, 0xFE), -448.0);
  EXPECT_TRUE(std::isnan(decode(kE4m3, 0x7F)));
  EXPECT_TRUE(std::isnan(decode(kE4m3, 0xFF)));
}

TEST(Decode, E8m0IsAPowerOfTwoWithoutZeroOrSign) {
  EXPECT_EQ(decode(kE8m0, 0), 0x1p-127);
  EXPECT_EQ(decode(kE8m0, 1), 0x1p-126);
  EXPECT_EQ(decode(kE8m0, 127), 1.0);
  EXPECT_EQ(decode(kE8m0, 254), 0x1p127);
  EXPECT_TRUE(std::isnan(decode(kE8m0, 255)));
}

TEST(Decode, Int8IsTwosComplement) {
  EXPECT_EQ(decode(kInt8, 0x00), 0.0);
  EXPECT_EQ(decode(kInt8, 0x7F), 127.0);
  EXPECT_EQ(decode(kInt8, 0xFF), -1.0);
  EXPECT_EQ(decode(kInt8, 0x80), -128.0);
}

TEST(Decode, Int4AndMxInt8AreTwosComplementOfUnitsAndOf64ths) {
  EXPECT_EQ(decode(kInt4, 0x7), 7.0);
  EXPECT_EQ(decode(kInt4, 0x8), -8.0);
  EXPECT_EQ(decode(kInt4, 0xF), -1.0);
  EXPECT_EQ(decode(kMxInt8, 0x01), 0.015625);
  EXPECT_EQ(decode(kMxInt8, 0x40), 1.0);
  EXPECT_EQ(decode(kMxInt8, 0x7F), 1.984375);
  EXPECT_EQ(decode(kMxInt8, 0x80), -2.0);
  EXPECT_EQ(decode(kMxInt8, 0xFF), -0.015625);
}

// Largest and smallest numbers as ml_dtypes documents them.
TEST(Decode, FnuzHasOneNanWhereMinusZeroWouldBe) {
  EXPECT_EQ(decode(kE4m3Fnuz, 0x7F), 240.0);
  EXPECT_EQ(decode(kE4m3Fnuz, 0x08), 0x1p-7);
  EXPECT_EQ(decode(kE4m3Fnuz, 0x81), -0x1p-10);
  EXPECT_EQ(decode(kE4m3B11Fnuz, 0x7F), 30.0);
  EXPECT_EQ(decode(kE4m3B11Fnuz, 0x01), 0x1p-13);
  EXPECT_EQ(decode(kE5m2Fnuz, 0xFF), -57344.0);
  EXPECT_EQ(decode(kE5m2Fnuz, 0x01), 0x1p-17);
  for (const Format& format : {kE4m3Fnuz, kE4m3B11Fnuz, kE5m2Fnuz}) {
    std::uint32_t nans = 0;
    for (std::uint32_t code = 0; code < 256; ++code) nans += is_nan(format, code) ? 1 : 0;
    EXPECT_EQ(nans, 1u) << format.name;
    EXPECT_TRUE(std::isnan(decode(format, 0x80))) << format.name;
  }
}

TEST(Decode, EightBitIeeeFormatsEndInInfinityAndNans) {
  EXPECT_EQ(decode(kE4m3Ieee, 0x77), 240.0);
  EXPECT_EQ(decode(kE4m3Ieee, 0xF8), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(decode(kE4m3Ieee, 0x79)));
  EXPECT_EQ(decode(kE3m4, 0x6F), 15.5);
  EXPECT_EQ(decode(kE3m4, 0x10), 0.25);
  EXPECT_EQ(decode(kE3m4, 0x01), 0x1p-6);
  EXPECT_EQ(decode(kE3m4, 0x70), std::numeric_limits<double>::infinity());
}

TEST(Decode, Ue4m3IsE4m3OfSevenBits) {
  for (std::uint32_t code = 0; code < 0x7F; ++code) EXPECT_EQ(decode(kUe4m3, code), decode(kE4m3, code)) << code;
  EXPECT_TRUE(std::isnan(decode(kUe4m3, 0x7F)));
  EXPECT_EQ(code_count(kUe4m3), 128u);
}

TEST(Decode, Tf32IsTheUpper19BitsOfAFloat) {
  for (std::uint32_t code = 0; code < code_count(kTf32); code += 7) {
    const auto value = static_cast<double>(std::bit_cast<float>(code << 13));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(decode(kTf32, code))) << code;
    else
      ASSERT_EQ(bits_of(decode(kTf32, code)), bits_of(value)) << code;
  }
}

TEST(Decode, Fp16AndBf16AreIeee) {
  EXPECT_EQ(decode(kFp16, 0x0001), 0x1p-24);
  EXPECT_EQ(decode(kFp16, 0x03FF), 0x1.ff8p-15);
  EXPECT_EQ(decode(kFp16, 0x3C01), 0x1.004p0);
  EXPECT_EQ(decode(kFp16, 0xFBFF), -65504.0);
  EXPECT_EQ(decode(kFp16, 0x7C00), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(decode(kFp16, 0x7C01)));
  EXPECT_EQ(decode(kBf16, 0x0001), 0x1p-133);
  EXPECT_EQ(decode(kBf16, 0x7F7F), 0x1.fep127);
  EXPECT_EQ(decode(kBf16, 0xFF80), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(decode(kBf16, 0xFFFF)));
}

TEST(Decode, Fp32IsTheHostsOwnFloat) {
  for (std::uint64_t bits = 0; bits < 0x100000000; bits += 65521) {
    const auto pattern = static_cast<std::uint32_t>(bits);
    const auto value = static_cast<double>(std::bit_cast<float>(pattern));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(decode(kFp32, pattern)));
    else
      ASSERT_EQ(bits_of(decode(kFp32, pattern)), bits_of(value)) << std::hex << pattern;
  }
}

TEST(Decode, BitsAboveTheFormatAreIgnored) {
  EXPECT_EQ(decode(kE2m1, 0xF5), 3.0);
  EXPECT_EQ(decode(kE4m3, 0x338), 1.0);
  EXPECT_EQ(decode(kE8m0, 0x17F), 1.0);
}

TEST(Decode, NegativeZeroKeepsItsSign) {
  EXPECT_TRUE(std::signbit(decode(kE2m1, 0x8)));
  EXPECT_TRUE(std::signbit(decode(kE4m3, 0x80)));
  EXPECT_TRUE(std::signbit(decode(kFp16, 0x8000)));
  EXPECT_TRUE(std::signbit(decode(kBf16, 0x8000)));
}

TEST(Decode, EveryFiniteCodeHasTheValueThatTheOracleLists) {
  for (const Format& format : oracle::kEncodedFormats) {
    if (is_integer(format)) continue;  // its negative codes are not sign and magnitude: tested above and below
    for (std::uint32_t code = 0; code <= max_code(format); ++code) {
      const double expected = oracle::magnitude_of(format, code);
      ASSERT_EQ(bits_of(decode(format, code)), bits_of(expected)) << format.name << " code " << code;
      if (format.has_sign && (format.top != TopCodes::kFnuz || code != 0)) {
        ASSERT_EQ(bits_of(decode(format, code | sign_mask(format))), bits_of(-expected)) << format.name << " " << code;
      }
    }
  }
}

TEST(Decode, EveryCodeReturnsWhenItIsEncodedAgain) {
  for (const Format& format : oracle::kEncodedFormats) {
    for (const Rounding rounding : oracle::kRoundings) {
      const EncodeRule rule{rounding, Overflow::kInfinity, NanCode::kSignedAllOnes};
      for (std::uint32_t code = 0; code < code_count(format); ++code) {
        const float value = decode_float(format, code);
        ASSERT_EQ(static_cast<double>(value) == decode(format, code), !is_nan(format, code));
        if (is_nan(format, code)) continue;
        ASSERT_EQ(encode(format, value, rule), code) << oracle::describe(format, rule);
      }
    }
  }
}

TEST(Decode, EveryNanCodeIsEncodedAsNan) {
  for (const Format& format : oracle::kEncodedFormats)
    for (std::uint32_t code = 0; code < code_count(format); ++code)
      if (is_nan(format, code)) {
        ASSERT_TRUE(is_nan(format, encode(format, decode_float(format, code), kCvtRnSatfinite))) << format.name;
      }
}

TEST(Limits, FollowFromTheRow) {
  EXPECT_EQ(max_code(kE2m1), 0x7u);
  EXPECT_EQ(max_code(kE4m3), 0x7Eu);
  EXPECT_EQ(max_code(kE8m0), 0xFEu);
  EXPECT_EQ(max_code(kInt8), 0x7Fu);
  EXPECT_EQ(max_code(kFp16), 0x7BFFu);
  EXPECT_EQ(max_code(kBf16), 0x7F7Fu);
  EXPECT_EQ(min_normal(kFp16), 0x1p-14);
  EXPECT_EQ(min_normal(kBf16), 0x1p-126);
  EXPECT_EQ(min_subnormal(kFp32), 0x1p-149);
  EXPECT_EQ(max_finite(kFp32), 0x1.fffffep127);
}

}  // namespace
}  // namespace bitgate
