// Stochastic rounding to E2M1 with one random byte: TransformerEngine's software rule and cvt.rs as documented.
#pragma once

#include "bitgate/device/cpu/te_math.h"

namespace bitgate::device::cpu {

// The distance between E2M1 neighbours at a magnitude.
constexpr float e2m1_step(float size) noexcept { return size >= 4.0f ? 2.0f : size >= 2.0f ? 1.0f : 0.5f; }

// fma(byte / 256, step, size) cut to the grid. In binary64 the sum is exact or so far from a tie of binary32 that its
// second rounding changes nothing: the byte has 8 bits and size 24, both on grids that 53 bits span near such a tie.
// floor(t / step) of a t at or above 2^23 is t / step itself.
constexpr std::uint8_t e2m1_stochastic_software(float v, std::uint32_t byte) noexcept {
  if (is_nan(v)) return 7;
  const float size = magnitude(v);
  const double share = static_cast<double>(byte) * 0x1p-8;
  const float raised = static_cast<float>(static_cast<double>(size) + share * static_cast<double>(e2m1_step(size)));
  const float step = e2m1_step(raised);
  const float steps = div_rn<Gpu>(raised, step);  // a power of two: exact
  const float whole = steps < 0x1p23f ? static_cast<float>(static_cast<std::int64_t>(steps)) : steps;
  const float cut = min_num(mul_rn<Gpu>(whole, step), 6.0f);
  return static_cast<std::uint8_t>(e2m1_size(cut) + (has_minus(v) ? 8 : 0));
}

// The byte is added to the eight bits below those that E2M1 keeps (below the grid of 1/2 for small values); a carry
// goes up, what lies lower is dropped. Saturates at 6. Documented; not yet seen on hardware.
constexpr std::uint8_t e2m1_stochastic_hardware(float v, std::uint32_t byte) noexcept {
  if (is_nan(v)) return 7;
  const int sign = has_minus(v) ? 8 : 0;
  const float size = magnitude(v);
  if (size >= 6.0f) return static_cast<std::uint8_t>(sign + 7);
  const float step = e2m1_step(size);
  const auto parts = static_cast<std::uint32_t>(static_cast<double>(size) / static_cast<double>(step) * 256.0);
  const auto steps = (parts + byte) / 256;
  return static_cast<std::uint8_t>(sign + e2m1_size(mul_rn<Gpu>(static_cast<float>(steps), step)));
}

}  // namespace bitgate::device::cpu
