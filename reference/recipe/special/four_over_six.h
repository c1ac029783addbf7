// TransformerEngine's 4over6: a block is quantized with its amax at 6 and at 4, and the candidate with the smaller
// error is kept; a tie, or a NaN in either error, keeps 6.
//
// Errors are summed in the producers' order: 16 elements serially; of a 16 x 16 square each row so, then the rows by
// halves (8, 4, 2, 1). E, the largest scale, is 448 or 256; scales are clamped to 448 either way.
// Sources: te.md 5 and 9 (NVIDIA/TransformerEngine d0067d0d, common/cast/nvfp4/quantize_4over6_nvfp4.cuh and
// pytorch/custom_recipes/reference_nvfp4.py).
#pragma once

#include <array>

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::four_over_six {

template <class F>
struct Candidate {
  BitsOf<F> scale_code;
  F multiplier;
  F error;
};

// What a row's codes stand for, less what was to be coded. The producer rounds the product of the fast error to
// binary16, which changes no number: at most six significant bits between 2^-10 and 2688.
template <class F>
void differences(const Rules& rules, const GlobalScaleOf<F>& global, std::span<const F> x, const BitsOf<F>* codes,
                 F scale, F* off) noexcept {
  const auto product = [&](std::size_t i) { return any_nan::mul_rn(decode_float(kE2m1, codes[i]), scale); };
  if (rules.special.math == ErrorMath::kHalf) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const F wanted = any_nan::mul_rn(x[i], global.encode_scale);
      off[i] = any_nan::add_rn(product(i), -wanted);
    }
    return;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const F with_amax = any_nan::mul_rn(product(i), global.stored);
    const F decoded = any_nan::div_rn(with_amax, rules.global.target);
    off[i] = any_nan::add_rn(decoded, -x[i]);
  }
}

template <class F>
F sum_of_row(const Rules& rules, const GlobalScaleOf<F>& global, std::span<const F> x, const BitsOf<F>* codes,
             F scale) noexcept {
  std::array<F, 16> off;
  differences(rules, global, x, codes, scale, off.data());
  F sum(0.0f);
  if (rules.special.error == BlockError::kMae)
    for (const F d : off) sum = any_nan::add_rn(sum, magnitude(d));
  else
    for (const F d : off) sum = any_nan::add_rn(sum, any_nan::mul_rn(d, d));
  return canonical_nan(sum);
}

template <class F>
F error_of(const Rules& rules, const GlobalScaleOf<F>& global, std::span<const F> x, const BitsOf<F>* codes,
           F scale) noexcept {
  std::array<F, 16> rows{};
  const std::size_t n = x.size() / 16;
  for (std::size_t r = 0; r < n; ++r) rows[r] = sum_of_row(rules, global, x.subspan(16 * r, 16), codes + 16 * r, scale);
  return n == 1 ? rows[0] : butterfly_sum(Arithmetic{Machine::kGpu}, std::span<F>(rows));
}

// Writes a code an element.
template <class F>
Candidate<F> candidate(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x, F unrounded,
                       BitsOf<F>* codes, ElementStageOf<F> elements) noexcept {
  const GlobalScaleOf<F>& global = context.global;
  Candidate<F> made;
  const F bounded = at_most(rules.global.min_nan, unrounded, 448.0f);
  made.scale_code = context.scale.given ? context.scale.bits : encode(kE4m3, bounded, rules.block.encode);
  BlockScaleOf<F> scale;
  scale.bits = made.scale_code;
  const MultiplierOf<F> multiplier = derive_multiplier(rules, global, scale);
  made.multiplier = multiplier.value;
  BlockOutputOf<F> coded{std::span<BitsOf<F>>(codes, x.size()), {}};
  elements(rules, context, multiplier, x, coded);
  made.error = error_of(rules, global, x, codes, decoded_scale(kE4m3, made.scale_code));
  return made;
}

}  // namespace special_detail::four_over_six

template <class F, class Trace>
void four_over_six_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                         BlockOutputOf<F>& out, Trace& trace, ElementStageOf<F> elements) {
  namespace detail = special_detail::four_over_six;
  const F amax = amax_of_block(rules, x);
  const F ratio = div_rn(amax, 6.0f);
  const F base = mul_rn(ratio, context.global.encode_scale);
  std::array<BitsOf<F>, 256> codes_of_four;
  const auto tried = [&](F unrounded, BitsOf<F>* codes) {
    return detail::candidate(rules, context, x, unrounded, codes, elements);
  };
  const detail::Candidate<F> four = tried(mul_rn(base, 1.5f), codes_of_four.data());
  const detail::Candidate<F> six = tried(base, out.codes.data());
  const auto takes_four = four.error < six.error;
  out.scale_bits = select(takes_four, four.scale_code, six.scale_code);
  for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = select(takes_four, codes_of_four[i], out.codes[i]);
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("base", "mul_rn(div_rn(block_amax, 6), S_enc)", base);
    trace.code("s4", "min(mul_rn(base, 1.5), 448) as a scale", four.scale_code, kE4m3);
    trace.code("s6", "min(base, 448) as a scale", six.scale_code, kE4m3);
    trace.value("inv4", "the multiplier under s4", four.multiplier);
    trace.value("inv6", "the multiplier under s6", six.multiplier);
    trace.value("err4", "the error with amax at 4", four.error);
    trace.value("err6", "the error with amax at 6", six.error);
    trace.code("scale_code", "s4 if err4 < err6, else s6", out.scale_bits, kE4m3);
  }
}

}  // namespace bitgate::reference
