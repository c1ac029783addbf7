// The table of named conversions: that its names are names, and by literal codes what sets its rows apart (the casts of
// ml_dtypes and PyTorch: casts_test.cpp; CUDA's host converters: cuda_headers_exhaustive_test.cpp).
#include "bitgate/reference/format/conversion.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "bitgate/reference/format/stochastic.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate {
namespace {

constexpr int kRefused = -1;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The code, kRefused where the library throws.
template <class Number>
int code(std::string_view name, Number value, std::uint32_t random = 0) {
  const Conversion* conversion = find_conversion(name);
  if (conversion == nullptr) {
    ADD_FAILURE() << name << " is not in the table";
    return -2;
  }
  const std::optional<std::uint32_t> result = convert(*conversion, value, random);
  return result ? static_cast<int>(*result) : kRefused;
}

int code_of_bits(std::string_view name, std::uint32_t bits) { return code(name, std::bit_cast<float>(bits)); }

TEST(Conversions, HaveNamesThatDifferAndSources) {
  std::set<std::string_view> names;
  for (const Conversion& conversion : conversions()) {
    EXPECT_TRUE(names.insert(conversion.name).second) << conversion.name;
    EXPECT_EQ(find_conversion(conversion.name), &conversion);
    EXPECT_NE(conversion.name.find('/'), std::string_view::npos) << conversion.name;
    EXPECT_FALSE(conversion.source.empty()) << conversion.name;
    EXPECT_GT(conversion.format.bits, 0) << conversion.name;
    EXPECT_NE(name_of(conversion.rule.rounding), "?");
    EXPECT_NE(name_of(conversion.rule.overflow), "?");
    EXPECT_NE(name_of(conversion.rule.nan), "?");
  }
  EXPECT_EQ(find_conversion("cuda-13.0/e4m3"), nullptr);
}

TEST(Conversions, ThrowOnlyForNanAndOnlyInGfloat) {
  for (const Conversion& conversion : conversions()) {
    const bool throws = !convert(conversion, kNan).has_value();
    EXPECT_EQ(throws, conversion.refuses_nan) << conversion.name;
    if (throws) {
      EXPECT_TRUE(conversion.name.starts_with("gfloat")) << conversion.name;
      EXPECT_EQ(conversion.format.top, TopCodes::kFinite) << conversion.name;
    }
    for (const float value : {0.0f, -0.0f, 1.0f, -1.0f, kInf, -kInf, 0x1p-149f})
      EXPECT_TRUE(convert(conversion, value).has_value()) << conversion.name << " " << value;
  }
}

// --- CUDA's headers and CUTLASS's host types, as run on a host: the rows that surprise ---

struct FloatRow {
  std::uint32_t bits;
  int e2m1, e2m1_cutlass;
  int e4m3_sat, e4m3_nosat, e4m3_cutlass, ue4m3_cutlass;
  int e5m2_sat, e5m2_nosat;
  int rp_sat, rp_nosat, rz_sat, rz_nosat, ue8m0_cutlass;
};

constexpr FloatRow kSurprises[] = {
    {0x80000000, 0x8, 0x8, 0x80, 0x80, 0x80, 0x00, 0x80, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0xFFC00000, 0x7, 0xF, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
    {0x7F800000, 0x7, 0x7, 0x7E, 0x7F, 0x7E, 0x7E, 0x7B, 0x7C, 0xFE, 0xFF, 0xFE, 0xFF, 0xFF},
    {0xC0400000, 0xD, 0xD, 0xC4, 0xC4, 0xC4, 0x44, 0xC2, 0xC2, 0x81, 0x81, 0x80, 0x80, 0x81},
    {0x43E80000, 0x7, 0x7, 0x7E, 0x7E, 0x7E, 0x7E, 0x5F, 0x5F, 0x88, 0x88, 0x87, 0x87, 0x88},  // 464
    {0x43E80CCD, 0x7, 0x7, 0x7E, 0x7F, 0x7E, 0x7E, 0x5F, 0x5F, 0x88, 0x88, 0x87, 0x87, 0x88},  // 464.1
    {0x476FFF00, 0x7, 0x7, 0x7E, 0x7F, 0x7E, 0x7E, 0x7B, 0x7B, 0x8F, 0x8F, 0x8E, 0x8E, 0x8F},  // 61439
    {0x47700000, 0x7, 0x7, 0x7E, 0x7F, 0x7E, 0x7E, 0x7B, 0x7C, 0x8F, 0x8F, 0x8E, 0x8E, 0x8F},  // 61440
    {0x00400000, 0x0, 0x0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},  // 2^-127
    {0x00600000, 0x0, 0x0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01},  // 1.5 * 2^-127
    {0x00800001, 0x0, 0x0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x01, 0x01, 0x02},
    {0x7F000001, 0x7, 0x7, 0x7E, 0x7F, 0x7E, 0x7E, 0x7B, 0x7C, 0xFE, 0xFF, 0xFE, 0xFE, 0xFE},  // above 2^127
};

TEST(Conversions, FollowTheTableOfSurprisesOfCudasHeadersAndCutlass) {
  for (const FloatRow& row : kSurprises) {
    const auto expect = [&](std::string_view name, int expected) {
      EXPECT_EQ(code_of_bits(name, row.bits), expected) << name << std::hex << " " << row.bits;
    };
    expect("cuda-13.0/e2m1-rn", row.e2m1);
    expect("cutlass-4.2/e2m1-host", row.e2m1_cutlass);
    expect("cuda-13.0/e4m3-satfinite", row.e4m3_sat);
    expect("cuda-13.0/e4m3-nosat", row.e4m3_nosat);
    expect("cutlass-4.2/e4m3-host", row.e4m3_cutlass);
    expect("cutlass-4.2/ue4m3-host", row.ue4m3_cutlass);
    expect("cuda-13.0/e5m2-satfinite", row.e5m2_sat);
    expect("cuda-13.0/e5m2-nosat", row.e5m2_nosat);
    expect("cuda-13.0/e8m0-rp-satfinite", row.rp_sat);
    expect("cuda-13.0/e8m0-rp-nosat", row.rp_nosat);
    expect("cuda-13.0/e8m0-rz-satfinite", row.rz_sat);
    expect("cuda-13.0/e8m0-rz-nosat", row.rz_nosat);
    expect("cutlass-4.2/ue8m0-host", row.ue8m0_cutlass);
  }
}

TEST(Conversions, Ue4m3OfADeviceKeepsBit7) {
  EXPECT_EQ(code("cutlass-4.2/ue4m3-device", -3.0f), 0xC4);
  EXPECT_EQ(code("cutlass-4.2/ue4m3-host", -3.0f), 0x44);
  EXPECT_EQ(code("cutlass-4.2/ue4m3-device", 3.0f), 0x44);
}

TEST(Conversions, ADoublesNanKeepsSignAndPayloadWhereAFloatsDoesNot) {
  const double minus_nan = std::bit_cast<double>(std::uint64_t{0xFFF8000000000000});
  const double payload = std::bit_cast<double>(std::uint64_t{0x7FFC000000000000});
  const double lowest = std::bit_cast<double>(std::uint64_t{0x7FF0000000000001});
  EXPECT_EQ(code("cuda-13.0/e4m3-satfinite-double", minus_nan), 0xFF);
  EXPECT_EQ(code("cuda-13.0/e4m3-satfinite-double", payload), 0x7F);
  EXPECT_EQ(code("cuda-13.0/e5m2-satfinite-double", minus_nan), 0xFE);
  EXPECT_EQ(code("cuda-13.0/e5m2-satfinite-double", payload), 0x7F);
  EXPECT_EQ(code("cuda-13.0/e5m2-nosat-double", lowest), 0x7E);
  EXPECT_EQ(code("cuda-13.0/e4m3-satfinite", -kNan), 0x7F);
  EXPECT_EQ(code("cuda-13.0/e5m2-satfinite", kNan), 0x7F);
}

// 1.25 + 2^-40 is above E2M1's tie and rounds to it in binary32.
TEST(Conversions, ADoubleIsRoundedOnce) {
  EXPECT_EQ(code("cuda-13.0/e2m1-rn", 1.25), 2);
  EXPECT_EQ(code("cuda-13.0/e2m1-rn", 1.25 + 0x1p-40), 3);
  EXPECT_EQ(code("cuda-13.0/e2m1-rn", 1.25 - 0x1p-40), 2);
  EXPECT_EQ(code("cuda-13.0/e8m0-rp-nosat", 1.0 + 0x1p-50), 128);
  EXPECT_EQ(code("cuda-13.0/e8m0-rz-nosat", 1e300), 254);
  EXPECT_EQ(code("cuda-13.0/e8m0-rp-satfinite", 1e-300), 0);
}

// NumPy's casts of ml_dtypes have binary32 between: what is just above a tie there becomes the tie.
TEST(Conversions, OfFloatsRoundADoubleTwice) {
  EXPECT_EQ(code("ml_dtypes-0.6/float4_e2m1fn", 0x1.4000000000005p+1), 4);
  EXPECT_EQ(code("gfloat-0.5/ocp_e2m1-sat", 0x1.4000000000005p+1), 5);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e8m0fnu", 0x1.7fffffffffffap-10), 118);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3", std::bit_cast<double>(std::uint64_t{0xFFF0000000000001})), 0xFC);
  EXPECT_EQ(code("cutlass-4.2/e4m3-host", 1e300), 0x7E);
}

