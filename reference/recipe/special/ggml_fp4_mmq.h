// ggml's CUDA quantizers of activations to FP4 (compiled for sm_12x only; -use_fast_math, so subnormals are flushed).
//
// MXFP4: the exponent is that of MUFU.LG2 rounded to the nearest integer. NVFP4 tries five scale codes around the
// rounded one and keeps the first with the smallest squared error; version 2 scales by one amax a row and stores codes
// that another product rounded than the one it searched with. Source: ggml.md 5.3 (ggml-org/ggml d99724f2 and c21ff638,
// src/ggml-cuda/quantize.cu).
#pragma once

#include <array>

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::ggml_fp4_mmq {

inline constexpr float kSixth = 0x1.555556p-3f;  // 0x3E2AAAAB

template <class F>
BitsOf<F> e2m1(F x) noexcept {
  return encode(kE2m1, x, kCvtRnSatfinite);
}

// The software search of toolkits before 12.8: the first entry at the least distance, formed in binary32, so ties go to
// the smaller magnitude, numbers far beyond 6 keep the first entry, and so does a NaN. The sign is that of x < 0.
// `size` is flushed; then no distance is subnormal.
template <class F>
BitsOf<F> e2m1_by_table(F size, YesOf<F> negative) noexcept {
  BitsOf<F> best(0u);
  F least = size;
  for (std::uint32_t code = 1; code < 8; ++code) {
    const F distance = magnitude(size - F(decode_float(kE2m1, code)));
    const auto nearer = distance < least;
    best = select(nearer, BitsOf<F>(code), best);
    least = select(nearer, distance, least);
  }
  return best | select(negative, BitsOf<F>(8u), 0u);
}

// Round to nearest even of a logarithm, at least -125; infinities saturate as cvt.rni does.
template <class F>
BitsOf<F> mmq_exponent_code(F amax) noexcept {
  using U = BitsOf<F>;
  const IntOf<F> rounded = to_int32(Machine::kGpu, round_half_even(lg2_approx_ftz(amax)));
  const U shifted = bits_as<std::uint32_t>(select(rounded < -125, IntOf<F>(-125), rounded)) + 125u;
  return select(amax > 0.0f, select(shifted < 254u, shifted, 254u), 0u);
}

// rcp.rn.ftz of the decoded scale: a subnormal scale counts as 0, a subnormal reciprocal becomes 0.
template <class F>
F reciprocal_of_exponent(BitsOf<F> code) noexcept {
  const F scale = flushed(decode_float(kE8m0, code));
  return flushed(div_rn(1.0f, scale));
}

template <class F, class Trace>
void mxfp4(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x, BlockOutputOf<F>& out,
           Trace& trace) {
  const F amax = amax_of_block(rules, x);
  out.scale_bits = context.scale.given ? context.scale.bits : mmq_exponent_code(amax);
  const F reciprocal = select(amax == 0.0f, F(0.0f), reciprocal_of_exponent<F>(out.scale_bits));
  for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = e2m1(mul_rn_ftz(x[i], reciprocal));
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("log2", "lg2_approx_ftz(block_amax)", lg2_approx_ftz(amax));
    trace.code("scale_code", "log2 to the nearest integer, minus 2", out.scale_bits, kE8m0);
    trace.value("multiplier", "rcp_rn_ftz(scale)", reciprocal);
  }
}

// The multiplier under a scale code: half the scale is exact, and codes count in halves.
template <class F>
F multiplier_of(BitsOf<F> code) noexcept {
  const F half = mul_rn(decode_float(kE4m3, code), 0.5f);
  return select(half > 0.0f, mul_rn_ftz(rcp_approx_ftz(half), 0.5f), 0.0f);
}

template <class F>
BitsOf<F> searched_code(const Rules& rules, F value, F multiplier) noexcept {
  if (rules.special.kind == Special::kGgmlNvfp4MmqV2) return e2m1(mul_rn_ftz(value, multiplier));
  return e2m1_by_table(mul_rn_ftz(magnitude(value), multiplier), value < 0.0f);
}

// E2M1's number nearest to a size, ties to even; 6 for what is larger. The sum with 2^22 times the power of two below
// the size, at least 1, has E2M1's steps for its last place.
template <class F>
struct NearestE2m1 {
  F number;
  F half_step;
};
template <class F>
NearestE2m1<F> nearest_e2m1(F size) noexcept {
  const F at_most_6 = lesser_of(size, 6.0f);
  const F at_least_1 = greater_of(at_most_6, 1.0f);
  const BitsOf<F> power = bits_of(at_least_1) & 0x7F800000u;
  const F lifter = float_of(power + (22u << 23));
  return {any_nan::add_rn(any_nan::add_rn(at_most_6, lifter), -lifter), float_of(power - (2u << 23))};
}
// As e2m1_by_table below 2^20: a tie goes down. Distances to what lies below are exact there, and those to what lies
// above round to no less than half the gap, or to no more.
template <class F>
F nearest_e2m1_ties_down(F size) noexcept {
  const NearestE2m1<F> nearest = nearest_e2m1(size);
  const auto tie_went_up = any_nan::add_rn(nearest.number, -size) == nearest.half_step;
  const F below = any_nan::add_rn(nearest.number, -any_nan::mul_rn(nearest.half_step, 2.0f));
  return select(tie_went_up, below, nearest.number);
}

