// E2M1 codes (0, .5, 1, 1.5, 2, 3, 4, 6; bit 3 the sign), nearest with ties to the even code, saturating.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
#include <cuda_fp4.h>
#endif

namespace bitgate::device {

// One value; -0 and negative underflow give 8, infinity 7 or 15. A NaN must be the one arithmetic produces, 0x7FFFFFFF:
// it gives 7. Without branches: adding 2^(22+e) to a magnitude in [2^e, 2^(e+1)) leaves the number of steps 2^(e-1) in
// the low bits of the sum, rounded by the adder itself; each binade above the first starts two codes later.
__device__ __forceinline__ std::uint32_t e2m1_rn(float value) {
  const float clamped = min_number(magnitude(value), 6.0f);
  const std::uint32_t field = max(bits_of(clamped) >> 23, 127u);  // below 1 the step stays that of [1, 2)
  const std::uint32_t magic = (field + 22) << 23;
  const std::uint32_t steps = bits_of(add_rn(clamped, float_of(magic))) - magic;
  const std::uint32_t sign = (bits_of(value) >> 28) & 8;
  return sign | (steps + 2 * (field - 127));
}

// Two values, `low` in the low nibble; one instruction where the chip has it.
__device__ __forceinline__ std::uint32_t e2m1_pair_rn(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
  return __nv_cvt_float2_to_fp4x2(make_float2(low, high), __NV_E2M1, cudaRoundNearest);
#else
  return e2m1_rn(low) | e2m1_rn(high) << 4;
#endif
}

}  // namespace bitgate::device
