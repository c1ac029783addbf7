// ex2.approx.ftz.f32 (MUFU.EX2) to the bit: the integer model of envytools (nvhw/sfu.c, MIT licence).
#pragma once

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_ex2_table.h"
#include "bitgate/device/cpu/mufu_rcp.h"

namespace bitgate::device::cpu {

// NaN gives 0x7FFFFFFF; from 128 on infinity, up to -128 +0, and +0 for results below 2^-126; subnormals 1.
constexpr float ex2_approx_ftz(float x) noexcept {
  if (is_nan(x)) return Gpu::nan_of(x, x);
  const double size = static_cast<double>(magnitude(flushed(x)));
  if (size >= 128.0) return has_minus(x) ? 0.0f : kInfinity;
  constexpr std::int64_t kOne = std::int64_t{1} << 23;
  const auto fixed = static_cast<std::int64_t>(size * 0x1p23);  // the rest is cut off
  std::int64_t whole = fixed / kOne, fraction = fixed % kOne;
  if (has_minus(x) && fraction == 0) whole = -whole;
  if (has_minus(x) && fraction != 0) {
    whole = -whole - 1;
    fraction = kOne - 1 - fraction;  // one's complement: 2^-23 less than the true fraction
  }
  const Ex2Coefficients& c = kEx2Table[static_cast<std::size_t>(fraction >> 17)];
  const std::int64_t within = fraction % 0x20000;
  const std::int64_t square = truncated_square(static_cast<std::uint32_t>(within));
  const std::int64_t scaled = c.constant * std::int64_t{8192} + c.linear * within + c.quadratic * square + 0x77E2;
  const std::int64_t significand = scaled >> 15;  // 2^23 to 2^24 stand for [1, 2]
  const double result = static_cast<double>(significand) * two_to(static_cast<int>(whole) - 23);
  if (result < kFloat32MinNormal) return 0.0f;
  return result >= 0x1p128 ? kInfinity : static_cast<float>(result);
}

}  // namespace bitgate::device::cpu
