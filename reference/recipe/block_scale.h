// Stage two: a block's amax, and from it the block scale as stored.
// Sources: te.md 1.3, 6.1 and 6.2, torchao-and-ocp.md 2.4, 2.7, 4.1, 4.4 and 5, ggml.md 2.2 to 2.4,
// flashinfer-vllm-cutlass.md 3.2 to 3.4, 3.6, 4 to 7 of the notes.
#pragma once

#include <array>
#include <span>

#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::reference {

// One step of a running maximum of magnitudes.
constexpr float running_amax(AmaxNan rule, float amax, float magnitude) noexcept {
  switch (rule) {
    case AmaxNan::kIgnore:
    case AmaxNan::kKeepAllNan:
    case AmaxNan::kOddHalfLast: return magnitude > amax || is_nan(amax) ? magnitude : amax;
    case AmaxNan::kPropagate: return is_nan(amax) || !(magnitude <= amax) ? (is_nan(amax) ? amax : magnitude) : amax;
    case AmaxNan::kRestart:
    case AmaxNan::kAvxTree: return amax > magnitude ? amax : magnitude;
  }
  return amax;
}

// ggml's AVX order: eight lanes take four vectors in turn, then the halves, quarters and pairs meet. Each step is
// running_amax's comparison, which takes the second of a pair that holds a NaN.
constexpr float avx_amax(std::span<const float> x) noexcept {
  std::array<float, 8> lanes{};
  for (std::size_t i = 0; i < 32; ++i) {
    const float size = magnitude(x[i]);
    lanes[i % 8] = i < 8 ? size : running_amax(AmaxNan::kAvxTree, lanes[i % 8], size);
  }
  // The first operand is the upper half, then the lower quarter, then the lower lane.
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = running_amax(AmaxNan::kAvxTree, lanes[i + 4], lanes[i]);
  for (std::size_t i = 0; i < 2; ++i) lanes[i] = running_amax(AmaxNan::kAvxTree, lanes[i], lanes[i + 2]);
  return running_amax(AmaxNan::kAvxTree, lanes[0], lanes[1]);
}

// TensorRT-LLM's pairs: each half as kKeepAllNan, then the comparison that a NaN fails.
constexpr float odd_half_last_amax(const Arithmetic& on, std::span<const float> x) noexcept {
  std::array<float, 2> halves{on.read(magnitude(x[0])), on.read(magnitude(x[1]))};
  for (std::size_t i = 2; i < x.size(); ++i)
    halves[i % 2] = running_amax(AmaxNan::kOddHalfLast, halves[i % 2], on.read(magnitude(x[i])));
  return halves[0] > halves[1] ? halves[0] : halves[1];
}

[[gnu::always_inline]] constexpr float amax_of_block(const Rules& rules, std::span<const float> x) noexcept {
  const Arithmetic on{rules.machine};
  const AmaxNan rule = rules.block.amax_nan;
  if (rule == AmaxNan::kAvxTree) return avx_amax(x);
  if (rule == AmaxNan::kOddHalfLast && x.size() % 2 == 0) return odd_half_last_amax(on, x);
  // Only a tree that starts from an element can end as NaN when all are NaN.
  float amax = rule == AmaxNan::kKeepAllNan ? on.read(magnitude(x[0])) : 0.0f;
  for (const float value : x) amax = running_amax(rule, amax, on.read(magnitude(value)));
  return amax;
}

// An amax below the producer's own floor, in the type in which it holds it, becomes the floor.
constexpr float floored_amax(const BlockRule& rule, InputType type, float amax) noexcept {
  return clamped(amax, intermediate(rule.amax_floor_type, type, rule.amax_floor), 0.0f);
}

struct BlockScale {
  float amax = 0.0f;
  float decode_scale =
      0.0f;  // multiplies codes; before it is stored; of the exponent forms amax itself, which they never scale
  float encode_scale = 0.0f;  // multiplies values; only where it is what the producer forms first: 127 / amax, FP8
  std::uint32_t bits = 0;     // the decode scale as stored: a code, or binary32 bits
};

