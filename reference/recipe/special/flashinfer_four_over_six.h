// FlashInfer's 4over6: as TransformerEngine's (four_over_six.h) a block is quantized with its amax at 6 and at 4, and
// the candidate with the smaller error is kept; a tie, or a NaN in either error, keeps 6. Its own, since other lines
// differ: S comes from the caller or from the row, two builds form quotients differently, every operation flushes, a
// block without a number but zero is left out, and the sum of errors depends on how many elements a thread holds.
//
// Shapes: 16 elements, their S, and for the per-token kernel the row's max|x|. Rounding: every line is one binary32
// operation to nearest even under .ftz, or MUFU.RCP. Zero blocks: scale code 0, every code 0, signs lost. S of 0 or
// infinity gives what the operations give.
// Source: flashinfer-vllm-cutlass.md 3.5 and 3.6 (flashinfer-ai/flashinfer fb28d724, quantization_utils.cuh).
#pragma once

#include <array>

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::flashinfer_four_over_six {

template <class F>
struct Candidate {
  BitsOf<F> scale_code;
  F multiplier;
  F error;
};

// What both candidates of a block share.
template <class F>
struct Shared {
  const Rules& rules;
  const BlockContextOf<F>& context;
  F decode_scale;       // 1/S by the build's own division
  YesOf<F> of_the_row;  // the row's max|x| is known, and not zero: errors are decoded with it
};

template <class F>
F reciprocal(const Rules& rules, F x) noexcept {
  if (rules.special.quotients == Quotients::kApprox) return rcp_approx_ftz(x);
  return Arithmetic{rules.machine}.div_rn(1.0f, x);
}

// What a code times its scale stands for, in the exact error.
template <class F>
F decoded(const Shared<F>& shared, F product) noexcept {
  const Rules& rules = shared.rules;
  const Arithmetic on{rules.machine};
  const F by_scale = on.mul_rn(product, shared.decode_scale);
  if (!any(shared.of_the_row)) return by_scale;
  const F with_amax = on.mul_rn(product, shared.context.global.row_amax);
  return select(shared.of_the_row, on.div_rn(with_amax, rules.global.target), by_scale);
}

// What a code stands for, less what was to be coded. The binary16 product of the fast error never rounds: at most six
// significant bits between 2^-10 and 2688.
template <class F>
F difference(const Shared<F>& shared, F value, F scale, F x) noexcept {
  const Arithmetic on{shared.rules.machine};
  const F product = on.mul_rn(value, scale);
  if (shared.rules.special.math == ErrorMath::kHalf) {
    const F wanted = on.mul_rn(x, shared.context.global.encode_scale);
    return on.add_rn(product, -wanted);
  }
  return on.add_rn(decoded(shared, product), -x);
}

// A thread adds its elements in their order; two threads of eight then add their sums.
template <class F>
F error_of(const Shared<F>& shared, std::span<const F> x, const BitsOf<F>* codes, F scale) noexcept {
  const SpecialRule& rule = shared.rules.special;
  const Arithmetic on{shared.rules.machine};
  std::array<F, 2> sums{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const F d = difference(shared, decode_float(kE2m1, codes[i]), scale, x[i]);
    const F term = rule.error == BlockError::kMae ? magnitude(d) : on.mul_rn(d, d);
    F& sum = sums[rule.threads == ErrorThreads::kTwoOfEight && i >= 8 ? 1 : 0];
    sum = on.add_rn(sum, term);
  }
  return rule.threads == ErrorThreads::kTwoOfEight ? on.add_rn(sums[0], sums[1]) : sums[0];
}

// Writes a code an element.
template <class F>
Candidate<F> candidate(const Shared<F>& shared, std::span<const F> x, F unrounded, BitsOf<F>* codes,
                       ElementStageOf<F> elements) noexcept {
  const Rules& rules = shared.rules;
  const Arithmetic on{rules.machine};
  const GivenScaleOf<F>& given = shared.context.scale;
  Candidate<F> made;
  made.scale_code = given.given ? given.bits : encode(kE4m3, unrounded, rules.block.encode);
  const F scale = decoded_scale(kE4m3, made.scale_code);
  made.multiplier = reciprocal(rules, on.mul_rn(scale, shared.decode_scale));
  if (rules.special.quotients == Quotients::kIeee) made.multiplier = min_dropping_nan(made.multiplier, kFloat32Max);
  MultiplierOf<F> multiplier;
  multiplier.value = made.multiplier;
  BlockOutputOf<F> coded{std::span<BitsOf<F>>(codes, x.size()), {}};
  elements(rules, shared.context, multiplier, x, coded);
  made.error = error_of(shared, x, codes, scale);
  return made;
}

// The scale with the block's amax at 6, before it is rounded.
template <class F>
F scale_at_six(const Rules& rules, F amax, F encode_scale) noexcept {
  const Arithmetic on{rules.machine};
  if (rules.special.quotients == Quotients::kApprox) {
    const F sixth = on.mul_rn(amax, rcp_approx_ftz(6.0f));
    return on.mul_rn(encode_scale, sixth);
  }
  const F sixth = on.div_rn(amax, 6.0f);
  return on.mul_rn(sixth, encode_scale);
}

}  // namespace special_detail::flashinfer_four_over_six

template <class F, class Trace>
void flashinfer_four_over_six_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                                    BlockOutputOf<F>& out, Trace& trace, ElementStageOf<F> elements) {
  namespace detail = special_detail::flashinfer_four_over_six;
  const Arithmetic on{rules.machine};
  const GlobalScaleOf<F>& global = context.global;
  const F amax = amax_of_block(rules, x);
  const auto zero = on.read(amax) == 0.0f;
  const detail::Shared<F> shared{rules, context, detail::reciprocal(rules, global.encode_scale),
                                 on.read(global.row_amax) > 0.0f};
  const F at_six = detail::scale_at_six(rules, amax, global.encode_scale);
  std::array<BitsOf<F>, 16> codes_of_four;
  const auto four = detail::candidate(shared, x, on.mul_rn(at_six, 1.5f), codes_of_four.data(), elements);
  const auto six = detail::candidate(shared, x, at_six, out.codes.data(), elements);
  const auto takes_four = four.error < six.error;
  const BitsOf<F> of_zero = context.scale.given ? context.scale.bits : BitsOf<F>(0u);
  out.scale_bits = select(zero, of_zero, select(takes_four, four.scale_code, six.scale_code));
  for (std::size_t i = 0; i < x.size(); ++i)
    out.codes[i] = select(zero, BitsOf<F>(0u), select(takes_four, codes_of_four[i], out.codes[i]));
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    if (zero) {
      trace.code("scale_code", "block_amax is zero: every code is 0", out.scale_bits, kE4m3);
      return;
    }
    trace.value("h6", "block_amax over 6, times S", at_six);
    trace.code("s4", "mul_rn(h6, 1.5) as a scale", four.scale_code, kE4m3);
    trace.code("s6", "h6 as a scale", six.scale_code, kE4m3);
    trace.value("inv4", "1 / (s4 / S)", four.multiplier);
    trace.value("inv6", "1 / (s6 / S)", six.multiplier);
    trace.value("err4", "the error with amax at 4", four.error);
    trace.value("err6", "the error with amax at 6", six.error);
    trace.code("scale_code", "s4 if err4 < err6, else s6", out.scale_bits, kE4m3);
  }
}

}  // namespace bitgate::reference
