// What ggml's quantizers are made of: fused multiply-add, the two ways of building for CUDA, conversions to bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_rcp.h"

namespace bitgate::device::cpu {

// AArch64: the first NaN operand, made quiet; a NaN out of numbers is positive.
struct Arm {
  static constexpr float nan_of(float a, float b) noexcept {
    if (is_nan(a)) return quieted(a);
    return is_nan(b) ? quieted(b) : from_bits(0x7FC00000u);
  }
};

// a + b with an odd last bit when inexact. 53 >= 24 + 2 bits rounded so may be rounded again without harm (Boldo and
// Melquiond 2008). The rest is Knuth's exact error of a sum.
constexpr double sum_to_odd(double a, double b) noexcept {
  const double sum = a + b;
  if (sum - sum != 0.0) return sum;
  const double of_b = sum - a;
  const double rest = (a - (sum - of_b)) + (b - of_b);
  const auto bits = std::bit_cast<std::uint64_t>(sum);
  if (rest == 0.0 || bits % 2 == 1) return sum;
  return std::bit_cast<double>((rest > 0.0) == (sum > 0.0) ? bits + 1 : bits - 1);
}

// a * b + c, rounded once: the product is exact in binary64.
template <class Machine>
constexpr float fma_rn(float a, float b, float c) noexcept {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  return rounded<Machine>(sum_to_odd(product, static_cast<double>(c)), is_nan(a) ? a : b, c);
}
constexpr float fma_rn_ftz(float a, float b, float c) noexcept {
  const double product = static_cast<double>(flushed(a)) * static_cast<double>(flushed(b));
  return rounded_ftz(sum_to_odd(product, static_cast<double>(flushed(c))), a, c);
}

// -use_fast_math. A constant divisor is multiplied by its rounded reciprocal, any other by MUFU's.
struct FastMath {
  static constexpr float seen(float x) noexcept { return flushed(x); }  // by comparisons and maxima
  static constexpr float add(float a, float b) noexcept { return add_rn_ftz(a, b); }
  static constexpr float mul(float a, float b) noexcept { return mul_rn_ftz(a, b); }
  static constexpr float div(float a, float b) noexcept { return mul_rn_ftz(a, rcp_approx_ftz(b)); }
  static constexpr float div_by_constant(float a, float c) noexcept { return mul_rn_ftz(a, div_rn<Gpu>(1.0f, c)); }
};

// Without that flag CUDA is IEEE, subnormals and all.
struct IeeeMath {
  static constexpr float seen(float x) noexcept { return x; }
  static constexpr float add(float a, float b) noexcept { return add_rn<Gpu>(a, b); }
  static constexpr float mul(float a, float b) noexcept { return mul_rn<Gpu>(a, b); }
  static constexpr float div(float a, float b) noexcept { return div_rn<Gpu>(a, b); }
  static constexpr float div_by_constant(float a, float c) noexcept { return div_rn<Gpu>(a, c); }
};

constexpr std::uint16_t gpu_half(float x) noexcept { return half_bits(x, 0x7FFF); }
// ggml's own conversion on CPUs.
constexpr std::uint16_t ggml_half(float x) noexcept { return half_bits(x, has_minus(x) ? 0xFE00 : 0x7E00); }

inline constexpr std::int32_t kInt32Max = 0x7FFFFFFF;
inline constexpr std::int32_t kInt32Min = -kInt32Max - 1;

// The nearest whole number, or the next towards zero, as the machine converts it to int32. `whole` takes a magnitude.
using WholeRule = double (*)(double);
constexpr double whole_below(double x) noexcept { return static_cast<double>(static_cast<std::int64_t>(x)); }

// NVIDIA and AArch64 saturate; NaN is 0.
constexpr std::int32_t saturating_int32(float x, WholeRule whole) noexcept {
  if (is_nan(x)) return 0;
  if (magnitude(x) >= 0x1p31f) return has_minus(x) ? kInt32Min : kInt32Max;
  const auto size = static_cast<std::int32_t>(whole(static_cast<double>(magnitude(x))));
  return has_minus(x) ? -size : size;
}
// On x86 NaN and all that int32 cannot hold become INT_MIN.
constexpr std::int32_t x86_int32(float x, WholeRule whole) noexcept {
  return is_nan(x) || magnitude(x) >= 0x1p31f ? kInt32Min : saturating_int32(x, whole);
}

constexpr std::uint8_t low_byte(std::int32_t x) noexcept {
  return static_cast<std::uint8_t>(static_cast<std::uint32_t>(x) & 0xFFu);
}
// The byte as int8.
constexpr int signed_byte(std::uint8_t byte) noexcept { return byte < 128 ? byte : byte - 256; }

// NVIDIA GPUs: fmaxf over magnitudes. A NaN counts only when there is nothing else.
template <class Math, class Values>
constexpr float gpu_amax(const Values& x) noexcept {
  float amax = Math::seen(magnitude(x[0]));
  for (const float value : x) amax = max_num(amax, Math::seen(magnitude(value)));
  return amax;
}

// Lanes add their neighbour at half the distance each time; `lanes` is a power of two of at most 32.
template <class Math>
constexpr float tree_sum(std::array<float, 32> lane, std::size_t lanes) noexcept {
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lane[i] = Math::add(lane[i], lane[i + half]);
  return lane[0];
}

}  // namespace bitgate::device::cpu