// Exponents of the largest power of two in an element format: 2 for E2M1, 8 for E4M3.
constexpr int max_exponent(const Format& element) noexcept {
  return static_cast<int>(max_code(element) >> element.mantissa_bits) - element.bias;
}

// The exponent field that amax counts with.
constexpr int exponent_field(ScaleForm form, const Format& element, float amax) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(amax);
  const auto field = static_cast<int>(bits >> 23 & 0xFF);
  if (field == 0xFF) return field;
  if (form == ScaleForm::kExponentCeil) return field + ((bits & 0x7FFFFF) != 0 ? 1 : 0);
  // Half a step of the element's mantissa is added; a carry raises the exponent.
  const std::uint32_t half_step = 1u << (22 - element.mantissa_bits);
  if (form == ScaleForm::kExponentQuarter) return static_cast<int>((bits + 0x200000) >> 23 & 0xFF);
  if (form == ScaleForm::kExponentEven) return static_cast<int>((bits + half_step) >> 23 & 0xFF);
  return field;
}

// vLLM's integer form: half a step is added to the bits, eight bits of the sum are the field. At most code 253. The NaN
// of a 16-bit maximum is 7FFF, whose carry leaves field 0.
constexpr std::uint32_t exponent_code_of_bits(const Format& element, float amax) noexcept {
  if (is_nan(amax)) return 0;
  const std::uint32_t half_step = 1u << (22 - element.mantissa_bits);
  const int field = static_cast<int>((std::bit_cast<std::uint32_t>(amax) + half_step) >> 23 & 0xFF);
  const int code = field - max_exponent(element);
  return static_cast<std::uint32_t>(code < 0 ? 0 : code);
}

// E8M0 from the exponent of amax, bounded below. Infinity and NaN give the NaN code; for kExponentFloorOfFinite NaN
// alone does.
constexpr std::uint32_t exponent_code(ScaleForm form, const Format& element, float amax) noexcept {
  if (form == ScaleForm::kExponentEvenOfBits) return exponent_code_of_bits(element, amax);
  const int field = exponent_field(form, element, amax);
  const bool infinity_counts = form == ScaleForm::kExponentFloorOfFinite && !is_nan(amax);
  // CEIL of the last binade has field 255 as well, and is a number.
  const bool finite = magnitude(amax) <= kFloat32Max && (field != 0xFF || form == ScaleForm::kExponentCeil);
  if (!finite && !infinity_counts) return 0xFF;
  const int exponent = field - 127 - max_exponent(element);
  return static_cast<std::uint32_t>(127 + (exponent < -127 ? -127 : exponent));
}

// ceil(lg2.approx.f32(v)) + 127, cut to [0, 255]; 0 for zero, 127 for a NaN, whose integer is 0. Infinity's is 2^31 -
// 1, which 127 wraps below 0: code 0. Without .ftz a subnormal counts 24 binades up. MUFU.LG2 just above a power of two
// may be the power itself: the code is then one too low. Integer steps: cute_dsl/fp4_common.py of FlashInfer, 02ae0b7a.
constexpr std::uint32_t log2_ceil_code(float v) noexcept {
  if (v <= 0.0f || v > kFloat32Max) return 0;
  if (is_nan(v)) return 127;
  const bool subnormal = v < kFloat32MinNormal;
  const float log2 = lg2_approx_ftz(subnormal ? mul_rn(v, 0x1p24f) : v);
  const float exponent = subnormal ? add_rn(log2, -24.0f) : log2;
  const auto whole = exponent > 128.0f ? 128 : static_cast<std::int32_t>(exponent);
  const std::int32_t code = whole + (static_cast<float>(whole) < exponent ? 1 : 0) + 127;
  return static_cast<std::uint32_t>(code < 0 ? 0 : code > 255 ? 255 : code);
}

