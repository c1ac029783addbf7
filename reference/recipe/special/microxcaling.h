// microxcaling: values only, no codes, no scales. Its C++ extension works on exponent fields; its Python path on
// floating-point logarithms, which count a number just below 2^k as 2^k, and on |y| + 0.5 in binary32, which lifts
// 0.5 - 2^-25 to 1. A NaN or an infinity anywhere makes the whole block NaN.
// Source: torchao-and-ocp.md 3.2 to 3.4 (microsoft/microxcaling 7bc41952, mx/mx_ops.py, mx/elemwise_ops.py, mx/cpp).
#pragma once

#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::microxcaling {

// An element as microxcaling counts: mbits with sign and implicit bit, the largest exponent, the largest value.
struct Element {
  int ebits, mbits, emax;
  float max_norm;
};

constexpr Element element_of(SchemeId scheme) noexcept {
  switch (scheme) {
    case SchemeId::kValuesE2m1: return {2, 3, 2, 6.0f};
    case SchemeId::kValuesE2m3: return {2, 5, 2, 7.5f};
    case SchemeId::kValuesE3m2: return {3, 4, 4, 28.0f};
    case SchemeId::kValuesE4m3: return {4, 5, 8, 448.0f};
    case SchemeId::kValuesE5m2: return {5, 4, 15, 57344.0f};
    default: return {0, 8, 0, 1.984375f};
  }
}

// 2^exponent, from -127 to 128, which is infinity.
template <class F>
F power(IntOf<F> exponent) noexcept {
  const BitsOf<F> bits = bits_as<std::uint32_t>(exponent + 127) << 23;
  return float_of(select(exponent == -127, BitsOf<F>(0x00400000u), bits));
}

template <class F>
YesOf<F> is_finite(F x) noexcept {
  return magnitude(x) <= kFloat32Max;
}

// What the elements of a block share.
template <class F>
struct Block {
  YesOf<F> nan;      // all values are NaN
  IntOf<F> shared;   // the block's exponent less the element's largest, at least -127
  YesOf<F> flushes;  // the Python path flushes elements one by one, where the block's exponent is at most -127
};

template <class F>
Block<F> block_of(const Rules& rules, const Element& element, F amax) noexcept {
  const auto finite = is_finite(amax);
  const IntOf<F> rounded = floor_of_rounded_log2(select(finite && amax != 0.0f, amax, kFloat32MinNormal));
  const IntOf<F> field = bits_as<std::int32_t>(bits_of(amax) >> 23);
  const IntOf<F> exponent = rules.special.path == MxPath::kPython ? rounded : field - 127;
  const IntOf<F> shared = exponent - element.emax;
  const bool may_flush = rules.special.flush != MxFlush::kKeep;
  return {!finite || shared > 127, select(shared < -127, IntOf<F>(-127), shared),
          YesOf<F>(may_flush) && finite && rounded <= -127};
}

template <class F>
F floor_of_positive(F x) noexcept {
  const auto small = x < 0x1p23f;
  return select(small, number_as<float>(number_as<std::int32_t>(select(small, x, 0.0f))), x);
}

// A non-negative number to a whole one. Half away and half to even both add a half first, in binary32.
template <class F>
F whole(Rounding rounding, F y) noexcept {
  if (rounding == Rounding::kTowardZero) return floor_of_positive(y);
  const F up = floor_of_positive(add_rn(y, 0.5f));
  if (rounding != Rounding::kNearestEven) return up;
  const F rest = add_rn(y, -0.5f);
  const auto counts = rest >= 0.0f && rest < 0x1p23f;
  const IntOf<F> steps = number_as<std::int32_t>(select(counts, rest, 0.0f));
  const auto even_tie = counts && number_as<float>(steps) == rest && (steps & 1) == 0;
  return select(even_tie, add_rn(up, -1.0f), up);
}

