// Special values of a fused step, looked at before any arithmetic: a NaN, infinity times zero or infinities of both
// signs give the NaN, else an infinity is the result. A product is never tested for overflow on its own.
#pragma once

#include <cstdint>
#include <optional>

#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/mma/number.h"

namespace bitgate::reference::mma_step {

constexpr std::uint32_t nan_of(MmaResult result, const MmaRules& rules) noexcept {
  return is_fp16(result) ? rules.nan_fp16 : rules.nan_fp32;
}

class Specials {
 public:
  constexpr void product(const MmaNumber& a, const MmaNumber& b) noexcept {
    if (a.kind == MmaKind::kFinite && b.kind == MmaKind::kFinite) return;
    if (a.kind == MmaKind::kAbsent || b.kind == MmaKind::kAbsent) return;
    const bool nan = a.kind == MmaKind::kNan || b.kind == MmaKind::kNan;
    const bool zero = is_zero(a) || is_zero(b);
    nan || zero ? nan_ = true : (a.negative != b.negative ? minus_ : plus_) = true;
  }
  constexpr void addend(std::uint32_t bits, MmaResult result) noexcept {
    const Format& f = is_fp16(result) ? kFp16 : kFp32;
    if (is_nan(f, bits)) nan_ = true;
    if (is_infinity(f, bits)) ((bits & sign_mask(f)) != 0 ? minus_ : plus_) = true;
  }
  constexpr void nan() noexcept { nan_ = true; }

  // None: every term is finite.
  constexpr std::optional<std::uint32_t> result(MmaResult result, const MmaRules& rules) const noexcept {
    if (!nan_ && !plus_ && !minus_) return std::nullopt;
    if (nan_ || (plus_ && minus_)) return nan_of(result, rules);
    const Format& f = is_fp16(result) ? kFp16 : kFp32;
    return infinity_code(f) | (minus_ ? sign_mask(f) : 0u);
  }

 private:
  static constexpr bool is_zero(const MmaNumber& x) noexcept {
    return x.kind == MmaKind::kFinite && x.significand == 0;
  }
  bool nan_ = false, plus_ = false, minus_ = false;
};

}  // namespace bitgate::reference::mma_step
