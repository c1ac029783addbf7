// Operands that hold bit patterns in order: as elements under a given largest number, or as the largest numbers of
// blocks. For the exhaustive suites.
#pragma once

#include <cstdint>

#include "bitgate/compare/suite_operand.h"

namespace bitgate::compare {

// The patterns of a type without their sign, which is at `sign`: 16 bits, of binary32 those of bf16; or all of
// binary32.
struct Patterns {
  static Patterns of_16_bits(InputType type) noexcept {
    const bool half = type == InputType::kF16;
    return {type, half ? 10 : 7, half ? 31 : 255, 0x8000u, type == InputType::kF32 ? 16 : 0};
  }
  static Patterns of_32_bits() noexcept { return {InputType::kF32, 23, 255, 0x80000000u, 0}; }

  std::uint32_t in_type(std::uint32_t pattern) const noexcept { return pattern << shift; }
  std::uint32_t first(int exponent) const noexcept { return static_cast<std::uint32_t>(exponent) << mantissa_bits; }
  std::uint32_t in_binade() const noexcept { return 1u << mantissa_bits; }
  // 2^distance times the power of two of the exponent, or the largest or smallest normal one of the type.
  std::uint32_t pin(int exponent, int distance) const noexcept;

  InputType type;
  int mantissa_bits, exponents;  // finite ones, the subnormals' among them
  std::uint32_t sign;
  int shift;  // of a pattern in the type's bits
};

// The block of an operand, a whole row or tensor counted out.
Extent block_of(const SuiteScope& scope, const Extent& extent) noexcept;

// `size` patterns from `first` on and their opposites, each in a block that starts with the pin.
Operand elements_under(const SuiteScope& scope, const Patterns& patterns, std::uint32_t pin, std::uint32_t first,
                       std::uint32_t size);

// Blocks whose largest numbers are patterns of the exponent: from its `first` on, `step` apart, around and around.
// Where there is a global, one block of all that it governs starts with the pin, or its own largest number where that
// is more: the first of the tensor, or of each row.
Operand largest_numbers(const SuiteScope& scope, const Patterns& patterns, int exponent, std::uint32_t pin,
                        std::uint32_t first, std::uint32_t step);

}  // namespace bitgate::compare
