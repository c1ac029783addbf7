// The approximate instructions that no kernel has brought into machine.cuh. What each does beyond its one MUFU is the
// assembler's expansion.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device::hardware {

__device__ __forceinline__ float ex2_approx_ftz(float a) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

// Subnormals kept.
__device__ __forceinline__ float rcp_approx(float a) {
  float result;
  asm("rcp.approx.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ __forceinline__ float rsqrt_approx(float a) {
  float result;
  asm("rsqrt.approx.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ __forceinline__ float ex2_approx(float a) {
  float result;
  asm("ex2.approx.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ __forceinline__ float lg2_approx(float a) {
  float result;
  asm("lg2.approx.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

// What `a / b` becomes under -use_fast_math, under -prec-div=false with and without flushing.
__device__ __forceinline__ float div_approx_ftz(float a, float b) {
  float result;
  asm("div.approx.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float div_approx(float a, float b) {
  float result;
  asm("div.approx.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float div_full_ftz(float a, float b) {
  float result;
  asm("div.full.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
}  // namespace bitgate::device::hardware