// What is left of each value when its code is taken away. Values are flushed and multipliers are normal and below 2^10,
// so that a flushed product would have code 0 as well; what is decoded is 0 or at least 2^-10, so that no difference is
// subnormal. A value without a number, and infinity, leave none whatever their code is.
template <class F>
void leftovers(const Rules& rules, std::span<const F> values, BitsOf<F> code, F* off) noexcept {
  const F multiplier = multiplier_of<F>(code);
  const F scale = decode_float(kE4m3, code);
  const auto by = [&](auto nearest) __attribute__((always_inline)) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const F size = magnitude(values[i]);
      const F number = nearest(any_nan::mul_rn(size, multiplier));
      off[i] = any_nan::add_rn(size, -any_nan::mul_rn(number, scale));
    }
  };
  if (rules.special.kind == Special::kGgmlNvfp4MmqV2) return by([](F x) { return nearest_e2m1(x).number; });
  YesOf<F> far(false);
  for (const F value : values) far = far || any_nan::mul_rn(magnitude(value), multiplier) >= 0x1p20f;
  if (any(far)) return by([](F x) { return decode_float(kE2m1, e2m1_by_table(x, YesOf<F>(false))); });
  by([](F x) { return nearest_e2m1_ties_down(x); });
}

// fma_rn_ftz of each square and the sum so far. Of these only a sum above 0 and up to 2^-126 can be flushed: where
// there is none, plain operations give the same.
template <class F>
F squared_error(const Rules& rules, std::span<const F> values, BitsOf<F> code) noexcept {
  std::array<F, 16> off;
  leftovers(rules, values, code, off.data());
  F error(0.0f);
  YesOf<F> tiny(false);
  for (const F one : off) {
    error = any_nan::fma_rn(one, one, error);
    tiny = tiny || (error > 0.0f && error <= kFloat32MinNormal);
  }
  if (!any(tiny)) return error;
  error = F(0.0f);
  for (const F one : off) error = fma_rn_ftz(one, one, error);
  return error;
}

// c0, then one and two codes to either side; only a strictly smaller error is taken. Version 1 begins with code 0 and
// FLT_MAX (quantize.cu, c21ff638), which stay where no error is smaller.
template <class F>
BitsOf<F> best_scale(const Rules& rules, std::span<const F> values, BitsOf<F> c0) noexcept {
  using U = BitsOf<F>;
  U best = c0;
  F least = squared_error(rules, values, c0);
  if (rules.special.kind != Special::kGgmlNvfp4MmqV2) {
    const auto smaller = least < kFloat32Max;
    best = select(smaller, best, 0u);
    least = select(smaller, least, kFloat32Max);
  }
  for (const int offset : {-1, 1, -2, 2}) {
    const IntOf<F> code = bits_as<std::int32_t>(c0) + offset;
    const auto exists = code >= 0 && code <= 0x7E;
    const U tried = select(exists, bits_as<std::uint32_t>(code), c0);
    const F error = squared_error(rules, values, tried);
    const auto smaller = exists && error < least;
    best = select(smaller, tried, best);
    least = select(smaller, error, least);
  }
  return best;
}

template <class F, class Trace>
void nvfp4(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x, BlockOutputOf<F>& out,
           Trace& trace) {
  const bool by_row = rules.special.kind == Special::kGgmlNvfp4MmqV2;
  const F row_scale = context.global.stored;
  const F row_reciprocal = by_row ? select(row_scale > 0.0f, rcp_approx_ftz(row_scale), 0.0f) : F(1.0f);
  std::array<F, 16> v;
  for (std::size_t i = 0; i < 16; ++i) v[i] = by_row ? mul_rn_ftz(x[i], row_reciprocal) : flushed(x[i]);
  const F amax = amax_of_block<F>(rules, v);
  const F t = mul_rn_ftz(amax, kSixth);
  const BitsOf<F> c0 = select(t > 0.0f, encode(kE4m3, t, kCvtRnSatfinite), 0u);
  out.scale_bits = context.scale.given ? context.scale.bits : best_scale<F>(rules, v, c0);
  const F multiplier = multiplier_of<F>(out.scale_bits);
  const F stored_by = by_row ? mul_rn_ftz(row_reciprocal, multiplier) : multiplier;
  for (std::size_t i = 0; i < 16; ++i) out.codes[i] = searched_code(rules, by_row ? x[i] : v[i], stored_by);
  if constexpr (Trace::kOn) {
    if (by_row) trace.value("1/R", "rcp_approx_ftz of the row's stored scale", row_reciprocal);
    trace.value("t", "mul_rn_ftz(max|v|, 1/6)", t);
    trace.code("c0", "t as a scale", c0, kE4m3);
    trace.code("scale_code", "the best of c0 and two to either side", out.scale_bits, kE4m3);
    trace.value("multiplier", by_row ? "mul_rn_ftz(1/R, 1/scale)" : "1/scale", stored_by);
  }
}

}  // namespace special_detail::ggml_fp4_mmq

template <class F, class Trace>
void ggml_fp4_mmq_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                        BlockOutputOf<F>& out, Trace& trace) {
  namespace detail = special_detail::ggml_fp4_mmq;
  if (rules.special.kind == Special::kGgmlMxfp4Mmq) return detail::mxfp4(rules, context, x, out, trace);
  detail::nvfp4(rules, context, x, out, trace);
}

}  // namespace bitgate::reference
