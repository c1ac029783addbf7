// Small primitives of the second implementation: one rounding each, every result stated for every input.
//
// A sum, product or quotient of two binary32 numbers is formed in binary64 and then rounded to binary32. The second
// rounding is harmless: a product is exact in binary64, and 53 >= 2 * 24 + 2 bits make double rounding innocuous for
// sums and quotients (Figueroa 1995), subnormal results included. So neither contraction nor the host's own NaN is
// seen.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace bitgate::device::cpu {

inline constexpr float kFloat32Max = 0x1.fffffep+127f;
inline constexpr double kFloat32MinNormal = 0x1p-126;
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

constexpr float from_bits(std::uint32_t bits) noexcept { return std::bit_cast<float>(bits); }
constexpr std::uint32_t to_bits(float x) noexcept { return std::bit_cast<std::uint32_t>(x); }
constexpr bool is_nan(float x) noexcept { return x != x; }
constexpr bool is_infinite(float x) noexcept { return x == kInfinity || x == -kInfinity; }
constexpr bool has_minus(float x) noexcept { return to_bits(x) >= 0x80000000u; }
constexpr float magnitude(float x) noexcept { return has_minus(x) ? from_bits(to_bits(x) - 0x80000000u) : x; }
constexpr float quieted(float nan) noexcept { return from_bits(to_bits(nan) | 0x00400000u); }

// Which NaN an operation returns. NVIDIA GPUs know one, positive, all ones below the sign.
struct Gpu {
  static constexpr float nan_of(float, float) noexcept { return from_bits(0x7FFFFFFFu); }
};

// x86 returns the first NaN operand, made quiet; a NaN out of numbers is negative.
struct X86 {
  static constexpr float nan_of(float a, float b) noexcept {
    if (is_nan(a)) return quieted(a);
    return is_nan(b) ? quieted(b) : from_bits(0xFFC00000u);
  }
};

template <class Machine>
constexpr float rounded(double exact, float a, float b) noexcept {
  return exact != exact ? Machine::nan_of(a, b) : static_cast<float>(exact);
}

// Nearest-even, subnormals kept.
template <class Machine>
constexpr float add_rn(float a, float b) noexcept {
  return rounded<Machine>(static_cast<double>(a) + static_cast<double>(b), a, b);
}
template <class Machine>
constexpr float mul_rn(float a, float b) noexcept {
  return rounded<Machine>(static_cast<double>(a) * static_cast<double>(b), a, b);
}
// Division by zero: an infinity with the sign of the quotient, NaN for 0 / 0.
template <class Machine>
constexpr float div_rn(float a, float b) noexcept {
  if (b == 0.0f) {
    if (is_nan(a) || a == 0.0f) return Machine::nan_of(a, b);
    return has_minus(a) == has_minus(b) ? kInfinity : -kInfinity;
  }
  return rounded<Machine>(static_cast<double>(a) / static_cast<double>(b), a, b);
}

// The zero of x's sign if x is subnormal, else x.
constexpr float flushed(float x) noexcept {
  if (static_cast<double>(magnitude(x)) >= kFloat32MinNormal || is_nan(x)) return x;
  return has_minus(x) ? -0.0f : 0.0f;
}

// A result below 2^-126 counts as zero once rounded to 24 bits of any exponent: 0x3F7FFFFF * 0x00800000, which is
// 2^-126 - 2^-150, gives zero, and 0x03FE0000 * 0x3C010204, which is 2^-126 - 2^-154, gives 2^-126 (seen on an H100).
constexpr float rounded_ftz(double exact, float a, float b) noexcept {
  constexpr double kRoundsToMinNormal = kFloat32MinNormal - 0x1p-151;
  if (exact > -kRoundsToMinNormal && exact < kRoundsToMinNormal)
    return std::bit_cast<std::uint64_t>(exact) >> 63 == 1 ? -0.0f : 0.0f;
  return rounded<Gpu>(exact, a, b);
}

// The GPU's .ftz forms: subnormal operands count as zero, one rounding, a subnormal result becomes zero.
constexpr float add_rn_ftz(float a, float b) noexcept {
  return rounded_ftz(static_cast<double>(flushed(a)) + static_cast<double>(flushed(b)), a, b);
}
constexpr float mul_rn_ftz(float a, float b) noexcept {
  return rounded_ftz(static_cast<double>(flushed(a)) * static_cast<double>(flushed(b)), a, b);
}

// IEEE minNum and maxNum: a NaN yields to a number.
constexpr float min_num(float a, float b) noexcept { return is_nan(a) ? b : is_nan(b) ? a : a < b ? a : b; }
constexpr float max_num(float a, float b) noexcept { return is_nan(a) ? b : is_nan(b) ? a : a > b ? a : b; }

// PyTorch's clamp: a NaN passes.
constexpr float clamped(float x, float low, float high) noexcept { return x < low ? low : x > high ? high : x; }

// 2^exponent for exponents of binary64's normal range.
constexpr double two_to(int exponent) noexcept {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

// The whole number e with 2^e <= x < 2^(e+1), for finite x > 0 of binary64's normal range.
constexpr int exponent_of(double x) noexcept { return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52) - 1023; }

// x >= 0 below 2^52, to the nearest whole number: ties to even, or away from zero. The remainder is exact.
constexpr double whole_even(double x) noexcept {
  const auto below = static_cast<std::int64_t>(x);
  const double rest = x - static_cast<double>(below);
  return static_cast<double>(rest > 0.5 || (rest == 0.5 && below % 2 == 1) ? below + 1 : below);
}
constexpr double whole_away(double x) noexcept {
  const auto below = static_cast<std::int64_t>(x);
  return static_cast<double>(x - static_cast<double>(below) >= 0.5 ? below + 1 : below);
}

// x >= 0 to `digits` significant bits, nearest-even, on a grid never finer than 2^lowest. No upper limit.
constexpr double on_grid(double x, int digits, int lowest) noexcept {
  if (x == 0.0) return 0.0;
  const int wanted = exponent_of(x) - (digits - 1);
  const int step = wanted > lowest ? wanted : lowest;
  return whole_even(x * two_to(-step)) * two_to(step);
}

// binary32 to bfloat16 and back: nearest-even, overflow to infinity, NaN to the positive quiet NaN as PyTorch stores
// it.
constexpr float bf16_rn(float x) noexcept {
  if (is_nan(x)) return from_bits(0x7FC00000u);
  if (is_infinite(x)) return x;
  const double size = on_grid(static_cast<double>(magnitude(x)), 8, -133);
  const float result = size >= 0x1p128 ? kInfinity : static_cast<float>(size);
  return has_minus(x) ? -result : result;
}

}  // namespace bitgate::device::cpu
