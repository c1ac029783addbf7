// Primitives of TransformerEngine's recipes beyond exact.h and codes.h, each stated for every input.
#pragma once

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

inline constexpr float kBf16Max = 0x1.fep127f;
inline constexpr float kFloat16Max = 65504.0f;
inline constexpr float kOneSixth = div_rn<Gpu>(1.0f, 6.0f);

// fma(a, b, +0): an exact zero is +0, a negative product too small for binary32 stays -0. The product is exact in
// binary64 and its smallest size, 2^-298, far from underflow there.
constexpr float fma_plus_zero(float a, float b) noexcept {
  const double exact = static_cast<double>(a) * static_cast<double>(b);
  return exact == 0.0 ? 0.0f : rounded<Gpu>(exact, a, b);
}

// min.NaN: a NaN wins.
constexpr float min_or_nan(float a, float b) noexcept {
  if (is_nan(a) || is_nan(b)) return Gpu::nan_of(a, b);
  return a < b ? a : b;
}

// E5M2 code: nearest, ties to even, saturating at 57344 (also infinity), sign kept; NaN is 0x7F.
constexpr std::uint8_t e5m2_saturating(float x) noexcept {
  if (is_nan(x)) return 0x7F;
  const int sign = has_minus(x) ? 0x80 : 0;
  if (magnitude(x) >= 57344.0f) return static_cast<std::uint8_t>(sign + 0x7B);
  const double size = on_grid(static_cast<double>(magnitude(x)), 3, -16);
  if (size < 0x1p-14) return static_cast<std::uint8_t>(sign + static_cast<int>(size * 0x1p16));
  const int exponent = exponent_of(size);
  const int fraction = static_cast<int>(size * two_to(2 - exponent)) - 4;
  return static_cast<std::uint8_t>(sign + (exponent + 15) * 4 + fraction);
}

// E8M0 code of |x| rounded up: the smallest power of two from 2^-127 that is not below, at most 2^127; NaN is 255.
constexpr std::uint8_t e8m0_up(float x) noexcept {
  if (is_nan(x)) return 255;
  const double size = static_cast<double>(magnitude(x));
  if (size <= 0x1p-127) return 0;
  if (size > 0x1p127) return 254;
  const int exponent = exponent_of(size);
  return static_cast<std::uint8_t>(exponent + 127 + (size == two_to(exponent) ? 0 : 1));
}

// The magnitude of E2M1 code 0..7.
constexpr float e2m1_size_value(int code) noexcept {
  constexpr float kValues[] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};
  return kValues[code % 8];
}
constexpr float e2m1_value(std::uint8_t code) noexcept {
  return code >= 8 ? -e2m1_size_value(code) : e2m1_size_value(code);
}

// cvt.rn.satfinite.e2m1x2.f32: a NaN of either sign is +6.
constexpr std::uint8_t e2m1_of_hardware(float x) noexcept { return is_nan(x) ? 7 : e2m1_with_sign(x); }

}  // namespace bitgate::device::cpu
