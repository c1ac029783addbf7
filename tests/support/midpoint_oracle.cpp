#include "bitgate/tests/support/midpoint_oracle.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace bitgate::oracle {
namespace {

constexpr std::uint32_t kInfinity = 0x7F800000;
constexpr std::uint32_t kSign = 0x80000000;

// Written out a format at a time: the point of an oracle is not to reuse the derivations of format.h.
struct Shape {
  std::uint32_t largest, infinity, quiet, all_ones, sign;  // codes; infinity and quiet 0 where there is none
  bool has_nan;
};

Shape shape_of(const Format& f) {
  if (f.name == "e2m1") return {0x7, 0, 0, 0x7, 0x8, false};
  if (f.name == "e2m3") return {0x1F, 0, 0, 0x1F, 0x20, false};
  if (f.name == "e3m2") return {0x1F, 0, 0, 0x1F, 0x20, false};
  if (f.name == "e4m3") return {0x7E, 0, 0, 0x7F, 0x80, true};
  if (f.name == "e5m2") return {0x7B, 0x7C, 0x7E, 0x7F, 0x80, true};
  if (f.name == "e8m0") return {0xFE, 0, 0, 0xFF, 0, true};
  if (f.name == "int8") return {0x7F, 0, 0, 0, 0x80, false};
  if (f.name == "fp16") return {0x7BFF, 0x7C00, 0x7E00, 0x7FFF, 0x8000, true};
  if (f.name == "bf16") return {0x7F7F, 0x7F80, 0x7FC0, 0x7FFF, 0x8000, true};
  std::abort();
}

// The first non-negative float at or above `threshold`, or above it.
std::uint32_t first_float(double threshold, bool inclusive) {
  if (threshold > static_cast<double>(std::numeric_limits<float>::max())) return kInfinity;
  const auto exact = static_cast<float>(threshold);
  if (static_cast<double>(exact) != threshold) std::abort();  // the argument in the header would be wrong
  return std::bit_cast<std::uint32_t>(exact) + (inclusive ? 0 : 1);
}

// Where the codes of magnitude above `code` begin, for numbers of this sign.
std::uint32_t first_above(const Format& f, std::uint32_t code, Rounding rounding, bool negative) {
  const double low = magnitude_of(f, code);
  const double high = magnitude_of(f, code + 1);
  const bool signless = f.name == "e8m0";
  switch (rounding) {
    case Rounding::kTowardZero: return first_float(high, true);
    case Rounding::kUp: return negative && !signless ? first_float(high, true) : first_float(low, false);
    case Rounding::kNearestEven:
    case Rounding::kNearestAway: break;
  }
  // E8M0 has no zero: PyTorch's and CUDA's conversions send everything above 2^-127 to 2^-126, and every tie up, since
  // the bit that is rounded to is the implicit one.
  if (signless) return code == 0 ? first_float(low, false) : first_float((low + high) / 2, true);
  const bool tie_goes_up = rounding == Rounding::kNearestAway || code % 2 == 1;
  return first_float((low + high) / 2, tie_goes_up);
}

std::uint32_t nan_code(const Shape& s, bool negative, NanCode rule, const Format& f) {
  if (f.name == "int8") return 0;
  if (!s.has_nan) return s.largest;  // E2M1: +6 whatever the sign
  const std::uint32_t sign = negative && rule != NanCode::kPositiveAllOnes ? s.sign : 0;
  return sign | (rule == NanCode::kSignedQuiet && s.quiet != 0 ? s.quiet : s.all_ones);
}

std::uint32_t overflow_code(const Shape& s, bool negative, const EncodeRule& rule, const Format& f) {
  if (f.name == "int8") return negative ? 0x80 : 0x7F;
  if (rule.overflow == Overflow::kNan && s.has_nan) return nan_code(s, negative, rule.nan, f);
  const bool to_infinity = rule.overflow == Overflow::kInfinity && s.infinity != 0;
  return (negative ? s.sign : 0) | (to_infinity ? s.infinity : s.largest);
}

std::uint32_t signed_code(const Shape& s, std::uint32_t magnitude, bool negative, const Format& f) {
  if (f.name == "int8") return negative ? (0x100 - magnitude) & 0xFF : magnitude;
  return negative ? magnitude | s.sign : magnitude;
}

}  // namespace

double magnitude_of(const Format& f, std::uint32_t code) {
  const int c = static_cast<int>(code);
  if (f.name == "int8") return c;
  if (f.name == "e8m0") return std::ldexp(1.0, c - 127);
  const auto value = [c](int mantissa_bits, int bias) {
    const int step = 1 << mantissa_bits;
    const int field = c / step;
    if (field == 0) return std::ldexp(c, 1 - bias - mantissa_bits);
    return std::ldexp(step + c % step, field - bias - mantissa_bits);
  };
  if (f.name == "e2m1") return value(1, 1);
  if (f.name == "e2m3") return value(3, 1);
  if (f.name == "e3m2") return value(2, 3);
  if (f.name == "e4m3") return value(3, 7);
  if (f.name == "e5m2") return value(2, 15);
  if (f.name == "fp16") return value(10, 15);
  if (f.name == "bf16") return value(7, 127);
  std::abort();
}

MidpointOracle::MidpointOracle(const Format& format, const EncodeRule& rule) {
  append_half(format, rule, false);
  append_half(format, rule, true);
  for (std::size_t i = 0; i + 1 < intervals_.size(); ++i) intervals_[i].last_bits = intervals_[i + 1].first_bits - 1;
  intervals_.back().last_bits = 0xFFFFFFFF;
}

void MidpointOracle::append(std::uint32_t first_bits, std::uint32_t code) {
  if (!intervals_.empty() && intervals_.back().first_bits == first_bits) intervals_.pop_back();  // an empty interval
  intervals_.push_back({first_bits, first_bits, code});
}

void MidpointOracle::append_half(const Format& f, const EncodeRule& rule, bool negative) {
  const Shape s = shape_of(f);
  const std::uint32_t sign = negative ? kSign : 0;
  append(sign, signed_code(s, 0, negative, f));
  const std::uint32_t largest = f.name == "int8" && negative ? 0x80 : s.largest;
  for (std::uint32_t code = 0; code < largest; ++code)
    append(sign | first_above(f, code, rule.rounding, negative), signed_code(s, code + 1, negative, f));
  append(sign | first_above(f, largest, rule.rounding, negative), overflow_code(s, negative, rule, f));
  append(sign | kInfinity, overflow_code(s, negative, rule, f));
  append(sign | (kInfinity + 1), nan_code(s, negative, rule.nan, f));
}

std::uint32_t MidpointOracle::code(std::uint32_t float_bits) const noexcept {
  const auto after = std::upper_bound(intervals_.begin(), intervals_.end(), float_bits,
                                      [](std::uint32_t bits, const CodeInterval& i) { return bits < i.first_bits; });
  return std::prev(after)->code;
}

}  // namespace bitgate::oracle
