// A second opinion on one binary32 operation: exact integers, then one rounding to nearest even that is written out.
// No floating-point operation of the host takes part.
//
// Why it is exact. A finite float is an integer of at most 24 bits times a power of two, so a product has 48 bits. A
// sum of two terms is aligned in 128 bits while their exponents are at most 70 apart (48 + 70 < 128). Further apart,
// the lower term is less than 2^-22 of the higher one's last place, which is never above the result's: all it can do is
// break a tie, so it stands there as a sticky bit. A quotient keeps at least 60 bits, and its remainder as the sticky
// bit. Rounding sees the same as it would of the true value: 24 bits, the next one, and whether anything follows.
#pragma once

#include <cstdint>

namespace bitgate::oracle {

// What becomes of subnormal operands and results.
enum class Subnormals {
  kKept,
  // .ftz: an operand becomes a zero of its sign, and so does a result that is below 2^-126 once it is rounded to 24
  // bits with an unbounded exponent. Measured on an H100 for mul and fma.
  kFlushed,
};

// All arguments and results are binary32 bit patterns. Results that are NaN are 0x7FFFFFFF.
std::uint32_t exact_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Subnormals subnormals = Subnormals::kKept);
std::uint32_t exact_add(std::uint32_t a, std::uint32_t b, Subnormals subnormals = Subnormals::kKept);
std::uint32_t exact_mul(std::uint32_t a, std::uint32_t b, Subnormals subnormals = Subnormals::kKept);
std::uint32_t exact_div(std::uint32_t a, std::uint32_t b, Subnormals subnormals = Subnormals::kKept);

}  // namespace bitgate::oracle
