// ggml's CUDA quantizers of activations to FP4 (compiled for sm_12x only; -use_fast_math, so subnormals are flushed).
//
// MXFP4: the exponent is that of MUFU.LG2 rounded to the nearest integer. NVFP4 tries five scale codes around the
// rounded one and keeps the first with the smallest squared error; version 2 scales by one amax a row and stores codes
// that another product rounded than the one it searched with. Source: ggml.md 5.3 (ggml-org/ggml d99724f2 and c21ff638,
// src/ggml-cuda/quantize.cu).
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

constexpr float kSixth = 0x1.555556p-3f;  // 0x3E2AAAAB

std::uint8_t e2m1(float x) noexcept { return static_cast<std::uint8_t>(encode(kE2m1, x, kCvtRnSatfinite)); }

// The software search of toolkits before 12.8: the first entry at the least distance, formed in binary32, so ties go to
// the smaller magnitude, numbers far beyond 6 keep the first entry, and so does a NaN. The sign is that of x < 0.
std::uint8_t e2m1_by_table(float size, bool negative) noexcept {
  std::uint32_t best = 0;
  float least = magnitude(add_rn_ftz(size, -decode_float(kE2m1, 0)));
  for (std::uint32_t code = 1; code < 8; ++code) {
    const float distance = magnitude(add_rn_ftz(size, -decode_float(kE2m1, code)));
    if (distance < least) {
      best = code;
      least = distance;
    }
  }
  return static_cast<std::uint8_t>(best | (negative ? 8u : 0u));
}

// Round to nearest even of a logarithm, at least -125; infinities saturate as cvt.rni does.
std::uint32_t mmq_exponent_code(float amax) noexcept {
  if (!(amax > 0.0f)) return 0;
  const std::int32_t rounded = to_int32(Machine::kGpu, round_half_even(lg2_approx_ftz(amax)));
  const std::uint32_t shifted = static_cast<std::uint32_t>(std::max(rounded, -125)) + 125u;
  return std::min(shifted, 254u);
}

// rcp.rn.ftz of the decoded scale: a subnormal scale counts as 0, a subnormal reciprocal becomes 0.
float reciprocal_of_exponent(std::uint32_t code) noexcept {
  const float scale = flushed(decode_float(kE8m0, code));
  return flushed(div_rn(1.0f, scale));
}

template <class Trace>
void mxfp4(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out, Trace& trace) {
  const float amax = amax_of_block(rules, x);
  out.scale_bits = context.scale.given ? context.scale.bits : mmq_exponent_code(amax);
  const float reciprocal = amax == 0.0f ? 0.0f : reciprocal_of_exponent(out.scale_bits);
  for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = e2m1(mul_rn_ftz(x[i], reciprocal));
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("log2", "lg2_approx_ftz(block_amax)", lg2_approx_ftz(amax));
    trace.code("scale_code", "log2 to the nearest integer, minus 2", out.scale_bits, kE8m0);
    trace.value("multiplier", "rcp_rn_ftz(scale)", reciprocal);
  }
}

// The multiplier under a scale code: half the scale is exact, and codes count in halves.
float multiplier_of(std::uint32_t code) noexcept {
  const float half = mul_rn(decode_float(kE4m3, code), 0.5f);
  return half > 0.0f ? mul_rn_ftz(rcp_approx_ftz(half), 0.5f) : 0.0f;
}

std::uint8_t searched_code(const Rules& rules, float value, float multiplier) noexcept {
  if (rules.special.kind == Special::kGgmlNvfp4MmqV2) return e2m1(mul_rn_ftz(value, multiplier));
  return e2m1_by_table(mul_rn_ftz(magnitude(value), multiplier), value < 0.0f);
}

float squared_error(const Rules& rules, std::span<const float> values, std::uint32_t code) noexcept {
  const float multiplier = multiplier_of(code);
  const float scale = decode_float(kE4m3, code);
  float error = 0.0f;
  for (const float value : values) {
    const std::uint32_t q = searched_code(rules, value, multiplier) & 7u;
    const float decoded = mul_rn(decode_float(kE2m1, q), scale);
    const float off = add_rn_ftz(magnitude(value), -decoded);
    error = fma_rn_ftz(off, off, error);
  }
  return error;
}

// c0, then one and two codes to either side; only a strictly smaller error is taken. Version 1 begins with code 0 and
// FLT_MAX (quantize.cu, c21ff638), which stay where no error is smaller.
std::uint32_t best_scale(const Rules& rules, std::span<const float> values, std::uint32_t c0) noexcept {
  const bool begins_with_c0 = rules.special.kind == Special::kGgmlNvfp4MmqV2;
  std::uint32_t best = begins_with_c0 ? c0 : 0;
  float least = begins_with_c0 ? squared_error(rules, values, c0) : kFloat32Max;
  for (const int offset : {0, -1, 1, -2, 2}) {
    const int code = static_cast<int>(c0) + offset;
    if (code < 0 || code > 0x7E) continue;
    const float error = squared_error(rules, values, static_cast<std::uint32_t>(code));
    if (error < least) {
      best = static_cast<std::uint32_t>(code);
      least = error;
    }
  }
  return best;
}

template <class Trace>
void nvfp4(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out, Trace& trace) {
  const bool by_row = rules.special.kind == Special::kGgmlNvfp4MmqV2;
  const float row_scale = context.global.stored;
  const float row_reciprocal = !by_row ? 1.0f : row_scale > 0.0f ? rcp_approx_ftz(row_scale) : 0.0f;
  std::array<float, 16> v{};
  for (std::size_t i = 0; i < 16; ++i) v[i] = by_row ? mul_rn_ftz(x[i], row_reciprocal) : flushed(x[i]);
  const float amax = amax_of_block(rules, v);
  const float t = mul_rn_ftz(amax, kSixth);
  const std::uint32_t c0 = t > 0.0f ? encode(kE4m3, t, kCvtRnSatfinite) : 0;
  out.scale_bits = context.scale.given ? context.scale.bits : best_scale(rules, v, c0);
  const float multiplier = multiplier_of(out.scale_bits);
  const float stored_by = by_row ? mul_rn_ftz(row_reciprocal, multiplier) : multiplier;
  for (std::size_t i = 0; i < 16; ++i) out.codes[i] = searched_code(rules, by_row ? x[i] : v[i], stored_by);
  if constexpr (Trace::kOn) {
    if (by_row) trace.value("1/R", "rcp_approx_ftz of the row's stored scale", row_reciprocal);
    trace.value("t", "mul_rn_ftz(max|v|, 1/6)", t);
    trace.code("c0", "t as a scale", c0, kE4m3);
    trace.code("scale_code", "the best of c0 and two to either side", out.scale_bits, kE4m3);
    trace.value("multiplier", by_row ? "mul_rn_ftz(1/R, 1/scale)" : "1/scale", stored_by);
  }
}

}  // namespace

template <class Trace>
void ggml_fp4_mmq_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                        Trace& trace) {
  if (rules.special.kind == Special::kGgmlMxfp4Mmq) return mxfp4(rules, context, x, out, trace);
  nvfp4(rules, context, x, out, trace);
}

template void ggml_fp4_mmq_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void ggml_fp4_mmq_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
