// What codes mean: one constexpr row per number format, the limits that follow from it, and decode.
//
// Sources: OCP 8-bit Floating Point (E4M3) and OCP MX v1.0 (E2M1, E8M0, MXINT8), IEEE 754 (FP16, FP32), bfloat16;
// ml_dtypes (FNUZ, B11, the IEEE-like 8-bit formats); CUTLASS (UE4M3); the PTX ISA (TF32).
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>

namespace bitgate {

// What the largest exponent field holds.
enum class TopCodes : std::uint8_t {
  kIeee,        // infinity and NaNs
  kNanAllOnes,  // numbers, but all ones is NaN; no infinity
  kFinite,      // numbers only
  kFnuz,        // numbers only; NaN is the code that -0 would have, so that there is no -0
};

struct Format {
  std::string_view name;
  std::uint8_t bits, exponent_bits, mantissa_bits;  // exponent_bits 0: an integer, two's complement if it has a sign
  std::int16_t bias;                                // of an integer: what is taken from the code (offset binary)
  bool has_sign, has_zero;
  TopCodes top;
  std::uint8_t fraction_bits = 0;  // of an integer: its value is the code's times 2^-fraction_bits
};

inline constexpr Format kE2m1{"e2m1", 4, 2, 1, 1, true, true, TopCodes::kFinite};
inline constexpr Format kE2m3{"e2m3", 6, 2, 3, 1, true, true, TopCodes::kFinite};
inline constexpr Format kE3m2{"e3m2", 6, 3, 2, 3, true, true, TopCodes::kFinite};
inline constexpr Format kE4m3{"e4m3", 8, 4, 3, 7, true, true, TopCodes::kNanAllOnes};
inline constexpr Format kE4m3Fnuz{"e4m3fnuz", 8, 4, 3, 8, true, true, TopCodes::kFnuz};
inline constexpr Format kE4m3B11Fnuz{"e4m3b11fnuz", 8, 4, 3, 11, true, true, TopCodes::kFnuz};
inline constexpr Format kE4m3Ieee{"e4m3ieee", 8, 4, 3, 7, true, true, TopCodes::kIeee};
// E4M3 without a sign: seven bits; the byte that holds them has bit 7 clear.
inline constexpr Format kUe4m3{"ue4m3", 7, 4, 3, 7, false, true, TopCodes::kNanAllOnes};
inline constexpr Format kE3m4{"e3m4", 8, 3, 4, 3, true, true, TopCodes::kIeee};
inline constexpr Format kE5m2{"e5m2", 8, 5, 2, 15, true, true, TopCodes::kIeee};
inline constexpr Format kE5m2Fnuz{"e5m2fnuz", 8, 5, 2, 16, true, true, TopCodes::kFnuz};
inline constexpr Format kE8m0{"e8m0", 8, 8, 0, 127, false, false, TopCodes::kNanAllOnes};
inline constexpr Format kInt8{"int8", 8, 0, 7, 0, true, true, TopCodes::kFinite};
inline constexpr Format kInt4{"int4", 4, 0, 3, 0, true, true, TopCodes::kFinite};
// Q1.6: a two's complement byte in 64ths, -2 .. 127/64.
inline constexpr Format kMxInt8{"mxint8", 8, 0, 7, 0, true, true, TopCodes::kFinite, 6};
// ggml's 4- and 5-bit codes: 0 .. 15 and 0 .. 31, or with the middle taken off (-8 .. 7, -16 .. 15).
inline constexpr Format kUint4{"uint4", 4, 0, 4, 0, false, true, TopCodes::kFinite};
inline constexpr Format kUint5{"uint5", 5, 0, 5, 0, false, true, TopCodes::kFinite};
inline constexpr Format kOffset4{"offset4", 4, 0, 4, 8, false, true, TopCodes::kFinite};
inline constexpr Format kOffset5{"offset5", 5, 0, 5, 16, false, true, TopCodes::kFinite};
inline constexpr Format kFp16{"fp16", 16, 5, 10, 15, true, true, TopCodes::kIeee};
inline constexpr Format kBf16{"bf16", 16, 8, 7, 127, true, true, TopCodes::kIeee};
// The upper 19 bits of a binary32.
inline constexpr Format kTf32{"tf32", 19, 8, 10, 127, true, true, TopCodes::kIeee};
inline constexpr Format kFp32{"fp32", 32, 8, 23, 127, true, true, TopCodes::kIeee};
inline constexpr Format kNoFormat{"none", 0, 0, 0, 0, false, false, TopCodes::kFinite};

// The formats that stand alone in `bitgate list formats`; kNoFormat is the absence of one.
inline constexpr Format kFormats[] = {kE2m1,  kE2m3,    kE3m2,     kE3m4, kE4m3, kE4m3Ieee, kE4m3Fnuz, kE4m3B11Fnuz,
                                      kUe4m3, kE5m2,    kE5m2Fnuz, kE8m0, kInt4, kInt8,     kMxInt8,   kUint4,
                                      kUint5, kOffset4, kOffset5,  kFp16, kBf16, kTf32,     kFp32};

constexpr bool is_integer(const Format& f) noexcept { return f.exponent_bits == 0; }
constexpr std::uint64_t code_count(const Format& f) noexcept { return std::uint64_t{1} << f.bits; }
constexpr std::uint32_t sign_mask(const Format& f) noexcept { return f.has_sign ? 1u << (f.bits - 1) : 0u; }
constexpr std::uint32_t magnitude_mask(const Format& f) noexcept {
  return static_cast<std::uint32_t>((std::uint64_t{1} << (f.bits - (f.has_sign ? 1 : 0))) - 1);
}
constexpr std::uint32_t mantissa_mask(const Format& f) noexcept { return (1u << f.mantissa_bits) - 1; }
constexpr std::uint32_t exponent_mask(const Format& f) noexcept { return magnitude_mask(f) & ~mantissa_mask(f); }

// The code of +infinity (kIeee only) and of the largest finite magnitude.
constexpr std::uint32_t infinity_code(const Format& f) noexcept { return exponent_mask(f); }
[[gnu::always_inline]] constexpr std::uint32_t max_code(const Format& f) noexcept {
  switch (f.top) {
    case TopCodes::kIeee: return infinity_code(f) - 1;
    case TopCodes::kNanAllOnes: return magnitude_mask(f) - 1;
    case TopCodes::kFinite:
    case TopCodes::kFnuz: return magnitude_mask(f);
  }
  return 0;
}

constexpr bool is_nan(const Format& f, std::uint32_t code) noexcept {
  const std::uint32_t magnitude = code & magnitude_mask(f);
  switch (f.top) {
    case TopCodes::kIeee: return magnitude > infinity_code(f);
    case TopCodes::kNanAllOnes: return magnitude == magnitude_mask(f);
    case TopCodes::kFinite: return false;
    case TopCodes::kFnuz: return (code & (sign_mask(f) | magnitude_mask(f))) == sign_mask(f);
  }
  return false;
}

constexpr bool is_infinity(const Format& f, std::uint32_t code) noexcept {
  return f.top == TopCodes::kIeee && (code & magnitude_mask(f)) == infinity_code(f);
}

// 2^exponent as a double; exact for every exponent a format here can name.
constexpr double power_of_two(int exponent) noexcept {
  return exponent >= -1022 ? std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52)
                           : std::bit_cast<double>(std::uint64_t{1} << (exponent + 1074));
}

