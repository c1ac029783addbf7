// Elements as torchao writes them: its integer rounding to E2M1, E2M3 and E3M2, and PyTorch's casts to E4M3 and E5M2.
#pragma once

#include <cstdint>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

struct SmallFloat {
  int exponent_bits, mantissa_bits;

  constexpr int bias() const noexcept { return (1 << (exponent_bits - 1)) - 1; }
  constexpr int sign_code() const noexcept { return 1 << (exponent_bits + mantissa_bits); }
};
inline constexpr SmallFloat kSmallE2m1{2, 1}, kSmallE2m3{2, 3}, kSmallE3m2{3, 2}, kSmallE5m2{5, 2};

// Code of a magnitude below 2^30, nearest-even, as if the exponents had no end.
constexpr int endless_code(const SmallFloat& format, float size) noexcept {
  const int least_exponent = 1 - format.bias();
  const int steps = 1 << format.mantissa_bits;
  const double rounded =
      on_grid(static_cast<double>(size), format.mantissa_bits + 1, least_exponent - format.mantissa_bits);
  if (rounded < two_to(least_exponent)) return static_cast<int>(rounded / two_to(least_exponent) * steps);
  const int exponent = exponent_of(rounded);
  return (exponent - least_exponent) * steps + static_cast<int>(rounded / two_to(exponent) * steps);
}

// All codes are numbers: beyond the largest, infinity included, it is the largest. torchao rounds with integer
// operations on the bits, so the payload of a NaN decides its code: it goes the way of a normal number and keeps eight
// bits.
constexpr std::uint8_t float_bits_code(const SmallFloat& format, float x) noexcept {
  const int sign = has_minus(x) ? format.sign_code() : 0;
  const float size = magnitude(x);
  if (is_nan(x)) {
    const int dropped = 23 - format.mantissa_bits;
    const std::uint32_t rebiased = to_bits(size) - static_cast<std::uint32_t>(127 - format.bias()) * 0x00800000u;
    const std::uint32_t is_odd = (to_bits(size) >> dropped) % 2u;
    const std::uint32_t rounded = rebiased + (1u << (dropped - 1)) - 1u + is_odd;
    return static_cast<std::uint8_t>(static_cast<int>((rounded >> dropped) % 256u) | sign);
  }
  const int largest = format.sign_code() - 1;
  const int code = size >= 32.0f ? largest : endless_code(format, size);
  return static_cast<std::uint8_t>((code < largest ? code : largest) + sign);
}

// PyTorch's cast to E4M3 before 2.13: what rounds beyond 448 is NaN. A NaN keeps its sign.
constexpr std::uint8_t e4m3_torch(float x) noexcept {
  const bool beyond = magnitude(x) > 464.0f;
  return beyond ? static_cast<std::uint8_t>(has_minus(x) ? 0xFF : 0x7F) : e4m3_saturating(x);
}

// PyTorch's cast to E5M2: what rounds beyond 57344 is an infinity, 0x7C. A NaN is 0x7F with its sign.
constexpr std::uint8_t e5m2_torch(float x) noexcept {
  const int sign = has_minus(x) ? 0x80 : 0;
  if (is_nan(x)) return static_cast<std::uint8_t>(sign + 0x7F);
  const int code = magnitude(x) >= 65536.0f ? 0x7C : endless_code(kSmallE5m2, magnitude(x));
  return static_cast<std::uint8_t>(sign + code);
}

// cvt.rn.satfinite.e2m1x2: NaN is +6.
constexpr std::uint8_t e2m1_hardware(float x) noexcept { return is_nan(x) ? std::uint8_t{7} : e2m1_with_sign(x); }

}  // namespace bitgate::device::cpu