// TransformerEngine's scale from amax for FP8: 1 where amax says nothing.
constexpr float fp8_encode_scale(const Rules& rules, InputType type, float amax) noexcept {
  const Arithmetic on{rules.machine};
  if (amax == 0.0f || is_nan(amax) || magnitude(amax) > kFloat32Max) return 1.0f;
  const float scale = on.div_rn(static_cast<float>(max_finite(scheme_of(rules.scheme).element)), amax);
  const bool input_max = rules.block.infinite == InfiniteScale::kInputMax;
  const float largest = input_max ? static_cast<float>(max_finite(format_of(type))) : kFloat32Max;
  const float finite = magnitude(scale) > kFloat32Max ? largest : scale;
  if (rules.block.shape == ScaleShape::kAny) return finite;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(finite) & 0xFF800000);
}

// Bounds of the scale before it is encoded. Torch's clamp and comparisons let a NaN pass, Triton's and fminf's do not.
constexpr float bounded_scale(const BlockRule& rule, float x) noexcept {
  if (rule.on_zero == ZeroBlockScale::kOneBeforeEncoding && x == 0.0f) return clamped(1.0f, rule.floor, rule.ceiling);
  if (is_nan(x) && rule.bounds_nan == BoundsNan::kFloor) return rule.floor;
  if (is_nan(x) && rule.bounds_nan == BoundsNan::kCeiling) return rule.ceiling;
  return clamped(x, rule.floor, rule.ceiling);
}

// The power of two at or above a decode scale, by its bits. An exponent field past 255 runs over the sign and is lost.
constexpr float shaped_scale(ScaleShape shape, float x) noexcept {
  if (shape != ScaleShape::kPowerCeil && shape != ScaleShape::kPowerCeilNormal) return x;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  std::uint32_t field = (bits >> 23 & 0xFF) + ((bits & 0x7FFFFF) != 0 ? 1 : 0);
  if (shape == ScaleShape::kPowerCeilNormal) field = field < 1 ? 1 : field > 254 ? 254 : field;
  return std::bit_cast<float>(field << 23);
}

// TensorRT-LLM's scale from amax for FP8: only a zero amax gives 1.
constexpr float trtllm_encode_scale(const Rules& rules, float amax) noexcept {
  const auto element_max = static_cast<float>(max_finite(scheme_of(rules.scheme).element));
  return amax == 0.0f ? 1.0f : quotient(Arithmetic{rules.machine}, rules.block.divide, element_max, amax);
}

constexpr bool is_exponent_form(ScaleForm form) noexcept {
  return form == ScaleForm::kExponentFloor || form == ScaleForm::kExponentCeil || form == ScaleForm::kExponentEven ||
         form == ScaleForm::kExponentFloorOfFinite || form == ScaleForm::kExponentEvenOfBits ||
         form == ScaleForm::kExponentQuarter;
}

// E8M0 by ceil of the rounded logarithm, at least 2^-127; 0 for zero. NaN and infinity, whose bytes ModelOpt leaves to
// an undefined conversion, give the NaN code.
constexpr std::uint32_t rounded_log2_ceil_code(float d) noexcept {
  if (is_nan(d) || d > kFloat32Max) return 0xFF;
  if (d <= 0x1p-127f) return 0;
  return static_cast<std::uint32_t>(ceil_of_rounded_log2(d) + 127);
}

// What an encoded zero becomes.
constexpr std::uint32_t once_encoded(const BlockRule& rule, const Format& scale, std::uint32_t code) noexcept {
  return rule.on_zero == ZeroBlockScale::kEighthOnceEncoded && code == 0 ? encode(scale, 0.125f, rule.encode) : code;
}

