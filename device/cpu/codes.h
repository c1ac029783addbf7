// Values to codes, by comparing with the boundaries between neighbouring values; every boundary is an exact binary64.
#pragma once

#include <array>
#include <cstdint>

#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

// E2M1 code 0..7 of a magnitude that is not NaN: nearest of 0, .5, 1, 1.5, 2, 3, 4, 6, ties to the even code,
// saturating. How many boundaries lie below it: which they are cannot be foretold, so none is a branch.
constexpr std::uint8_t e2m1_size(float size) noexcept {
  const int to_odd = (size > 0.25f) + (size > 1.25f) + (size > 2.5f) + (size > 5.0f);
  const int to_even = (size >= 0.75f) + (size >= 1.75f) + (size >= 3.5f);
  return static_cast<std::uint8_t>(to_odd + to_even);
}

// The sign bit is kept, also of -0; bit 3 of the code.
constexpr std::uint8_t e2m1_with_sign(float x) noexcept {
  return static_cast<std::uint8_t>(e2m1_size(magnitude(x)) + (has_minus(x) ? 8 : 0));
}

// The value of E4M3 code 0..0x7E.
constexpr double e4m3_size_value(int code) noexcept {
  return code < 8 ? code * two_to(-9) : (8 + code % 8) * two_to(code / 8 - 10);
}

// Entry c is half way between codes c and c + 1; the last, 464, lies before 480, which no code has.
constexpr std::array<double, 127> e4m3_boundaries() noexcept {
  std::array<double, 127> middle{};
  for (int c = 0; c < 126; ++c) middle[static_cast<std::size_t>(c)] = (e4m3_size_value(c) + e4m3_size_value(c + 1)) / 2;
  middle[126] = 464.0;
  return middle;
}
inline constexpr std::array<double, 127> kE4m3Boundaries = e4m3_boundaries();

// Entry c is the least size past that boundary: the boundary itself where the code above is even.
constexpr std::array<double, 127> e4m3_least_sizes() noexcept {
  std::array<double, 127> least = kE4m3Boundaries;
  for (std::size_t c = 0; c < least.size(); c += 2)
    least[c] = std::bit_cast<double>(std::bit_cast<std::uint64_t>(least[c]) + 1);
  return least;
}
inline constexpr std::array<double, 127> kE4m3LeastSizes = e4m3_least_sizes();

// E4M3 code: nearest, ties to the even code, saturating at 448 (also infinity). The sign is kept, NaN gives 0x7F with
// it.
constexpr std::uint8_t e4m3_saturating(float x) noexcept {
  const int sign = has_minus(x) ? 0x80 : 0;
  if (is_nan(x)) return static_cast<std::uint8_t>(sign + 0x7F);
  const double size = static_cast<double>(magnitude(x));
  int code = 0;  // the boundaries passed: of 127 by halves, each half taken or not
  for (int half = 64; half > 0; half /= 2)
    code += size >= kE4m3LeastSizes[static_cast<std::size_t>(code + half - 1)] ? half : 0;
  code -= code / 127;
  return static_cast<std::uint8_t>(sign + code);
}

// The value of an E4M3 code; the NaNs are those that PyTorch's decoder makes.
constexpr float e4m3_value(std::uint8_t code) noexcept {
  const int size = code % 128;
  if (size == 0x7F) return from_bits(code >= 128 ? 0xFFF00000u : 0x7FF00000u);
  const float value = static_cast<float>(e4m3_size_value(size));
  return code >= 128 ? -value : value;
}

// Half bits of a number: nearest-even, half subnormals kept, from 65520 infinity. NaN gives `nan_bits`.
constexpr std::uint16_t half_bits(float x, std::uint16_t nan_bits) noexcept {
  if (is_nan(x)) return nan_bits;
  const int sign = has_minus(x) ? 0x8000 : 0;
  const float limited = magnitude(x) < 65536.0f ? magnitude(x) : 65536.0f;
  const double size = on_grid(static_cast<double>(limited), 11, -24);
  if (size >= 65536.0) return static_cast<std::uint16_t>(sign + 0x7C00);
  if (size < 0x1p-14) return static_cast<std::uint16_t>(sign + static_cast<int>(size * 0x1p24));
  const int exponent = exponent_of(size);
  const int fraction = static_cast<int>(size * two_to(10 - exponent)) - 1024;
  return static_cast<std::uint16_t>(sign + (exponent + 15) * 1024 + fraction);
}

// Half bits to binary32, exact; a NaN keeps its sign and payload.
constexpr float half_value(std::uint16_t bits) noexcept {
  const int exponent = bits / 1024 % 32;
  const int fraction = bits % 1024;
  const bool minus = bits >= 0x8000;
  if (exponent == 31 && fraction != 0)
    return from_bits((minus ? 0xFF800000u : 0x7F800000u) + static_cast<std::uint32_t>(fraction) * 8192u);
  const double size = exponent == 31  ? static_cast<double>(kInfinity)
                      : exponent == 0 ? fraction * two_to(-24)
                                      : (1024 + fraction) * two_to(exponent - 25);
  return static_cast<float>(minus ? -size : size);
}

}  // namespace bitgate::device::cpu
