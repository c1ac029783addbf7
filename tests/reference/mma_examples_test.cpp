// The worked examples of spec/tensor-core.md part 7, with 16-bit and TF32 operands on Hopper (7.1 to 7.3). They were
// computed by a separate integer program.
#include <gtest/gtest.h>

#include "bitgate/tests/support/mma_dots.h"

namespace bitgate::oracle {
namespace {

constexpr std::string_view kHalf = "sm_90/mma.m16n8k16/f16/f32", kHalfHalf = "sm_90/mma.m16n8k16/f16/f16";
constexpr std::string_view kBrain = "sm_90/mma.m16n8k16/bf16/f32", kTf = "sm_90/mma.m16n8k8/tf32/f32";
constexpr std::string_view kWgmma = "sm_90a/wgmma.k16/f16/f32";

struct Example {
  const char *a, *b;
  std::uint32_t c, d, with_24, with_26;
};

// 7.1, with D for F 25, 24 and 26.
TEST(MmaExamples, Fp16ToFp32) {
  const Example examples[] = {
      {"3c00 bc00 0c00", "3c00 3c00 0800", 0, 0x33000000, 0, 0x33000000},
      {"3c00 bc00 0800", "3c00 3c00 0800", 0, 0, 0, 0x32800000},
      {"3c00 bc00 8800", "3c00 3c00 0800", 0, 0, 0, 0xb2800000},
      {"3e00 be00 0c00", "3e00 3e00 0800", 0, 0x33000000, 0, 0x33000000},
      {"7800 f800 5000", "7800 7800 3c00", 0, 0x42000000, 0, 0x42000000},
      {"3800*16", "3c00*16", 0x4b800000, 0x4b800004, 0x4b800000, 0x4b800004},
      {"3400*16", "3c00*16", 0x4b800000, 0x4b800000, 0x4b800000, 0x4b800002},
  };
  for (const std::string_view name : {kHalf, kWgmma})
    for (const Example& each : examples) {
      EXPECT_EQ(dot(instruction(name), kFp16, each.a, each.b, each.c), each.d) << each.a;
      EXPECT_EQ(dot(with_bits(name, 24), kFp16, each.a, each.b, each.c), each.with_24) << each.a;
      EXPECT_EQ(dot(with_bits(name, 26), kFp16, each.a, each.b, each.c), each.with_26) << each.a;
    }
}

TEST(MmaExamples, AFloorOfTermsWouldKeepASign) {
  reference::MmaInstruction floored = instruction(kHalf);
  floored.rules.cut = reference::MmaCut::kFloor;
  EXPECT_EQ(dot(floored, kFp16, "3c00 bc00 8800", "3c00 3c00 0800"), 0xb3000000u);
}

TEST(MmaExamples, AProductsOwnExponentWouldLoseTheSmallTerm) {
  reference::MmaInstruction own = instruction(kHalf);
  own.rules.product_exponent = reference::MmaProductExponent::kOfProduct;
  EXPECT_EQ(dot(own, kFp16, "3e00 be00 0c00", "3e00 3e00 0800"), 0u);
}

TEST(MmaExamples, SubnormalOperandsKeepTheirNominalExponent) {
  const char *a = "0001 8001 0001", *b = "3c00 3c00 0001";
  EXPECT_EQ(dot(instruction(kHalf), kFp16, a, b), 0u);
  reference::MmaInstruction normalized = instruction(kHalf);
  normalized.rules.subnormal = reference::MmaSubnormal::kNormalized;
  EXPECT_EQ(dot(normalized, kFp16, a, b), 0x27800000u);
}

TEST(MmaExamples, ResultsAreCutTowardZero) {
  EXPECT_EQ(dot(instruction(kHalf), kFp16, "bc00 8c00", "3c00 0c00"), 0xbf800000u);
}

TEST(MmaExamples, RandomRowOfFp16) {
  EXPECT_EQ(
      dot(instruction(kHalf), kFp16, "b7ae 3e91 4ae0 ad44 b685 3cff 3df8 b5e8 3438 b5b1 46c7 3cd5 3502 cfd3 4a7f 421e",
          "3ab9 350c b9ce b12e bdd3 4147 2c9b b479 babf c5cf bb7e c920 39e8 48c2 422c c021", 0xbf07b27a),
      0xc38f7b6fu);
}

// 7.2. 2^127 twice; 2^127 + 2^127 - 2^127; 255 * (2^120 + 2^112 + 2^104) + 2^103, which is cut to the largest number.
TEST(MmaExamples, Bf16Overflow) {
  const auto brain = [](const char* a, const char* b) { return dot(instruction(kBrain), kBf16, a, b); };
  EXPECT_EQ(brain("7f00 7f00", "3f80 3f80"), 0x7f800000u);
  EXPECT_EQ(brain("7f00 7f00 ff00", "3f80 3f80 3f80"), 0x7f000000u);
  EXPECT_EQ(brain("7f7f 7b7f 777f 7300", "3f80 3f80 3f80 3f80"), 0x7f7fffffu);
}

// 2^200 - 2^200 + 2^175, which overflows only then, and + 2^110, which is cut.
TEST(MmaExamples, Bf16ProductsBeyondBinary32) {
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "7180 f180 7180", "7180 7180 6500"), 0x7f800000u);
  EXPECT_EQ(dot(instruction(kBrain), kBf16, "7180 f180 7180", "7180 7180 4480"), 0u);
}