TEST(NarrowedToOdd, IsTowardZeroWithALastBitForWhatIsLost) {
  const auto bits = [](double value) { return std::bit_cast<std::uint32_t>(narrowed_to_odd(value)); };
  EXPECT_EQ(bits(1.0), 0x3F800000u);
  EXPECT_EQ(bits(1.0 + 0x1p-52), 0x3F800001u);
  EXPECT_EQ(bits(-1.0 - 0x1p-23), 0xBF800001u);
  EXPECT_EQ(bits(1.0 + 0x1.8p-23), 0x3F800001u);
  EXPECT_EQ(bits(1.0 + 0x1.8p-22), 0x3F800003u);
  EXPECT_EQ(bits(-0.0), 0x80000000u);
  EXPECT_EQ(bits(0x1p-127), 0x00400000u);
  EXPECT_EQ(bits(0x1p-149), 0x00000001u);
  EXPECT_EQ(bits(0x1.8p-149), 0x00000001u);
  EXPECT_EQ(bits(-5e-324), 0x80000001u);
  EXPECT_EQ(bits(0x1.fffffep127), 0x7F7FFFFFu);
  EXPECT_EQ(bits(1e308), 0x7F7FFFFFu);
  EXPECT_EQ(bits(std::numeric_limits<double>::infinity()), 0x7F800000u);
  EXPECT_TRUE(std::isnan(narrowed_to_odd(std::bit_cast<double>(std::uint64_t{0x7FF0000000000001}))));
}

