// Value to code: the caller names the rounding, what overflow gives and which NaN results. Written once for one number
// and for lanes of them; every code by integer arithmetic, but for one addition in binary32 (to nearest even,
// subnormals kept: what the reference asks of its host anyway).
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/format/format.h"
#include "bitgate/reference/format/lanes.h"

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

template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> nan_result(const Format& f, YesOf<F> negative, NanCode nan) noexcept {
  using U = BitsOf<F>;
  if (nan == NanCode::kZero) return U(0u);
  if (nan == NanCode::kLargest) return U(max_code(f));
  const U sign = select(negative, U(sign_mask(f)), 0u);
  if (f.top == TopCodes::kFinite) {
    if (nan == NanCode::kNegatedZero) return sign ^ sign_mask(f);
    return nan == NanCode::kSignedLargest ? sign | max_code(f) : U(max_code(f));
  }
  if (f.top == TopCodes::kFnuz) return U(sign_mask(f));
  const bool all_ones = nan == NanCode::kPositiveAllOnes || nan == NanCode::kSignedAllOnes;
  const bool last = nan == NanCode::kNegativeAllOnes;
  const U kept = last ? U(sign_mask(f)) : nan == NanCode::kPositiveAllOnes ? U(0u) : sign;
  if (f.top == TopCodes::kIeee && !all_ones && !last) return kept | (infinity_code(f) | 1u << (f.mantissa_bits - 1));
  return kept | magnitude_mask(f);
}

template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> overflow_result(const Format& f, YesOf<F> negative, const EncodeRule& rule,
                                                           bool infinite) noexcept {
  const BitsOf<F> sign = select(negative, BitsOf<F>(sign_mask(f)), 0u);
  if (rule.overflow == Overflow::kSaturateFinite && infinite && f.top == TopCodes::kIeee)
    return sign | infinity_code(f);
  const bool to_nan = rule.overflow == Overflow::kNan || (rule.overflow == Overflow::kSaturateFinite && infinite);
  // kZero speaks of a NaN alone.
  const NanCode nan = rule.nan == NanCode::kZero ? NanCode::kPositiveAllOnes : rule.nan;
  if (to_nan && f.top != TopCodes::kFinite) return nan_result<F>(f, negative, nan);
  if (rule.overflow == Overflow::kSignedNan && f.top != TopCodes::kFinite)
    return nan_result<F>(f, negative, NanCode::kSignedAllOnes);
  if (rule.overflow == Overflow::kInfinity && f.top == TopCodes::kIeee) return sign | infinity_code(f);
  return sign | max_code(f);
}

// significand / 2^shift as an integer, shift >= 0. A shift past the significand leaves only its sticky part.
template <class F, class U = BitsOf<F>>
[[gnu::always_inline]] constexpr U shift_rounded(U significand, IntOf<F> shift, Rounding rounding,
                                                 YesOf<F> negative) noexcept {
  const U count = bits_as<std::uint32_t>(select(shift < 26, shift, 26));
  const U kept = significand >> count;
  const U one = U(1u) << count;
  const U twice_rest = (significand & (one - 1u)) << 1;
  YesOf<F> up(false);
  switch (rounding) {
    case Rounding::kNearestEven:
    case Rounding::kNearestEvenCode: up = twice_rest > one || (twice_rest == one && (kept & 1u) != 0u); break;
    case Rounding::kNearestAway: up = twice_rest >= one; break;
    case Rounding::kTowardZero: break;
    case Rounding::kUp: up = twice_rest != 0u && !negative; break;
    case Rounding::kNearestToZero: up = twice_rest > one; break;
    case Rounding::kDown: up = twice_rest != 0u && negative; break;
  }
  return kept + one_if<std::uint32_t>(up);
}

template <class F>
struct Binary32 {
  BitsOf<F> sign;  // bit 31
  YesOf<F> negative;
  YesOf<F> nan, infinity;
  IntOf<F> exponent;      // of the significand's bit 23
  BitsOf<F> significand;  // 24 bits; below 2^23 for a subnormal
};

