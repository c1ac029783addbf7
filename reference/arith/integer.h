// Conversions between binary32 and integers, to the bit.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/machine.h"

namespace bitgate::reference {

// Nearest integer, halves away from zero: C's roundf. NaN, infinities and zeros pass.
constexpr float round_half_away(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits & 0x80000000;
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
  if (exponent >= 23) return x;
  if (exponent < -1) return std::bit_cast<float>(sign);
  if (exponent == -1) return std::bit_cast<float>(sign | 0x3F800000);
  const std::uint32_t fraction = 0x7FFFFFu >> exponent;
  const std::uint32_t half = 0x400000u >> exponent;
  // A carry out of the mantissa raises the exponent by itself.
  return std::bit_cast<float>((bits + half) & ~fraction);
}

// Nearest integer, halves to even: C's rintf under the default mode. NaN, infinities and zeros pass.
constexpr float round_half_even(float x) noexcept {
  if (!(magnitude(x) < 0x1p23f)) return x;
  const float size = magnitude(x);
  const float rounded = add_rn(add_rn(size, 0x1p23f), -0x1p23f);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) | (std::bit_cast<std::uint32_t>(x) & 0x80000000));
}

// float to int32, toward zero. GPU (cvt.rzi) and ARM: saturates, NaN gives 0. x86 (cvttss2si): anything unrepresentable
// is -2^31.
constexpr std::int32_t to_int32(Machine machine, float x) noexcept {
  const bool x86 = machine == Machine::kX86;
  if (is_nan(x)) return x86 ? INT32_MIN : 0;
  if (x >= 0x1p31f) return x86 ? INT32_MIN : INT32_MAX;
  if (x < -0x1p31f) return INT32_MIN;
  return static_cast<std::int32_t>(x);
}

static_assert(round_half_even(0.5f) == 0.0f && round_half_even(-1.5f) == -2.0f && round_half_even(2.5f) == 2.0f);
static_assert(round_half_away(0.5f) == 1.0f && round_half_away(-2.5f) == -3.0f &&
              round_half_away(0x1.fffffep-2f) == 0.0f);

}  // namespace bitgate::reference
