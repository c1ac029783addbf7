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

constexpr bool is_subnormal_or_zero(float x) noexcept { return reference::magnitude(x) < reference::kFloat32MinNormal; }

constexpr float rcp_approx(float x) noexcept {
  const float factor = reference::magnitude(x) > 0x1p126f ? 0.25f : is_subnormal_or_zero(x) ? 0x1p24f : 1.0f;
  const float reciprocal = reference::rcp_approx_ftz(reference::mul_rn(x, factor));
  return reference::mul_rn(reciprocal, factor);
}
constexpr float rsqrt_approx(float x) noexcept {
  if (!is_subnormal_or_zero(x)) return reference::rsqrt_approx_ftz(x);
  return reference::mul_rn(reference::rsqrt_approx_ftz(reference::mul_rn(x, 0x1p24f)), 0x1p12f);
}
constexpr float lg2_approx(float x) noexcept {
  if (!is_subnormal_or_zero(x)) return reference::lg2_approx_ftz(x);
  return reference::add_rn(reference::lg2_approx_ftz(reference::mul_rn(x, 0x1p24f)), -24.0f);
}

constexpr float div_full_ftz(float a, float b) noexcept {
  const float factor = reference::magnitude(b) > 0x1p126f ? 0.25f : 1.0f;
  const float reciprocal = reference::rcp_approx_ftz(reference::mul_rn_ftz(b, factor));
  return reference::mul_rn_ftz(reference::mul_rn_ftz(a, factor), reciprocal);
}

constexpr float rcp_rn(float x) noexcept { return reference::div_rn(1.0f, x); }
// IEEE 754 demands that the host's root is correctly rounded.
inline float sqrt_rn(float x) noexcept { return reference::canonical_nan(std::sqrt(x)); }

// Words in, words out; operands that an instruction lacks have no name.
constexpr std::uint32_t fp16(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return encode(kFp16, to_float(a), kCvtRnInf);
}
constexpr std::uint32_t bf16(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return encode(kBf16, to_float(a), kCvtRnInf);
}
constexpr std::uint32_t pair(const Format& f, std::uint32_t low, std::uint32_t high, const EncodeRule& rule) noexcept {
  return encode(f, to_float(low), rule) | encode(f, to_float(high), rule) << f.bits;
}
constexpr std::uint32_t e4m3_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kE4m3, a, b, kCvtRnSatfinite);
}
constexpr std::uint32_t e5m2_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kE5m2, a, b, kCvtRnSatfinite);
}
constexpr std::uint32_t fp16_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kFp16, a, b, kCvtRnInf);
}
constexpr std::uint32_t bf16_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kBf16, a, b, kCvtRnInf);
}
constexpr std::uint32_t e2m1_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kE2m1, a, b, kCvtRnSatfinite);
}
// Six bits of eight.
constexpr std::uint32_t six_bit_pair(const Format& f, std::uint32_t low, std::uint32_t high) noexcept {
  return encode(f, to_float(low), kCvtRnSatfinite) | encode(f, to_float(high), kCvtRnSatfinite) << 8;
}
constexpr std::uint32_t e2m3_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return six_bit_pair(kE2m3, a, b);
}
constexpr std::uint32_t e3m2_pair(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return six_bit_pair(kE3m2, a, b);
}
constexpr std::uint32_t e8m0_pair_up(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kE8m0, a, b, kCvtRpSatfinite);
}
constexpr std::uint32_t e8m0_pair_toward_zero(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return pair(kE8m0, a, b, {Rounding::kTowardZero, Overflow::kSaturate, NanCode::kPositiveAllOnes});
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

constexpr std::uint32_t int32_toward_zero(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return static_cast<std::uint32_t>(reference::to_int32(reference::Machine::kGpu, to_float(a)));
}
constexpr std::uint32_t int32_nearest(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  const float rounded = reference::round_half_even(to_float(a));
  return static_cast<std::uint32_t>(reference::to_int32(reference::Machine::kGpu, rounded));
}
constexpr std::uint32_t float_of_int32(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return to_bits(static_cast<float>(static_cast<std::int32_t>(a)));
}

}  // namespace bitgate::compare::hardware
