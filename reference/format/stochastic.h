// Rounding that given random bits decide, as PTX's cvt.rs and gfloat's StochasticFastest have it.
//
// The value lies between two neighbouring codes, `part` steps of 2^-bits of their distance above the lower one (by
// magnitude), cut down to a whole number of them. It goes to the upper one when part + random carries out of `bits`
// bits. So a value that is a code stays, and what is cut off below the random bits never decides.
//
// PTX: 8 bits an element for E2M1 (cvt.rs.satfinite.e2m1x4.f32), 13 for FP16 and BF16 (cvt.rs.{f16x2,bf16x2}.f32).
// Under the smallest normal number the distance is that of the subnormal codes; that the hardware does the same there
// is assumed, not measured.
#pragma once

#include <cstdint>

#include "bitgate/reference/format/encode.h"

namespace bitgate {
namespace encode_detail {

// significand / 2^shift, of which the low `bits` bits of `random` decide the last place. bits: 1 .. 31.
constexpr std::uint32_t shift_stochastic(std::uint32_t significand, int shift, std::uint32_t random,
                                         int bits) noexcept {
  if (shift <= 0) return significand << -shift;
  const int cut = shift - bits;
  const std::uint64_t wide = significand;
  const std::uint64_t parts = cut >= 32 ? 0 : cut >= 0 ? wide >> cut : wide << -cut;
  const std::uint64_t draw = random & ((std::uint64_t{1} << bits) - 1);
  return static_cast<std::uint32_t>((parts + draw) >> bits);
}

constexpr std::uint32_t stochastic_float(const Format& f, const Binary32& x, std::uint32_t random, int bits,
                                         const EncodeRule& rule) noexcept {
  if (x.infinity) return overflow_result(f, x.negative, rule, true);
  const int min_exponent = 1 - f.bias;
  const int exponent = x.exponent > min_exponent ? x.exponent : min_exponent;
  const int shift = 23 - f.mantissa_bits + (exponent - x.exponent);
  const std::uint32_t steps = shift_stochastic(x.significand, shift, random, bits);
  const std::uint64_t code = steps + (static_cast<std::uint64_t>(exponent - min_exponent) << f.mantissa_bits);
  if (code > max_code(f)) return overflow_result(f, x.negative, rule);
  if (f.top == TopCodes::kFnuz && code == 0) return 0;
  return (x.negative ? sign_mask(f) : 0) | static_cast<std::uint32_t>(code);
}

// E8M0: between two powers the distance is the lower one. Zero and everything up to 2^-127 is code 0.
constexpr std::uint32_t stochastic_exponent(const Format& f, const Binary32& x, std::uint32_t random, int bits,
                                            const EncodeRule& rule) noexcept {
  if (x.infinity) return overflow_result(f, false, rule, true);
  const bool subnormal = x.significand < 0x800000;
  if (subnormal && x.significand <= 0x400000) return 0;
  const std::uint32_t floor_code = subnormal ? 0 : static_cast<std::uint32_t>(x.exponent + f.bias);
  const std::uint32_t code = floor_code - 1 + shift_stochastic(x.significand, subnormal ? 22 : 23, random, bits);
  return code > max_code(f) ? overflow_result(f, false, rule) : code;
}

// As encode_integer: both ends saturate.
constexpr std::uint32_t stochastic_integer(const Format& f, const Binary32& x, std::uint32_t random,
                                           int bits) noexcept {
  const int exponent = x.exponent + f.fraction_bits;
  const std::int64_t size =
      x.infinity || exponent > 20 ? 1 << 20 : shift_stochastic(x.significand, 23 - exponent, random, bits);
  const std::int64_t first = f.has_sign ? -(std::int64_t{1} << (f.bits - 1)) : -f.bias;
  const std::int64_t last = first + static_cast<std::int64_t>(code_count(f)) - 1;
  const std::int64_t value = x.negative ? -size : size;
  const std::int64_t kept = value < first ? first : value > last ? last : value;
  return static_cast<std::uint32_t>(kept + f.bias) & static_cast<std::uint32_t>(code_count(f) - 1);
}

}  // namespace encode_detail

// The code of `value` in format `f`, the low `bits` (1 .. 31) bits of `random` deciding. rule.rounding is not read;
// overflow and NaN are as in encode(). Total.
constexpr std::uint32_t encode_stochastic(const Format& f, float value, std::uint32_t random, int bits,
                                          const EncodeRule& rule) noexcept {
  const encode_detail::Binary32 x = encode_detail::unpack(value);
  if (x.nan) return encode(f, value, rule);
  if (is_integer(f)) return encode_detail::stochastic_integer(f, x, random, bits);
  return f.has_zero ? encode_detail::stochastic_float(f, x, random, bits, rule)
                    : encode_detail::stochastic_exponent(f, x, random, bits, rule);
}

// 1.25 is half a step above 1: the 128 draws from 128 on go up.
static_assert(encode_stochastic(kE2m1, 1.25f, 127, 8, kCvtRnSatfinite) == 2);
static_assert(encode_stochastic(kE2m1, 1.25f, 128, 8, kCvtRnSatfinite) == 3);

}  // namespace bitgate