template <class F>
[[gnu::always_inline]] constexpr Binary32<F> unpack(F value) noexcept {
  const BitsOf<F> bits = bits_of(value);
  const BitsOf<F> field = (bits >> 23) & 0xFFu;
  const BitsOf<F> mantissa = bits & 0x7FFFFFu;
  const auto subnormal = field == 0u;
  const IntOf<F> exponent = select(subnormal, IntOf<F>(1), bits_as<std::int32_t>(field)) - 127;
  const BitsOf<F> sign = bits & 0x80000000u;
  return {sign,           sign != 0u,
          value != value, field == 0xFFu && mantissa == 0u,
          exponent,       select(subnormal, mantissa, mantissa | 0x800000u)};
}

// IEEE formats may keep what fits of a NaN's payload besides the quiet bit.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> nan_code(const Format& f, const Binary32<F>& x, NanCode nan) noexcept {
  if (is_integer(f)) return BitsOf<F>(static_cast<std::uint32_t>(f.bias));
  const BitsOf<F> code = nan_result<F>(f, x.negative, nan);
  if (nan != NanCode::kSignedPayload || f.top != TopCodes::kIeee) return code;
  return code | ((x.significand >> (23 - f.mantissa_bits)) & mantissa_mask(f));
}

// The code of a magnitude with the number's sign; where it is past the largest one, as infinity's is, what the rule
// gives.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> with_sign(const Format& f, const Binary32<F>& x, BitsOf<F> code,
                                                     const EncodeRule& rule) noexcept {
  using U = BitsOf<F>;
  const auto overflows = code > max_code(f);
  if (rule.overflow == Overflow::kSaturate) code = lesser_of(code, U(max_code(f)));
  const U sign = f.has_sign ? x.sign >> (32 - f.bits) : U(0u);
  const U result = f.top == TopCodes::kFnuz ? select(code == 0u, U(0u), sign | code) : sign | code;
  if (rule.overflow == Overflow::kSaturate) return result;
  return select(x.infinity, overflow_result<F>(f, x.negative, rule, true),
                select(overflows, overflow_result<F>(f, x.negative, rule, false), result));
}

// Formats with a zero: sign, exponent, mantissa, gradual underflow. Without a sign: the code of |x|.
// rounded(significand, shift, negative): as shift_rounded.
template <class F, class Rounded>
[[gnu::always_inline]] constexpr BitsOf<F> encode_float(const Format& f, const Binary32<F>& x, const EncodeRule& rule,
                                                        Rounded rounded) noexcept {
  const int min_exponent = 1 - f.bias;
  const IntOf<F> exponent = select(x.exponent > min_exponent, x.exponent, min_exponent);
  const IntOf<F> shift = (exponent - x.exponent) + (23 - f.mantissa_bits);
  const auto rounds_down = f.has_sign ? x.negative : YesOf<F>(false);
  const BitsOf<F> steps = rounded(x.significand, shift, rounds_down);
  // A carry out of the mantissa lands in the exponent field by itself. Far above the format's exponents the field would
  // not fit; one binade above, the number overflows already.
  const int most = static_cast<int>(code_count(f) >> f.mantissa_bits);
  const IntOf<F> field = exponent - min_exponent;
  const BitsOf<F> kept_field = bits_as<std::uint32_t>(select(field < most, field, most));
  const BitsOf<F> code = steps + (kept_field << f.mantissa_bits);
  return with_sign<F>(f, x, code, rule);
}

