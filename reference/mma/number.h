// Operands of a matrix instruction taken apart: an integer significand and an exponent.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/reference/format/format.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::reference {

// Of a term that takes no part in the search for the largest exponent. Two of them, with scales, stay far below every
// exponent that a format can have.
inline constexpr int kNoExponent = -15000;

enum class MmaKind : std::uint8_t { kFinite, kInfinite, kNan, kAbsent };

// Its value: significand * 2^(exponent - the format's mantissa bits).
struct MmaNumber {
  std::int16_t significand = 0;  // with its sign
  std::int16_t exponent = kNoExponent;
  MmaKind kind = MmaKind::kAbsent;
  bool negative = false;
};

// The format in which an instruction multiplies: FP8 mma.sync of kPtxasFp8 converts to FP16 first.
constexpr const Format& multiplied_format(const MmaInstruction& instruction, const Format& f) noexcept {
  return instruction.order == MmaOrder::kPtxasFp8 ? kFp16 : f;
}

namespace mma_detail {

constexpr int leading_bit(std::uint32_t x) noexcept { return 31 - std::countl_zero(x); }

[[gnu::always_inline]] constexpr int zero_exponent(const Format& f, MmaZero rule) noexcept {
  if (rule == MmaZero::kIgnored) return kNoExponent;
  return rule == MmaZero::kFp32 ? -126 : 1 - f.bias;
}

[[gnu::always_inline]] constexpr MmaNumber finite_number(const Format& f, std::uint32_t magnitude, bool negative,
                                                         const MmaRules& rules, MmaSubnormal subnormal) noexcept {
  const int field = static_cast<int>(magnitude >> f.mantissa_bits);
  const std::uint32_t fraction = magnitude & mantissa_mask(f);
  int exponent = (field == 0 ? 1 : field) - f.bias;
  std::uint32_t significand = field == 0 ? fraction : fraction | 1u << f.mantissa_bits;
  if (significand == 0) {
    exponent = zero_exponent(f, rules.zero_operand);
  } else if (subnormal == MmaSubnormal::kNormalized) {
    const int up = f.mantissa_bits - leading_bit(significand);
    significand <<= up;
    exponent -= up;
  }
  const auto size = static_cast<std::int16_t>(significand);
  return {static_cast<std::int16_t>(negative ? -size : size), static_cast<std::int16_t>(exponent), MmaKind::kFinite,
          negative};
}

}  // namespace mma_detail

// A code in its format's low bits; of TF32 a whole FP32 register, whose low 13 bits are dropped.
[[gnu::always_inline]] constexpr MmaNumber taken_apart(const Format& f, std::uint32_t code, const MmaRules& rules,
                                                       MmaSubnormal subnormal) noexcept {
  if (is_integer(f)) {
    const auto value = static_cast<std::int16_t>(decode(f, code));
    return {value, 0, MmaKind::kFinite, value < 0};
  }
  bool nan_of_register = false;
  if (f.bits == kTf32.bits) {
    nan_of_register = rules.tf32_nan_of_register && is_nan(kFp32, code);
    code >>= kFp32.mantissa_bits - kTf32.mantissa_bits;
  }
  const bool negative = (code & sign_mask(f)) != 0;
  if (nan_of_register || is_nan(f, code)) return {0, kNoExponent, MmaKind::kNan, negative};
  if (is_infinity(f, code)) return {0, kNoExponent, MmaKind::kInfinite, negative};
  return mma_detail::finite_number(f, code & magnitude_mask(f), negative, rules, subnormal);
}

// As above, of an instruction's operand. Where groups are added up exactly it is an integer in the format's smallest
// steps, its exponent 0.
[[gnu::always_inline]] inline MmaNumber operand_number(const MmaInstruction& instruction, const Format& f,
                                                       std::uint32_t code) noexcept {
  if (instruction.order == MmaOrder::kPtxasFp8) {
    // Every FP8 number is an FP16 number, and one that is subnormal as E4M3 is normal there.
    const MmaSubnormal subnormal = f.bias < kFp16.bias ? MmaSubnormal::kNormalized : instruction.rules.subnormal;
    MmaNumber number = taken_apart(f, code, instruction.rules, subnormal);
    const bool zero = number.kind == MmaKind::kFinite && number.significand == 0;
    number.significand = static_cast<std::int16_t>(number.significand * (1 << (kFp16.mantissa_bits - f.mantissa_bits)));
    if (zero)
      number.exponent = static_cast<std::int16_t>(mma_detail::zero_exponent(kFp16, instruction.rules.zero_operand));
    return number;
  }
  MmaNumber number = taken_apart(f, code, instruction.rules, instruction.rules.subnormal);
  if (instruction.order == MmaOrder::kScaleGroups) {
    if (number.significand != 0) number.significand = static_cast<std::int16_t>(number.significand << number.exponent);
    number.exponent = 0;
  }
  return number;
}

// A block scale: value significand * 2^(exponent - mantissa bits). UE4M3's sign bit is ignored.
struct MmaScale {
  std::uint8_t significand = 0;
  bool nan = false;
  std::int16_t exponent = 0;
};
constexpr MmaScale scale_number(const Format& f, std::uint8_t code) noexcept {
  const std::uint32_t magnitude = code & magnitude_mask(f);
  if (is_nan(f, magnitude)) return {0, true, 0};
  const int field = static_cast<int>(magnitude >> f.mantissa_bits);
  const std::uint32_t fraction = magnitude & mantissa_mask(f);
  const bool subnormal = f.has_zero && field == 0;
  return {static_cast<std::uint8_t>(subnormal ? fraction : fraction | 1u << f.mantissa_bits), false,
          static_cast<std::int16_t>((subnormal ? 1 : field) - f.bias)};
}

}  // namespace bitgate::reference
