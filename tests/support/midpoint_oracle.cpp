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

enum class Kind { kSignAndMagnitude, kExponent, kTwosComplement };

// Written out a format at a time: the point of an oracle is not to reuse the derivations of format.h.
struct Shape {
  const char* name;
  std::uint32_t largest, infinity, quiet, all_ones, sign;  // codes; infinity and quiet 0 where there is none
  bool has_nan;
  int mantissa_bits, bias;  // of a float; of two's complement the exponent of a step is -bias
  Kind kind = Kind::kSignAndMagnitude;
  bool has_minus_zero = true;
};

constexpr Shape kShapes[] = {
    {"e2m1", 0x7, 0, 0, 0x7, 0x8, false, 1, 1},
    {"e2m3", 0x1F, 0, 0, 0x1F, 0x20, false, 3, 1},
    {"e3m2", 0x1F, 0, 0, 0x1F, 0x20, false, 2, 3},
    {"e3m4", 0x6F, 0x70, 0x78, 0x7F, 0x80, true, 4, 3},
    {"e4m3", 0x7E, 0, 0, 0x7F, 0x80, true, 3, 7},
    {"e4m3ieee", 0x77, 0x78, 0x7C, 0x7F, 0x80, true, 3, 7},
    {"e4m3fnuz", 0x7F, 0, 0x80, 0x80, 0x80, true, 3, 8, Kind::kSignAndMagnitude, false},
    {"e4m3b11fnuz", 0x7F, 0, 0x80, 0x80, 0x80, true, 3, 11, Kind::kSignAndMagnitude, false},
    {"ue4m3", 0x7E, 0, 0, 0x7F, 0, true, 3, 7},
    {"e5m2", 0x7B, 0x7C, 0x7E, 0x7F, 0x80, true, 2, 15},
    {"e5m2fnuz", 0x7F, 0, 0x80, 0x80, 0x80, true, 2, 16, Kind::kSignAndMagnitude, false},
    {"e8m0", 0xFE, 0, 0, 0xFF, 0, true, 0, 127, Kind::kExponent},
    {"int4", 0x7, 0, 0, 0, 0x8, false, 0, 0, Kind::kTwosComplement},
    {"int8", 0x7F, 0, 0, 0, 0x80, false, 0, 0, Kind::kTwosComplement},
    {"mxint8", 0x7F, 0, 0, 0, 0x80, false, 0, 6, Kind::kTwosComplement},
    {"fp16", 0x7BFF, 0x7C00, 0x7E00, 0x7FFF, 0x8000, true, 10, 15},
    {"bf16", 0x7F7F, 0x7F80, 0x7FC0, 0x7FFF, 0x8000, true, 7, 127},
    {"tf32", 0x3FBFF, 0x3FC00, 0x3FE00, 0x3FFFF, 0x40000, true, 10, 127},
};

const Shape& shape_of(const Format& f) {
  for (const Shape& shape : kShapes)
    if (f.name == shape.name) return shape;
  std::abort();
}

double magnitude(const Shape& s, std::uint32_t code) {
  const int c = static_cast<int>(code);
  if (s.kind == Kind::kTwosComplement) return std::ldexp(c, -s.bias);
  if (s.kind == Kind::kExponent) return std::ldexp(1.0, c - s.bias);
  const int step = 1 << s.mantissa_bits;
  const int field = c / step;
  if (field == 0) return std::ldexp(c, 1 - s.bias - s.mantissa_bits);
  return std::ldexp(step + c % step, field - s.bias - s.mantissa_bits);
}

// The first non-negative float at or above `threshold`, or above it.
std::uint32_t first_float(double threshold, bool inclusive) {
  if (threshold > static_cast<double>(std::numeric_limits<float>::max())) return kInfinity;
  const auto exact = static_cast<float>(threshold);
  if (static_cast<double>(exact) != threshold) std::abort();  // the argument in the header would be wrong
  return std::bit_cast<std::uint32_t>(exact) + (inclusive ? 0 : 1);
}

// Where the codes of magnitude above `code` begin, for numbers of this sign.
std::uint32_t first_above(const Shape& s, std::uint32_t code, Rounding rounding, bool negative) {
  const double low = magnitude(s, code);
  const double high = magnitude(s, code + 1);
  const double middle = (low + high) / 2;
  const bool exponent = s.kind == Kind::kExponent;
  const bool below_zero = negative && s.sign != 0;
  bool tie_goes_up = false;
  switch (rounding) {
    case Rounding::kTowardZero: return first_float(high, true);
    case Rounding::kUp: return below_zero ? first_float(high, true) : first_float(low, false);
    case Rounding::kDown: return below_zero ? first_float(low, false) : first_float(high, true);
    case Rounding::kNearestToZero: break;
    case Rounding::kNearestEvenCode: tie_goes_up = code % 2 == 1; break;
    case Rounding::kNearestEven:
    case Rounding::kNearestAway:
      // E8M0 has no zero: PyTorch's and CUDA's conversions send everything above 2^-127 to 2^-126, and every tie up,
      // since the bit that is rounded to is the implicit one.
      if (exponent && code == 0) return first_float(low, false);
      tie_goes_up = exponent || rounding == Rounding::kNearestAway || code % 2 == 1;
  }
  return first_float(middle, tie_goes_up);
}

