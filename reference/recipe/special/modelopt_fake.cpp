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
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

// What multiplies an element, and what multiplies the rounded result.
struct Factors {
  float scale = 1.0f, unscale = 1.0f;
  std::uint32_t code = 0;  // the scale that is never stored
};

float stored_as(InputType type, float x) noexcept { return intermediate(Intermediate::kInputType, type, x); }

float largest_of(SchemeId scheme) noexcept {
  return scheme == SchemeId::kValuesInt8 ? 127.0f : static_cast<float>(max_finite(scheme_of(scheme).element));
}

// --- the Triton kernel ---

float triton_scale(const GlobalScale& global, float amax, Factors& factors) noexcept {
  const float safe = global.decode_scale > 0.0f ? global.decode_scale : 1e-12f;
  const float divisor = mul_rn(6.0f, safe);
  const float ratio = min_dropping_nan(div_full(amax, divisor), 448.0f);
  factors.code = encode(kE4m3, ratio, kCvtRnSatfinite);
  const float scale = mul_rn(decode_float(kE4m3, factors.code), global.decode_scale);
  return scale >= 1e-5f ? scale : 1.0f;
}

float triton_value(float scale, float x, std::uint32_t& code) noexcept {
  const float scaled = div_full(magnitude(x), scale);
  code = encode(kE2m1, scaled, kCvtRnSatfinite);
  const float value = mul_rn(decode_float(kE2m1, code), scale);
  return x >= 0.0f ? value : -value;
}

// --- the extension ---

constexpr float kSixth = div_rn(1.0f, 6.0f);

// The smallest power of two that brings amax to the largest element or below. 2^-127 is built by products of mul.ftz
// and comes out as zero.
Factors power_factors(SchemeId scheme, float amax) noexcept {
  const float reciprocal = div_rn(1.0f, largest_of(scheme));
  const auto ratio = std::bit_cast<std::uint32_t>(mul_rn_ftz(amax, reciprocal));
  const auto field = static_cast<int>(ratio >> 23);
  const int exponent = (ratio & 0x7FFFFF) != 0 ? field - 126 : field - 127;
  return {static_cast<float>(power_of_two(-exponent)), flushed(static_cast<float>(power_of_two(exponent))),
          static_cast<std::uint32_t>(exponent + 127)};
}

// E4M3 under the tensor's amax: the ratio meets 448 * (6 / amax) in binary64, exactly, and both quotients of that are
// binary64 too.
Factors nvfp4_factors(float tensor_amax, float amax) noexcept {
  const float local = mul_rn_ftz(amax, kSixth);
  const float inverse = mul_rn_ftz(6.0f, rcp_approx_ftz(tensor_amax));
  const double two_level = 448.0 * static_cast<double>(inverse);
  const float scaled = canonical_nan(static_cast<float>(static_cast<double>(local) * two_level));
  Factors factors;
  factors.code = encode(kE4m3, scaled, kCvtRnSatfinite);
  const double unscale = decode(kE4m3, factors.code) / two_level;
  factors.scale = canonical_nan(static_cast<float>(1.0 / unscale));
  factors.unscale = canonical_nan(static_cast<float>(unscale));
  return factors;
}

Factors extension_factors(const Rules& rules, const GlobalScale& global, float amax) noexcept {
  const auto says_nothing = [](float number) { return flushed(number) == 0.0f || !(number <= kFloat32Max); };
  if (says_nothing(amax)) return {};
  if (rules.scheme != SchemeId::kValuesE2m1Row16) return power_factors(rules.scheme, amax);
  return says_nothing(global.stored) ? Factors{} : nvfp4_factors(global.stored, amax);
}

// |x| of at most FLT_MAX; subnormals count as zero.
float extension_amax(std::span<const float> x) noexcept {
  float amax = 0.0f;
  for (const float value : x) {
    const float size = flushed(magnitude(value));
    amax = running_amax(AmaxNan::kIgnore, amax, size > kFloat32Max ? kFloat32Max : size);
  }
  return amax;
}

float rounded_element(SchemeId scheme, float scaled, std::uint32_t& code) noexcept {
  const Format& element = scheme_of(scheme).element;
  if (!is_integer(element)) {
    // A NaN, of a zero under an infinite factor, saturates in the tables of four and six bits.
    code = encode(element, scaled, kCvtRnSatfinite);
    return decode_float(element, code);
  }
  code = encode(kInt8, scaled > 127.0f ? 127.0f : scaled, kCvtRnSatfinite);
  return decode_float(kInt8, code);
}

float extension_value(const Rules& rules, const Factors& factors, float x, std::uint32_t& code) noexcept {
  const float scaled = mul_rn_ftz(magnitude(x), factors.scale);
  const float rounded = rounded_element(rules.scheme, scaled, code);
  const float value = mul_rn_ftz(rounded, factors.unscale);
  if (flushed(x) == 0.0f && value == 0.0f) return 0.0f;
  return canonical_nan(x < 0.0f ? -value : value);
}

}  // namespace

template <class Trace>
void modelopt_fake_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace) {
  const bool triton = rules.special.kind == Special::kModeloptTriton;
  const float amax = triton ? amax_of_block(rules, x) : extension_amax(x);
  Factors factors;
  if (triton)
    factors.unscale = triton_scale(context.global, amax, factors);
  else
    factors = extension_factors(rules, context.global, amax);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::uint32_t code = 0;
    const float value =
        triton ? triton_value(factors.unscale, x[i], code) : extension_value(rules, factors, x[i], code);
    out.codes[i] = static_cast<std::uint8_t>(code);
    out.values[i] = stored_as(context.type, value);
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

template void modelopt_fake_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void modelopt_fake_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
