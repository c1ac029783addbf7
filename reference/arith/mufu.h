// NVIDIA's approximate instructions rcp, rsqrt, lg2 and ex2 .approx.ftz.f32 (MUFU), to the bit: an integer model
// with the hardware's own coefficients. Source: envytools/envytools, nvhw/sfu.c (MIT, Marcelina Koscielnicka); an H100
// 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees over all 2^32 inputs.
//
// Subnormal inputs count as zero of their sign, results below 2^-126 become zero of their sign, every NaN is
// 0x7FFFFFFF.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/mufu_tables.h"

namespace bitgate::reference {

namespace mufu_detail {

inline constexpr std::uint32_t kInfinityBits = 0x7F800000;

// The chip's squarer, for at most 17 bits: every partial product is truncated before it is added.
constexpr std::uint32_t truncated_square(std::uint32_t x) noexcept {
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < 17; ++i)
    if ((x >> i & 1) != 0) sum += x >> (18 - i);
  return sum >> 1;
}

// significand has its leading one at bit 23, or has carried into 2^24.
constexpr float pack(std::uint32_t sign, int exponent, std::int64_t significand) noexcept {
  if (significand == std::int64_t{1} << 24) {
    significand >>= 1;
    ++exponent;
  }
  if (exponent <= 0 || significand < (std::int64_t{1} << 23)) return std::bit_cast<float>(sign);
  if (exponent >= 255) return std::bit_cast<float>(sign | kInfinityBits);
  const auto mantissa = static_cast<std::uint32_t>(significand - (std::int64_t{1} << 23));
  return std::bit_cast<float>(sign | static_cast<std::uint32_t>(exponent) << 23 | mantissa);
}

// |x| below 128, of any sign, as a fixed-point number with 23 fraction bits; what is smaller is cut off.
constexpr std::uint32_t fixed_point_23(std::uint32_t bits) noexcept {
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
  const std::uint32_t significand = (bits & 0x7FFFFF) | 0x800000;
  if (exponent >= 0) return significand << exponent;
  return exponent > -24 ? significand >> -exponent : 0;
}

}  // namespace mufu_detail

// 1 / x. Zero and subnormals give infinity of their sign, infinity gives zero of its sign.
constexpr float rcp_approx_ftz(float x) noexcept {
  using namespace mufu_detail;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits & 0x80000000;
  const std::uint32_t field = bits >> 23 & 0xFF;
  const std::uint32_t mantissa = bits & 0x7FFFFF;
  if (field == 0xFF) return std::bit_cast<float>(mantissa != 0 ? kGpuNanBits : sign);
  if (field == 0) return std::bit_cast<float>(sign | kInfinityBits);
  const InterpolatorRow& row = kRcpTable[mantissa >> 16];
  const std::int64_t at = mantissa & 0xFFFF;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(at) << 1);
  const std::int64_t sum = std::int64_t{row.c0} * (1 << 13) + row.c1 * at + row.c2 * square + 0x47E7;
  return pack(sign, 253 - static_cast<int>(field), sum >> 15);
}

// 1 / sqrt(x). Zero and subnormals of either sign give infinity of their sign; other negatives give NaN.
constexpr float rsqrt_approx_ftz(float x) noexcept {
  using namespace mufu_detail;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits & 0x80000000;
  const std::uint32_t field = bits >> 23 & 0xFF;
  const std::uint32_t mantissa = bits & 0x7FFFFF;
  if (field == 0xFF && mantissa != 0) return std::bit_cast<float>(kGpuNanBits);
  if (field == 0) return std::bit_cast<float>(sign | kInfinityBits);
  if (sign != 0) return std::bit_cast<float>(kGpuNanBits);
  if (field == 0xFF) return 0.0f;
  const int exponent = static_cast<int>(field) - 127;
  const int half = exponent >> 1;
  const std::uint32_t both = mantissa | static_cast<std::uint32_t>(exponent & 1) << 23;
  if (both == 0) return pack(0, 127 - half, std::int64_t{1} << 23);
  const InterpolatorRow& row = kRsqrtTable[both >> 17];
  const std::int64_t at = both & 0x1FFFF;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(at));
  const std::int64_t sum = std::int64_t{row.c0} * (1 << 14) + row.c1 * at + row.c2 * square * 4 + 0x7FFF;
  return pack(0, 126 - half, sum >> 16);
}

// log2(x). Zero and subnormals of either sign give -infinity, other negatives NaN; exactly 1 gives +0.
constexpr float lg2_approx_ftz(float x) noexcept {
  using namespace mufu_detail;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t field = bits >> 23 & 0xFF;
  const std::uint32_t mantissa = bits & 0x7FFFFF;
  if (field == 0xFF && mantissa != 0) return std::bit_cast<float>(kGpuNanBits);
  if (field == 0) return std::bit_cast<float>(0x80000000 | kInfinityBits);
  if (bits >> 31 != 0) return std::bit_cast<float>(kGpuNanBits);
  if (field == 0xFF) return x;
  if (x == 1.0f) return 0.0f;
  const InterpolatorRow& row = kLg2Table[mantissa >> 17];
  const std::int64_t at = mantissa & 0x1FFFF;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(at));
  const std::int64_t part = (std::int64_t{row.c0} * (1 << 12) + row.c1 * at + row.c2 * square * 2 + 0x3345) >> 2;
  std::int64_t value = part + (static_cast<std::int64_t>(field) - 127) * (std::int64_t{1} << 36);
  const std::uint32_t sign = value < 0 ? 0x80000000 : 0;
  if (value < 0) value = ~value;
  if (value == 0) return std::bit_cast<float>(sign);
  int exponent = 133;
  for (; value < std::int64_t{1} << 42; value *= 2) --exponent;
  return pack(sign, exponent, value >> 19);
}

