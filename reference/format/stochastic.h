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

// significand / 2^shift, shift >= 0, of which the low `bits` bits of `random` decide the last place. bits: 1 .. 31.
template <class F, class U = BitsOf<F>>
[[gnu::always_inline]] constexpr U shift_stochastic(U significand, IntOf<F> shift, U random, int bits) noexcept {
  // From 25 on nothing is kept; the shifts of the rest stay below 32 too.
  const auto count = [](IntOf<F> n) {
    return bits_as<std::uint32_t>(select(n < 0, IntOf<F>(0), select(n < 31, n, 31)));
  };
  const U kept = significand >> count(shift);
  const U rest = significand & ((U(1u) << count(shift)) - 1u);
  const IntOf<F> cut = shift - bits;
  const U parts = (rest << count(-cut)) >> count(cut);
  const U draw = random & ((1u << bits) - 1u);
  return kept + ((parts + draw) >> bits);
}

// E8M0: between two powers the distance is the lower one. Zero and everything up to 2^-127 is code 0.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> stochastic_exponent(const Format& f, const Binary32<F>& x, BitsOf<F> random,
                                                               int bits, const EncodeRule& rule) noexcept {
  using U = BitsOf<F>;
  const auto subnormal = x.significand < 0x800000u;
  const U floor_code = select(subnormal, U(0u), bits_as<std::uint32_t>(x.exponent + int{f.bias}));
  const IntOf<F> shift = select(subnormal, IntOf<F>(22), 23);
  const U code = floor_code - 1u + shift_stochastic<F>(x.significand, shift, random, bits);
  return with_sign<F>(f, x, select(x.significand <= 0x400000u, U(0u), code), rule);
}

}  // namespace encode_detail

// The code of `value` in format `f`, the low `bits` (1 .. 31) bits of `random` deciding, in each lane. rule.rounding is
// not read; overflow and NaN are as in encode(). Total.
template <class F>
[[gnu::always_inline]] constexpr BitsOf<F> encode_stochastic_lanes(const Format& f, F value, BitsOf<F> random, int bits,
                                                                   const EncodeRule& rule) noexcept {
  const encode_detail::Binary32<F> x = encode_detail::unpack(value);
  const auto rounded = [&](BitsOf<F> significand, IntOf<F> shift, YesOf<F>) {
    return encode_detail::shift_stochastic<F>(significand, shift, random, bits);
  };
  BitsOf<F> number(0u);
  if (is_integer(f))
    number = encode_detail::encode_integer<F>(f, x, rounded);
  else if (f.has_zero)
    number = encode_detail::encode_float<F>(f, x, rule, rounded);
  else
    number = encode_detail::stochastic_exponent<F>(f, x, random, bits, rule);
  return select(x.nan, encode_detail::nan_code<F>(f, x, rule.nan), number);
}
[[gnu::always_inline]] constexpr std::uint32_t encode_stochastic(const Format& f, float value, std::uint32_t random,
                                                                 int bits, const EncodeRule& rule) noexcept {
  return encode_stochastic_lanes<float>(f, value, random, bits, rule);
}
template <int N>
[[gnu::always_inline]] constexpr Lanes<std::uint32_t, N> encode_stochastic(const Format& f, Lanes<float, N> value,
                                                                           Lanes<std::uint32_t, N> random, int bits,
                                                                           const EncodeRule& rule) noexcept {
  return encode_stochastic_lanes(f, value, random, bits, rule);
}

// 1.25 is half a step above 1: the 128 draws from 128 on go up.
static_assert(encode_stochastic(kE2m1, 1.25f, 127, 8, kCvtRnSatfinite) == 2);
static_assert(encode_stochastic(kE2m1, 1.25f, 128, 8, kCvtRnSatfinite) == 3);

}  // namespace bitgate