// The exact value of a code. NaN codes give a quiet NaN, infinities infinity, and the zero keeps its sign.
// Bits above the format's width are ignored.
[[gnu::always_inline]] constexpr double decode(const Format& f, std::uint32_t code) noexcept {
  code &= sign_mask(f) | magnitude_mask(f);
  if (is_nan(f, code)) return std::numeric_limits<double>::quiet_NaN();
  if (is_integer(f)) {
    const auto value = static_cast<std::int64_t>(code & magnitude_mask(f));
    const std::int64_t origin = (code & sign_mask(f)) != 0 ? std::int64_t{1} << (f.bits - 1) : f.bias;
    return static_cast<double>(value - origin) * power_of_two(-f.fraction_bits);
  }
  const double sign = (code & sign_mask(f)) != 0 ? -1.0 : 1.0;
  if (is_infinity(f, code)) return sign * std::numeric_limits<double>::infinity();
  const int field = static_cast<int>((code & exponent_mask(f)) >> f.mantissa_bits);
  const std::uint32_t mantissa = code & mantissa_mask(f);
  const bool subnormal = f.has_zero && field == 0;
  const double significand = static_cast<double>(subnormal ? mantissa : mantissa + (1u << f.mantissa_bits));
  const int exponent = (subnormal ? 1 : field) - f.bias - f.mantissa_bits;
  return sign * significand * power_of_two(exponent);
}

constexpr double max_finite(const Format& f) noexcept { return decode(f, max_code(f)); }
constexpr double min_subnormal(const Format& f) noexcept { return decode(f, f.has_zero ? 1u : 0u); }
constexpr double min_normal(const Format& f) noexcept { return decode(f, f.has_zero ? 1u << f.mantissa_bits : 0u); }

static_assert(max_finite(kE2m1) == 6.0 && min_subnormal(kE2m1) == 0.5 && min_normal(kE2m1) == 1.0);
static_assert(max_finite(kE4m3) == 448.0 && min_subnormal(kE4m3) == 0x1p-9 && min_normal(kE4m3) == 0x1p-6);
static_assert(max_finite(kE8m0) == 0x1p127 && min_normal(kE8m0) == 0x1p-127 && is_nan(kE8m0, 0xFF));
static_assert(max_finite(kE2m3) == 7.5 && min_subnormal(kE2m3) == 0.125 && min_normal(kE2m3) == 1.0);
static_assert(max_finite(kE3m2) == 28.0 && min_subnormal(kE3m2) == 0.0625 && min_normal(kE3m2) == 0.25);
static_assert(max_finite(kE5m2) == 57344.0 && min_subnormal(kE5m2) == 0x1p-16 && infinity_code(kE5m2) == 0x7C);
static_assert(max_finite(kOffset4) == 7.0 && decode(kOffset4, 0) == -8.0 && max_finite(kUint5) == 31.0);
static_assert(max_finite(kInt8) == 127.0 && decode(kInt8, 0x80) == -128.0);
static_assert(max_finite(kE4m3Fnuz) == 240.0 && min_normal(kE4m3Fnuz) == 0x1p-7 && is_nan(kE4m3Fnuz, 0x80));
static_assert(max_finite(kE4m3B11Fnuz) == 30.0 && max_finite(kE5m2Fnuz) == 57344.0 && max_finite(kUe4m3) == 448.0);
static_assert(max_finite(kE4m3Ieee) == 240.0 && max_finite(kE3m4) == 15.5 && infinity_code(kE3m4) == 0x70);
static_assert(max_finite(kMxInt8) == 127.0 / 64 && decode(kMxInt8, 0x80) == -2.0 && decode(kInt4, 0x8) == -8.0);
static_assert(max_finite(kFp16) == 65504.0 && min_subnormal(kFp16) == 0x1p-24);
static_assert(max_finite(kBf16) == 0x1.fep127 && min_subnormal(kBf16) == 0x1p-133);
static_assert((sign_mask(kE4m3) ^ exponent_mask(kE4m3) ^ mantissa_mask(kE4m3)) == 0xFF);

}  // namespace bitgate
