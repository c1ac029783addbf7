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

enum class Kind {
  kSignAndMagnitude,
  kExponent,
  kTwosComplement,
  kOffset,    // code = bias + value, no sign
  kBinary32,  // a code is its own bit pattern
};

// Written out a format at a time: the point of an oracle is not to reuse the derivations of format.h.
struct Shape {
  const char* name;
  std::uint32_t largest, infinity, quiet, all_ones, sign;  // codes; infinity and quiet 0 where there is none
  bool has_nan;
  int mantissa_bits, bias;  // of a float; of two's complement the exponent of a step is -bias
                            // of kOffset `largest` is that of the positive half, `bias` that of the negative one
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
    {"uint4", 15, 0, 0, 0, 0, false, 0, 0, Kind::kOffset},
    {"uint5", 31, 0, 0, 0, 0, false, 0, 0, Kind::kOffset},
    {"offset4", 7, 0, 0, 0, 0, false, 0, 8, Kind::kOffset},
    {"offset5", 15, 0, 0, 0, 0, false, 0, 16, Kind::kOffset},
    {"fp16", 0x7BFF, 0x7C00, 0x7E00, 0x7FFF, 0x8000, true, 10, 15},
    {"bf16", 0x7F7F, 0x7F80, 0x7FC0, 0x7FFF, 0x8000, true, 7, 127},
    {"tf32", 0x3FBFF, 0x3FC00, 0x3FE00, 0x3FFFF, 0x40000, true, 10, 127},
    {"fp32", 0x7F7FFFFF, 0x7F800000, 0x7FC00000, 0x7FFFFFFF, 0x80000000, true, 23, 127, Kind::kBinary32},
};

const Shape& shape_of(const Format& f) {
  for (const Shape& shape : kShapes)
    if (f.name == shape.name) return shape;
  std::abort();
}

double magnitude(const Shape& s, std::uint32_t code) {
  const int c = static_cast<int>(code);
  if (s.kind == Kind::kOffset) return c;
  if (s.kind == Kind::kTwosComplement) return std::ldexp(c, -s.bias);
  if (s.kind == Kind::kExponent) return std::ldexp(1.0, c - s.bias);
  const int step = 1 << s.mantissa_bits;
  const int field = c / step;
  if (field == 0) return std::ldexp(c, 1 - s.bias - s.mantissa_bits);
  return std::ldexp(step + c % step, field - s.bias - s.mantissa_bits);
}

// Where the codes of greater magnitude begin: at a number, or right after it.
struct Boundary {
  double at;
  bool inclusive;
};

// The first non-negative float of the codes above.
std::uint32_t first_float(const Boundary& boundary) {
  if (boundary.at > static_cast<double>(std::numeric_limits<float>::max())) return kInfinity;
  const auto nearest = static_cast<float>(boundary.at);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (static_cast<double>(nearest) == boundary.at) return bits + (boundary.inclusive ? 0 : 1);
  return bits + (static_cast<double>(nearest) < boundary.at ? 1 : 0);
}

// Between the codes of magnitudes `code` and `code` + 1, for numbers of this sign.
Boundary boundary_above(const Shape& s, std::uint32_t code, Rounding rounding, bool negative) {
  const double low = magnitude(s, code);
  const double high = magnitude(s, code + 1);
  const double middle = (low + high) / 2;
  const bool exponent = s.kind == Kind::kExponent;
  const bool below_zero = negative && (s.sign != 0 || s.kind == Kind::kOffset);
  bool tie_goes_up = false;
  switch (rounding) {
    case Rounding::kTowardZero: return {high, true};
    case Rounding::kUp: return below_zero ? Boundary{high, true} : Boundary{low, false};
    case Rounding::kDown: return below_zero ? Boundary{low, false} : Boundary{high, true};
    case Rounding::kNearestToZero: break;
    case Rounding::kNearestEvenCode: tie_goes_up = code % 2 == 1; break;
    case Rounding::kNearestEven:
    case Rounding::kNearestAway:
      // E8M0 has no zero: PyTorch's and CUDA's conversions send everything above 2^-127 to 2^-126, and every tie up,
      // since the bit that is rounded to is the implicit one.
      if (exponent && code == 0) return {low, false};
      tie_goes_up = exponent || rounding == Rounding::kNearestAway || code % 2 == 1;
  }
  return {middle, tie_goes_up};
}

// Of 2^bits parts of the step those that are left, the draw added, reach the next code.
Boundary drawn_boundary_above(const Shape& s, std::uint32_t code, const Draw& draw) {
  const double low = magnitude(s, code);
  const double part = std::ldexp(magnitude(s, code + 1) - low, -draw.bits);
  const std::uint32_t parts = (1u << draw.bits) - (draw.random & ((1u << draw.bits) - 1));
  return {low + parts * part, true};
}

std::uint32_t nan_code(const Shape& s, bool negative, NanCode rule) {
  if (s.kind == Kind::kTwosComplement) return 0;
  if (s.kind == Kind::kOffset) return static_cast<std::uint32_t>(s.bias);
  if (rule == NanCode::kZero) return 0;
  if (rule == NanCode::kLargest) return s.largest;
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
  if (s.kind == Kind::kOffset) return negative ? 0 : s.largest + static_cast<std::uint32_t>(s.bias);
  const std::uint32_t sign = negative ? s.sign : 0;
  // "Code 0" is said of a NaN alone.
  const NanCode nan = rule.nan == NanCode::kZero ? NanCode::kPositiveAllOnes : rule.nan;
  switch (rule.overflow) {
    case Overflow::kSaturate: break;
    case Overflow::kNan:
      if (s.has_nan) return nan_code(s, negative, nan);
      break;
    case Overflow::kSignedNan:
      if (s.has_nan) return s.has_minus_zero ? sign | s.all_ones : s.all_ones;
      break;
    case Overflow::kInfinity:
      if (s.infinity != 0) return sign | s.infinity;
      break;
    case Overflow::kSaturateFinite:
      if (infinite && s.infinity != 0) return sign | s.infinity;
      if (infinite && s.has_nan) return nan_code(s, negative, nan);
      break;
  }
  return sign | s.largest;
}