// E8M0: the sign is ignored, zero gives code 0 (2^-127), infinity overflows. Nearest ties go up: the implicit one is
// odd; and of a subnormal everything above 2^-127 does (PyTorch, ml_dtypes). The two roundings that name where a tie
// goes are nearest in value there as well. Down is toward zero.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_exponent(const Format& f, const Binary32<F>& x,
                                                           const EncodeRule& rule) noexcept {
  using U = BitsOf<F>;
  const auto subnormal = x.significand < 0x800000u;
  // Subnormals lie under 2^-126 (code 1): code 0 holds everything that does not round up.
  const U floor_code = select(subnormal, U(0u), bits_as<std::uint32_t>(x.exponent + int{f.bias}));
  const U base = select(subnormal, U(0x400000u), 0x800000u);
  const U tie = base + (base >> 1);
  YesOf<F> up(false);
  switch (rule.rounding) {
    case Rounding::kNearestEven:
    case Rounding::kNearestAway: up = x.significand > select(subnormal, base, tie - 1u); break;
    case Rounding::kTowardZero: break;
    case Rounding::kUp: up = x.significand > base; break;
    case Rounding::kNearestToZero: up = x.significand > tie; break;
    case Rounding::kDown: break;
    case Rounding::kNearestEvenCode:
      up = x.significand > tie || (x.significand == tie && (floor_code & 1u) != 0u);
      break;
  }
  return with_sign<F>(f, x, floor_code + one_if<std::uint32_t>(up), rule);
}

// Two's complement, in units of 2^-fraction_bits: saturates to -2^(bits-1) .. 2^(bits-1)-1 whatever the overflow rule;
// NaN gives 0. Without a sign: the rounded value plus the bias, saturating to 0 .. 2^bits-1; NaN gives the code of 0.
template <class F, class Rounded>
[[gnu::always_inline]] constexpr BitsOf<F> encode_integer(const Format& f, const Binary32<F>& x,
                                                          Rounded rounded) noexcept {
  const auto steps_of = [&](IntOf<F> exponent, YesOf<F> too_large, std::int32_t top) {
    const IntOf<F> shift = select(too_large, IntOf<F>(0), 23 - exponent);
    const BitsOf<F> steps = rounded(x.significand, shift, x.negative);
    return select(too_large, IntOf<F>(top), bits_as<std::int32_t>(steps));
  };
  if (!f.has_sign) {
    const IntOf<F> size = steps_of(x.exponent, x.infinity || x.exponent > 20, 1 << 20);
    const IntOf<F> code = select(x.negative, -size, size) + int{f.bias};
    const std::int32_t last = static_cast<std::int32_t>(code_count(f)) - 1;
    return bits_as<std::uint32_t>(select(code < 0, IntOf<F>(0), select(code > last, IntOf<F>(last), code)));
  }
  const std::int32_t top = 1 << (f.bits - 1);
  const IntOf<F> exponent = x.exponent + int{f.fraction_bits};
  const IntOf<F> steps = steps_of(exponent, x.infinity || exponent >= int{f.bits}, top);
  const IntOf<F> below = select(steps < top, steps, top);
  const IntOf<F> above = select(steps < top - 1, steps, top - 1);
  return bits_as<std::uint32_t>(select(x.negative, -below, above)) & ((1u << f.bits) - 1);
}

// Nearest-even to a format of fewer places than binary32: what encode_float gives, by fewer steps. At and above the
// smallest normal number half a step is added to the bits and the rest cut off; below, adding a power of two whose last
// place is one step leaves the steps in its mantissa.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_nearest_even(const Format& f, const Binary32<F>& x, F value,
                                                               const EncodeRule& rule) noexcept {
  using U = BitsOf<F>;
  const U size = bits_of(value) & 0x7FFFFFFFu;
  const int dropped = 23 - f.mantissa_bits;
  const auto rebias = static_cast<std::uint32_t>(127 - f.bias) << f.mantissa_bits;
  const U normal = ((size + ((1u << (dropped - 1)) - 1u) + (size >> dropped & 1u)) >> dropped) - rebias;
  const auto one_step = static_cast<std::uint32_t>(127 + 1 - f.bias + dropped) << 23;
  const U steps = bits_of(float_of(size) + float_of(U(one_step))) - one_step;
  const auto smallest_normal = static_cast<std::uint32_t>(128 - f.bias) << 23;
  return with_sign<F>(f, x, select(size < smallest_normal, steps, normal), rule);
}

}  // namespace encode_detail

