// Primitives of the second implementation: rounding to codes, flushing, the approximate reciprocal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <ios>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

TEST(CpuCodes, ReciprocalApproximationGivesTheMeasuredBits) {
  const Words in = words(
      "3f800000 3f800001 3fc00000 40400000 40c00000 3dcccccd 42fe0000 00800000 7f7fffff 7e800000 7e800001 "
      "00000001 80000000 7f800000 7fc12345 c0400000 358637bd 43960000");
  const Words out = words(
      "3f800000 3f7ffffe 3f2aaaab 3eaaaaab 3e2aaaab 41200000 3c010204 7e800000 00000000 00800000 00000000 "
      "7f800000 ff800000 00000000 7fffffff beaaaaab 49742400 3b5a740d");
  for (std::size_t i = 0; i < in.size(); ++i)
    EXPECT_EQ(cpu::to_bits(cpu::rcp_approx_ftz(cpu::from_bits(in[i]))), out[i]) << std::hex << in[i];
}

// The product is 2^-126 - 2^-150, then 2^-126 - 2^-154: what an H100 returns.
TEST(CpuCodes, FlushLooksAtTheResultRoundedTo24Bits) {
  EXPECT_EQ(cpu::to_bits(cpu::mul_rn_ftz(cpu::from_bits(0x3F7FFFFF), cpu::from_bits(0x00800000))), 0u);
  EXPECT_EQ(cpu::to_bits(cpu::mul_rn_ftz(cpu::from_bits(0x03FE0000), cpu::from_bits(0x3C010204))), 0x00800000u);
  EXPECT_EQ(cpu::to_bits(cpu::mul_rn_ftz(cpu::from_bits(0x80000001), cpu::from_bits(0x7F000000))), kMinusZero);
}

TEST(CpuCodes, E4m3RoundsToEvenAndSaturates) {
  const auto code = [](std::uint32_t bits) { return cpu::e4m3_saturating(cpu::from_bits(bits)); };
  EXPECT_EQ(code(0x43E80001), 0x7E);
  EXPECT_EQ(code(kInf), 0x7E);
  EXPECT_EQ(code(0x3A800000), 0x00);
  EXPECT_EQ(code(0x3A800001), 0x01);
  EXPECT_EQ(code(0xBA800000), 0x80);
  EXPECT_EQ(code(0x40D80000), 0x4E);  // 6.75 between 6.5 and 7
  EXPECT_EQ(code(0x40D7FFFF), 0x4D);
  EXPECT_EQ(code(0x7FFFFFFF), 0x7F);
  EXPECT_EQ(code(0xFFC00000), 0xFF);
}

TEST(CpuCodes, HalfRoundsToEvenKeepsSubnormalsAndOverflows) {
  const auto half = [](std::uint32_t bits) { return cpu::half_bits(cpu::from_bits(bits), 0x7FFF); };
  EXPECT_EQ(half(0x477FEFFF), 0x7BFF);  // just below 65520
  EXPECT_EQ(half(0x477FF000), 0x7C00);
  EXPECT_EQ(half(0x33000000), 0x0000);  // 2^-25, a tie
  EXPECT_EQ(half(0x33000001), 0x0001);
  EXPECT_EQ(half(0xB87FFFFF), 0x8400);  // rounds up into the normals
  EXPECT_EQ(half(0x3F801000), 0x3C00);
  EXPECT_EQ(half(0x3F803000), 0x3C02);
  EXPECT_EQ(half(kMinusZero), 0x8000);
  EXPECT_EQ(half(kNan), 0x7FFF);
}

}  // namespace
}  // namespace bitgate::device
