// The worked examples of spec/tensor-core.md part 7 with FP8 on Hopper (7.4) and NVFP4 (7.5).
#include <gtest/gtest.h>

#include "bitgate/reference/mma/product.h"
#include "bitgate/tests/support/mma_dots.h"

namespace bitgate::oracle {
namespace {

constexpr std::string_view kWgmma = "sm_90a/wgmma.k32/fp8/f32", kSync = "sm_90/mma.m16n8k32/fp8/f32";
constexpr std::string_view kNvFp4 = "sm_120a/mma.mxf4nvf4.m16n8k64/nvfp4/f32";

struct Example {
  const char *a, *b;
  std::uint32_t c, wgmma, with_12, with_14, sync;
};

TEST(MmaExamplesFp8, ThirteenBitsOfWgmmaAndTheExactSumsOfMmaSync) {
  const Example examples[] = {
      {"38 b8 08", "38 38 04", 0, 0x39000000, 0, 0x39000000, 0x39000000},
      {"38 b8 04", "38 38 04", 0, 0, 0, 0x38800000, 0x38800000},
      {"00", "00", 0x3f9d70a4, 0x3f9d7000, 0x3f9d7000, 0x3f9d7000, 0x3f9d70a4},
      {"00", "00", 0x3f800600, 0x3f800400, 0x3f800000, 0x3f800400, 0x3f800600},
      {"58 20*31", "58 20*31", 0, 0x43800000, 0x43800000, 0x43803c00, 0x43803e00},
      {"58 a0*31", "58 20*31", 0, 0x43800000, 0x43800000, 0x437f8400, 0x437f8400},
      {"5d af 42 5f 5a a5 e6 18 4a cc 5e c7 df 5a ae a3 15 e2 60 9a 2a 66 3b 11 49 91 34 dc da 11 5b 1f",
       "2f 64 2a 9a a6 3d 47 4e c2 98 9d 2b d4 cc 14 e0 4a 96 47 18 ac 1f b2 9e 53 12 59 39 c9 48 cf 3d", 0x3ece2201,
       0x42b9b000, 0x42b9c000, 0x42b9ac00, 0x42b9a8f6},
  };
  for (const Example& each : examples) {
    EXPECT_EQ(dot(instruction(kWgmma), kE4m3, each.a, each.b, each.c), each.wgmma) << each.a;
    EXPECT_EQ(dot(with_bits(kWgmma, 12), kE4m3, each.a, each.b, each.c), each.with_12) << each.a;
    EXPECT_EQ(dot(with_bits(kWgmma, 14), kE4m3, each.a, each.b, each.c), each.with_14) << each.a;
    EXPECT_EQ(dot(instruction(kSync), kE4m3, each.a, each.b, each.c), each.sync) << each.a;
  }
}

TEST(MmaExamplesFp8, RandomRowOfE5m2) {
  const char *a = "c2 20 3d d1 a8 b0 4a 36 ad 53 4c af d1 5a 56 b0 3b bc c1 be 54 ba c3 2a 5a 55 4d 44 4f bf 2f d4",
             *b = "c6 24 d2 59 ca a4 23 36 45 59 42 c5 ca bb 3b 2f b1 a4 4a bd b8 37 2c bb 29 ac b3 c8 c4 b1 29 b4";
  EXPECT_EQ(dot(instruction(kWgmma), kE5m2, a, b, 0xbd9d7780), 0x452d4800u);
  EXPECT_EQ(dot(with_bits(kWgmma, 12), kE5m2, a, b, 0xbd9d7780), 0x452d3000u);
  EXPECT_EQ(dot(instruction(kSync), kE5m2, a, b, 0xbd9d7780), 0x452d450eu);
}

// One element of a product; T1 to T3 read the interval of promotion off a library.
std::uint32_t element(std::string_view name, const std::vector<std::uint32_t>& row, std::int64_t promotion) {
  const reference::MmaInstruction& of = reference::require_mma_instruction(name);
  const reference::MmaMatrix matrix{kE4m3, 1, static_cast<std::int64_t>(row.size()), row, {}};
  return mma_product({&of, promotion}, matrix, matrix).at(0);
}

TEST(MmaExamplesFp8, VectorsThatTellTheIntervalOfPromotion) {
  const std::vector<std::uint32_t> t1(1024, 0x39);
  std::vector<std::uint32_t> t2 = t1, t3(2048, 0x39);
  t2[0] = 0x58;
  for (std::size_t k = 0; k < t3.size(); k += 512) t3[k] = 0x7e;
  struct Interval {
    std::int64_t k;
    std::uint32_t t1, t2, t3;
  };
  const Interval intervals[] = {{32, 0x44a20000, 0x44c1c800, 0x494497e0},  {64, 0x44a20000, 0x44c1b800, 0x49448dc0},
                                {128, 0x44a20000, 0x44c19800, 0x49447980}, {256, 0x44a1c000, 0x44c12800, 0x494450e0},
                                {512, 0x44a0e000, 0x44c04800, 0x49440000}, {0, 0x44a07000, 0x44bfd800, 0x49440000}};
  for (const Interval& each : intervals) {
    EXPECT_EQ(element(kWgmma, t1, each.k), each.t1) << each.k;
    EXPECT_EQ(element(kWgmma, t2, each.k), each.t2) << each.k;
    EXPECT_EQ(element(kWgmma, t3, each.k), each.t3) << each.k;
  }
  EXPECT_EQ(element(kSync, t1, 0), 0x44a20000u);
}

// Codes from text, low nibble first.
std::vector<std::uint32_t> nibbles(std::string_view text) {
  std::vector<std::uint32_t> all;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = static_cast<std::uint32_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16));
    all.push_back(byte & 0xF);
    all.push_back(byte >> 4);
  }
  return all;
}