// --- E8M0: input bits, then toward zero, up, PyTorch, ml_dtypes, gfloat ---

struct E8m0Row {
  std::uint32_t bits;
  int rz, rp, torch, ml_dtypes, gfloat;
};
constexpr E8m0Row kE8m0Rows[] = {
    {0x00000000, 0, 0, 0, 255, 255},       {0x00000001, 0, 0, 0, 0, 255},         {0x00200000, 0, 0, 0, 0, 255},
    {0x002FFFFF, 0, 0, 0, 0, 255},         {0x00300000, 0, 0, 0, 0, 0},           {0x00400000, 0, 0, 0, 0, 0},
    {0x00400001, 0, 1, 1, 1, 0},           {0x005FFFFF, 0, 1, 1, 1, 0},           {0x00600000, 0, 1, 1, 1, 0},
    {0x007FFFFF, 0, 1, 1, 1, 1},           {0x00800000, 1, 1, 1, 1, 1},           {0x3FB00000, 127, 128, 127, 127, 127},
    {0x3FC00000, 127, 128, 128, 128, 128}, {0x40400000, 128, 129, 129, 129, 128}, {0x7F400000, 254, 255, 255, 255, 254},
    {0x7F7FFFFF, 254, 255, 255, 255, 255}, {0x7F800000, 255, 255, 255, 255, 255}, {0x7FC00000, 255, 255, 255, 255, 255},
    {0xBF800000, 127, 127, 127, 255, 255}, {0x80000000, 0, 0, 0, 255, 255},
};

