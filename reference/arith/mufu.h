// NVIDIA's approximate instructions rcp, rsqrt, lg2 and ex2 .approx.ftz.f32 (MUFU), to the bit: an integer model
// with the hardware's own coefficients. Source: envytools/envytools, nvhw/sfu.c (MIT, Marcelina Koscielnicka); an H100
// 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees over all 2^32 inputs.
//
// Subnormal inputs count as zero of their sign, results below 2^-126 become zero of their sign, every NaN is
// 0x7FFFFFFF.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/mufu_tables.h"

namespace bitgate::reference {

namespace mufu_detail {

inline constexpr std::uint32_t kInfinityBits = 0x7F800000;

// A table as lanes read it, c1 and c2 in one word: |c1| < 2^17, |c2| < 2^11.
template <std::size_t kRows>
struct Columns {
  std::array<std::int32_t, kRows> c0{}, c1_c2{};
};
template <std::size_t kRows>
constexpr Columns<kRows> columns_of(const std::array<InterpolatorRow, kRows>& rows) noexcept {
  Columns<kRows> columns;
  for (std::size_t i = 0; i < kRows; ++i) {
    columns.c0[i] = rows[i].c0;
    columns.c1_c2[i] = rows[i].c1 * 4096 + rows[i].c2 + 2048;
  }
  return columns;
}
inline constexpr auto kRcpColumns = columns_of(kRcpTable);
inline constexpr auto kRsqrtColumns = columns_of(kRsqrtTable);
inline constexpr auto kLg2Columns = columns_of(kLg2Table);
inline constexpr auto kEx2Columns = columns_of(kEx2Table);

// The chip's squarer, for at most 17 bits: the products of two bits that lie below 2^18 are left out, and of the sum
// the last place. Products of the upper eight bits all count; one of them and one of the lower nine comes twice.
template <class U>
[[gnu::always_inline]] constexpr U truncated_square(U x) noexcept {
  const U high = x >> 9, low = x & 0x1FFu;
  U sum = (high * high) >> 1;
  for (int i = 1; i < 8; ++i) sum += (U(0u) - ((high >> i) & 1u)) & (low >> (9 - i));
  return sum;
}

// The chip's interpolator: c0 * 2^(kShift - 2) + c1 * at + c2 * square * kTimes + kBias, in steps of 4, as what the
// steps of 2^kShift hold of it and the rest.
template <class U>
struct Interpolated {
  LaneOf<U, std::int32_t> whole, rest;
};
template <int kShift, int kTimes, int kBias, class U, std::size_t kRows>
[[gnu::always_inline]] constexpr Interpolated<U> interpolated(const Columns<kRows>& table, U row, U at,
                                                              U square) noexcept {
  using I = LaneOf<U, std::int32_t>;
  const I c0 = lookup(table.c0.data(), row), both = lookup(table.c1_c2.data(), row);
  const I c1 = both >> 12, c2 = (both & 4095) - 2048;
  // at has 17 bits, c1 * at as many as 34: a fourth of the sum fits an int32.
  const I upper = bits_as<std::int32_t>(at >> 2), lower = bits_as<std::int32_t>(at & 3u);
  const I fourth = c1 * upper + ((c1 * lower + c2 * bits_as<std::int32_t>(square) * kTimes + kBias) >> 2);
  constexpr int kStep = kShift - 2;
  const I sum = fourth + ((c0 & 3) << (kStep - 2));
  return {(c0 >> 2) + (sum >> kStep), sum & ((1 << kStep) - 1)};
}

// significand has its leading one at bit 23, or has carried into 2^24: the carry raises the exponent by itself.
template <class I>
[[gnu::always_inline]] constexpr I packed(I exponent, I significand) noexcept {
  return (exponent - 1) * (1 << 23) + significand;
}

// a + b toward zero, of numbers of which a is zero or the larger, neither negative.
template <class F>
[[gnu::always_inline]] constexpr F add_toward_zero(F a, F b) noexcept {
  const F nearest = a + b;
  return float_of(bits_of(nearest) - one_if<std::uint32_t>(nearest - a > b));
}

}  // namespace mufu_detail

// F is float or lanes of it (reference/format/lanes.h).

// 1 / x. Zero and subnormals give infinity of their sign, infinity gives zero of its sign.
template <class F>
[[gnu::always_inline]] constexpr F rcp_approx_ftz(F x) noexcept {
  using namespace mufu_detail;
  using U = BitsOf<F>;
  const U bits = bits_of(x);
  const U sign = bits & 0x80000000u;
  const U field = (bits >> 23) & 0xFFu;
  const U mantissa = bits & 0x7FFFFFu;
  const U at = mantissa & 0xFFFFu;
  const auto significand =
      interpolated<15, 1, 0x47E7>(kRcpColumns, mantissa >> 16, at, truncated_square(at << 1)).whole;
  const IntOf<F> number = packed(253 - bits_as<std::int32_t>(field), significand);
  // Also where the field is all ones.
  const U size = bits_as<std::uint32_t>(select(number < 1 << 23, IntOf<F>(0), number));
  const U result = sign | select(field == 0u, U(kInfinityBits), size);
  return float_of(select(is_nan(x), U(kGpuNanBits), result));
}

// 1 / sqrt(x). Zero and subnormals of either sign give infinity of their sign; other negatives give NaN.
template <class F>
[[gnu::always_inline]] constexpr F rsqrt_approx_ftz(F x) noexcept {
  using namespace mufu_detail;
  using U = BitsOf<F>;
  const U bits = bits_of(x);
  const U sign = bits & 0x80000000u;
  const U field = (bits >> 23) & 0xFFu;
  const IntOf<F> exponent = bits_as<std::int32_t>(field) - 127;
  const IntOf<F> half = exponent >> 1;
  const U both = (bits & 0x7FFFFFu) | (bits_as<std::uint32_t>(exponent) & 1u) << 23;
  const U at = both & 0x1FFFFu;
  const auto significand = interpolated<16, 4, 0x7FFF>(kRsqrtColumns, both >> 17, at, truncated_square(at)).whole;
  const IntOf<F> number = packed(126 - half, select(both == 0u, IntOf<F>(1 << 24), significand));
  const U positive = select(field == 0xFFu, U(0u), bits_as<std::uint32_t>(number));
  const U result = select(is_nan(x) || sign != 0u, U(kGpuNanBits), positive);
  return float_of(select(field == 0u, sign | kInfinityBits, result));
}

// log2(x). Zero and subnormals of either sign give -infinity, other negatives NaN; exactly 1 gives +0.
template <class F>
[[gnu::always_inline]] constexpr F lg2_approx_ftz(F x) noexcept {
  using namespace mufu_detail;
  using U = BitsOf<F>;
  using I = IntOf<F>;
  const U bits = bits_of(x);
  const U field = (bits >> 23) & 0xFFu;
  const U mantissa = bits & 0x7FFFFFu;
  const U at = mantissa & 0x1FFFFu;
  const auto sum = interpolated<14, 2, 0x3345>(kLg2Columns, mantissa >> 17, at, truncated_square(at));
  // exponent + whole * 2^-24 + rest * 2^-36; of a negative one the one's complement is taken.
  const I exponent = bits_as<std::int32_t>(field) - 127;
  const auto negative = exponent < 0;
  const F ones = number_as<float>(select(negative, ~exponent, exponent));
  const F whole = number_as<float>(select(negative, 0xFFFFFF - sum.whole, sum.whole));
  const F rest = number_as<float>(select(negative, 0xFFF - sum.rest, sum.rest));
  const F size = add_toward_zero(add_toward_zero(ones, whole * F(0x1p-24f)), rest * F(0x1p-36f));
  const U number = bits_of(size) | select(negative, U(0x80000000u), 0u);
  const U positive = select(bits == 0x3F800000u, U(0u), select(field == 0xFFu, bits, number));
  const U result = select(is_nan(x) || (bits >> 31) != 0u, U(kGpuNanBits), positive);
  return float_of(select(field == 0u, U(0x80000000u | kInfinityBits), result));
}

// 2^x. From |x| = 128 on infinity or +0, and so for the infinities; zero and subnormals of either sign give 1. A
// negative fraction is taken as its one's complement, not two's.
template <class F>
[[gnu::always_inline]] constexpr F ex2_approx_ftz(F x) noexcept {
  using namespace mufu_detail;
  using U = BitsOf<F>;
  using I = IntOf<F>;
  const auto negative = (bits_of(x) >> 31) != 0u;
  const F size = magnitude(x);
  const auto small = size < 128.0f;
  // With 23 fraction bits; what is smaller is cut off.
  const I fixed = number_as<std::int32_t>(select(small, size, 0.0f) * F(0x1p23f));
  const I complement = ~fixed + one_if<std::int32_t>((fixed & 0x7FFFFF) == 0);
  const I power = select(negative, complement, fixed);
  const U fraction = bits_as<std::uint32_t>(power) & 0x7FFFFFu;
  const U at = fraction & 0x1FFFFu;
  const I significand = interpolated<15, 1, 0x77E2>(kEx2Columns, fraction >> 17, at, truncated_square(at)).whole;
  const I number = packed((power >> 23) + 127, significand);
  const U normal = bits_as<std::uint32_t>(select(number < 1 << 23, I(0), number));
  const U large = select(is_nan(x), U(kGpuNanBits), select(negative, U(0u), kInfinityBits));
  return float_of(select(small, normal, large));
}

// The forms without .ftz, as ptxas expands them (machine code of nvcc 13.0 for sm_90; ptx.md 2.6 of the notes): scaled
// by powers of two where the instruction itself would flush. An H100 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees:
// `bitgate hardware`, suites "mufu" and "divide".
template <class F>
[[gnu::always_inline]] constexpr F ex2_approx(F x) noexcept {
  const auto small = x < -126.0f;
  const F power = ex2_approx_ftz(select(small, mul_rn(x, 0.5f), x));
  return mul_rn(power, select(small, power, 1.0f));
}
template <class A, class B, class F = LanesOfAll<A, B>>
[[gnu::always_inline]] constexpr F div_approx_ftz(A a, B b) noexcept {
  return mul_rn_ftz(a, rcp_approx_ftz(b));
}

namespace mufu_detail {

template <class A, class B, class Factor>
[[gnu::always_inline]] constexpr auto div_scaled(A a, B b, Factor factor) noexcept {
  const auto reciprocal = rcp_approx_ftz(mul_rn(b, factor));
  return mul_rn(mul_rn(a, factor), reciprocal);
}

}  // namespace mufu_detail

template <class A, class B>
[[gnu::always_inline]] constexpr LanesOfAll<A, B> div_approx(A a, B b) noexcept {
  return mufu_detail::div_scaled(a, b, select(magnitude(b) < kFloat32MinNormal, B(0x1p24f), 1.0f));
}

// div.full.f32, as ptxas expands it: both operands are scaled by a power of two where the divisor's reciprocal would be
// flushed; then a multiplication by MUFU.RCP. Source: machine code of nvcc 13.0 for sm_90 (ptx.md 2.6 of the notes); an
// H100 80GB HBM3 (driver 580.159.04, CUDA 13.0) agrees on 4 x 2^32 pairs, every divisor four times (2026-11-25).
template <class A, class B>
[[gnu::always_inline]] constexpr LanesOfAll<A, B> div_full(A a, B b) noexcept {
  const B size = magnitude(b);
  const B factor = select(size > 0x1p126f, B(0.25f), select(size < 0x1p-126f, B(0x1p24f), 1.0f));
  return mufu_detail::div_scaled(a, b, factor);
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
