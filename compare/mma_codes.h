// Operands of matrix instructions as numbers: codes from sign, exponent and fraction. TF32 lies in an FP32 register,
// its 19 bits on top; the 13 below are what the unit drops.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "bitgate/reference/format/format.h"

namespace bitgate::compare {

constexpr int low_bits(const Format& format) noexcept { return format.bits == kTf32.bits ? 13 : 0; }

constexpr std::uint32_t sign_mask_of(const Format& format) noexcept { return sign_mask(format) << low_bits(format); }
constexpr std::uint32_t fraction_mask_of(const Format& format) noexcept {
  return mantissa_mask(format) << low_bits(format);
}

// Of normal numbers.
constexpr int min_exponent(const Format& format) noexcept { return 1 - format.bias; }
constexpr int max_exponent(const Format& format) noexcept {
  const int top_field = (1 << format.exponent_bits) - 1;
  return (format.top == TopCodes::kIeee ? top_field - 1 : top_field) - format.bias;
}

// The exponent of a code as the model of the unit takes it: a subnormal's is the smallest.
constexpr int exponent_of(const Format& format, std::uint32_t code) noexcept {
  const std::uint32_t field = (code >> low_bits(format) & exponent_mask(format)) >> format.mantissa_bits;
  return (field == 0 ? 1 : static_cast<int>(field)) - format.bias;
}

constexpr double value(const Format& format, std::uint32_t code) noexcept {
  return decode(format, code >> low_bits(format));
}

constexpr std::uint32_t negated(const Format& format, std::uint32_t code) noexcept {
  return code ^ sign_mask_of(format);
}

// +-1.f 2^exponent, f the top bits of `fraction`; below the normal numbers the bits that a subnormal lacks are
// dropped; above all numbers, the largest. Of TF32, the dropped bits are random in every other code.
constexpr std::uint32_t number(const Format& format, bool negative, int exponent, std::uint32_t fraction) noexcept {
  const int p = format.mantissa_bits;
  const std::uint32_t sign = negative ? sign_mask(format) : 0;
  const std::uint32_t significand = (1u << p) | static_cast<std::uint32_t>(std::uint64_t{fraction} >> (32 - p));
  std::uint32_t code = 0;
  if (exponent > max_exponent(format))
    code = max_code(format);
  else if (exponent >= min_exponent(format))
    code = (static_cast<std::uint32_t>(exponent + format.bias) << p) + (significand - (1u << p));
  else if (min_exponent(format) - exponent <= p)
    code = significand >> (min_exponent(format) - exponent);
  code = std::min(code, max_code(format));
  const std::uint32_t dropped = low_bits(format) != 0 && (fraction & 1) != 0 ? fraction & 0x1FFF : 0;
  return (sign | code) << low_bits(format) | dropped;
}

constexpr std::uint32_t power(const Format& format, int exponent) noexcept {
  return number(format, false, exponent, 0);
}

// Any bits, made finite.
constexpr std::uint32_t finite(const Format& format, std::uint32_t word) noexcept {
  std::uint32_t code = low_bits(format) != 0 ? word : word & (sign_mask(format) | magnitude_mask(format));
  const std::uint32_t plain = code >> low_bits(format);
  const std::uint32_t lowest = 1u << (format.top == TopCodes::kIeee ? format.mantissa_bits : 0);
  if (is_nan(format, plain) || is_infinity(format, plain)) code ^= lowest << low_bits(format);
  return code;
}

// A number times 2^twos; where the format ends, the largest number or, toward zero, what is left of it.
constexpr std::uint32_t scaled(const Format& format, std::uint32_t code, int twos) noexcept {
  const std::uint32_t plain = code >> low_bits(format);
  const std::uint32_t sign = plain & sign_mask(format);
  const int field = static_cast<int>((plain & exponent_mask(format)) >> format.mantissa_bits) + twos;
  if (field < 1 || field + 1 >= 1 << format.exponent_bits) return code;
  return (sign | static_cast<std::uint32_t>(field) << format.mantissa_bits | (plain & mantissa_mask(format)))
         << low_bits(format);
}

// Infinity, or NaN of any payload, as often as each other; of a format without infinity NaN.
constexpr std::uint32_t not_a_number(const Format& format, std::uint32_t word) noexcept {
  const std::uint32_t sign = (word & 1) != 0 ? sign_mask(format) : 0;
  std::uint32_t code = format.top == TopCodes::kIeee ? infinity_code(format) : magnitude_mask(format);
  if (format.top == TopCodes::kIeee && (word & 2) != 0) code |= std::max(1u, word >> 8 & mantissa_mask(format));
  const std::uint32_t dropped = low_bits(format) != 0 && (word & 4) != 0 ? word >> 19 : 0;
  return (sign | code) << low_bits(format) | dropped;
}

// A finite double cut toward zero to the format.
inline std::uint32_t cut_to(const Format& format, double number_given) noexcept {
  if (number_given == 0) return std::signbit(number_given) ? sign_mask(format) : 0;
  const int exponent = std::ilogb(number_given);
  const double significand = std::ldexp(std::fabs(number_given), -exponent);  // in [1, 2)
  const auto fraction = static_cast<std::uint32_t>(std::ldexp(significand - 1, 32));
  return number(format, number_given < 0, exponent, fraction);
}

}  // namespace bitgate::compare