template <class Trace>
[[gnu::always_inline]] constexpr float scale_value(const Rules& rules, InputType type, const GlobalScale& global,
                                                   float amax, Trace& trace) {
  const Arithmetic on{rules.machine};
  const BlockRule& rule = rules.block;
  const Scheme& scheme = scheme_of(rules.scheme);
  const float element_max = static_cast<float>(max_finite(scheme.element));
  switch (rule.form) {
    case ScaleForm::kAmaxTimesFoldedGlobal: {
      const bool zero = rule.zero == ZeroBlock::kZero && amax == 0.0f;
      const float product = zero ? 0.0f : on.mul_rn(amax, global.folded_encode);
      const float bounded = bounded_scale(rule, product);
      if constexpr (Trace::kOn)
        trace.value("sd", zero ? "0, as block_amax is" : "clamp(mul_rn(block_amax, M))", bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverElementMax:
    case ScaleForm::kAmaxOverElementMaxThenGlobal:
    case ScaleForm::kAmaxOverElementMaxTimesGlobal: {
      const float ratio = intermediate(rule.intermediate, type, quotient(on, rule.divide, amax, element_max));
      if constexpr (Trace::kOn) trace.value("bs", "block_amax over the largest element", ratio);
      const bool divides = rule.form == ScaleForm::kAmaxOverElementMaxThenGlobal;
      const bool multiplies = rule.form == ScaleForm::kAmaxOverElementMaxTimesGlobal;
      float scaled = ratio;
      if (divides) scaled = quotient(on, rule.global_divide, ratio, global.decode_scale);
      if (multiplies) scaled = on.mul_rn(ratio, global.encode_scale);
      const float bounded = shaped_scale(rule.shape, bounded_scale(rule, scaled));
      if constexpr (Trace::kOn)
        trace.value("t",
                    divides ? (rule.global_divide == Divide::kFull ? "clamp(div_full(bs, s))" : "clamp(div_rn(bs, s))")
                    : multiplies ? "clamp(mul_rn(bs, S))"
                                 : "clamp(bs)",
                    bounded);
      return bounded;
    }
    case ScaleForm::kAmaxOverScaledElementMax: {
      const float divisor = on.mul_rn(element_max, global.decode_scale);
      const float bounded = bounded_scale(rule, quotient(on, rule.divide, amax, divisor));
      if constexpr (Trace::kOn) {
        trace.value("6s", "mul_rn(largest element, s)", divisor);
        trace.value("q", "div_rn(block_amax, 6s), 1 for zero, within bounds", bounded);
      }
      return bounded;
    }
    case ScaleForm::kExponentCeilOfLog2:
    case ScaleForm::kExponentRoundUp: {
      const float ratio = quotient(on, rule.divide, amax, element_max);
      if constexpr (Trace::kOn) trace.value("d", "block_amax over the largest element", ratio);
      return ratio;
    }
    case ScaleForm::kAmaxOver127: {
      const float ratio = quotient(on, rule.divide, amax, 127.0f);
      if constexpr (Trace::kOn) trace.value("d32", "block_amax over 127", ratio);
      return ratio;
    }
    case ScaleForm::kExponentFloor:
    case ScaleForm::kExponentCeil:
    case ScaleForm::kExponentEven:
    case ScaleForm::kExponentFloorOfFinite:
    case ScaleForm::kExponentEvenOfBits:
    case ScaleForm::kExponentQuarter:
    case ScaleForm::kFp8:
    case ScaleForm::kReciprocalOfEncodeScale:
    case ScaleForm::kReciprocalOfMultiplier:
    case ScaleForm::kPerTokenF32: break;
    case ScaleForm::kGlobalTimesAmaxFirst: {
      const float product = on.mul_rn(global.encode_scale, amax);
      const float bounded = bounded_scale(rule, on.mul_rn(product, rcp_approx_ftz(element_max)));
      if constexpr (Trace::kOn) trace.value("sv", "min(mul_rn(mul_rn(S, block_amax), 1/6), 448)", bounded);
      return bounded;
    }
    case ScaleForm::kApproxLog2Ceil: {
      const float ratio = on.mul_rn(amax, rcp_approx_ftz(element_max));
      if constexpr (Trace::kOn) trace.value("v", "mul_rn(block_amax, 1/6)", ratio);
      return ratio;
    }
  }
  return amax;
}

// ggml's MMQ: 127 / amax first, and its reciprocal is the scale; by MUFU under fast math, divided without it.
template <class Trace>
[[gnu::always_inline]] constexpr void derive_by_multiplier(const Rules& rules, BlockScale& scale, Trace& trace) {
  const Arithmetic on{rules.machine};
  if (rules.block.divide == Divide::kIeee) {
    scale.encode_scale = on.div_rn(127.0f, scale.amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
  } else {
    const float reciprocal = rcp_approx_ftz(scale.amax);
    scale.encode_scale = on.mul_rn(reciprocal, 127.0f);
    scale.decode_scale = rcp_approx_ftz(scale.encode_scale);
  }
  if constexpr (Trace::kOn) {
    trace.value("di", "127 over block_amax, by MUFU under fast math", scale.encode_scale);
    trace.value("d32", "1 over di, by MUFU under fast math", scale.decode_scale);
  }
}

// FlashInfer's per-token kernel of fp32: elements are multiplied before the row's factor is known, so that the codes
// never see the rounded scale. A zero block has 1 / 0 for its scale.
template <class Trace>
[[gnu::always_inline]] constexpr void derive_before_the_row(const Rules& rules, const GlobalScale& global,
                                                            BlockScale& scale, Trace& trace) {
  const Arithmetic on{rules.machine};
  const float reciprocal = rcp_approx_ftz(scale.amax);
  scale.encode_scale = on.read(scale.amax) == 0.0f ? 0.0f : on.mul_rn(6.0f, reciprocal);
  const float product = on.mul_rn(global.stored, scale.encode_scale);
  scale.decode_scale = rcp_approx_ftz(product);
  if constexpr (Trace::kOn) {
    trace.value("ls", "mul_rn(6, rcp_approx_ftz(block_amax)); 0 for zero", scale.encode_scale);
    trace.value("sv", "rcp_approx_ftz(mul_rn(pts, ls))", scale.decode_scale);
  }
}

template <class Trace>
[[gnu::always_inline]] constexpr BlockScale derive_block_scale(const Rules& rules, InputType type,
                                                               const GlobalScale& global, float found, Trace& trace) {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  BlockScale scale;
  const float amax = floored_amax(rules.block, type, found);
  scale.amax = amax;
  if constexpr (Trace::kOn) trace.value("block_amax", "max|x| of the block", amax);
  scale.decode_scale = scale_value(rules, type, global, amax, trace);
  if (rules.block.form == ScaleForm::kReciprocalOfMultiplier) derive_by_multiplier(rules, scale, trace);
  if (rules.block.form == ScaleForm::kPerTokenF32) derive_before_the_row(rules, global, scale, trace);
  if (rules.block.form == ScaleForm::kFp8) {
    scale.encode_scale = fp8_encode_scale(rules, type, amax);
    scale.decode_scale = on.div_rn(1.0f, scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("scale", "div_rn(largest element, block_amax); 1 for zero, Inf and NaN", scale.encode_scale);
      trace.value("scale_inv", "div_rn(1, scale)", scale.decode_scale);
    }
  }
  if (rules.block.form == ScaleForm::kReciprocalOfEncodeScale) {
    scale.encode_scale = trtllm_encode_scale(rules, amax);
    scale.decode_scale = quotient(on, rules.block.divide, 1.0f, scale.encode_scale);
    if constexpr (Trace::kOn) {
      trace.value("scale", "largest element over block_amax; 1 for zero", scale.encode_scale);
      trace.value("scale_inv", "1 over scale", scale.decode_scale);
    }
  }
  if (is_exponent_form(rules.block.form))
    scale.bits = exponent_code(rules.block.form, scheme.element, amax);
  else if (rules.block.form == ScaleForm::kApproxLog2Ceil)
    scale.bits = log2_ceil_code(scale.decode_scale);
  else if (rules.block.form == ScaleForm::kExponentCeilOfLog2)
    scale.bits = rounded_log2_ceil_code(scale.decode_scale);
  else if (scheme.scale.bits == 32)
    scale.bits = std::bit_cast<std::uint32_t>(scale.decode_scale);
  else
    scale.bits = once_encoded(rules.block, scheme.scale, encode(scheme.scale, scale.decode_scale, rules.block.encode));
  if constexpr (Trace::kOn) trace.code("scale_code", "the stored block scale", scale.bits, scheme.scale);
  return scale;
}

}  // namespace bitgate::reference
