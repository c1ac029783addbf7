// ModelOpt's fake quantizers: values only, in the input's type.
//
// kModeloptTriton, NVFP4 on sm_90 and later: scales by div.full, a block whose scale would lie below 1e-5 takes 1, the
// sign is that of x >= 0, so that -0 becomes +0.
// kModeloptExtension, NVFP4 and MX, built with --use_fast_math: every division by a constant is a product with its
// rounded reciprocal, subnormals are flushed; part of the NVFP4 scale is binary64. The producer leaves the sign of a
// zero undefined (an uninitialised variable); here it is +0, whatever the sign of x. Whole numbers of INT8 are not
// Q1.6.
// Source: torchao-and-ocp.md 4.2, 4.3 (NVIDIA/TensorRT-Model-Optimizer 5a4242faf414, modelopt/torch/quantization,
// triton/fp4_kernel.py, src/tensor_quant_mx.{h,cu}), mufu.md and ptx.md 2.7 of the notes.
#pragma once

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::modelopt_fake {

// What multiplies an element, and what multiplies the rounded result.
template <class F>
struct Factors {
  F scale = 1.0f, unscale = 1.0f;
  BitsOf<F> code = 0u;  // the scale that is never stored
};

// An element's value, and its code: how searches order values.
template <class F>
struct Rounded {
  F value;
  BitsOf<F> code;
};

constexpr float largest_of(SchemeId scheme) noexcept {
  return scheme == SchemeId::kValuesInt8 ? 127.0f : static_cast<float>(max_finite(scheme_of(scheme).element));
}

// --- the Triton kernel ---

template <class F>
Factors<F> triton_factors(const GlobalScaleOf<F>& global, F amax) noexcept {
  const F safe = select(global.decode_scale > 0.0f, global.decode_scale, 1e-12f);
  const F divisor = mul_rn(6.0f, safe);
  const F ratio = min_dropping_nan(div_full(amax, divisor), 448.0f);
  Factors<F> factors;
  factors.code = encode(kE4m3, ratio, kCvtRnSatfinite);
  const F scale = mul_rn(decode_float(kE4m3, factors.code), global.decode_scale);
  factors.unscale = select(scale >= 1e-5f, scale, 1.0f);
  return factors;
}

template <class F>
Rounded<F> triton_value(F scale, F x) noexcept {
  const F scaled = div_full(magnitude(x), scale);
  const BitsOf<F> code = encode(kE2m1, scaled, kCvtRnSatfinite);
  const F value = mul_rn(decode_float(kE2m1, code), scale);
  return {select(x >= 0.0f, value, -value), code};
}

// --- the extension ---

inline constexpr float kSixth = div_rn(1.0f, 6.0f);

// The smallest power of two that brings amax to the largest element or below. 2^-127 is built by products of mul.ftz
// and comes out as zero.
template <class F>
Factors<F> power_factors(SchemeId scheme, F amax) noexcept {
  using U = BitsOf<F>;
  const float reciprocal = div_rn(1.0f, largest_of(scheme));
  const U ratio = bits_of(mul_rn_ftz(amax, reciprocal));
  // The code is an exponent field: 254 less of it is the reciprocal's.
  const U code = (ratio >> 23) + one_if<std::uint32_t>((ratio & 0x7FFFFFu) != 0u);
  return {float_of((254u - code) << 23), float_of(code << 23), code};
}

// E4M3 under the tensor's amax: the ratio meets 448 * (6 / amax) in binary64, exactly, and both quotients of that are
// binary64 too.
template <class F>
Factors<F> nvfp4_factors(F tensor_amax, F amax) noexcept {
  const F local = mul_rn_ftz(amax, kSixth);
  const F inverse = mul_rn_ftz(6.0f, rcp_approx_ftz(tensor_amax));
  const auto two_level = [&](int i) { return 448.0 * static_cast<double>(lane(inverse, i)); };
  const F scaled = canonical_nan(
      each_lane<F>([&](int i) { return static_cast<float>(static_cast<double>(lane(local, i)) * two_level(i)); }));
  Factors<F> factors;
  factors.code = encode(kE4m3, scaled, kCvtRnSatfinite);
  const F number = decode_float(kE4m3, factors.code);
  const auto unscale = [&](int i) { return static_cast<double>(lane(number, i)) / two_level(i); };
  factors.scale = canonical_nan(each_lane<F>([&](int i) { return static_cast<float>(1.0 / unscale(i)); }));
  factors.unscale = canonical_nan(each_lane<F>([&](int i) { return static_cast<float>(unscale(i)); }));
  return factors;
}

template <class F>
Factors<F> extension_factors(const Rules& rules, const GlobalScaleOf<F>& global, F amax) noexcept {
  const bool nvfp4 = rules.scheme == SchemeId::kValuesE2m1Row16;
  const auto says_nothing = [](F number) { return flushed(number) == 0.0f || !(number <= kFloat32Max); };
  auto one = says_nothing(amax);
  if (nvfp4) one = one || says_nothing(global.stored);
  // Where the factors are 1, theirs are formed of numbers that stand for nothing.
  const F safe = select(one, F(1.0f), amax);
  const Factors<F> formed =
      nvfp4 ? nvfp4_factors(select(one, F(1.0f), global.stored), safe) : power_factors(rules.scheme, safe);
  return {select(one, F(1.0f), formed.scale), select(one, F(1.0f), formed.unscale),
          select(one, BitsOf<F>(0u), formed.code)};
}

// |x| of at most FLT_MAX; subnormals count as zero.
template <class F>
F extension_amax(std::span<const F> x) noexcept {
  F amax(0.0f);
  for (const F value : x) {
    const F size = flushed(magnitude(value));
    amax = running_amax(AmaxNan::kIgnore, amax, select(size > kFloat32Max, F(kFloat32Max), size));
  }
  return amax;
}

// A NaN, of a zero under an infinite factor, saturates in the tables of four and six bits.
template <class F>
Rounded<F> rounded_element(SchemeId scheme, F scaled) noexcept {
  const Format& element = scheme_of(scheme).element;
  const F counted = is_integer(element) ? select(scaled > 127.0f, F(127.0f), scaled) : scaled;
  const BitsOf<F> code = encode(element, counted, kCvtRnSatfinite);
  return {decode_float(element, code), code};
}

template <class F>
Rounded<F> extension_value(const Rules& rules, const Factors<F>& factors, F x) noexcept {
  const F scaled = mul_rn_ftz(magnitude(x), factors.scale);
  const Rounded<F> rounded = rounded_element(rules.scheme, scaled);
  const F value = mul_rn_ftz(rounded.value, factors.unscale);
  const F with_sign = canonical_nan(select(x < 0.0f, -value, value));
  return {select(flushed(x) == 0.0f && value == 0.0f, F(0.0f), with_sign), rounded.code};
}

}  // namespace special_detail::modelopt_fake

