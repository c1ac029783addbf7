// FlashInfer's 4over6: as TransformerEngine's (four_over_six.cpp) a block is quantized with its amax at 6 and at 4, and
// the candidate with the smaller error is kept; a tie, or a NaN in either error, keeps 6. Its own, since other lines
// differ: S comes from the caller or from the row, two builds form quotients differently, every operation flushes, a
// block without a number but zero is left out, and the sum of errors depends on how many elements a thread holds.
//
// Shapes: 16 elements, their S, and for the per-token kernel the row's max|x|. Rounding: every line is one binary32
// operation to nearest even under .ftz, or MUFU.RCP. Zero blocks: scale code 0, every code 0, signs lost. S of 0 or
// infinity gives what the operations give.
// Source: flashinfer-vllm-cutlass.md 3.5 and 3.6 (flashinfer-ai/flashinfer fb28d724, quantization_utils.cuh).
#include <array>

#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

struct Candidate {
  std::uint32_t scale_code = 0;
  float multiplier = 0.0f;
  float error = 0.0f;
  std::array<std::uint8_t, 16> codes{};
};

// What both candidates of a block share.
struct Shared {
  const Rules& rules;
  const BlockContext& context;
  float decode_scale;  // 1/S by the build's own division
};

float reciprocal(const Rules& rules, float x) noexcept {
  if (rules.special.quotients == Quotients::kApprox) return rcp_approx_ftz(x);
  return Arithmetic{rules.machine}.div_rn(1.0f, x);
}

// What a code stands for, less what was to be coded. The binary16 product of the fast error never rounds: at most six
// significant bits between 2^-10 and 2688.
float difference(const Shared& shared, float value, float scale, float x) noexcept {
  const Rules& rules = shared.rules;
  const Arithmetic on{rules.machine};
  const GlobalScale& global = shared.context.global;
  const float product = on.mul_rn(value, scale);
  if (rules.special.math == ErrorMath::kHalf) {
    const float wanted = on.mul_rn(x, global.encode_scale);
    return on.add_rn(product, -wanted);
  }
  if (!(on.read(global.row_amax) > 0.0f)) {
    const float decoded = on.mul_rn(product, shared.decode_scale);
    return on.add_rn(decoded, -x);
  }
  const float with_amax = on.mul_rn(product, global.row_amax);
  const float decoded = on.div_rn(with_amax, rules.global.target);
  return on.add_rn(decoded, -x);
}

// A thread adds its elements in their order; two threads of eight then add their sums.
float error_of(const Shared& shared, std::span<const float> x, const Candidate& candidate) noexcept {
  const SpecialRule& rule = shared.rules.special;
  const Arithmetic on{shared.rules.machine};
  const float scale = decoded_scale(kE4m3, candidate.scale_code);
  std::array<float, 2> sums{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float d = difference(shared, decode_float(kE2m1, candidate.codes[i]), scale, x[i]);
    const float term = rule.error == BlockError::kMae ? magnitude(d) : on.mul_rn(d, d);
    float& sum = sums[rule.threads == ErrorThreads::kTwoOfEight && i >= 8 ? 1 : 0];
    sum = on.add_rn(sum, term);
  }
  return rule.threads == ErrorThreads::kTwoOfEight ? on.add_rn(sums[0], sums[1]) : sums[0];
}

Candidate candidate(const Shared& shared, std::span<const float> x, float unrounded) noexcept {
  const Rules& rules = shared.rules;
  const Arithmetic on{rules.machine};
  const GivenScale& given = shared.context.scale;
  Candidate made;
  made.scale_code = given.given ? given.bits : encode(kE4m3, unrounded, rules.block.encode);
  const float product = on.mul_rn(decoded_scale(kE4m3, made.scale_code), shared.decode_scale);
  made.multiplier = reciprocal(rules, product);
  if (rules.special.quotients == Quotients::kIeee) made.multiplier = min_dropping_nan(made.multiplier, kFloat32Max);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float scaled = on.mul_rn(x[i], made.multiplier);
    made.codes[i] = static_cast<std::uint8_t>(encode_element(rules, scaled));
  }
  made.error = error_of(shared, x, made);
  return made;
}

// The scale with the block's amax at 6, before it is rounded.
float scale_at_six(const Rules& rules, float amax, float encode_scale) noexcept {
  const Arithmetic on{rules.machine};
  if (rules.special.quotients == Quotients::kApprox) {
    const float sixth = on.mul_rn(amax, rcp_approx_ftz(6.0f));
    return on.mul_rn(encode_scale, sixth);
  }
  const float sixth = on.div_rn(amax, 6.0f);
  return on.mul_rn(sixth, encode_scale);
}

}  // namespace

template <class Trace>
void flashinfer_four_over_six_block(const Rules& rules, const BlockContext& context, std::span<const float> x,
                                    BlockOutput& out, Trace& trace) {
  const Arithmetic on{rules.machine};
  const float amax = amax_of_block(rules, x);
  if constexpr (Trace::kOn) trace.value("block_amax", "max|x| of the block", amax);
  if (on.read(amax) == 0.0f) {
    out.scale_bits = context.scale.given ? context.scale.bits : 0;
    std::fill_n(out.codes.begin(), x.size(), std::uint8_t{0});
    if constexpr (Trace::kOn) trace.code("scale_code", "block_amax is zero: every code is 0", out.scale_bits, kE4m3);
    return;
  }
  const Shared shared{rules, context, reciprocal(rules, context.global.encode_scale)};
  const float at_six = scale_at_six(rules, amax, context.global.encode_scale);
  const Candidate four = candidate(shared, x, on.mul_rn(at_six, 1.5f));
  const Candidate six = candidate(shared, x, at_six);
  const Candidate& best = four.error < six.error ? four : six;
  if constexpr (Trace::kOn) {
    trace.value("h6", "block_amax over 6, times S", at_six);
    trace.code("s4", "mul_rn(h6, 1.5) as a scale", four.scale_code, kE4m3);
    trace.code("s6", "h6 as a scale", six.scale_code, kE4m3);
    trace.value("inv4", "1 / (s4 / S)", four.multiplier);
    trace.value("inv6", "1 / (s6 / S)", six.multiplier);
    trace.value("err4", "the error with amax at 4", four.error);
    trace.value("err6", "the error with amax at 6", six.error);
    trace.code("scale_code", "s4 if err4 < err6, else s6", best.scale_code, kE4m3);
  }
  out.scale_bits = best.scale_code;
  std::copy_n(best.codes.begin(), x.size(), out.codes.begin());
}

template void flashinfer_four_over_six_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&,
                                             NoTrace&);
template void flashinfer_four_over_six_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&,
                                             StageTrace&);

}  // namespace bitgate::reference