// Codes at the start of groups of 16; the rest is zero.
std::vector<std::uint32_t> groups(const std::vector<std::vector<std::uint32_t>>& starts) {
  std::vector<std::uint32_t> all(64, 0);
  for (std::size_t group = 0; group < starts.size(); ++group)
    for (std::size_t i = 0; i < starts[group].size(); ++i) all[16 * group + i] = starts[group][i];
  return all;
}

TEST(MmaExamplesNvFp4, TheLargestProducts) {
  const std::vector<std::uint32_t> sixes(64, 7);
  const std::vector<std::uint8_t> scales(4, 0x7e);
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, sixes, sixes, scales, scales), 0x4ddc8000u);
}

TEST(MmaExamplesNvFp4, RandomStep) {
  const auto a = nibbles("c8607dbe60dbbb6e73ab26efc390d57ddd37bee9b745be4bd6bad8b611eceb67"),
             b = nibbles("c474ecf6a69b820c23a44d00188eba9985eaf4deb893992974cf823a5b344975");
  EXPECT_EQ(
      scaled_dot(instruction(kNvFp4), kE2m1, a, b, {0x45, 0x29, 0x38, 0x33}, {0x42, 0x29, 0x41, 0x2b}, 0x42f6e979),
      0x43565cacu);
}

// 1 - 1 under scales of 2^16 beside 0.25 (or 0.5) of 2^-18.
TEST(MmaExamplesNvFp4, ThirtyFiveBits) {
  const std::vector<std::uint8_t> scales{0x78, 0x01, 0x38, 0x38};
  const auto a = groups({{2, 10}, {1}}), quarter = groups({{2, 2}, {1}}), half = groups({{2, 2}, {2}});
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, a, quarter, scales, scales), 0u);
  EXPECT_EQ(scaled_dot(with_bits(kNvFp4, 36), kE2m1, a, quarter, scales, scales), 0x35800000u);
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, a, half, scales, scales), 0x36000000u);
}

TEST(MmaExamplesNvFp4, AGroupOfZerosCountsOnlyWhereTheRuleSaysSo) {
  const std::vector<std::uint8_t> scales{0x78, 0x01, 0x38, 0x38};
  const auto a = groups({{}, {1}});
  reference::MmaInstruction all = instruction(kNvFp4);
  all.rules.groups = reference::MmaGroups::kAll;
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, a, a, scales, scales), 0x35800000u);
  EXPECT_EQ(scaled_dot(all, kE2m1, a, a, scales, scales), 0u);
  const auto cancelling = groups({{2, 10}}), ones = groups({{2, 2}}), empty = groups({});
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, cancelling, ones, scales, scales, 0x3f800008), 0x3f800000u);
  EXPECT_EQ(scaled_dot(instruction(kNvFp4), kE2m1, empty, ones, scales, scales, 0x3f800008), 0x3f800008u);
  EXPECT_EQ(scaled_dot(all, kE2m1, empty, ones, scales, scales, 0x3f800008), 0x3f800000u);
}

}  // namespace
}  // namespace bitgate::oracle
