// Instructions that no recipe names by themselves, from the reference's: what the assembler makes of .approx without
// .ftz (machine code of nvcc 13.0 for sm_90; ptx.md 2.6 of the notes), and conversions of pairs, the first operand in
// the low half. MUFU flushes in either form; the scalings around it do not.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/integer.h"
#include "bitgate/reference/arith/mufu.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/fused/gelu.h"

namespace bitgate::compare::hardware {

using reference::div_approx;
using reference::div_approx_ftz;
using reference::ex2_approx;

constexpr std::uint32_t to_bits(float x) noexcept { return std::bit_cast<std::uint32_t>(x); }
constexpr float to_float(std::uint32_t bits) noexcept { return std::bit_cast<float>(bits); }

// F is float, or lanes of it (reference/format/lanes.h); U uint32, or lanes of it.
template <class F>
[[gnu::always_inline]] constexpr YesOf<F> is_subnormal_or_zero(F x) noexcept {
  return reference::magnitude(x) < reference::kFloat32MinNormal;
}

template <class F>
[[gnu::always_inline]] constexpr F rcp_approx(F x) noexcept {
  const F scaled_up = select(is_subnormal_or_zero(x), F(0x1p24f), 1.0f);
  const F factor = select(reference::magnitude(x) > 0x1p126f, F(0.25f), scaled_up);
  const F reciprocal = reference::rcp_approx_ftz(reference::mul_rn(x, factor));
  return reference::mul_rn(reciprocal, factor);
}
template <class F>
[[gnu::always_inline]] constexpr F rsqrt_approx(F x) noexcept {
  const auto small = is_subnormal_or_zero(x);
  const F root = reference::rsqrt_approx_ftz(reference::mul_rn(x, select(small, F(0x1p24f), 1.0f)));
  return reference::mul_rn(root, select(small, F(0x1p12f), 1.0f));
}
template <class F>
[[gnu::always_inline]] constexpr F lg2_approx(F x) noexcept {
  const auto small = is_subnormal_or_zero(x);
  const F log2 = reference::lg2_approx_ftz(reference::mul_rn(x, select(small, F(0x1p24f), 1.0f)));
  return select(small, reference::add_rn(log2, -24.0f), log2);
}

template <class F>
[[gnu::always_inline]] constexpr F div_full_ftz(F a, F b) noexcept {
  const F factor = select(reference::magnitude(b) > 0x1p126f, F(0.25f), 1.0f);
  const F reciprocal = reference::rcp_approx_ftz(reference::mul_rn_ftz(b, factor));
  return reference::mul_rn_ftz(reference::mul_rn_ftz(a, factor), reciprocal);
}

template <class F>
[[gnu::always_inline]] constexpr F rcp_rn(F x) noexcept {
  return reference::div_rn(1.0f, x);
}
// IEEE 754 demands that the host's root is correctly rounded.
inline float sqrt_rn(float x) noexcept { return reference::canonical_nan(std::sqrt(x)); }

// Words in, words out.
template <class U>
[[gnu::always_inline]] constexpr U fp16(U a) noexcept {
  return encode(kFp16, float_of(a), kCvtRnInf);
}
template <class U>
[[gnu::always_inline]] constexpr U bf16(U a) noexcept {
  return encode(kBf16, float_of(a), kCvtRnInf);
}
template <class U>
[[gnu::always_inline]] constexpr U pair(const Format& f, int stored, U low, U high, const EncodeRule& rule) noexcept {
  return encode(f, float_of(low), rule) | encode(f, float_of(high), rule) << stored;
}
template <class U>
[[gnu::always_inline]] constexpr U e4m3_pair(U a, U b) noexcept {
  return pair(kE4m3, 8, a, b, kCvtRnSatfinite);
}
template <class U>
[[gnu::always_inline]] constexpr U e5m2_pair(U a, U b) noexcept {
  return pair(kE5m2, 8, a, b, kCvtRnSatfinite);
}
template <class U>
[[gnu::always_inline]] constexpr U fp16_pair(U a, U b) noexcept {
  return pair(kFp16, 16, a, b, kCvtRnInf);
}
template <class U>
[[gnu::always_inline]] constexpr U bf16_pair(U a, U b) noexcept {
  return pair(kBf16, 16, a, b, kCvtRnInf);
}
template <class U>
[[gnu::always_inline]] constexpr U e2m1_pair(U a, U b) noexcept {
  return pair(kE2m1, 4, a, b, kCvtRnSatfinite);
}
// Six bits of eight.
template <class U>
[[gnu::always_inline]] constexpr U e2m3_pair(U a, U b) noexcept {
  return pair(kE2m3, 8, a, b, kCvtRnSatfinite);
}
template <class U>
[[gnu::always_inline]] constexpr U e3m2_pair(U a, U b) noexcept {
  return pair(kE3m2, 8, a, b, kCvtRnSatfinite);
}
template <class U>
[[gnu::always_inline]] constexpr U e8m0_pair_up(U a, U b) noexcept {
  return pair(kE8m0, 8, a, b, kCvtRpSatfinite);
}
template <class U>
[[gnu::always_inline]] constexpr U e8m0_pair_toward_zero(U a, U b) noexcept {
  return pair(kE8m0, 8, a, b, {Rounding::kTowardZero, Overflow::kSaturate, NanCode::kPositiveAllOnes});
}

constexpr std::uint32_t widened_fp16(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return to_bits(widen_f16(static_cast<std::uint16_t>(a)));
}
constexpr std::uint32_t widened_bf16(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return to_bits(widen_bf16(static_cast<std::uint16_t>(a)));
}
// Two codes of `f`, in `stored` bits each, as 16-bit floats of `wide`; exact.
constexpr std::uint32_t widened_pair(const Format& f, int stored, const Format& wide, std::uint32_t codes) noexcept {
  const std::uint32_t mask = (1u << stored) - 1;
  const std::uint32_t low = encode(wide, decode_float(f, codes & mask), kCvtRnInf);
  return low | encode(wide, decode_float(f, codes >> stored & mask), kCvtRnInf) << 16;
}
constexpr std::uint32_t widened_e4m3_pair(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return widened_pair(kE4m3, 8, kFp16, a);
}
constexpr std::uint32_t widened_e5m2_pair(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return widened_pair(kE5m2, 8, kFp16, a);
}
constexpr std::uint32_t widened_e2m1_pair(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return widened_pair(kE2m1, 4, kFp16, a);
}
constexpr std::uint32_t widened_e8m0_pair(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return widened_pair(kE8m0, 8, kBf16, a);
}

template <class U>
[[gnu::always_inline]] constexpr U int32_toward_zero(U a) noexcept {
  return bits_as<std::uint32_t>(reference::to_int32(reference::Machine::kGpu, float_of(a)));
}
template <class U>
[[gnu::always_inline]] constexpr U int32_nearest(U a) noexcept {
  const auto rounded = reference::round_half_even(float_of(a));
  return bits_as<std::uint32_t>(reference::to_int32(reference::Machine::kGpu, rounded));
}
template <class U>
[[gnu::always_inline]] constexpr U float_of_int32(U a) noexcept {
  return bits_of(number_as<float>(bits_as<std::int32_t>(a)));
}

}  // namespace bitgate::compare::hardware
