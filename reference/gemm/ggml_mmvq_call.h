// One call of a thread of MMVQ: its whole sums, and what they do to the thread's partial sum (ggml_mmvq.h).
#pragma once

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/ggml_mmvq.h"

namespace bitgate::reference::mmvq {

inline constexpr std::int64_t kQ8Cols = 32;

inline float half_value(std::uint16_t bits) noexcept { return decode_float(kFp16, bits); }

// The factors of a block of weights as CUDA decodes them.
struct Factors {
  float d = 0.0f, m = 0.0f;
  std::uint16_t d_half = 0, m_half = 0;
  std::array<float, 4> scales{};  // halved, since the codes are doubled
};

// The operations of one build.
struct Build {
  Arithmetic on;
  Contraction contraction;

  explicit Build(const MmvqOrder& order) noexcept : on{order.machine}, contraction(order.contraction) {}
  float mul(float a, float b) const noexcept { return on.mul_rn(a, b); }
  float add(float a, float b) const noexcept { return on.add_rn(a, b); }
  float fma(float a, float b, float c) const noexcept {
    if (contraction == Contraction::kFused) return on.fma_rn(a, b, c);
    return on.add_rn(on.mul_rn(a, b), c);
  }
  // __hmul2's half: the product of two FP16 is exact in binary32, so it is rounded once.
  static float half_product(std::uint16_t a, std::uint16_t b) noexcept {
    const float exact = reference::mul_rn(half_value(a), half_value(b));
    return half_value(static_cast<std::uint16_t>(encode(kFp16, exact, kCvtRnInf)));
  }
};

inline float e4m3_or_zero(std::uint8_t code) noexcept {
  return (code & 0x7F) == 0x7F ? 0.0f : decode_float(kE4m3, code);
}

inline Factors factors_of(const GgmlWeights& type, const GgmlWeightBlock& block, const Build& build) noexcept {
  Factors factors;
  factors.d_half = block.d;
  factors.m_half = block.m;
  factors.d = half_value(block.d);
  factors.m = half_value(block.m);
  if (type.blocks == RawBlocks::kMxfp4) factors.d = build.mul(decode_float(kE8m0, block.scales[0]), 0.5f);
  if (type.dot == GgmlDot::kSixteens)
    for (std::size_t i = 0; i < 4; ++i) factors.scales[i] = build.mul(e4m3_or_zero(block.scales[i]), 0.5f);
  return factors;
}

struct WeightBlock {
  GgmlWeightBlock numbers;
  Factors factors;
};

// The activations that one sum of a call meets.
struct Activations {
  std::uint16_t d_half = 0, s_half = 0;
  float d = 0.0f, s = 0.0f;
  const std::uint8_t* codes = nullptr;
};

inline constexpr std::array<std::int8_t, 16> kOnes = [] {
  std::array<std::int8_t, 16> ones{};
  ones.fill(1);
  return ones;
}();

// The whole sums of a call; `activations` are those of the block's values.
inline void sum_call(const GgmlWeights& type, const GgmlWeightBlock& block, const Activations* activations,
                     MmvqCall& call) {
  for (std::int64_t sum = 0; sum < type.sums; ++sum) {
    const std::int64_t first = first_value(type, call.call, sum);
    const std::uint8_t* const codes = activations[first / kQ8Cols].codes + first % kQ8Cols;
    const auto at = static_cast<std::size_t>(sum);
    call.sums[at] = call.codes[at] = 0;
    for (std::int64_t run = 0; run < type.runs * kGgmlRunDistance; run += kGgmlRunDistance) {
      call.sums[at] += dot(block.codes.data() + first + run, codes + run, type.run);
      if (type.dot == GgmlDot::kSuperMinimums) call.codes[at] += dot(kOnes.data(), codes + run, type.run);
    }
  }
}

// Exact: below 2^24.
inline float whole(std::int32_t number) noexcept { return static_cast<float>(number); }

// sum over the two parts of a call of d8 * (sum * step), from +0.
inline float super_sum(const Build& on, const Activations* (&parts)[2], const std::array<std::int32_t, 2>& sums,
                       std::int32_t step0, std::int32_t step1) noexcept {
  const float first = on.fma(parts[0]->d, whole(sums[0] * step0), 0.0f);
  return on.fma(parts[1]->d, whole(sums[1] * step1), first);
}

// The thread's partial sum after a call.
inline float after_call(const GgmlWeights& type, const WeightBlock& weight, const Activations* activations,
                        const MmvqCall& call, const Build& on, float partial) noexcept {
  const std::int64_t first[2] = {first_value(type, call.call, 0), first_value(type, call.call, type.sums - 1)};
  const Activations* parts[2] = {activations + first[0] / kQ8Cols, activations + first[1] / kQ8Cols};
  const Activations& q8 = *parts[0];
  const Factors& factors = weight.factors;
  const float sum = whole(call.sums[0]);
  switch (type.dot) {
    case GgmlDot::kZeroPoint: {
      const float zero = on.mul(q8.s, whole(-type.zero_point / static_cast<std::int32_t>(calls_of(type))));
      const float inner = on.fma(q8.d, sum, zero);
      return on.fma(factors.d, inner, partial);
    }
    case GgmlDot::kMinimum: {
      const float scale = Build::half_product(factors.d_half, q8.d_half);
      const float minimum = on.mul(Build::half_product(factors.m_half, q8.s_half), 0.5f);
      return on.add(on.fma(sum, scale, minimum), partial);
    }
    case GgmlDot::kScale: return on.fma(on.mul(factors.d, q8.d), sum, partial);
    case GgmlDot::kSixteens: {
      const auto at = static_cast<std::size_t>(2 * call.call);
      const float lower = on.fma(on.mul(factors.scales[at], parts[0]->d), sum, 0.0f);
      const float both = on.fma(on.mul(factors.scales[at + 1], parts[1]->d), whole(call.sums[1]), lower);
      return on.add(both, partial);
    }
    case GgmlDot::kSuperMinimums: {
      const auto a = static_cast<std::size_t>(first[0] / 32), b = static_cast<std::size_t>(first[1] / 32);
      const GgmlWeightBlock& numbers = weight.numbers;
      const float scaled = super_sum(on, parts, call.sums, numbers.steps[a], numbers.steps[b]);
      const float minimums = super_sum(on, parts, call.codes, numbers.minimums[a], numbers.minimums[b]);
      const float taken = on.mul(minimums, factors.m);
      return on.add(on.fma(factors.d, scaled, -taken), partial);
    }
    case GgmlDot::kSuperScales: {
      const auto a = static_cast<std::size_t>(first[0] / 16), b = static_cast<std::size_t>(first[1] / 16);
      const float scaled = super_sum(on, parts, call.sums, weight.numbers.steps[a], weight.numbers.steps[b]);
      return on.fma(factors.d, scaled, partial);
    }
  }
  return partial;
}

}  // namespace bitgate::reference::mmvq
