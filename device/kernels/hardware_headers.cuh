// The conversions to FP4 and FP6 that our kernels make, beside those of CUDA's headers: instructions on sm_100a,
// elsewhere branch-free code of ours and the headers' software. A pair's low code is its first operand.
#pragma once

#include <cuda_fp4.h>
#include <cuda_fp6.h>

#include "bitgate/device/kernels/e2m1.cuh"
#include "bitgate/device/kernels/torchao_mx_elements.cuh"

namespace bitgate::device::hardware {

// As every kernel converts it: the result of a product, whose NaN is 0x7FFFFFFF.
__device__ __forceinline__ std::uint32_t our_e2m1_pair(float low, float high) {
  return bitgate::device::e2m1_pair_rn(mul_rn(low, 1.0f), mul_rn(high, 1.0f));
}
__device__ __forceinline__ std::uint32_t header_e2m1_pair(float low, float high) {
  return __nv_cvt_float2_to_fp4x2(make_float2(low, high), __NV_E2M1, cudaRoundNearest);
}

// Kernels give a NaN its code apart; here it stands for infinity, whose code is the headers' of a NaN.
__device__ __forceinline__ float infinity_for_nan(float a) { return a != a ? float_of(kInfinityBits) : a; }

template <class Element>
__device__ __forceinline__ std::uint32_t our_six_bit_pair(float low, float high) {
  const float scaled_low = mul_rn(infinity_for_nan(low), Element::kPrescale);
  const float scaled_high = mul_rn(infinity_for_nan(high), Element::kPrescale);
  return Element::finished(Element::pair(scaled_low, scaled_high));
}
__device__ __forceinline__ std::uint32_t header_six_bit_pair(float low, float high, __nv_fp6_interpretation_t format) {
  return __nv_cvt_float2_to_fp6x2(make_float2(low, high), format, cudaRoundNearest);
}

}  // namespace bitgate::device::hardware
