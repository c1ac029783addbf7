// FP8 quantizers of inference engines: a binary32 (or E8M0) scale for a group, a row or a tensor, which multiplies
// codes. The rules from which the producers differ by an axis or two. Source of the formulas:
// flashinfer-vllm-cutlass.md 3.14 to 3.16, 4.3, 5, 7 and 12 of the notes.
#pragma once

#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

inline constexpr float kGroupEpsilon = 1e-10f;               // vLLM's and SGLang's absmax starts there
inline constexpr float kDeepEpsilon = 1e-4f;                 // DeepGEMM's and DeepEP's
inline constexpr float kTokenEpsilon = 1e-6f;                // TensorRT-LLM's row maximum, in the input's type
inline constexpr float kMinFp8Scale = 0x1.24924ap-18f;       // 1 / (448 * 512), rounded
inline constexpr float kMaxFp8Multiplier = 448.0f * 512.0f;  // its reciprocal

// scale = amax / 448 by `divide`; values are what `multiplier` says.
constexpr Rules fp8_rules(SchemeId scheme, Divide divide, MultiplierForm multiplier) noexcept {
  // A power of two is its byte exactly; infinity is FF, as the bits of its exponent are.
  const bool byte = scheme_of(scheme).scale.bits == 8;
  return {
      .scheme = scheme,
      .block = {.form = ScaleForm::kAmaxOverElementMax, .divide = divide, .encode = byte ? kCvtRp : kCvtRnSatfinite},
      .element = {.multiplier = multiplier, .encode = ElementEncode::kCvt}};
}
constexpr Rules with_amax_floor(Rules rules, float floor, Intermediate type = Intermediate::kBinary32) noexcept {
  rules.block.amax_floor = floor;
  rules.block.amax_floor_type = type;
  return rules;
}
constexpr Rules with_scale_floor(Rules rules, float floor) noexcept {
  rules.block.floor = floor;
  return rules;
}
constexpr Rules with_shape(Rules rules, ScaleShape shape) noexcept {
  rules.block.shape = shape;
  return rules;
}
// The element held at +-448 before it is encoded; what a NaN becomes depends on which bound comes first.
constexpr Rules with_clamp(Rules rules, BoundsNan nan) noexcept {
  rules.element.clamp = 448.0f;
  rules.element.clamp_nan = nan;
  return rules;
}
// The same source under -use_fast_math: "/" is a product by MUFU's reciprocal, and everything flushes.
constexpr Rules with_fast_math(Rules rules) noexcept {
  rules.machine = Machine::kGpuFtz;
  if (rules.block.divide == Divide::kIeee) rules.block.divide = Divide::kApproxFtz;
  rules.element.divide = Divide::kApproxFtz;
  return rules;
}

}  // namespace bitgate::reference
