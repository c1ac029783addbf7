// microxcaling: values only, no codes, no scales. Its C++ extension works on exponent fields; its Python path on
// floating-point logarithms, which count a number just below 2^k as 2^k, and on |y| + 0.5 in binary32, which lifts
// 0.5 - 2^-25 to 1. A NaN or an infinity anywhere makes the whole block NaN.
// Source: torchao-and-ocp.md 3.2 to 3.4 (microsoft/microxcaling 7bc41952, mx/mx_ops.py, mx/elemwise_ops.py, mx/cpp).
#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

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

constexpr float power(int exponent) noexcept { return static_cast<float>(power_of_two(exponent)); }

// The block's exponent less the element's largest, at least -127. None: the block is NaN.
std::optional<int> shared_exponent(const Rules& rules, const Element& element, float amax) noexcept {
  if (is_nan(amax) || amax > kFloat32Max) return std::nullopt;
  const bool python = rules.special.path == MxPath::kPython;
  int exponent = -127;
  if (python)
    exponent = floor_of_rounded_log2(amax == 0.0f ? kFloat32MinNormal : amax);
  else
    exponent = static_cast<int>(std::bit_cast<std::uint32_t>(amax) >> 23) - 127;
  const int shared = exponent - element.emax;
  if (shared > 127) return std::nullopt;
  return shared < -127 ? -127 : shared;
}

// The Python path flushes elements one by one, where the block's exponent is at most -127.
bool flushes(const Rules& rules, float amax) noexcept {
  if (rules.special.flush == MxFlush::kKeep || is_nan(amax) || amax > kFloat32Max) return false;
  return floor_of_rounded_log2(amax == 0.0f ? kFloat32MinNormal : amax) <= -127;
}

// A non-negative number to a whole one. Half away and half to even both add a half first, in binary32.
float whole(Rounding rounding, float y) noexcept {
  const auto floor_of = [](float v) { return v < 0x1p23f ? static_cast<float>(static_cast<std::int32_t>(v)) : v; };
  if (rounding == Rounding::kTowardZero) return floor_of(y);
  const float up = floor_of(add_rn(y, 0.5f));
  const float rest = add_rn(y, -0.5f);
  const bool even_tie =
      rest >= 0.0f && rest < 0x1p23f && floor_of(rest) == rest && static_cast<std::int32_t>(rest) % 2 == 0;
  return rounding == Rounding::kNearestEven && even_tie ? add_rn(up, -1.0f) : up;
}

// An element over the block's power of two, in the Python path's own steps.
float by_python(const Element& element, Rounding rounding, float scaled) noexcept {
  if (is_nan(scaled) || magnitude(scaled) > kFloat32Max) return scaled;
  const float size = magnitude(scaled);
  int exponent = 0;
  if (element.ebits != 0) {
    const int least = 2 - (1 << (element.ebits - 1));
    exponent = std::max(floor_of_rounded_log2(size == 0.0f ? 1.0f : size), least);
  }
  const float lifted = mul_rn(div_rn(size, power(exponent)), power(element.mbits - 2));
  const float rounded = whole(rounding, lifted);
  const float value = mul_rn(div_rn(rounded, power(element.mbits - 2)), power(exponent));
  const float bounded = value > element.max_norm ? element.max_norm : value;
  // sign(0) is 0, so a zero loses its sign; a number that rounds to zero keeps it.
  return scaled < 0.0f ? -bounded : bounded;
}

// The extension's integer rounding: exact, saturating; a zero has no sign.
float by_extension(SchemeId scheme, const Element& element, Rounding rounding, float scaled) noexcept {
  if (is_nan(scaled)) return scaled;
  const Format& format = scheme_of(scheme).element;
  float value = 0.0f;
  if (is_integer(format)) {
    const float steps = decode_float(kInt8, encode(kInt8, mul_rn(scaled, 64.0f), {rounding, Overflow::kSaturate}));
    value = mul_rn(steps, 0x1p-6f);
  } else {
    value = decode_float(format, encode(format, scaled, {rounding, Overflow::kSaturate}));
  }
  if (magnitude(value) > element.max_norm) value = value < 0.0f ? -element.max_norm : element.max_norm;
  return value == 0.0f ? 0.0f : value;
}

// The code that a value over the scale would have: how searches order values.
std::uint8_t code_of(SchemeId scheme, float value) noexcept {
  const Format& format = scheme_of(scheme).element;
  const float counted = is_integer(format) ? mul_rn(value, 64.0f) : value;
  return static_cast<std::uint8_t>(encode(format, counted, kCvtRnSatfinite));
}

}  // namespace

template <class Trace>
void microxcaling_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                        Trace& trace) {
  static_cast<void>(context);
  const Element element = element_of(rules.scheme);
  const bool python = rules.special.path == MxPath::kPython;
  const float amax = amax_of_block(rules, x);
  const std::optional<int> shared = shared_exponent(rules, element, amax);
  const bool flushed_block = flushes(rules, amax);
  const Arithmetic on{rules.machine};
  // Python assigns float("nan") to the exponent; the extension's product makes the GPU's own.
  const float nan = std::bit_cast<float>(python ? 0x7FC00000u : kGpuNanBits);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!shared) {
      out.values[i] = nan;
      continue;
    }
    const float kept = flushed_block ? on.mul_rn(x[i], 0.0f) : x[i];
    const float scaled = on.div_rn(kept, power(*shared));
    const float value = python ? by_python(element, rules.special.rounding, scaled)
                               : by_extension(rules.scheme, element, rules.special.rounding, scaled);
    out.codes[i] = code_of(rules.scheme, value);
    out.values[i] = on.mul_rn(value, power(*shared));
  }
  // Not stored by the producer; searches see the block's scale by it.
  out.scale_bits = shared ? static_cast<std::uint32_t>(*shared + 127) : 0xFFu;
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("scale", "2^(exponent of block_amax - largest exponent of the element)", shared ? power(*shared) : nan);
  }
}

template void microxcaling_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void microxcaling_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
