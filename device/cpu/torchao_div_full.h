// Triton's "/" on NVIDIA GPUs: div.full.f32, which is not correctly rounded.
#pragma once

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_rcp.h"

namespace bitgate::device::cpu {

// a times MUFU.RCP of b. The unit flushes subnormal operands and results, so a and b are first brought near by the same
// power of two; nothing else is flushed. A NaN or zero that comes out is that of the products.
constexpr float div_full(float a, float b) noexcept {
  float nearer = 1.0f;
  if (magnitude(b) > 0x1p126f) nearer = 0.25f;
  if (magnitude(b) < 0x1p-126f) nearer = 0x1p24f;
  const float numerator = mul_rn<Gpu>(a, nearer);
  const float denominator = mul_rn<Gpu>(b, nearer);
  return mul_rn<Gpu>(numerator, rcp_approx_ftz(denominator));
}

}  // namespace bitgate::device::cpu