TEST(MmaExamples, RandomRowsOfBf16AndTf32) {
  EXPECT_EQ(
      dot(instruction(kBrain), kBf16, "3dbc c214 41ab bdbe 40d7 3e76 3f87 3eb6 bf96 3ed5 c0d4 c2c9 bebc c04a be3f 3f3d",
          "bcf4 3d85 bf5f 3cf2 3c91 beb0 3eb9 be8d 41c0 4168 bcee 3ecd bf5f 401f bcc7 3e87", 0xc014dc40),
      0xc2b8fe08u);
  EXPECT_EQ(dot(instruction(kTf), kTf32, "c1f50000 bf3d0000 41940000 3da82000 c171c000 40b02000 40a20000 42eee000",
                "42ae0000 3df54000 c2aaa000 3fad8000 c1938000 bfed4000 be096000 c2e90000", 0xc01efbb4),
            0xc68bc7c6u);
}

// 7.3: ties are seen after the cut.
TEST(MmaExamples, Fp16ToFp16) {
  const auto half = [](const char* a, const char* b) { return dot(instruction(kHalfHalf), kFp16, a, b); };
  EXPECT_EQ(half("3c00 1000", "3c00 3c00"), 0x3c00u);
  EXPECT_EQ(half("3c00 1000 0c00", "3c00 3c00 0c00"), 0x3c01u);
  EXPECT_EQ(half("3c00 1000 0800", "3c00 3c00 0800"), 0x3c00u);
  EXPECT_EQ(half("7bff 4c00", "3c00 3c00"), 0x7c00u);
  EXPECT_EQ(half("7bff 4bff", "3c00 3c00"), 0x7bffu);
  EXPECT_EQ(dot(instruction(kHalfHalf), kFp16,
                "c5e4 39b0 bc1d b7ff 35ed 4088 c741 bd67 c37d 3c2e 32f3 4710 3a9b c0eb 39a9 32d8",
                "b036 3bb3 3fa1 3288 4549 42ab 3c14 38f8 3e2e bbe9 c78e bdfe bb3b 39ad b2dd b316", 0x4726),
            0xcaf4u);
}

// TF32 drops 13 bits of its operands (probe P15).
TEST(MmaExamples, Tf32OperandsAreCut) {
  EXPECT_EQ(dot(instruction(kTf), kTf32, "3f801fff", "3f800000"), 0x3f800000u);
  EXPECT_EQ(dot(instruction(kTf), kTf32, "3f803fff", "3f800000"), 0x3f802000u);
}

}  // namespace
}  // namespace bitgate::oracle
