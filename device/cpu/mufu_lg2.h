// lg2.approx.ftz.f32 (MUFU.LG2) to the bit: the integer model of envytools (nvhw/sfu.c, MIT licence).
#pragma once

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_lg2_table.h"
#include "bitgate/device/cpu/mufu_rcp.h"

namespace bitgate::device::cpu {

// NaN and negative numbers give 0x7FFFFFFF; zero and subnormals of either sign -infinity; infinity itself; 1 +0.
constexpr float lg2_approx_ftz(float x) noexcept {
  if (is_nan(x)) return Gpu::nan_of(x, x);
  if (flushed(x) == 0.0f) return -kInfinity;
  if (has_minus(x)) return Gpu::nan_of(x, x);
  if (is_infinite(x)) return kInfinity;
  if (x == 1.0f) return 0.0f;
  const int exponent = exponent_of(static_cast<double>(x));
  const std::uint32_t fraction = to_bits(x) % 0x00800000u;
  const Lg2Coefficients& c = kLg2Table[fraction >> 17];
  const std::int64_t within = fraction % 0x20000u;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(within));
  const std::int64_t scaled = c.constant * std::int64_t{4096} + c.linear * within + c.quadratic * square * 2 + 0x3345;
  const std::int64_t fixed = (scaled >> 2) + exponent * (std::int64_t{1} << 36);  // the logarithm times 2^36
  const bool minus = fixed < 0;
  std::int64_t size = minus ? -fixed - 1 : fixed;  // the unit takes the one's complement
  if (size == 0) return minus ? -0.0f : 0.0f;
  int unit = -36;
  for (; size < std::int64_t{1} << 42; size *= 2) --unit;
  const std::int64_t significand = size >> 19;  // 24 bits, cut off
  const double result = static_cast<double>(significand) * two_to(unit + 19);
  return static_cast<float>(minus ? -result : result);
}

}  // namespace bitgate::device::cpu
