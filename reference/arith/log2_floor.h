// floor(log2f(x)) and ceil(log2f(x)) as code computes them in binary32: the logarithm is rounded first, so that a
// number just below 2^k, or just above it, can count as 2^k. The logarithm is taken to be correctly rounded, as
// glibc 2.36's log2f and PyTorch's are at these places.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"

namespace bitgate::reference {

// How many binary32 numbers below 2^k have a logarithm that rounds to k: n with n ulps of log2(1 - 2^-24) within half a
// step of binary32 below k. The step below |k| in (2^j, 2^(j+1)] is 2^(j-23); an ulp below 2^k is 2^-24 of it, which is
// 2^-24 * log2(e) = 2^-24 * 1.4427 in the logarithm. Below 0 < |k| <= 2 half a step is less than that. Towards negative
// k the neighbour on the side of -infinity has the step of the binade that holds it.
constexpr int rounded_up_below(int k) noexcept {
  int size = k < 0 ? -k : k;
  // The neighbour of a positive k lies in the binade below a power of two, that of a negative one in its own.
  if (k > 0) --size;
  int j = -1;
  for (; size > 0; size /= 2) ++j;
  if (j < 1) return 0;
  // Half a step in units of 2^-24 is 2^j; 1 / log2(e) = 0.6931471805599453.
  return static_cast<int>((std::int64_t{1} << j) * 6931471805599453 / 10000000000000000);
}

// x finite and positive.
constexpr int floor_of_rounded_log2(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  // A subnormal's significand has fewer bits, each worth more of the last place of a full one.
  const int field = static_cast<int>(bits >> 23);
  const int top = field == 0 ? 31 - std::countl_zero(bits) : 23;
  const int exponent = field == 0 ? top - 149 : field - 127;
  const auto significand = static_cast<std::int64_t>(field == 0 ? bits : (bits & 0x7FFFFF) | 0x800000);
  const std::int64_t below = ((std::int64_t{2} << top) - significand) << (23 - top);
  return below <= rounded_up_below(exponent + 1) ? exponent + 1 : exponent;
}

// How many binary32 numbers above 2^k, a normal number, have a logarithm that rounds to k: an ulp above 2^k is 2^-23 of
// it, twice the one below, so that half a step above k counts half as many. The neighbour of a negative k on the side
// of +infinity lies in the binade below a power of two.
constexpr int rounded_down_above(int k) noexcept {
  int size = k < 0 ? -k - 1 : k;
  int j = -1;
  for (; size > 0; size /= 2) ++j;
  if (j < 0) return 0;
  return static_cast<int>((std::int64_t{1} << j) * 6931471805599453 / 20000000000000000);
}

// x finite and positive.
constexpr int ceil_of_rounded_log2(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const int field = static_cast<int>(bits >> 23);
  const int top = field == 0 ? 31 - std::countl_zero(bits) : 23;
  const int exponent = field == 0 ? top - 149 : field - 127;
  const auto significand = static_cast<std::int64_t>(field == 0 ? bits : (bits & 0x7FFFFF) | 0x800000);
  const std::int64_t above = (significand - (std::int64_t{1} << top)) << (23 - top);
  return above <= rounded_down_above(exponent) ? exponent : exponent + 1;
}

static_assert(ceil_of_rounded_log2(0x1.000002p+4f) == 4 && ceil_of_rounded_log2(0x1.000004p+4f) == 5);
static_assert(ceil_of_rounded_log2(0x1.000002p+3f) == 4 && ceil_of_rounded_log2(0x1.000004p+8f) == 8);
static_assert(floor_of_rounded_log2(0x1.fffffep+2f) == 3 && floor_of_rounded_log2(0x1.fffffcp+2f) == 2);
static_assert(floor_of_rounded_log2(0x1.fffffep-1f) == -1 && floor_of_rounded_log2(0x1.fffffep+127f) == 128);

}  // namespace bitgate::reference
