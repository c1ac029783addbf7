#include "bitgate/compare/hardware_draw.h"

#include <algorithm>
#include <bit>

#include "bitgate/reference/arith/ieee.h"

namespace bitgate::compare {
namespace {

// Magnitudes; each comes with both signs.
constexpr std::array<std::uint32_t, kSpecialWords / 2> kMagnitudes{
    0x00000000, 0x00000001, 0x00000002, 0x00400000, 0x007FFFFF,  // zero and subnormals
    0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000,              // 2^-126 and about
    0x33800000, 0x3F000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001,  // 2^-24, 1/2, 1 and about
    0x3FC00000, 0x40000000, 0x40200000, 0x40C00000, 0x43E00000,  // 1.5, 2, 2.5, 6, 448
    0x477FE000, 0x477FF000, 0x4EFFFFFF, 0x4F000000,              // 65504, 65520, 2^31 and below
    0x7E800000, 0x7E800001, 0x7F000000, 0x7F7F8000, 0x7F7FFFFF,  // 2^126 and above, 2^127, a tie of BF16, the largest
    0x7F800000, 0x7F800001, 0x7FC12345, 0x7FFFFFFF,              // infinity and NaNs
};

// SplitMix64 (Steele, Lea and Flood, 2014) at place i of its sequence from 0.
constexpr std::uint64_t mixed(std::uint64_t i) noexcept {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

constexpr int exponent_of(std::uint32_t bits) noexcept { return static_cast<int>(bits >> 23 & 0xFF) - 127; }

// The word with another exponent, subnormal or at the largest where that lies outside.
constexpr std::uint32_t at_exponent(std::uint32_t bits, int exponent) noexcept {
  const auto field = static_cast<std::uint32_t>(std::clamp(exponent + 127, 0, 254));
  return (bits & 0x807FFFFF) | field << 23;
}

// -half .. half, from 16 bits.
constexpr int about_zero(std::uint64_t bits, int half) noexcept {
  return static_cast<int>((bits & 0xFFFF) % static_cast<std::uint64_t>(2 * half + 1)) - half;
}

}  // namespace

std::array<std::uint32_t, 3> special_words(std::uint64_t i) noexcept {
  std::array<std::uint32_t, 3> words{};
  for (std::uint32_t& word : words) {
    word = kMagnitudes[i % kMagnitudes.size()] | (i / kMagnitudes.size() % 2 != 0 ? 0x80000000 : 0);
    i /= kSpecialWords;
  }
  return words;
}

std::array<std::uint32_t, 3> drawn_words(std::uint64_t i) noexcept {
  constexpr int kSubnormal = -138, kOverflow = 128;
  constexpr std::uint32_t kShort = 0xFFFFF000;
  const std::uint64_t both = mixed(2 * i), more = mixed(2 * i + 1);
  auto a = static_cast<std::uint32_t>(both), b = static_cast<std::uint32_t>(both >> 32);
  const auto third = static_cast<std::uint32_t>(more);
  const std::uint64_t shift = more >> 32;
  const int of_a = exponent_of(a);
  switch (i % 6) {
    case 1: b = at_exponent(b, kSubnormal + about_zero(shift, 16) - of_a); break;
    case 2: b = at_exponent(b, of_a - kSubnormal + about_zero(shift, 16)); break;
    case 3: b = at_exponent(b, of_a + about_zero(shift, 27)); break;
    case 4: {
      const int top = kOverflow + about_zero(shift, 2);
      b = at_exponent(b, i / 6 % 2 == 0 ? top - of_a : of_a - top);
      break;
    }
    case 5:
      a &= kShort;
      b = at_exponent(b & kShort, of_a + about_zero(shift, 13));
      break;
    default: break;
  }
  const float product = reference::mul_rn(std::bit_cast<float>(a), std::bit_cast<float>(b));
  const auto product_bits = std::bit_cast<std::uint32_t>(product);
  const std::uint32_t c = i / 6 % 8 == 0 ? product_bits ^ 0x80000000
                                         : at_exponent(third, exponent_of(product_bits) + about_zero(shift >> 16, 30));
  return {a, b, c};
}

}  // namespace bitgate::compare
