// ggml's Q4_0, Q4_1, Q5_0 and Q5_1 quantizers: the CPU reference and the CUDA copies for the KV cache.
//
// Q4_0 and Q5_0 scale by the first value of largest magnitude, with its sign, and count around the middle code; Q4_1
// and Q5_1 spread the codes from the minimum to the maximum. Codes come from the scale before it is stored as half. The
// conversion to int8 keeps the low byte. On targets with FMA, GCC contracts the product and the added half; CUDA does.
// Source: ggml.md 1 (trap 3) and 5.4 (ggml-org/ggml d99724f2, src/ggml-quants.c and src/ggml-cuda/cpy-utils.cuh).
#pragma once

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::ggml_legacy {

// What tells the four apart.
struct Kind {
  bool symmetric;     // around the middle code, no minimum
  float steps;        // codes on either side of the middle, or from minimum to maximum
  float reciprocal;   // of the steps, negative around the middle; rounded
  float offset;       // added before truncation
  std::int32_t most;  // largest code
  bool limited;       // codes are cut to the largest
};

constexpr Kind kind_of(SchemeId scheme) noexcept {
  switch (scheme) {
    case SchemeId::kQ4_0: return {true, -8.0f, -0.125f, 8.5f, 15, true};
    case SchemeId::kQ5_0: return {true, -16.0f, -0.0625f, 16.5f, 31, true};
    case SchemeId::kQ4_1: return {false, 15.0f, 0x1.111112p-4f, 0.5f, 15, true};  // 0x3D888889
    default: return {false, 31.0f, 0x1.084210p-5f, 0.5f, 31, false};              // 0x3D042108
  }
}

template <class F>
struct Range {
  F scale, minimum;  // before they are stored
};

// The first value of largest magnitude, over the steps.
template <class F>
Range<F> around_middle(const Rules& rules, const Kind& kind, std::span<const F> x) noexcept {
  const Arithmetic on{rules.machine};
  F amax(0.0f), largest(0.0f);
  for (const F value : x) {
    const F size = on.read(magnitude(value));
    const auto larger = amax < size;
    amax = select(larger, size, amax);
    largest = select(larger, value, largest);
  }
  // A division by a power of two is exact either way, but for what flushing does.
  return {on.mul_rn(largest, kind.reciprocal), F(0.0f)};
}

template <class F>
Range<F> from_minimum(const Rules& rules, const Kind& kind, std::span<const F> x) noexcept {
  const Arithmetic on{rules.machine};
  const bool from_first = rules.scheme == SchemeId::kQ5_1 && rules.machine == Machine::kGpuFtz;
  F least = from_first ? x[0] : F(kFloat32Max), most = from_first ? x[0] : F(-kFloat32Max);
  for (const F value : x) {
    least = select(on.read(value) < on.read(least), value, least);
    most = select(on.read(value) > on.read(most), value, most);
  }
  const F spread = on.add_rn(most, -least);
  const bool multiplies = rules.block.divide == Divide::kTimesIeeeReciprocal;
  return {multiplies ? on.mul_rn(spread, kind.reciprocal) : on.div_rn(spread, kind.steps), least};
}

// 1 / d as the machine divides; 0 for a scale of 0.
template <class F>
F inverse_of(const Rules& rules, F scale) noexcept {
  const Arithmetic on{rules.machine};
  const auto zero = on.read(scale) == 0.0f;
  const F divisor = select(zero, F(1.0f), scale);
  const F inverse = rules.machine == Machine::kGpuFtz ? rcp_approx_ftz(divisor) : on.div_rn(1.0f, divisor);
  return select(zero, F(0.0f), inverse);
}

template <class F>
BitsOf<F> code_of(const Rules& rules, const Kind& kind, F above_minimum, F inverse) noexcept {
  const Arithmetic on{rules.machine};
  const bool fused = rules.special.contraction == Contraction::kFused;
  const F added = fused ? on.fma_rn(above_minimum, inverse, kind.offset)
                        : on.add_rn(on.mul_rn(above_minimum, inverse), kind.offset);
  const BitsOf<F> converted = bits_as<std::uint32_t>(to_int32(rules.machine, added));
  const auto most = static_cast<std::uint32_t>(kind.most);
  if (!kind.limited) return converted & most;
  const IntOf<F> low_byte = bits_as<std::int32_t>(converted << 24) >> 24;
  return select(low_byte > kind.most, BitsOf<F>(most), converted & most);
}

}  // namespace special_detail::ggml_legacy

template <class F, class Trace>
void ggml_legacy_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                       BlockOutputOf<F>& out, Trace& trace) {
  static_cast<void>(context);
  namespace detail = special_detail::ggml_legacy;
  const Arithmetic on{rules.machine};
  const detail::Kind kind = detail::kind_of(rules.scheme);
  const detail::Range<F> range =
      kind.symmetric ? detail::around_middle(rules, kind, x) : detail::from_minimum(rules, kind, x);
  const F inverse = detail::inverse_of(rules, range.scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const F above = kind.symmetric ? x[i] : on.add_rn(x[i], -range.minimum);
    out.codes[i] = detail::code_of(rules, kind, above, inverse);
  }
  out.scale_bits = encode(kFp16, range.scale, rules.block.encode);
  if (!kind.symmetric) out.extras[0] = encode(kFp16, range.minimum, rules.block.encode);
  if constexpr (Trace::kOn) {
    trace.value("d", kind.symmetric ? "the value of largest magnitude over the steps" : "(maximum - minimum) / steps",
                range.scale);
    if (!kind.symmetric) trace.value("m", "minimum", range.minimum);
    trace.value("id", "1 / d, 0 for d == 0", inverse);
    trace.code("scale_code", "d as half", out.scale_bits, kFp16);
  }
}

}  // namespace bitgate::reference
