// rcp.approx.ftz.f32 (MUFU.RCP) to the bit: the integer model of envytools (nvhw/sfu.c, MIT licence).
#pragma once

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_rcp_table.h"

namespace bitgate::device::cpu {

// The unit's truncated square of a number of at most 17 bits: each partial product loses its low bits before it is
// added.
constexpr std::uint32_t truncated_square(std::uint32_t x) noexcept {
  std::uint32_t sum = 0;
  for (std::uint32_t bit = 0; bit <= 16; ++bit)
    if ((x >> bit) % 2 == 1) sum += x >> (18 - bit);
  return sum / 2;
}

// NaN gives 0x7FFFFFFF; zero and subnormals an infinity, and infinity and results below 2^-126 a zero, of x's sign.
constexpr float rcp_approx_ftz(float x) noexcept {
  if (is_nan(x)) return Gpu::nan_of(x, x);
  const float sign = has_minus(x) ? -1.0f : 1.0f;
  const float size = magnitude(x);
  if (is_infinite(size)) return sign * 0.0f;
  if (flushed(size) == 0.0f) return sign * kInfinity;
  const int exponent = exponent_of(static_cast<double>(size));
  const std::uint32_t fraction = to_bits(size) % 0x00800000u;
  const RcpCoefficients& c = kRcpTable[fraction >> 16];
  const std::int64_t within = fraction % 0x10000u;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(within) * 2);
  const std::int64_t scaled = c.constant * std::int64_t{8192} + c.linear * within + c.quadratic * square + 0x47E7;
  const std::int64_t significand = scaled >> 15;  // 2^23 to 2^24 stand for [1/2, 1] before the exponent of x
  const double result = static_cast<double>(significand) * two_to(-24 - exponent);
  return result < kFloat32MinNormal ? sign * 0.0f : sign * static_cast<float>(result);
}

}  // namespace bitgate::device::cpu
