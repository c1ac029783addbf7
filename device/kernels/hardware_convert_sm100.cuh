// Conversions that sm_100a is the first to have: FP4, FP6 and E8M0. Compiled to nothing elsewhere, where the host does
// not ask for them (device/launch/hardware_ops.cpp). A pair's low half is its first operand, which PTX names last.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device::hardware {

#if defined(__CUDA_ARCH_FEAT_SM100_ALL)

// Two codes of 4 bits in a byte. PTX has no register of 8 bits: it is made inside.
__device__ __forceinline__ std::uint32_t e2m1_pair_rn(float low, float high) {
  std::uint32_t codes;
  asm("{ .reg .b8 pair; cvt.rn.satfinite.e2m1x2.f32 pair, %1, %2; cvt.u32.u8 %0, pair; }"
      : "=r"(codes)
      : "f"(high), "f"(low));
  return codes;
}
__device__ __forceinline__ std::uint32_t e2m3_pair_rn(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rn.satfinite.e2m3x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}
__device__ __forceinline__ std::uint32_t e3m2_pair_rn(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rn.satfinite.e3m2x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}
__device__ __forceinline__ std::uint32_t e8m0_pair_rp(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rp.satfinite.ue8m0x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}
__device__ __forceinline__ std::uint32_t e8m0_pair_rz(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rz.satfinite.ue8m0x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}
__device__ __forceinline__ std::uint32_t fp16_pair_of_e2m1(std::uint16_t codes) {
  std::uint32_t bits;
  asm("{ .reg .b8 pair, rest; mov.b16 {pair, rest}, %1; cvt.rn.f16x2.e2m1x2 %0, pair; }" : "=r"(bits) : "h"(codes));
  return bits;
}
__device__ __forceinline__ std::uint32_t bf16_pair_of_e8m0(std::uint16_t codes) {
  std::uint32_t bits;
  asm("cvt.rn.bf16x2.ue8m0x2 %0, %1;" : "=r"(bits) : "h"(codes));
  return bits;
}

#else

__device__ __forceinline__ std::uint32_t e2m1_pair_rn(float, float) { return 0; }
__device__ __forceinline__ std::uint32_t e2m3_pair_rn(float, float) { return 0; }
__device__ __forceinline__ std::uint32_t e3m2_pair_rn(float, float) { return 0; }
__device__ __forceinline__ std::uint32_t e8m0_pair_rp(float, float) { return 0; }
__device__ __forceinline__ std::uint32_t e8m0_pair_rz(float, float) { return 0; }
__device__ __forceinline__ std::uint32_t fp16_pair_of_e2m1(std::uint16_t) { return 0; }
__device__ __forceinline__ std::uint32_t bf16_pair_of_e8m0(std::uint16_t) { return 0; }

#endif

}  // namespace bitgate::device::hardware
