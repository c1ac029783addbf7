// floor(log2f(x)) and ceil(log2f(x)) as code computes them in binary32: the logarithm is rounded first, so that a
// number just below 2^k, or just above it, can count as 2^k. The logarithm is taken to be correctly rounded, as
// glibc 2.36's log2f and PyTorch's are at these places.
#pragma once

#include <cstdint>

#include "bitgate/reference/arith/ieee.h"

namespace bitgate::reference {

namespace log2_detail {

// floor(2^j * share), size in [2^j, 2^(j+1)), or 0 for size 0; share is no number's neighbour, so that binary32 will
// do.
template <class I>
[[gnu::always_inline]] constexpr I share_of_power(I size, float share) noexcept {
  const auto sized = number_as<float>(size);
  const auto power = float_of(bits_of(sized) & 0x7F800000u);
  return number_as<std::int32_t>(power * decltype(power)(share));
}

// x = significand * 2^(exponent - 23), the significand's leading one at bit 23.
template <class F>
struct Normalized {
  IntOf<F> exponent, significand;
};
template <class F>
[[gnu::always_inline]] constexpr Normalized<F> normalized(F x) noexcept {
  const auto subnormal = x < kFloat32MinNormal;
  const BitsOf<F> bits = bits_of(x * select(subnormal, F(0x1p24f), 1.0f));
  const IntOf<F> exponent = bits_as<std::int32_t>((bits >> 23) & 0xFFu) - select(subnormal, IntOf<F>(127 + 24), 127);
  return {exponent, bits_as<std::int32_t>((bits & 0x7FFFFFu) | 0x800000u)};
}

}  // namespace log2_detail

// How many binary32 numbers below 2^k have a logarithm that rounds to k: n with n ulps of log2(1 - 2^-24) within half a
// step of binary32 below k. The step below |k| in (2^j, 2^(j+1)] is 2^(j-23); an ulp below 2^k is 2^-24 of it, which is
// 2^-24 * log2(e) = 2^-24 * 1.4427 in the logarithm. Below 0 < |k| <= 2 half a step is less than that. Towards negative
// k the neighbour on the side of -infinity has the step of the binade that holds it.
template <class I>
[[gnu::always_inline]] constexpr I rounded_up_below(I k) noexcept {
  // The neighbour of a positive k lies in the binade below a power of two, that of a negative one in its own.
  const I size = select(k > 0, k - 1, -k);
  // Half a step in units of 2^-24 is 2^j; 1 / log2(e) = 0.69314718.
  return log2_detail::share_of_power(size, 0x1.62e43p-1f);
}

// F is float or lanes of it (reference/format/lanes.h); x finite and positive, else the result means nothing.
template <class F>
[[gnu::always_inline]] constexpr IntOf<F> floor_of_rounded_log2(F x) noexcept {
  // A subnormal's significand has fewer bits, each worth more of the last place of a full one.
  const auto [exponent, significand] = log2_detail::normalized(x);
  const IntOf<F> next = exponent + 1;
  return select((1 << 24) - significand <= rounded_up_below(next), next, exponent);
}

// How many binary32 numbers above 2^k, a normal number, have a logarithm that rounds to k: an ulp above 2^k is 2^-23 of
// it, twice the one below, so that half a step above k counts half as many. The neighbour of a negative k on the side
// of +infinity lies in the binade below a power of two.
template <class I>
[[gnu::always_inline]] constexpr I rounded_down_above(I k) noexcept {
  const I size = select(k < 0, -k - 1, k);
  return log2_detail::share_of_power(size, 0x1.62e43p-2f);
}

// As floor_of_rounded_log2.
template <class F>
[[gnu::always_inline]] constexpr IntOf<F> ceil_of_rounded_log2(F x) noexcept {
  const auto [exponent, significand] = log2_detail::normalized(x);
  return select(significand - (1 << 23) <= rounded_down_above(exponent), exponent, exponent + 1);
}

static_assert(ceil_of_rounded_log2(0x1.000002p+4f) == 4 && ceil_of_rounded_log2(0x1.000004p+4f) == 5);
static_assert(ceil_of_rounded_log2(0x1.000002p+3f) == 4 && ceil_of_rounded_log2(0x1.000004p+8f) == 8);
static_assert(floor_of_rounded_log2(0x1.fffffep+2f) == 3 && floor_of_rounded_log2(0x1.fffffcp+2f) == 2);
static_assert(floor_of_rounded_log2(0x1.fffffep-1f) == -1 && floor_of_rounded_log2(0x1.fffffep+127f) == 128);

}  // namespace bitgate::reference
