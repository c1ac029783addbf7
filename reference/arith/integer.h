// Conversions between binary32 and integers, to the bit.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/machine.h"

namespace bitgate::reference {

// Nearest integer, halves away from zero: C's roundf. NaN, infinities and zeros pass.
template <class F>
[[gnu::always_inline]] constexpr F round_half_away(F x) noexcept {
  const BitsOf<F> bits = bits_of(x);
  const BitsOf<F> sign = bits & 0x80000000u;
  const BitsOf<F> field = bits >> 23 & 0xFFu;
  // Shifts of numbers that are whole, or below a half, mean nothing.
  const BitsOf<F> exponent = select(field >= 127u && field < 150u, field - 127u, 0u);
  const BitsOf<F> fraction = BitsOf<F>(0x7FFFFFu) >> exponent;
  const BitsOf<F> half = BitsOf<F>(0x400000u) >> exponent;
  // A carry out of the mantissa raises the exponent by itself.
  const BitsOf<F> rounded = (bits + half) & ~fraction;
  const BitsOf<F> small = select(field == 126u, sign | 0x3F800000u, sign);
  return float_of(select(field >= 150u, bits, select(field < 127u, small, rounded)));
}

// Nearest integer, halves to even: C's rintf under the default mode. NaN, infinities and zeros pass.
template <class F>
[[gnu::always_inline]] constexpr F round_half_even(F x) noexcept {
  const F size = magnitude(x);
  const F rounded = (size + F(0x1p23f)) - F(0x1p23f);
  const F with_sign = float_of(bits_of(rounded) | (bits_of(x) & 0x80000000u));
  return select(size < 0x1p23f, with_sign, x);
}

// float to int32, toward zero. GPU (cvt.rzi) and ARM: saturates, NaN gives 0. x86 (cvttss2si): anything unrepresentable
// is -2^31.
template <class F>
[[gnu::always_inline]] constexpr IntOf<F> to_int32(Machine machine, F x) noexcept {
  const auto fits = x >= -0x1p31f && x < 0x1p31f;
  const IntOf<F> whole = number_as<std::int32_t>(select(fits, x, 0.0f));
  if (machine == Machine::kX86) return select(fits, whole, INT32_MIN);
  const IntOf<F> saturated = select(x >= 0x1p31f, IntOf<F>(INT32_MAX), INT32_MIN);
  return select(fits || is_nan(x), whole, saturated);
}

static_assert(round_half_even(0.5f) == 0.0f && round_half_even(-1.5f) == -2.0f && round_half_even(2.5f) == 2.0f);
static_assert(round_half_away(0.5f) == 1.0f && round_half_away(-2.5f) == -3.0f &&
              round_half_away(0x1.fffffep-2f) == 0.0f);

}  // namespace bitgate::reference
