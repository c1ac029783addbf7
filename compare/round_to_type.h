// binary64 to an input type, rounded once to nearest even. Going through binary32 would round twice: 1 + 2^-8 + 2^-40
// becomes the tie 1 + 2^-8 there, and then 1 instead of the bf16 above 1.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "bitgate/reference/format/format.h"

namespace bitgate::compare {

// The code of `value` in bf16 or fp16. Gradual underflow; the sign of zero is kept; a magnitude of at least the largest
// number plus half a step becomes infinity; a NaN becomes the quiet NaN of its sign. Branch-free.
constexpr std::uint16_t round_to_16(const Format& format, double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t magnitude = bits & 0x7FFFFFFFFFFFFFFFu;
  const int dropped = 52 - format.mantissa_bits;
  const std::uint64_t half_less_one = (std::uint64_t{1} << (dropped - 1)) - 1;
  const std::uint64_t rounded = (magnitude + half_less_one + ((magnitude >> dropped) & 1)) >> dropped;
  const std::uint64_t rebias = static_cast<std::uint64_t>(1023 - format.bias) << format.mantissa_bits;
  // A sum with a number whose unit is the smallest subnormal rounds to that unit; the low bits are then the code.
  const double unit_holder = power_of_two(52 + 1 - format.bias - format.mantissa_bits);
  const std::uint64_t small = std::bit_cast<std::uint64_t>(std::bit_cast<double>(magnitude) + unit_holder) -
                              std::bit_cast<std::uint64_t>(unit_holder);
  const std::uint64_t smallest_normal = std::bit_cast<std::uint64_t>(power_of_two(1 - format.bias));
  const std::uint64_t infinity = infinity_code(format);
  const std::uint64_t code = magnitude < smallest_normal ? small : std::min(rounded - rebias, infinity);
  const std::uint64_t quiet = magnitude > 0x7FF0000000000000u ? std::uint64_t{1} << (format.mantissa_bits - 1) : 0;
  return static_cast<std::uint16_t>(((bits >> 63) << 15) | code | quiet);
}

static_assert(round_to_16(kBf16, 0x1.0100000001p0) == 0x3F81 && round_to_16(kBf16, 0x1.01p0) == 0x3F80);
static_assert(round_to_16(kFp16, 65520.0) == 0x7C00 && round_to_16(kFp16, 0x1.ffdfffp15) == 0x7BFF);
static_assert(round_to_16(kFp16, -0x1p-25) == 0x8000 && round_to_16(kFp16, 0x1.8p-24) == 0x0002);

}  // namespace bitgate::compare