// 2^x. From |x| = 128 on infinity or +0, and so for the infinities; zero and subnormals of either sign give 1. A
// negative fraction is taken as its one's complement, not two's.
constexpr float ex2_approx_ftz(float x) noexcept {
  using namespace mufu_detail;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (is_nan(x)) return std::bit_cast<float>(kGpuNanBits);
  const bool negative = bits >> 31 != 0;
  if (magnitude(x) >= 128.0f) return negative ? 0.0f : std::bit_cast<float>(kInfinityBits);
  const std::uint32_t fixed = fixed_point_23(bits);
  auto whole = static_cast<int>(fixed >> 23);
  std::uint32_t fraction = fixed & 0x7FFFFF;
  if (negative) {
    whole = fraction != 0 ? -whole - 1 : -whole;
    fraction = fraction != 0 ? ~fraction & 0x7FFFFF : 0;
  }
  const InterpolatorRow& row = kEx2Table[fraction >> 17];
  const std::int64_t at = fraction & 0x1FFFF;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(at));
  const std::int64_t sum = std::int64_t{row.c0} * (1 << 13) + row.c1 * at + row.c2 * square + 0x77E2;
  return pack(0, whole + 127, sum >> 15);
}

// The forms without .ftz, as ptxas expands them (machine code of nvcc 13.0 for sm_90; ptx.md 2.6 of the notes): scaled
// by powers of two where the instruction itself would flush. An H100 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees:
// `bitgate hardware`, suites "mufu" and "divide".
constexpr float ex2_approx(float x) noexcept {
  if (!(x < -126.0f)) return ex2_approx_ftz(x);
  const float root = ex2_approx_ftz(mul_rn(x, 0.5f));
  return mul_rn(root, root);
}
constexpr float div_approx_ftz(float a, float b) noexcept { return mul_rn_ftz(a, rcp_approx_ftz(b)); }
constexpr float div_approx(float a, float b) noexcept {
  const float factor = magnitude(b) < kFloat32MinNormal ? 0x1p24f : 1.0f;
  const float reciprocal = rcp_approx_ftz(mul_rn(b, factor));
  return mul_rn(mul_rn(a, factor), reciprocal);
}

// div.full.f32, as ptxas expands it: both operands are scaled by a power of two where the divisor's reciprocal would be
// flushed; then a multiplication by MUFU.RCP. Source: machine code of nvcc 13.0 for sm_90 (ptx.md 2.6 of the notes); an
// H100 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees on 4 x 2^32 pairs, every divisor four times (2026-11-25).
constexpr float div_full(float a, float b) noexcept {
  const float size = magnitude(b);
  const float factor = size > 0x1p126f ? 0.25f : size < 0x1p-126f ? 0x1p24f : 1.0f;
  const float reciprocal = rcp_approx_ftz(mul_rn(b, factor));
  return mul_rn(mul_rn(a, factor), reciprocal);
}

static_assert(std::bit_cast<std::uint32_t>(rcp_approx_ftz(300.0f)) == 0x3B5A740D);
static_assert(std::bit_cast<std::uint32_t>(lg2_approx_ftz(6.0f)) == 0x40257006);
static_assert(rcp_approx_ftz(4.0f) == 0.25f && rsqrt_approx_ftz(4.0f) == 0.5f);

namespace mufu_detail {

constexpr bool ex2_gives(std::uint32_t x, std::uint32_t result) noexcept {
  return std::bit_cast<std::uint32_t>(ex2_approx_ftz(std::bit_cast<float>(x))) == result;
}
static_assert(ex2_gives(0x3F800000, 0x40000000) && ex2_gives(0x3F800001, 0x40000001) &&
              ex2_gives(0x3FC00000, 0x403504F3));
static_assert(ex2_gives(0x40400000, 0x41000000) && ex2_gives(0x40C00000, 0x42800000) &&
              ex2_gives(0x3DCCCCCD, 0x3F892FDF));
static_assert(ex2_gives(0x42FE0000, 0x7F000000) && ex2_gives(0x00800000, 0x3F800000) &&
              ex2_gives(0x7F7FFFFF, 0x7F800000));
static_assert(ex2_gives(0x80000000, 0x3F800000) && ex2_gives(0x7FC12345, 0x7FFFFFFF) &&
              ex2_gives(0xC0400000, 0x3E000000));
static_assert(ex2_gives(0x358637BD, 0x3F800006));

}  // namespace mufu_detail

}  // namespace bitgate::reference
