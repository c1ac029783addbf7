// Conversions that no kernel has brought into machine.cuh.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device::hardware {

__device__ __forceinline__ std::uint32_t bf16_rn(float a) {
  std::uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(a));
  return bits;
}

__device__ __forceinline__ float float_of_bf16(std::uint16_t bits) {
  float result;
  asm("cvt.f32.bf16 %0, %1;" : "=f"(result) : "h"(bits));
  return result;
}
__device__ __forceinline__ std::uint32_t fp16_pair_of_e5m2(std::uint16_t codes) {
  std::uint32_t bits;
  asm("cvt.rn.f16x2.e5m2x2 %0, %1;" : "=r"(bits) : "h"(codes));
  return bits;
}

__device__ __forceinline__ std::int32_t int32_rz(float a) {
  std::int32_t result;
  asm("cvt.rzi.s32.f32 %0, %1;" : "=r"(result) : "f"(a));
  return result;
}
// The nearest integer, ties to even, as a float.
__device__ __forceinline__ float integer_rn(float a) {
  float result;
  asm("cvt.rni.f32.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ __forceinline__ float float_of_int32(std::uint32_t bits) {
  float result;
  asm("cvt.rn.f32.s32 %0, %1;" : "=f"(result) : "r"(bits));
  return result;
}

}  // namespace bitgate::device::hardware
