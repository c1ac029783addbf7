// The approximate instructions that ggml's CUDA code runs, against what an H100 gave; and the fused multiply-add.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/mufu_lg2.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/device/cpu/mufu_rsqrt.h"

namespace bitgate::device::cpu {
namespace {

struct Row {
  std::uint32_t x, rcp, rsqrt, lg2;
};

constexpr Row kRows[] = {
    {0x3f800000, 0x3f800000, 0x3f800000, 0x00000000}, {0x3f800001, 0x3f7ffffe, 0x3f7ffffe, 0x3495f600},
    {0x3fc00000, 0x3f2aaaab, 0x3f5105eb, 0x3f15c01b}, {0x40400000, 0x3eaaaaab, 0x3f13cd3a, 0x3fcae00d},
    {0x40c00000, 0x3e2aaaab, 0x3ed105eb, 0x40257006}, {0x3dcccccd, 0x41200000, 0x404a62c2, 0xc0549a77},
    {0x42fe0000, 0x3c010204, 0x3db5bb09, 0x40dfa34e}, {0x00800000, 0x7e800000, 0x5f000000, 0xc2fbffff},
    {0x7f7fffff, 0x00000000, 0x1f800000, 0x42ffffff}, {0x7e800000, 0x00800000, 0x20000000, 0x42fc0000},
    {0x7e800001, 0x00000000, 0x1ffffffe, 0x42fc0000}, {0x00000001, 0x7f800000, 0x7f800000, 0xff800000},
    {0x80000000, 0xff800000, 0xff800000, 0xff800000}, {0x7f800000, 0x00000000, 0x00000000, 0x7f800000},
    {0x7fc12345, 0x7fffffff, 0x7fffffff, 0x7fffffff}, {0xc0400000, 0xbeaaaaab, 0x7fffffff, 0x7fffffff},
    {0x358637bd, 0x49742400, 0x447a0000, 0xc19f73da},
};

TEST(CpuMufu, CheckValues) {
  for (const Row& row : kRows) {
    EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(row.x))), row.rcp) << std::hex << row.x;
    EXPECT_EQ(to_bits(rsqrt_approx_ftz(from_bits(row.x))), row.rsqrt) << std::hex << row.x;
    EXPECT_EQ(to_bits(lg2_approx_ftz(from_bits(row.x))), row.lg2) << std::hex << row.x;
  }
}

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    table[byte] = byte;
    for (int bit = 0; bit < 8; ++bit)
      table[byte] = table[byte] % 2 == 1 ? table[byte] >> 1 ^ 0xEDB88320u : table[byte] >> 1;
  }
  return table;
}();

// CRC-32 as zlib computes it, of the little-endian results for the 2^23 inputs from 1 on.
template <class Function>
std::uint32_t crc_of_results(Function function) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::uint32_t i = 0; i < 1u << 23; ++i) {
    crc ^= to_bits(function(from_bits(0x3F800000u + i)));
    for (int byte = 0; byte < 4; ++byte) crc = crc >> 8 ^ kCrcTable[crc % 256];
  }
  return ~crc;
}

TEST(CpuMufu, WholeBinadesHaveTheRecordedChecksum) {
  EXPECT_EQ(crc_of_results(rcp_approx_ftz), 0xa9f2ecfcu);
  EXPECT_EQ(crc_of_results(rsqrt_approx_ftz), 0xefe1faf5u);
  EXPECT_EQ(crc_of_results(lg2_approx_ftz), 0x15f1d460u);
}

// The C library's fmaf is exact by definition: 2^20 triples, products and sums that cancel among them.
TEST(CpuFma, AgreesWithTheLibrary) {
  std::uint32_t seed = 1;
  const auto next = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8 << 8) + (seed >> 16 & 0xFFu);
  };
  for (int i = 0; i < 1 << 20; ++i) {
    const float a = from_bits(next()), b = from_bits(next());
    const float near = -mul_rn<Gpu>(a, b), other = from_bits(next());
    const float c = i % 2 == 0 && !is_nan(near) ? near : other;
    const float expected = std::fmaf(a, b, c);
    const float result = fma_rn<X86>(a, b, c);
    ASSERT_TRUE(to_bits(result) == to_bits(expected) || (is_nan(result) && is_nan(expected)))
        << std::hexfloat << a << " * " << b << " + " << c;
  }
}

TEST(CpuFma, FlushedResultsAndOneNan) {
  EXPECT_EQ(to_bits(fma_rn_ftz(0x1p-100f, 0x1p-30f, 0.0f)), 0u);
  EXPECT_EQ(to_bits(fma_rn_ftz(0x1p-100f, -0x1p-30f, -0.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(fma_rn_ftz(0x1p-130f, 0x1p20f, 1.0f)), 0x3F800000u);
  EXPECT_EQ(to_bits(fma_rn_ftz(kInfinity, 0.0f, 1.0f)), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(fma_rn_ftz(kInfinity, 1.0f, -kInfinity)), 0x7FFFFFFFu);
}

}  // namespace
}  // namespace bitgate::device::cpu