// An element over the block's power of two, in the Python path's own steps.
template <class F>
F by_python(const Element& element, Rounding rounding, F scaled) noexcept {
  const auto finite = is_finite(scaled);
  const F size = select(finite, magnitude(scaled), 0.0f);
  IntOf<F> exponent(0);
  if (element.ebits != 0) {
    const int least = 2 - (1 << (element.ebits - 1));
    const IntOf<F> own = floor_of_rounded_log2(select(size == 0.0f, F(1.0f), size));
    exponent = select(own < least, IntOf<F>(least), own);
  }
  const F power_of_size = power<F>(exponent);
  const auto steps = static_cast<float>(1 << (element.mbits - 2));
  const F lifted = mul_rn(div_rn(size, power_of_size), steps);
  const F rounded = whole(rounding, lifted);
  const F value = mul_rn(div_rn(rounded, steps), power_of_size);
  const F bounded = select(value > element.max_norm, F(element.max_norm), value);
  // sign(0) is 0, so a zero loses its sign; a number that rounds to zero keeps it.
  return select(finite, select(scaled < 0.0f, -bounded, bounded), scaled);
}

// The extension's integer rounding: exact, saturating; a zero has no sign.
template <class F>
F by_extension(SchemeId scheme, const Element& element, Rounding rounding, F scaled) noexcept {
  const Format& format = scheme_of(scheme).element;
  F value(0.0f);
  if (is_integer(format)) {
    const F steps = decode_float(kInt8, encode(kInt8, mul_rn(scaled, 64.0f), {rounding, Overflow::kSaturate}));
    value = mul_rn(steps, 0x1p-6f);
  } else {
    value = decode_float(format, encode(format, scaled, {rounding, Overflow::kSaturate}));
  }
  const F largest = select(value < 0.0f, F(-element.max_norm), element.max_norm);
  value = select(magnitude(value) > element.max_norm, largest, value);
  return select(is_nan(scaled), scaled, select(value == 0.0f, F(0.0f), value));
}

// The code that a value over the scale would have: how searches order values.
template <class F>
BitsOf<F> code_of(SchemeId scheme, F value) noexcept {
  const Format& format = scheme_of(scheme).element;
  const F counted = is_integer(format) ? mul_rn(value, 64.0f) : value;
  return encode(format, counted, kCvtRnSatfinite);
}

}  // namespace special_detail::microxcaling

template <class F, class Trace>
void microxcaling_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                        BlockOutputOf<F>& out, Trace& trace) {
  static_cast<void>(context);
  namespace detail = special_detail::microxcaling;
  const detail::Element element = detail::element_of(rules.scheme);
  const bool python = rules.special.path == MxPath::kPython;
  const F amax = amax_of_block(rules, x);
  const detail::Block<F> block = detail::block_of(rules, element, amax);
  const F scale = detail::power<F>(block.shared);
  const Arithmetic on{rules.machine};
  // Python assigns float("nan") to the exponent; the extension's product makes the GPU's own.
  const F nan = float_of(BitsOf<F>(python ? 0x7FC00000u : kGpuNanBits));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const F kept = select(block.flushes, on.mul_rn(x[i], 0.0f), x[i]);
    const F scaled = on.div_rn(kept, scale);
    const F value = python ? detail::by_python(element, rules.special.rounding, scaled)
                           : detail::by_extension(rules.scheme, element, rules.special.rounding, scaled);
    out.codes[i] = select(block.nan, BitsOf<F>(0u), detail::code_of(rules.scheme, value));
    out.values[i] = select(block.nan, nan, on.mul_rn(value, scale));
  }
  // Not stored by the producer; searches see the block's scale by it.
  out.scale_bits = select(block.nan, BitsOf<F>(0xFFu), bits_as<std::uint32_t>(block.shared + 127));
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("scale", "2^(exponent of block_amax - largest exponent of the element)", block.nan ? nan : scale);
  }
}

}  // namespace bitgate::reference
