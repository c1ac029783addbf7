// A second opinion on encode(): lists the exact values of all codes with a decoder of its own, finds the exact
// midpoints, and says for each of the 2^32 binary32 bit patterns which code it has. Shares no code with
// reference/format/encode.h but the words (Format, EncodeRule).
//
// Why it is exact. A code's value is an integer of at most 11 bits times a power of two between 2^-136 and 2^127, and
// ldexp of it is exact in binary64. The midpoint of two neighbours is an integer of at most 12 bits times a power of
// two of at least 2^-137; their sum and its half are therefore exact in binary64. The same bound makes every midpoint
// and every value below 2^128 a binary32 number (12 <= 24 bits, 2^-137 >= 2^-149), so that "the first float at or above
// a threshold" is a conversion without rounding, and "the first float above it" is the next bit pattern. A random draw
// of up to 31 bits puts the threshold at a number of at most 11 + 31 bits, exact in binary64; it is no float then, and
// the first float at or above it is the nearest one or the next. FP32's codes are the bit patterns themselves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/encode.h"

namespace bitgate::oracle {

// Bit patterns first_bits .. last_bits, both included, have this code; FP32's (step 1) count up from it.
struct CodeInterval {
  std::uint32_t first_bits, last_bits, code, step;

  std::uint32_t code_of(std::uint32_t bits) const noexcept { return code + step * (bits - first_bits); }
  friend bool operator==(const CodeInterval&, const CodeInterval&) = default;
};

// For stochastic rounding: the low `bits` bits of `random` decide. 0: the rule's rounding does.
struct Draw {
  std::uint32_t random = 0;
  int bits = 0;
};

// The value of a code without its sign; of the code after the largest one, what the exponent's next step would hold.
double magnitude_of(const Format& format, std::uint32_t magnitude_code);

class MidpointOracle {
 public:
  // `rule` as in encode(); overflow is a result that exceeds the largest finite code once
  // rounded with an unbounded exponent, or infinity.
  MidpointOracle(const Format& format, const EncodeRule& rule, const Draw& draw = {});

  // In ascending order of bit patterns, without gaps: 0x00000000 to 0xFFFFFFFF. Neighbours differ, so that two rules
  // mean the same for a format exactly if their lists are equal.
  std::span<const CodeInterval> intervals() const noexcept { return intervals_; }
  std::uint32_t code(std::uint32_t float_bits) const noexcept;
  // Of a binary64 number or infinity, in one rounding; without a draw, and not for FP32.
  std::uint32_t code_of_number(double value) const;

 private:
  void append(std::uint32_t first_bits, std::uint32_t code, std::uint32_t step = 0);
  void append_half(bool negative);
  void append_nans(std::uint32_t quiet, int mantissa_bits, bool negative, std::uint32_t code, bool keeps_payload);

  Format format_;
  EncodeRule rule_;
  Draw draw_;
  std::vector<CodeInterval> intervals_;
};

}  // namespace bitgate::oracle