std::uint32_t nan_code(const Shape& s, bool negative, NanCode rule) {
  if (s.kind == Kind::kTwosComplement) return 0;
  if (!s.has_nan) {  // E2M1: +6 whatever the sign
    if (rule == NanCode::kNegatedZero) return negative ? 0 : s.sign;
    return negative && rule == NanCode::kSignedLargest ? s.largest | s.sign : s.largest;
  }
  if (!s.has_minus_zero) return s.quiet;
  if (rule == NanCode::kNegativeAllOnes) return s.sign | s.all_ones;
  const bool all_ones = rule == NanCode::kPositiveAllOnes || rule == NanCode::kSignedAllOnes;
  return (negative && rule != NanCode::kPositiveAllOnes ? s.sign : 0) |
         (!all_ones && s.quiet != 0 ? s.quiet : s.all_ones);
}

// Of a number that is too large, or of infinity.
std::uint32_t overflow_code(const Shape& s, bool negative, const EncodeRule& rule, bool infinite) {
  if (s.kind == Kind::kTwosComplement) return negative ? s.sign : s.largest;
  const std::uint32_t sign = negative ? s.sign : 0;
  switch (rule.overflow) {
    case Overflow::kSaturate: break;
    case Overflow::kNan:
      if (s.has_nan) return nan_code(s, negative, rule.nan);
      break;
    case Overflow::kSignedNan:
      if (s.has_nan) return s.has_minus_zero ? sign | s.all_ones : s.all_ones;
      break;
    case Overflow::kInfinity:
      if (s.infinity != 0) return sign | s.infinity;
      break;
    case Overflow::kSaturateFinite:
      if (infinite && s.infinity != 0) return sign | s.infinity;
      if (infinite && s.has_nan) return nan_code(s, negative, rule.nan);
      break;
  }
  return sign | s.largest;
}

std::uint32_t signed_code(const Shape& s, std::uint32_t code, bool negative) {
  if (!negative || (code == 0 && !s.has_minus_zero)) return code;
  if (s.kind == Kind::kTwosComplement) return (2 * s.sign - code) & (2 * s.sign - 1);
  return code | s.sign;
}

}  // namespace

double magnitude_of(const Format& f, std::uint32_t code) { return magnitude(shape_of(f), code); }

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
  const Shape& s = shape_of(f);
  const std::uint32_t sign = negative ? kSign : 0;
  append(sign, signed_code(s, 0, negative));
  // Two's complement has one number more below zero.
  const std::uint32_t largest = s.kind == Kind::kTwosComplement && negative ? s.sign : s.largest;
  for (std::uint32_t code = 0; code < largest; ++code)
    append(sign | first_above(s, code, rule.rounding, negative), signed_code(s, code + 1, negative));
  append(sign | first_above(s, largest, rule.rounding, negative), overflow_code(s, negative, rule, false));
  append(sign | kInfinity, overflow_code(s, negative, rule, true));
  append_nans(s.quiet, s.mantissa_bits, negative, nan_code(s, negative, rule.nan),
              rule.nan == NanCode::kSignedPayload && s.infinity != 0);
}

// All NaNs of a sign have one code, but where their payload is kept: then each value of its upper bits is an interval,
// those without the quiet bit having the codes of those with it.
void MidpointOracle::append_nans(std::uint32_t quiet, int mantissa_bits, bool negative, std::uint32_t code,
                                 bool keeps_payload) {
  const std::uint32_t sign = negative ? kSign : 0;
  if (!keeps_payload) return append(sign | (kInfinity + 1), code);
  const std::uint32_t quiet_bit = std::uint32_t{1} << (mantissa_bits - 1);
  if ((quiet & quiet_bit) == 0) std::abort();
  for (std::uint32_t upper = 0; upper < 2 * quiet_bit; ++upper)
    append(sign | (kInfinity + (upper == 0 ? 1 : upper << (23 - mantissa_bits))), code | upper);
}

std::uint32_t MidpointOracle::code(std::uint32_t float_bits) const noexcept {
  const auto after = std::upper_bound(intervals_.begin(), intervals_.end(), float_bits,
                                      [](std::uint32_t bits, const CodeInterval& i) { return bits < i.first_bits; });
  return std::prev(after)->code;
}

}  // namespace bitgate::oracle