TEST(Conversions, ToE8m0DifferByLibrary) {
  for (const E8m0Row& row : kE8m0Rows) {
    EXPECT_EQ(code_of_bits("cuda-13.0/e8m0-rz-nosat", row.bits), row.rz) << std::hex << row.bits;
    EXPECT_EQ(code_of_bits("cuda-13.0/e8m0-rp-nosat", row.bits), row.rp) << std::hex << row.bits;
    EXPECT_EQ(code_of_bits("torch-2.11/e8m0fnu", row.bits), row.torch) << std::hex << row.bits;
    EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float8_e8m0fnu", row.bits), row.ml_dtypes) << std::hex << row.bits;
    EXPECT_EQ(code_of_bits("gfloat-0.5/ocp_e8m0", row.bits), row.gfloat) << std::hex << row.bits;
  }
}

TEST(Conversions, OfPyTorchSaturateFrom213On) {
  EXPECT_EQ(code("torch-2.11/e4m3fn", 464.0f), 0x7E);
  EXPECT_EQ(code("torch-2.11/e4m3fn", -500.0f), 0xFF);
  EXPECT_EQ(code("torch-2.13/e4m3fn", -500.0f), 0xFE);
  EXPECT_EQ(code("torch-2.13/e4m3fn", 1e30f), 0x7E);
  EXPECT_EQ(code("torch-2.13/e4m3fn", kNan), 0x7F);
}

TEST(Conversions, OfMlDtypesGiveNanAZeroOfTheOtherSignWhereThereIsNone) {
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float4_e2m1fn", 0x7FC00000), 0x8);
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float4_e2m1fn", 0xFFC00000), 0x0);
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float6_e3m2fn", 0x7FC00000), 0x20);
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float8_e4m3", 0xFF800001), 0xFC);
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float8_e3m4", 0x7FFFFFFF), 0x78);
  EXPECT_EQ(code_of_bits("ml_dtypes-0.6/float8_e4m3fnuz", 0xFFC00000), 0x80);
}

TEST(Conversions, ToFnuzOverflowToNanAtTheTieAndHaveNoMinusZero) {
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3fnuz", -0.0f), 0x00);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3fnuz", -0x1p-11f), 0x00);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3fnuz", -0x1.000002p-11f), 0x81);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3fnuz", 0x1.effffep7f), 0x7F);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3fnuz", 248.0f), 0x80);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e4m3b11fnuz", 31.0f), 0x80);
  EXPECT_EQ(code("ml_dtypes-0.6/float8_e5m2fnuz", -61440.0f), 0x80);
}

TEST(Conversions, OfGfloatHaveOneNanAndThrowWhereThereIsNone) {
  EXPECT_EQ(code("gfloat-0.5/ocp_e4m3", kNan), 0xFF);
  EXPECT_EQ(code("gfloat-0.5/ocp_e4m3", 500.0f), 0xFF);
  EXPECT_EQ(code("gfloat-0.5/ocp_e4m3-sat", -kInf), 0xFE);
  EXPECT_EQ(code("gfloat-0.5/ocp_e5m2", -kInf), 0xFC);
  EXPECT_EQ(code("gfloat-0.5/ocp_e2m1-sat", kNan), kRefused);
  EXPECT_EQ(code("gfloat-0.5/ocp_int8-sat", -5.0f), 0x80);
  EXPECT_EQ(code("gfloat-0.5/ocp_int8-sat", 0x1.8p-6f), 0x02);
}

TEST(Conversions, TowardZeroMakeInfinityOfInfinityAlone) {
  EXPECT_EQ(code("cuda-13.0/fp16-rz", 1e30f), 0x7BFF);
  EXPECT_EQ(code("cuda-13.0/fp16-rz", -kInf), 0xFC00);
  EXPECT_EQ(code("cuda-13.0/bf16-rz", 0x1.fffffep127f), 0x7F7F);
  EXPECT_EQ(code("cuda-13.0/bf16-rn", 0x1.fffffep127f), 0x7F80);
}

// --- stochastic rounding ---

