// Operands for instructions whose operands meet: listed corners, and drawn words aimed at where rounding is hard.
#pragma once

#include <array>
#include <cstdint>

namespace bitgate::compare {

inline constexpr std::uint64_t kSpecialWords = 64;

// Operand k of input i is pattern (i / 64^k) mod 64: each with each.
std::array<std::uint32_t, 3> special_words(std::uint64_t i) noexcept;

// Six kinds in turn: any two patterns; products that are subnormal or almost; quotients likewise; exponents within 27
// of one another (sums that cancel, quotients about 1); products and quotients about 2^128; short significands, whose
// products and sums are exact or ties. The third operand's exponent lies about the product's, every eighth is minus the
// rounded product, so that an fma gives its rounding error.
std::array<std::uint32_t, 3> drawn_words(std::uint64_t i) noexcept;

}  // namespace bitgate::compare