// The code of `value` in format `f`, in each lane. Total: every bit pattern has a result.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_lanes(const Format& f, F value, const EncodeRule& rule) noexcept {
  const encode_detail::Binary32<F> x = encode_detail::unpack(value);
  const auto rounded = [&](BitsOf<F> significand, IntOf<F> shift, YesOf<F> negative) {
    return encode_detail::shift_rounded<F>(significand, shift, rule.rounding, negative);
  };
  const bool to_even = rule.rounding == Rounding::kNearestEven || rule.rounding == Rounding::kNearestEvenCode;
  BitsOf<F> number(0u);
  if (is_integer(f))
    number = encode_detail::encode_integer<F>(f, x, rounded);
  else if (!f.has_zero)
    number = encode_detail::encode_exponent<F>(f, x, rule);
  else if (to_even && f.mantissa_bits < 23)
    number = encode_detail::encode_nearest_even<F>(f, x, value, rule);
  else
    number = encode_detail::encode_float<F>(f, x, rule, rounded);
  return select(x.nan, encode_detail::nan_code<F>(f, x, rule.nan), number);
}
[[gnu::always_inline]] constexpr std::uint32_t encode(const Format& f, float value, const EncodeRule& rule) noexcept {
  return encode_lanes<float>(f, value, rule);
}
template <int N>
[[gnu::always_inline]] constexpr Lanes<std::uint32_t, N> encode(const Format& f, Lanes<float, N> value,
                                                                const EncodeRule& rule) noexcept {
  return encode_lanes(f, value, rule);
}

// decode() in binary32; exact for every format of at most 16 bits.
[[gnu::always_inline]] constexpr float decode_float(const Format& f, std::uint32_t code) noexcept {
  return static_cast<float>(decode(f, code));
}
// The same, of lanes: codes in uint32, no bit above the format's width set.
template <int N>
[[gnu::always_inline]] constexpr Lanes<float, N> decode_float(const Format& f, Lanes<std::uint32_t, N> code) noexcept {
  using F = Lanes<float, N>;
  using U = Lanes<std::uint32_t, N>;
  if (is_integer(f)) {
    const auto number = bits_as<std::int32_t>(code & magnitude_mask(f));
    const auto origin = select((code & sign_mask(f)) != 0u, IntOf<F>(1 << (f.bits - 1)), std::int32_t{f.bias});
    return number_as<float>(number - origin) * F(static_cast<float>(power_of_two(-f.fraction_bits)));
  }
  const U size = code & magnitude_mask(f);
  const U rebias(static_cast<std::uint32_t>(127 - f.bias) << 23);
  const U normal = (size << (23 - f.mantissa_bits)) + rebias;
  const auto step = static_cast<float>(power_of_two(1 - f.bias - f.mantissa_bits));
  const F steps = number_as<float>(bits_as<std::int32_t>(size)) * F(step);
  const bool gradual = f.has_zero;
  U bits = select(size < (gradual ? 1u << f.mantissa_bits : 1u), gradual ? bits_of(steps) : U(0x00400000u), normal);
  bits = bits | select((code & sign_mask(f)) != 0u, U(0x80000000u), 0u);
  if (f.top == TopCodes::kIeee) bits = select(size == infinity_code(f), (bits & 0x80000000u) | 0x7F800000u, bits);
  const auto nan = f.top == TopCodes::kIeee         ? size > infinity_code(f)
                   : f.top == TopCodes::kNanAllOnes ? size == magnitude_mask(f)
                   : f.top == TopCodes::kFnuz       ? code == sign_mask(f)
                                                    : Mask<N>(false);
  return float_of(select(nan, U(0x7FC00000u), bits));
}

static_assert(encode(kE2m1, 5.0f, kCvtRnSatfinite) == 0x6 && encode(kE2m1, -0.0f, kCvtRnSatfinite) == 0x8);
static_assert(encode(kE4m3, 464.0f, kTorchCast) == 0x7E && encode(kE4m3, 0x1.d00002p8f, kTorchCast) == 0x7F);
static_assert(encode(kE4m3, 0x1p-10f, kCvtRnSatfinite) == 0 && encode(kE4m3, 0x1.000002p-10f, kCvtRnSatfinite) == 1);
static_assert(encode(kFp16, 65520.0f, kCvtRnInf) == 0x7C00 && encode(kE8m0, 1.5f, kCvtRp) == 128);

}  // namespace bitgate