// Of 256 draws as many go up as there are 256ths of a step above the lower code.
TEST(Stochastic, GoesUpInProportion) {
  const auto ups = [](float value, int lower) {
    int count = 0;
    for (std::uint32_t draw = 0; draw < 256; ++draw)
      count += code("ptx/cvt.rs.satfinite.e2m1x4", value, draw) != lower ? 1 : 0;
    return count;
  };
  EXPECT_EQ(ups(1.0f, 2), 0);
  EXPECT_EQ(ups(1.25f, 2), 128);
  EXPECT_EQ(ups(-1.125f, 0xA), 64);
  EXPECT_EQ(ups(4.0f + 2.0f / 256, 6), 1);
  EXPECT_EQ(ups(4.0f + 1.9f / 256, 6), 0);  // under the last random bit
  EXPECT_EQ(ups(0.125f, 0), 64);            // the subnormal step
  EXPECT_EQ(ups(5.999f, 6), 255);
  EXPECT_EQ(ups(6.0f, 7), 0);
}

// TransformerEngine's recipes with cvt.rs go another way to the same codes: by a division and a float's floor.
TEST(Stochastic, IsTheRecipesModelOfCvtRs) {
  std::size_t different = 0;
  for (std::uint32_t bits = 0x3C000000; bits < 0x41400000; bits += 65521)
    for (const std::uint32_t sign : {0u, 0x80000000u})
      for (std::uint32_t draw = 0; draw < 256; ++draw) {
        const float value = std::bit_cast<float>(sign | bits);
        const std::uint32_t expected = reference::encode_by_carry(value, draw);
        different += encode_stochastic(kE2m1, value, draw, 8, kCvtRnSatfinite) != expected ? 1 : 0;
      }
  EXPECT_EQ(different, 0u);
}

TEST(Stochastic, IgnoresBitsAboveItsOwn) {
  EXPECT_EQ(code("ptx/cvt.rs.satfinite.e2m1x4", 1.25f, 0xFFFFFF00), 2);
  EXPECT_EQ(code("ptx/cvt.rs.bf16x2", std::bit_cast<float>(0x3F800008u), 0x1FFF), 0x3F81);
  EXPECT_EQ(code("ptx/cvt.rs.bf16x2", std::bit_cast<float>(0x3F800007u), 0x1FFF), 0x3F80);
  EXPECT_EQ(code("ptx/cvt.rs.f16x2", std::bit_cast<float>(0x3F800001u), 0x1FFF), 0x3C01);
}

TEST(Stochastic, OverflowAndNanFollowTheRule) {
  EXPECT_EQ(code("ptx/cvt.rs.satfinite.e4m3x4", 479.0f, 255), 0x7E);
  EXPECT_EQ(code("ptx/cvt.rs.satfinite.e4m3x4", kInf, 0), 0x7E);
  EXPECT_EQ(code("ptx/cvt.rs.satfinite.e4m3x4", -kNan, 0), 0x7F);
  EXPECT_EQ(code("ptx/cvt.rs.f16x2", 65535.0f, 0x1FFF), 0x7C00);
  EXPECT_EQ(encode_stochastic(kE4m3Fnuz, -0x1p-12f, 0, 8, kCvtRnSatfinite), 0u);
}

// Draw 0 is toward zero; the largest draw of 31 bits is up unless the value is a code.
TEST(Stochastic, EndsAreTowardZeroAndAway) {
  for (const Format& format : {kE2m1, kE4m3, kE5m2, kE3m4, kUe4m3, kFp16, kInt8, kInt4, kMxInt8, kE8m0}) {
    for (std::uint32_t bits = 0x30000000; bits < 0x48000000; bits += 0x1239) {
      const float value = std::bit_cast<float>(bits & 0xFFFF0000u);
      const EncodeRule down{Rounding::kTowardZero, Overflow::kSaturate, NanCode::kPositiveAllOnes};
      const EncodeRule up{Rounding::kUp, Overflow::kSaturate, NanCode::kPositiveAllOnes};
      ASSERT_EQ(encode_stochastic(format, value, 0, 16, down), encode(format, value, down)) << format.name << value;
      if (value < 0x1p-8f) continue;  // what is under 2^-31 of a step is cut off
      ASSERT_EQ(encode_stochastic(format, value, 0x7FFFFFFF, 31, up), encode(format, value, up))
          << format.name << value;
    }
  }
}

}  // namespace
}  // namespace bitgate
