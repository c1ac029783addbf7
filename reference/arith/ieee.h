// One machine operation each, correctly rounded to nearest even in binary32: what the GPU's add.rn, mul.rn, div.rn and
// fma.rn return, and their .ftz forms. A NaN result is always 0x7FFFFFFF, as on NVIDIA GPUs, never the host's own.
//
// Total: every bit pattern has a result. Host requirements: binary32 evaluation and no contraction
// (-ffp-contract=off, target bitgate_strict_fp; tests/reference/arith_test.cpp proves it at run time).
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/format/lanes.h"

namespace bitgate::reference {

inline constexpr std::uint32_t kGpuNanBits = 0x7FFFFFFF;
inline constexpr std::uint32_t kX86NanBits = 0xFFC00000;
inline constexpr std::uint32_t kArmNanBits = 0x7FC00000;
inline constexpr float kFloat32Max = 0x1.fffffep+127f;
inline constexpr float kFloat32MinNormal = 0x1p-126f;

// F is float or lanes of it (reference/format/lanes.h); a single number among lanes stands for all of them.
template <class F>
[[gnu::always_inline]] constexpr YesOf<F> is_nan(F x) noexcept {
  return x != x;
}
template <class F>
[[gnu::always_inline]] constexpr F magnitude(F x) noexcept {
  return float_of(bits_of(x) & 0x7FFFFFFFu);
}
template <class F>
[[gnu::always_inline]] constexpr F canonical_nan(F x) noexcept {
  return select(is_nan(x), float_of(BitsOf<F>(kGpuNanBits)), x);
}
// Zero of x's sign.
template <class F>
[[gnu::always_inline]] constexpr F zero_of(F x) noexcept {
  return float_of(bits_of(x) & 0x80000000u);
}

// A subnormal becomes a zero of its sign; everything else is kept.
template <class F>
[[gnu::always_inline]] constexpr F flushed(F x) noexcept {
  return select(magnitude(x) < kFloat32MinNormal, zero_of(x), x);
}

template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F add_rn(A a, B b) noexcept {
  return canonical_nan(F(a) + F(b));
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F mul_rn(A a, B b) noexcept {
  return canonical_nan(F(a) * F(b));
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F div_rn(A a, B b) noexcept {
  return canonical_nan(F(a) / F(b));
}

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
constexpr float fused(float a, float b, float c) noexcept { return static_cast<float>(odd_sum(a, b, c)); }
// Of lanes: the machine's own fused operation, or where it has none the C library's, which rounds once as well.
template <int N>
[[gnu::always_inline]] constexpr Lanes<float, N> fused(Lanes<float, N> a, Lanes<float, N> b,
                                                       Lanes<float, N> c) noexcept {
  for (int i = 0; i < N; ++i) a.v[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
  return a;
}

}  // namespace ieee_detail

// a * b + c with one rounding.
template <class A, class B, class C, class F = LanesOfAll<A, B, C>>
[[gnu::always_inline]] constexpr F fma_rn(A a, B b, C c) noexcept {
  return canonical_nan(ieee_detail::fused(F(a), F(b), F(c)));
}

// Where it does not matter which NaN a NaN is: to what looks at numbers and is_nan alone.
namespace any_nan {

template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F add_rn(A a, B b) noexcept {
  return F(a) + F(b);
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F sub_rn(A a, B b) noexcept {
  return F(a) - F(b);
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F mul_rn(A a, B b) noexcept {
  return F(a) * F(b);
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F div_rn(A a, B b) noexcept {
  return F(a) / F(b);
}
template <class A, class B, class C, class F = LanesOfAll<A, B, C>>
[[gnu::always_inline]] constexpr F fma_rn(A a, B b, C c) noexcept {
  return ieee_detail::fused(F(a), F(b), F(c));
}

}  // namespace any_nan

// The .ftz forms. A result is flushed when it is below 2^-126 after rounding to 24 bits with an unbounded exponent: an
// exact value of at least 2^-126 - 2^-151 rounds up to 2^-126 and stays. Measured on an H100 (driver 580.159.04) for
// mul.rn.ftz and fma.rn.ftz: 0 differences on 2^24 directed operands, 844,025 under "round, then flush". div.rn.ftz was
// not measured and is taken to follow. A sum that small is exact, so add needs no such care.
namespace ieee_detail {

// `rounded` is the binary32 result, `scaled` 2^64 times that, rounded where there is room below. Operands so large that
// `scaled` is no number have a result far above 2^-126, or an exact zero.
template <class F>
[[gnu::always_inline]] constexpr F flushed_result(F rounded, F scaled) noexcept {
  return select(magnitude(scaled) < 0x1p-62f, zero_of(rounded), rounded);
}

}  // namespace ieee_detail

template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F add_rn_ftz(A a, B b) noexcept {
  return flushed(add_rn(flushed(F(a)), flushed(F(b))));
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F mul_rn_ftz(A a, B b) noexcept {
  const F x = flushed(F(a)), y = flushed(F(b));
  return ieee_detail::flushed_result(mul_rn(x, y), (x * F(0x1p32f)) * (y * F(0x1p32f)));
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F div_rn_ftz(A a, B b) noexcept {
  const F x = flushed(F(a)), y = flushed(F(b));
  return ieee_detail::flushed_result(div_rn(x, y), (x * F(0x1p64f)) / y);
}
template <class A, class B, class C, class F = LanesOfAll<A, B, C>>
[[gnu::always_inline]] constexpr F fma_rn_ftz(A a, B b, C c) noexcept {
  const F x = flushed(F(a)), y = flushed(F(b)), z = flushed(F(c));
  const F scaled = ieee_detail::fused(x * F(0x1p32f), y * F(0x1p32f), z * F(0x1p64f));
  return ieee_detail::flushed_result(fma_rn(x, y, z), scaled);
}

// minNum: a NaN operand is dropped (fminf).
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F min_dropping_nan(A a, B b) noexcept {
  const F x(a), y(b);
  return select((is_nan(y) && !is_nan(x)) || x < y, x, y);
}

}  // namespace bitgate::reference
