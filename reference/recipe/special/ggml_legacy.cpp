// ggml's Q4_0, Q4_1, Q5_0 and Q5_1 quantizers: the CPU reference and the CUDA copies for the KV cache.
//
// Q4_0 and Q5_0 scale by the first value of largest magnitude, with its sign, and count around the middle code; Q4_1
// and Q5_1 spread the codes from the minimum to the maximum. Codes come from the scale before it is stored as half. The
// conversion to int8 keeps the low byte. On targets with FMA, GCC contracts the product and the added half; CUDA does.
// Source: ggml.md 1 (trap 3) and 5.4 (ggml-org/ggml d99724f2, src/ggml-quants.c and src/ggml-cuda/cpy-utils.cuh).
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

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

struct Range {
  float scale, minimum;  // before they are stored
};

// The first value of largest magnitude, over the steps.
Range around_middle(const Rules& rules, const Kind& kind, std::span<const float> x) noexcept {
  const Arithmetic on{rules.machine};
  float amax = 0.0f, largest = 0.0f;
  for (const float value : x) {
    const float size = on.read(magnitude(value));
    if (amax < size) {
      amax = size;
      largest = value;
    }
  }
  // A division by a power of two is exact either way, but for what flushing does.
  return {on.mul_rn(largest, kind.reciprocal), 0.0f};
}

Range from_minimum(const Rules& rules, const Kind& kind, std::span<const float> x) noexcept {
  const Arithmetic on{rules.machine};
  const bool from_first = rules.scheme == SchemeId::kQ5_1 && rules.machine == Machine::kGpuFtz;
  float least = from_first ? x[0] : kFloat32Max, most = from_first ? x[0] : -kFloat32Max;
  for (const float value : x) {
    if (on.read(value) < on.read(least)) least = value;
    if (on.read(value) > on.read(most)) most = value;
  }
  const float spread = on.add_rn(most, -least);
  const bool multiplies = rules.block.divide == Divide::kTimesIeeeReciprocal;
  return {multiplies ? on.mul_rn(spread, kind.reciprocal) : on.div_rn(spread, kind.steps), least};
}

// 1 / d as the machine divides; 0 for a scale of 0.
float inverse_of(const Rules& rules, float scale) noexcept {
  const Arithmetic on{rules.machine};
  if (on.read(scale) == 0.0f) return 0.0f;
  return rules.machine == Machine::kGpuFtz ? rcp_approx_ftz(scale) : on.div_rn(1.0f, scale);
}

std::uint8_t code_of(const Rules& rules, const Kind& kind, float above_minimum, float inverse) noexcept {
  const Arithmetic on{rules.machine};
  const bool fused = rules.special.contraction == Contraction::kFused;
  const float added = fused ? on.fma_rn(above_minimum, inverse, kind.offset)
                            : on.add_rn(on.mul_rn(above_minimum, inverse), kind.offset);
  const auto byte = static_cast<std::uint8_t>(to_int32(rules.machine, added));
  const auto whole = kind.limited ? static_cast<std::int32_t>(static_cast<std::int8_t>(byte)) : byte;
  return static_cast<std::uint8_t>(kind.limited && whole > kind.most ? kind.most : whole & kind.most);
}

}  // namespace

template <class Trace>
void ggml_legacy_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                       Trace& trace) {
  static_cast<void>(context);
  const Arithmetic on{rules.machine};
  const Kind kind = kind_of(rules.scheme);
  const Range range = kind.symmetric ? around_middle(rules, kind, x) : from_minimum(rules, kind, x);
  const float inverse = inverse_of(rules, range.scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float above = kind.symmetric ? x[i] : on.add_rn(x[i], -range.minimum);
    out.codes[i] = code_of(rules, kind, above, inverse);
  }
  out.scale_bits = encode(kFp16, range.scale, rules.block.encode);
  if (!kind.symmetric) out.extra_bits = encode(kFp16, range.minimum, rules.block.encode);
  if constexpr (Trace::kOn) {
    trace.value("d", kind.symmetric ? "the value of largest magnitude over the steps" : "(maximum - minimum) / steps",
                range.scale);
    if (!kind.symmetric) trace.value("m", "minimum", range.minimum);
    trace.value("id", "1 / d, 0 for d == 0", inverse);
    trace.code("scale_code", "d as half", out.scale_bits, kFp16);
  }
}

template void ggml_legacy_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void ggml_legacy_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