template <class F, class Trace>
void modelopt_fake_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                         BlockOutputOf<F>& out, Trace& trace) {
  namespace detail = special_detail::modelopt_fake;
  const bool triton = rules.special.kind == Special::kModeloptTriton;
  const F amax = triton ? amax_of_block(rules, x) : detail::extension_amax(x);
  const detail::Factors<F> factors =
      triton ? detail::triton_factors(context.global, amax) : detail::extension_factors(rules, context.global, amax);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const detail::Rounded<F> rounded =
        triton ? detail::triton_value(factors.unscale, x[i]) : detail::extension_value(rules, factors, x[i]);
    out.codes[i] = rounded.code;
    out.values[i] = intermediate(Intermediate::kInputType, context.type, rounded.value);
  }
  // Not stored by the producer; searches see the block's scale by it.
  out.scale_bits = factors.code;
  if constexpr (Trace::kOn) {
    if (triton) trace.value("s", "max|x| of the tensor over 2688", context.global.decode_scale);
    if (!triton && rules.global.form != GlobalForm::kNone)
      trace.value("amax", "max|x| of the tensor", context.global.stored);
    trace.value("block_amax", "max|x| of the block", amax);
    if (!triton) trace.value("scale", "multiplies elements", factors.scale);
    trace.value("unscale", triton ? "divides elements, multiplies what they round to" : "multiplies what they round to",
                factors.unscale);
  }
}

}  // namespace bitgate::reference
