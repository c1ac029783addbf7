// Divisions without a slow path, for numbers near enough to 1 that nothing over- or underflows: "near" below means a
// magnitude in [2^-50, 2^60] or what is derived from such. Every claim of exactness was tried over all significands,
// MUFU.RCP by its integer model (tests/device/torchao_near_test.cpp).
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kNearestNearBits = 0x26800000u;    // 2^-50
inline constexpr std::uint32_t kFarthestNearBits = 0x5D800000u;   // 2^60, of elements
inline constexpr std::uint32_t kFarthestScaleBits = 0x58800000u;  // 2^50, of a tensor's scale

__device__ __forceinline__ bool is_near_scale(float scale) {
  return scale >= float_of(kNearestNearBits) && scale <= float_of(kFarthestScaleBits);
}

// 1 / b rounded to nearest: MUFU.RCP and one step of Newton's, for all 2^23 significands. NaN for 0.
__device__ __forceinline__ float rcp_near(float b) {
  const float approximate = rcp_approx_ftz(b);
  const float rest = fma_rn(-b, approximate, 1.0f);
  return fma_rn(approximate, rest, approximate);
}

// a / b from the rounded 1 / b: one correction by the exact remainder. Rounded to nearest for every a where b is 6 or
// has four significant bits (an E4M3 scale). For any b it lies on the same side of every boundary between codes, or on
// the boundary, as the rounded quotient: numbers of at most five significant bits, those of E2M1 and normal E4M3 (all
// b, and the dividends within 3 units of the last place from boundary times b).
__device__ __forceinline__ float div_near(float a, float b, float reciprocal) {
  const float quotient = mul_rn(a, reciprocal);
  const float rest = fma_rn(-quotient, b, a);
  return fma_rn(rest, reciprocal, quotient);
}

// The same of an element of either sign and a positive divisor; the sum above would lose the sign of -0.
__device__ __forceinline__ float signed_div_near(float a, float b, float reciprocal) {
  const float quotient = div_near(a, b, reciprocal);
  return float_of((bits_of(quotient) & 0x7FFFFFFFu) | (bits_of(a) & 0x80000000u));
}

}  // namespace bitgate::device
