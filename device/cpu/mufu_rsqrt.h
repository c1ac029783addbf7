// rsqrt.approx.ftz.f32 (MUFU.RSQ) to the bit: the integer model of envytools (nvhw/sfu.c, MIT licence).
#pragma once

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/device/cpu/mufu_rsqrt_table.h"

namespace bitgate::device::cpu {

// NaN and negative numbers give 0x7FFFFFFF; zero and subnormals an infinity of x's sign; infinity +0.
constexpr float rsqrt_approx_ftz(float x) noexcept {
  if (is_nan(x)) return Gpu::nan_of(x, x);
  if (flushed(x) == 0.0f) return has_minus(x) ? -kInfinity : kInfinity;
  if (has_minus(x)) return Gpu::nan_of(x, x);
  if (is_infinite(x)) return 0.0f;
  const int exponent = exponent_of(static_cast<double>(x));
  const int odd = exponent % 2 != 0 ? 1 : 0;
  const int half = (exponent - odd) / 2;  // rounded down
  const std::uint32_t reduced = to_bits(x) % 0x00800000u + (odd == 1 ? 0x00800000u : 0u);
  if (reduced == 0) return static_cast<float>(two_to(-half));
  const RsqrtCoefficients& c = kRsqrtTable[reduced >> 17];
  const std::int64_t within = reduced % 0x20000u;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(within));
  const std::int64_t scaled = c.constant * std::int64_t{16384} + c.linear * within + c.quadratic * square * 4 + 0x7FFF;
  const std::int64_t significand = scaled >> 16;  // 2^23 to 2^24 stand for [1/2, 1]
  return static_cast<float>(static_cast<double>(significand) * two_to(-24 - half));
}

}  // namespace bitgate::device::cpu
