// E2M1 codes (0, .5, 1, 1.5, 2, 3, 4, 6; bit 3 the sign), nearest with ties to the even code, saturating.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
#include <cuda_fp4.h>
#endif

namespace bitgate::device {

inline constexpr std::uint32_t kE2m1Magic = 0x4B000000u;  // 2^23, whose floats lie 1 apart
inline constexpr std::int32_t kE2m1Largest = static_cast<std::int32_t>(kE2m1Magic + 7);

// kE2m1Magic + the code of a magnitude; infinity and NaN give 7. The code rounds 2m below 2, m + 2 up to 4 and m/2 + 4
// beyond: lines of which the lowest holds. Each is one rounded operation, whose ties go to the even code, and rounding
// keeps order, so the lowest of the rounded lines is the rounded lowest line. Floats of one sign order as their bits.
__device__ __forceinline__ std::int32_t e2m1_level(float m) {
  const float magic = float_of(kE2m1Magic);
  const auto low = static_cast<std::int32_t>(bits_of(fma_rn(m, 2.0f, magic)));
  const auto middle = static_cast<std::int32_t>(bits_of(add_rn(m, magic + 2.0f)));
  const auto high = static_cast<std::int32_t>(bits_of(fma_rn(m, 0.5f, magic + 4.0f)));
  return __vimin3_s32(low, middle, min(high, kE2m1Largest));
}

// One value; -0 and negative underflow give 8, infinity 7 or 15. A NaN must be the one arithmetic produces, 0x7FFFFFFF:
// it gives 7.
__device__ __forceinline__ std::uint32_t e2m1_rn(float value) {
  const auto level = static_cast<std::uint32_t>(e2m1_level(magnitude(value)));
  return ((bits_of(value) >> 28) & 8) | (level & 7);
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
