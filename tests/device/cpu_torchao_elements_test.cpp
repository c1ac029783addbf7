// The encoders of torchao's second implementation, and Triton's division.
#include "bitgate/device/cpu/torchao_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "bitgate/device/cpu/torchao_div_full.h"

namespace bitgate::device::cpu {
namespace {

TEST(CpuTorchaoElements, NanPayloadDecidesTheCode) {
  const struct {
    std::uint32_t nan;
    int e2m1, e2m3, e3m2;
  } lines[] = {{0x7FC00000, 0x3, 0x0C, 0x0E},
               {0xFFC00000, 0xB, 0x2C, 0x2E},
               {0x7FFFFFFF, 0x4, 0x10, 0x10},
               {0x7F800001, 0x2, 0x08, 0x0C}};
  for (const auto& line : lines) {
    EXPECT_EQ(float_bits_code(kSmallE2m1, from_bits(line.nan)), line.e2m1);
    EXPECT_EQ(float_bits_code(kSmallE2m3, from_bits(line.nan)), line.e2m3);
    EXPECT_EQ(float_bits_code(kSmallE3m2, from_bits(line.nan)), line.e3m2);
  }
}

TEST(CpuTorchaoElements, TiesGoToTheEvenCodeAndOverflowSaturates) {
  const struct {
    float x;
    int e2m1, e2m3, e3m2;
  } lines[] = {{0.0f, 0x0, 0x00, 0x00},    {-0.0f, 0x8, 0x20, 0x20},    {0.25f, 0x0, 0x02, 0x04},
               {0.75f, 0x2, 0x06, 0x0A},   {-2.5f, 0xC, 0x32, 0x31},    {5.0f, 0x6, 0x1A, 0x15},
               {0.0625f, 0x0, 0x00, 0x01}, {0.03125f, 0x0, 0x00, 0x00}, {7.75f, 0x7, 0x1F, 0x18},
               {30.0f, 0x7, 0x1F, 0x1F},   {-1e30f, 0xF, 0x3F, 0x3F},   {kInfinity, 0x7, 0x1F, 0x1F},
               {0.1875f, 0x0, 0x02, 0x03}, {1.0625f, 0x2, 0x08, 0x0C},  {1e-40f, 0x0, 0x00, 0x00}};
  for (const auto& line : lines) {
    EXPECT_EQ(float_bits_code(kSmallE2m1, line.x), line.e2m1) << line.x;
    EXPECT_EQ(float_bits_code(kSmallE2m3, line.x), line.e2m3) << line.x;
    EXPECT_EQ(float_bits_code(kSmallE3m2, line.x), line.e3m2) << line.x;
  }
}

// 0x43E80000 is 464, the last tie of E4M3; 61440 that of E5M2.
TEST(CpuTorchaoElements, TorchCastsOverflowToNanAndInfinity) {
  EXPECT_EQ(e4m3_torch(464.0f), 0x7E);
  EXPECT_EQ(e4m3_torch(from_bits(0x43E80001)), 0x7F);
  EXPECT_EQ(e4m3_torch(from_bits(0xC3E80001)), 0xFF);
  EXPECT_EQ(e4m3_torch(kInfinity), 0x7F);
  EXPECT_EQ(e5m2_torch(from_bits(0x476FFFFF)), 0x7B);
  EXPECT_EQ(e5m2_torch(61440.0f), 0x7C);
  EXPECT_EQ(e5m2_torch(-1e30f), 0xFC);
  EXPECT_EQ(e5m2_torch(from_bits(0xFFC00000)), 0xFF);
  EXPECT_EQ(e5m2_torch(0x1p-17f), 0x00);
  EXPECT_EQ(e5m2_torch(-0x1.8p-17f), 0x81);
}

TEST(CpuTorchaoElements, HardwareTakesNanToSix) {
  EXPECT_EQ(e2m1_hardware(from_bits(0xFFC00000)), 7);
  EXPECT_EQ(e2m1_hardware(-kInfinity), 0xF);
}

TEST(CpuTorchaoDivFull, SubnormalsAndLargeDivisorsAreNotFlushed) {
  EXPECT_EQ(div_full(0x1p-130f, 0x1p-140f), 0x1p10f);
  EXPECT_EQ(div_full(0x1p127f, 0x1p127f), 1.0f);
  EXPECT_EQ(div_full(0x1p10f, 0x1p127f), 0x1p-117f);
  EXPECT_EQ(to_bits(div_full(-1.0f, kInfinity)), 0x80000000u);
  EXPECT_EQ(div_full(1.0f, 0.0f), kInfinity);
  EXPECT_EQ(to_bits(div_full(0.0f, 0.0f)), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(div_full(kInfinity, kInfinity)), 0x7FFFFFFFu);
}

// ptxas folds MUFU.RCP of a constant to the rounded reciprocal; of 6 both are 0x3E2AAAAB.
TEST(CpuTorchaoDivFull, OneSixthIsTheSameFoldedOrNot) { EXPECT_EQ(to_bits(div_full(1.0f, 6.0f)), 0x3E2AAAABu); }

TEST(CpuTorchaoDivFull, IsNotTheRoundedQuotient) {
  int different = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const float b = from_bits(0x3F800000u + i * 8191u);
    if (div_full(1.0f, b) != div_rn<Gpu>(1.0f, b)) ++different;
  }
  EXPECT_GT(different, 50);
  EXPECT_LT(different, 300);
}

}  // namespace
}  // namespace bitgate::device::cpu
