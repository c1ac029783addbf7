// The rules of TransformerEngine's NVFP4 kernels, from which the variants differ by an axis or two.
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

inline constexpr Rules kTeNvfp4{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kEncodeScale, .target = 2688.0f, .on_zero = ZeroGlobal::kOneForZeroAmaxOrScale},
    .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal, .ceiling = kFloat32Max, .bounds_nan = BoundsNan::kCeiling},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                .multiplier_ceiling = kFloat32Max,
                .encode = ElementEncode::kCvt}};

constexpr Rules with_scheme(Rules rules, SchemeId scheme) noexcept {
  rules.scheme = scheme;
  return rules;
}

// E, the largest scale: it decides S and what a stored amax means.
enum class LargestScale : std::uint8_t { k448, k256 };

constexpr Rules four_over_six(Rules rules, SchemeId scheme, LargestScale largest, BlockError error,
                              ErrorMath math) noexcept {
  rules.scheme = scheme;
  rules.global.target = largest == LargestScale::k448 ? 2688.0f : 1536.0f;
  rules.special.kind = Special::kFourOverSix;
  rules.special.error = error;
  rules.special.math = math;
  return rules;
}

// Schemes of 4over6 by shape and E.
constexpr SchemeId scheme_with(SchemeId scheme, LargestScale largest) noexcept {
  if (largest == LargestScale::k448) return scheme;
  return scheme == SchemeId::kNvfp4      ? SchemeId::kNvfp4E256
         : scheme == SchemeId::kNvfp4Row ? SchemeId::kNvfp4RowE256
                                         : SchemeId::kNvfp4TwoDE256;
}

}  // namespace bitgate::reference
