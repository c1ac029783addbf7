// One machine operation each, correctly rounded to nearest even in binary32: what the GPU's add.rn, mul.rn, div.rn and
// fma.rn return, and their .ftz forms. A NaN result is always 0x7FFFFFFF, as on NVIDIA GPUs, never the host's own.
//
// Total: every bit pattern has a result. Host requirements: binary32 evaluation and no contraction
// (-ffp-contract=off, target bitgate_strict_fp; tests/reference/arith_test.cpp proves it at run time).
#pragma once

#include <bit>
#include <cstdint>

namespace bitgate::reference {

inline constexpr std::uint32_t kGpuNanBits = 0x7FFFFFFF;
inline constexpr std::uint32_t kX86NanBits = 0xFFC00000;
inline constexpr std::uint32_t kArmNanBits = 0x7FC00000;
inline constexpr float kFloat32Max = 0x1.fffffep+127f;
inline constexpr float kFloat32MinNormal = 0x1p-126f;

constexpr bool is_nan(float x) noexcept { return (std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFF) > 0x7F800000; }
constexpr float magnitude(float x) noexcept {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFF);
}
constexpr float canonical_nan(float x) noexcept { return is_nan(x) ? std::bit_cast<float>(kGpuNanBits) : x; }

// A subnormal becomes a zero of its sign; everything else is kept.
constexpr float flushed(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits & 0x7F800000) == 0 ? std::bit_cast<float>(bits & 0x80000000) : x;
}

constexpr float add_rn(float a, float b) noexcept { return canonical_nan(a + b); }
constexpr float mul_rn(float a, float b) noexcept { return canonical_nan(a * b); }
constexpr float div_rn(float a, float b) noexcept { return canonical_nan(a / b); }

namespace ieee_detail {

// a * b + c in binary64 with its last bit made odd when inexact, so that a second rounding, to binary32, cannot go
// wrong (53 >= 24 + 2 bits). The product of two binary32 is exact in binary64.
constexpr double odd_sum(float a, float b, float c) noexcept {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  const double sum = product + addend;
  const double back = sum - product;
  const double error = (product - (sum - back)) + (addend - back);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  const bool finite = (bits & 0x7FF0000000000000) != 0x7FF0000000000000;
  if (finite && error != 0.0 && (bits & 1) == 0) bits += (error > 0.0) == (sum > 0.0) ? 1 : std::uint64_t(-1);
  return std::bit_cast<double>(bits);
}

}  // namespace ieee_detail

// a * b + c with one rounding.
constexpr float fma_rn(float a, float b, float c) noexcept {
  return canonical_nan(static_cast<float>(ieee_detail::odd_sum(a, b, c)));
}

// The .ftz forms. A result is flushed when it is below 2^-126 after rounding to 24 bits with an unbounded exponent: an
// exact value of at least 2^-126 - 2^-151 rounds up to 2^-126 and stays. Measured on an H100 (driver 580.159.04) for
// mul.rn.ftz and fma.rn.ftz: 0 differences on 2^24 directed operands, 844,025 under "round, then flush". div.rn.ftz was
// not measured and is taken to follow. A sum that small is exact, so add needs no such care.
namespace ieee_detail {

inline constexpr double kSmallestKept = 0x1p-126 - 0x1p-151;

// `rounded` is the binary32 result of the exact (or odd-rounded) value `exact`.
constexpr float flushed_result(float rounded, double exact) noexcept {
  const bool at_boundary = magnitude(rounded) == kFloat32MinNormal;
  const bool below = exact < kSmallestKept && exact > -kSmallestKept;
  return at_boundary && below ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) & 0x80000000)
                              : flushed(rounded);
}

}  // namespace ieee_detail

constexpr float add_rn_ftz(float a, float b) noexcept { return flushed(add_rn(flushed(a), flushed(b))); }
constexpr float mul_rn_ftz(float a, float b) noexcept {
  const double exact = static_cast<double>(flushed(a)) * static_cast<double>(flushed(b));
  return ieee_detail::flushed_result(mul_rn(flushed(a), flushed(b)), exact);
}
constexpr float div_rn_ftz(float a, float b) noexcept {
  const double quotient = static_cast<double>(flushed(a)) / static_cast<double>(flushed(b));
  return ieee_detail::flushed_result(div_rn(flushed(a), flushed(b)), quotient);
}
constexpr float fma_rn_ftz(float a, float b, float c) noexcept {
  const double sum = ieee_detail::odd_sum(flushed(a), flushed(b), flushed(c));
  return ieee_detail::flushed_result(canonical_nan(static_cast<float>(sum)), sum);
}

// minNum: a NaN operand is dropped (fminf).
constexpr float min_dropping_nan(float a, float b) noexcept {
  if (is_nan(a)) return b;
  if (is_nan(b)) return a;
  return a < b ? a : b;
}

}  // namespace bitgate::reference
