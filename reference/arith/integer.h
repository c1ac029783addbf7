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
  const F size = magnitude(x);
  const auto has_fraction = size < 0x1p23f;
  const F whole = number_as<float>(number_as<std::int32_t>(select(has_fraction, size, 0.0f)));
  // Exact, and so is the half.
  const F rounded = select(size - whole >= 0.5f, whole + F(1.0f), whole);
  const F with_sign = float_of(bits_of(rounded) | (bits_of(x) & 0x80000000u));
  return select(has_fraction, with_sign, x);
}

// What cut toward zero is round_half_away(x), also where the sum rounds: just below one half less than a step is added,
// so that only halves and what lies above them reach the next integer. From 2^23 on the sum is x.
template <class F>
[[gnu::always_inline]] constexpr F half_away_to_cut(F x) noexcept {
  return x + float_of((bits_of(x) & 0x80000000u) | bits_of(F(0x1.fffffep-2f)));
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

// The low byte of to_int32: of what saturates FF or 00.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> low_byte_of_int32(Machine machine, F x) noexcept {
  const auto fits = magnitude(x) < 0x1p31f;
  const BitsOf<F> whole = bits_as<std::uint32_t>(number_as<std::int32_t>(select(fits, x, 0.0f)));
  if (machine == Machine::kX86) return whole & 0xFFu;
  return (whole | select(x >= 0x1p31f, BitsOf<F>(0xFFu), 0u)) & 0xFFu;
}

static_assert(round_half_even(0.5f) == 0.0f && round_half_even(-1.5f) == -2.0f && round_half_even(2.5f) == 2.0f);
static_assert(round_half_away(0.5f) == 1.0f && round_half_away(-2.5f) == -3.0f &&
              round_half_away(0x1.fffffep-2f) == 0.0f);

}  // namespace bitgate::reference
