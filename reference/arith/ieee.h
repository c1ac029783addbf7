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

// a * b + c with one rounding. The product of two binary32 is exact in binary64; the sum is taken there with its last
// bit made odd when inexact, so that the second rounding, to binary32, cannot go wrong (53 >= 24 + 2 bits).
constexpr float fma_rn(float a, float b, float c) noexcept {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  const double sum = product + addend;
  const double back = sum - product;
  const double error = (product - (sum - back)) + (addend - back);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  const bool finite = (bits & 0x7FF0000000000000) != 0x7FF0000000000000;
  if (finite && error != 0.0 && (bits & 1) == 0) bits += (error > 0.0) == (sum > 0.0) ? 1 : std::uint64_t(-1);
  return canonical_nan(static_cast<float>(std::bit_cast<double>(bits)));
}

constexpr float add_rn_ftz(float a, float b) noexcept { return flushed(add_rn(flushed(a), flushed(b))); }
constexpr float mul_rn_ftz(float a, float b) noexcept { return flushed(mul_rn(flushed(a), flushed(b))); }
constexpr float div_rn_ftz(float a, float b) noexcept { return flushed(div_rn(flushed(a), flushed(b))); }
constexpr float fma_rn_ftz(float a, float b, float c) noexcept {
  return flushed(fma_rn(flushed(a), flushed(b), flushed(c)));
}

// minNum: a NaN operand is dropped (fminf).
constexpr float min_dropping_nan(float a, float b) noexcept {
  if (is_nan(a)) return b;
  if (is_nan(b)) return a;
  return a < b ? a : b;
}

}  // namespace bitgate::reference