// The largest code that a number of this sign has, without the sign.
std::uint32_t largest_code(const Shape& s, bool negative) {
  if (negative && s.kind == Kind::kTwosComplement) return s.sign;  // one number more below zero
  return negative && s.kind == Kind::kOffset ? static_cast<std::uint32_t>(s.bias) : s.largest;
}

std::uint32_t signed_code(const Shape& s, std::uint32_t code, bool negative) {
  if (s.kind == Kind::kOffset) return static_cast<std::uint32_t>(s.bias) + (negative ? 0u - code : code);
  if (!negative || (code == 0 && !s.has_minus_zero)) return code;
  if (s.kind == Kind::kTwosComplement) return (2 * s.sign - code) & (2 * s.sign - 1);
  return code | s.sign;
}

}  // namespace

double magnitude_of(const Format& f, std::uint32_t code) { return magnitude(shape_of(f), code); }

MidpointOracle::MidpointOracle(const Format& format, const EncodeRule& rule, const Draw& draw)
    : format_(format), rule_(rule), draw_(draw) {
  append_half(false);
  append_half(true);
  for (std::size_t i = 0; i + 1 < intervals_.size(); ++i) intervals_[i].last_bits = intervals_[i + 1].first_bits - 1;
  intervals_.back().last_bits = 0xFFFFFFFF;
}

// An interval that the next one leaves empty goes, and one that says no other than the last is not begun.
void MidpointOracle::append(std::uint32_t first_bits, std::uint32_t code, std::uint32_t step) {
  if (!intervals_.empty() && intervals_.back().first_bits == first_bits) intervals_.pop_back();
  if (!intervals_.empty() && intervals_.back().code == code && intervals_.back().step == 0 && step == 0) return;
  intervals_.push_back({first_bits, first_bits, code, step});
}

void MidpointOracle::append_half(bool negative) {
  const Shape& s = shape_of(format_);
  const std::uint32_t sign = negative ? kSign : 0;
  const std::uint32_t largest = largest_code(s, negative);
  if (s.kind == Kind::kBinary32) {
    append(sign, sign, 1);
  } else {
    append(sign, signed_code(s, 0, negative));
    for (std::uint32_t code = 0; code <= largest; ++code) {
      const Boundary above =
          draw_.bits == 0 ? boundary_above(s, code, rule_.rounding, negative) : drawn_boundary_above(s, code, draw_);
      const std::uint32_t next =
          code < largest ? signed_code(s, code + 1, negative) : overflow_code(s, negative, rule_, false);
      append(sign | first_float(above), next);
    }
  }
  append(sign | kInfinity, overflow_code(s, negative, rule_, true));
  append_nans(s.quiet, s.mantissa_bits, negative, nan_code(s, negative, rule_.nan),
              rule_.nan == NanCode::kSignedPayload && s.infinity != 0);
}

// All NaNs of a sign have one code, but where their payload is kept: then each value of its upper bits is an interval,
// those without the quiet bit having the codes of those with it.
void MidpointOracle::append_nans(std::uint32_t quiet, int mantissa_bits, bool negative, std::uint32_t code,
                                 bool keeps_payload) {
  const std::uint32_t sign = negative ? kSign : 0;
  if (!keeps_payload) return append(sign | (kInfinity + 1), code);
  const std::uint32_t quiet_bit = std::uint32_t{1} << (mantissa_bits - 1);
  if ((quiet & quiet_bit) == 0) std::abort();
  if (mantissa_bits == 23) {
    append(sign | (kInfinity + 1), code | 1, 1);
    return append(sign | quiet, code, 1);
  }
  for (std::uint32_t upper = 0; upper < 2 * quiet_bit; ++upper)
    append(sign | (kInfinity + (upper == 0 ? 1 : upper << (23 - mantissa_bits))), code | upper);
}

std::uint32_t MidpointOracle::code_of_number(double value) const {
  const Shape& s = shape_of(format_);
  if (s.kind == Kind::kBinary32 || std::isnan(value)) std::abort();
  const bool negative = std::signbit(value);
  const double size = std::fabs(value);
  if (std::isinf(value)) return overflow_code(s, negative, rule_, true);
  // Codes below `passed` are too small, those from `open` on are not.
  std::uint32_t passed = 0, open = largest_code(s, negative) + 1;
  while (passed < open) {
    const std::uint32_t code = passed + (open - passed) / 2;
    const Boundary above = boundary_above(s, code, rule_.rounding, negative);
    if (size > above.at || (above.inclusive && size == above.at))
      passed = code + 1;
    else
      open = code;
  }
  return passed > largest_code(s, negative) ? overflow_code(s, negative, rule_, false)
                                            : signed_code(s, passed, negative);
}

std::uint32_t MidpointOracle::code(std::uint32_t float_bits) const noexcept {
  const auto after = std::upper_bound(intervals_.begin(), intervals_.end(), float_bits,
                                      [](std::uint32_t bits, const CodeInterval& i) { return bits < i.first_bits; });
  return std::prev(after)->code_of(float_bits);
}

}  // namespace bitgate::oracle
