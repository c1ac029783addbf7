// Value to code: the caller names the rounding, what overflow gives and which NaN results. Integer arithmetic only,
// so the result does not depend on the host's floating-point unit or flags.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/format/format.h"

namespace bitgate {

enum class Rounding : std::uint8_t {
  kNearestEven,  // ties to the even code
  kNearestAway,  // ties away from zero
  kTowardZero,
  kUp,             // toward +infinity
  kNearestToZero,  // ties toward zero
  kDown,           // toward -infinity
  // As kNearestEven, but E8M0 too looks at the code: a tie of two powers goes to the even code (gfloat).
  kNearestEvenCode,
};

enum class Overflow : std::uint8_t {
  kSaturate,  // the largest finite code of the sign, infinity too
  kNan,       // the NaN that NanCode names; a format without one saturates
  kInfinity,  // infinity of the sign; a format without one saturates
  // Numbers saturate; infinity gives infinity, in a format without one NaN, in a format without either saturates.
  kSaturateFinite,
  kSignedNan,  // as kNan, but of the number's sign whatever becomes of a NaN's (CUDA's headers without saturation)
};

enum class NanCode : std::uint8_t {
  kPositiveAllOnes,  // PTX cvt: 0x7F (E4M3), 0xFF (E8M0), 0x7FFF (FP16, BF16); E2M1 has no NaN: +6
  kSignedAllOnes,    // PyTorch's casts: the sign of the NaN is kept
  kSignedQuiet,      // IEEE formats: sign and quiet bit only (ggml's host conversion: 0x7E00)
  kLargest,          // the largest finite code (FlashInfer's CuTe kernels, E8M0: 0xFE)
  kZero,             // code 0, of a NaN alone (FlashInfer's host code, E8M0: the exponent field runs over)
  // The next three are kSignedQuiet where they say nothing else.
  kSignedPayload,    // IEEE formats: sign, quiet bit and what fits of the payload (CUDA's double to E5M2)
  kSignedLargest,    // formats without NaN: the largest code with the NaN's sign (CUTLASS's host)
  kNegatedZero,      // formats without NaN: -0 for a positive one, +0 for a negative one (ml_dtypes)
  kNegativeAllOnes,  // the last code, whatever the NaN's sign (gfloat)
};
// Of formats without infinity that have NaNs of both signs, "quiet" is all ones, their only NaN. A FNUZ format has one
// NaN whatever is asked; an integer has none and gives the code of 0.

struct EncodeRule {
  Rounding rounding = Rounding::kNearestEven;
  Overflow overflow = Overflow::kSaturate;
  NanCode nan = NanCode::kPositiveAllOnes;
  friend constexpr bool operator==(const EncodeRule&, const EncodeRule&) = default;
};

// Named conversions: PTX cvt.rn.satfinite, cvt.rp.satfinite, cvt.rz, cvt.rp; PTX cvt.rn.f16; PyTorch's eager cast
// before 2.13.
inline constexpr EncodeRule kCvtRnSatfinite{};
inline constexpr EncodeRule kCvtRpSatfinite{Rounding::kUp, Overflow::kSaturate, NanCode::kPositiveAllOnes};
inline constexpr EncodeRule kCvtRz{Rounding::kTowardZero, Overflow::kNan, NanCode::kPositiveAllOnes};
inline constexpr EncodeRule kCvtRp{Rounding::kUp, Overflow::kNan, NanCode::kPositiveAllOnes};
inline constexpr EncodeRule kCvtRnInf{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kPositiveAllOnes};
inline constexpr EncodeRule kTorchCast{Rounding::kNearestEven, Overflow::kNan, NanCode::kSignedAllOnes};
// As kTorchCast, of a format with infinities (E5M2).
inline constexpr EncodeRule kTorchCastInf{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedAllOnes};
inline constexpr EncodeRule kGgmlHostHalf{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet};

namespace encode_detail {

// All inlined: of a constant format and rule only what these need is left.

[[gnu::always_inline]] constexpr std::uint32_t nan_result(const Format& f, bool negative, NanCode nan) noexcept {
  if (nan == NanCode::kZero) return 0;
  if (nan == NanCode::kLargest) return max_code(f);
  if (f.top == TopCodes::kFinite) {
    if (nan == NanCode::kNegatedZero) return negative ? 0 : sign_mask(f);
    return max_code(f) | (negative && nan == NanCode::kSignedLargest ? sign_mask(f) : 0);
  }
  if (f.top == TopCodes::kFnuz) return sign_mask(f);
  const bool all_ones = nan == NanCode::kPositiveAllOnes || nan == NanCode::kSignedAllOnes;
  const bool last = nan == NanCode::kNegativeAllOnes;
  const std::uint32_t sign = last || (negative && nan != NanCode::kPositiveAllOnes) ? sign_mask(f) : 0;
  if (f.top == TopCodes::kIeee && !all_ones && !last) return sign | infinity_code(f) | (1u << (f.mantissa_bits - 1));
  return sign | magnitude_mask(f);
}

[[gnu::always_inline]] constexpr std::uint32_t overflow_result(const Format& f, bool negative, const EncodeRule& rule,
                                                               bool infinite = false) noexcept {
  const std::uint32_t sign = negative ? sign_mask(f) : 0;
  if (rule.overflow == Overflow::kSaturateFinite && infinite && f.top == TopCodes::kIeee)
    return sign | infinity_code(f);
  const bool to_nan = rule.overflow == Overflow::kNan || (rule.overflow == Overflow::kSaturateFinite && infinite);
  // kZero speaks of a NaN alone.
  const NanCode nan = rule.nan == NanCode::kZero ? NanCode::kPositiveAllOnes : rule.nan;
  if (to_nan && f.top != TopCodes::kFinite) return nan_result(f, negative, nan);
  if (rule.overflow == Overflow::kSignedNan && f.top != TopCodes::kFinite)
    return nan_result(f, negative, NanCode::kSignedAllOnes);
  if (rule.overflow == Overflow::kInfinity && f.top == TopCodes::kIeee) return sign | infinity_code(f);
  return sign | max_code(f);
}

// significand / 2^shift as an integer. A shift past the significand leaves only its sticky part.
[[gnu::always_inline]] constexpr std::uint32_t shift_rounded(std::uint32_t significand, int shift, Rounding rounding,
                                                             bool negative) noexcept {
  if (shift <= 0) return significand << -shift;
  const int clamped = shift < 32 ? shift : 32;
  const std::uint64_t wide = significand;
  const std::uint64_t kept = wide >> clamped;
  const std::uint64_t rest = wide & ((std::uint64_t{1} << clamped) - 1);
  const std::uint64_t half = std::uint64_t{1} << (clamped - 1);
  bool up = false;
  switch (rounding) {
    case Rounding::kNearestEven:
    case Rounding::kNearestEvenCode: up = rest > half || (rest == half && (kept & 1) != 0); break;
    case Rounding::kNearestAway: up = rest >= half; break;
    case Rounding::kTowardZero: break;
    case Rounding::kUp: up = rest != 0 && !negative; break;
    case Rounding::kNearestToZero: up = rest > half; break;
    case Rounding::kDown: up = rest != 0 && negative; break;
  }
  return static_cast<std::uint32_t>(kept + (up ? 1 : 0));
}

struct Binary32 {
  bool negative;
  bool nan, infinity;
  int exponent;               // of the significand's bit 23
  std::uint32_t significand;  // 24 bits; below 2^23 for a subnormal
};

constexpr Binary32 unpack(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t field = (bits >> 23) & 0xFF;
  const std::uint32_t mantissa = bits & 0x7FFFFF;
  const bool subnormal = field == 0;
  return {(bits >> 31) != 0, field == 0xFF && mantissa != 0, field == 0xFF && mantissa == 0,
          (subnormal ? 1 : static_cast<int>(field)) - 127, subnormal ? mantissa : mantissa | 0x800000};
}

// What a NaN's code keeps of its mantissa besides the quiet bit.
[[gnu::always_inline]] constexpr std::uint32_t payload(const Format& f, const Binary32& x, NanCode nan) noexcept {
  if (nan != NanCode::kSignedPayload || f.top != TopCodes::kIeee) return 0;
  return (x.significand >> (23 - f.mantissa_bits)) & mantissa_mask(f);
}

// Formats with a zero: sign, exponent, mantissa, gradual underflow. Without a sign: the code of |x|.
[[gnu::always_inline]] constexpr std::uint32_t encode_float(const Format& f, const Binary32& x,
                                                            const EncodeRule& rule) noexcept {
  if (x.infinity) return overflow_result(f, x.negative, rule, true);
  const int min_exponent = 1 - f.bias;
  const int exponent = x.exponent > min_exponent ? x.exponent : min_exponent;
  const int shift = 23 - f.mantissa_bits + (exponent - x.exponent);
  const std::uint32_t steps = shift_rounded(x.significand, shift, rule.rounding, x.negative && f.has_sign);
  // A carry out of the mantissa lands in the exponent field by itself.
  const std::uint64_t code = steps + (static_cast<std::uint64_t>(exponent - min_exponent) << f.mantissa_bits);
  if (code > max_code(f)) return overflow_result(f, x.negative, rule);
  if (f.top == TopCodes::kFnuz && code == 0) return 0;
  return (x.negative ? sign_mask(f) : 0) | static_cast<std::uint32_t>(code);
}

// E8M0: the sign is ignored, zero gives code 0 (2^-127), infinity overflows. Nearest ties go up: the implicit one is
// odd; and of a subnormal everything above 2^-127 does (PyTorch, ml_dtypes). The two roundings that name where a tie
// goes are nearest in value there as well. Down is toward zero.
[[gnu::always_inline]] constexpr std::uint32_t encode_exponent(const Format& f, const Binary32& x,
                                                               const EncodeRule& rule) noexcept {
  if (x.infinity) return overflow_result(f, false, rule, true);
  const bool subnormal = x.significand < 0x800000;
  // Subnormals lie under 2^-126 (code 1): code 0 holds everything that does not round up.
  const std::uint32_t floor_code = subnormal ? 0 : static_cast<std::uint32_t>(x.exponent + f.bias);
  const std::uint32_t base = subnormal ? 0x400000 : 0x800000;
  const std::uint32_t tie = base + base / 2;
  bool up = false;
  switch (rule.rounding) {
    case Rounding::kNearestEven:
    case Rounding::kNearestAway: up = subnormal ? x.significand > base : x.significand >= tie; break;
    case Rounding::kTowardZero: break;
    case Rounding::kUp: up = x.significand > base; break;
    case Rounding::kNearestToZero: up = x.significand > tie; break;
    case Rounding::kDown: break;
    case Rounding::kNearestEvenCode: up = x.significand > tie || (x.significand == tie && floor_code % 2 != 0); break;
  }
  const std::uint32_t code = floor_code + (up ? 1 : 0);
  return code > max_code(f) ? overflow_result(f, false, rule) : code;
}

// Two's complement, in units of 2^-fraction_bits: saturates to -2^(bits-1) .. 2^(bits-1)-1 whatever the overflow rule;
// NaN gives 0. Without a sign: the rounded value plus the bias, saturating to 0 .. 2^bits-1; NaN gives the code of 0.
[[gnu::always_inline]] constexpr std::uint32_t encode_integer(const Format& f, const Binary32& x,
                                                              const EncodeRule& rule) noexcept {
  if (!f.has_sign) {
    const std::int64_t size = x.infinity || x.exponent > 20
                                  ? 1 << 20
                                  : shift_rounded(x.significand, 23 - x.exponent, rule.rounding, x.negative);
    const std::int64_t code = (x.negative ? -size : size) + f.bias;
    const std::int64_t last = static_cast<std::int64_t>(code_count(f)) - 1;
    return static_cast<std::uint32_t>(code < 0 ? 0 : code > last ? last : code);
  }
  const std::int64_t top = std::int64_t{1} << (f.bits - 1);
  const int exponent = x.exponent + f.fraction_bits;
  const bool too_large = x.infinity || exponent >= f.bits;
  const std::int64_t steps = too_large ? top : shift_rounded(x.significand, 23 - exponent, rule.rounding, x.negative);
  const std::int64_t value = x.negative ? -(steps < top ? steps : top) : (steps < top - 1 ? steps : top - 1);
  return static_cast<std::uint32_t>(value) & ((1u << f.bits) - 1);
}

}  // namespace encode_detail

// The code of `value` in format `f`. Total: every bit pattern has a result.
[[gnu::always_inline]] constexpr std::uint32_t encode(const Format& f, float value, const EncodeRule& rule) noexcept {
  const encode_detail::Binary32 x = encode_detail::unpack(value);
  if (x.nan && is_integer(f)) return static_cast<std::uint32_t>(f.bias);
  if (x.nan) return encode_detail::nan_result(f, x.negative, rule.nan) | encode_detail::payload(f, x, rule.nan);
  if (is_integer(f)) return encode_detail::encode_integer(f, x, rule);
  return f.has_zero ? encode_detail::encode_float(f, x, rule) : encode_detail::encode_exponent(f, x, rule);
}

// decode() in binary32; exact for every format of at most 16 bits.
constexpr float decode_float(const Format& f, std::uint32_t code) noexcept {
  return static_cast<float>(decode(f, code));
}

static_assert(encode(kE2m1, 5.0f, kCvtRnSatfinite) == 0x6 && encode(kE2m1, -0.0f, kCvtRnSatfinite) == 0x8);
static_assert(encode(kE4m3, 464.0f, kTorchCast) == 0x7E && encode(kE4m3, 0x1.d00002p8f, kTorchCast) == 0x7F);
static_assert(encode(kE4m3, 0x1p-10f, kCvtRnSatfinite) == 0 && encode(kE4m3, 0x1.000002p-10f, kCvtRnSatfinite) == 1);
static_assert(encode(kFp16, 65520.0f, kCvtRnInf) == 0x7C00 && encode(kE8m0, 1.5f, kCvtRp) == 128);

}  // namespace bitgate
