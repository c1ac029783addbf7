// One machine operation each, named by its rounding. Inline PTX, because a compile flag such as -ftz or -fmad changes
// what operators and intrinsics mean, but never what an instruction with all its qualifiers does.
// Every NaN that an arithmetic instruction produces is 0x7FFFFFFF.
#pragma once

#include <cstdint>

#include "bitgate/device/kernels/tile.h"

namespace bitgate::device {

inline constexpr unsigned kAllLanes = 0xFFFFFFFFu;

// Round to nearest even, subnormals kept.
__device__ __forceinline__ float mul_rn(float a, float b) {
  float result;
  asm("mul.rn.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float add_rn(float a, float b) {
  float result;
  asm("add.rn.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float div_rn(float a, float b) {
  float result;
  asm("div.rn.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float fma_rn(float a, float b, float c) {
  float result;
  asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}
__device__ __forceinline__ float rcp_rn(float a) {
  float result;
  asm("rcp.rn.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

// A NaN operand is dropped; two NaNs give NaN. Subnormals kept.
__device__ __forceinline__ float min_number(float a, float b) {
  float result;
  asm("min.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float max_number(float a, float b) {
  float result;
  asm("max.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// The .ftz family: a subnormal operand counts as zero of its sign, a subnormal result becomes one.
__device__ __forceinline__ float mul_rn_ftz(float a, float b) {
  float result;
  asm("mul.rn.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float add_rn_ftz(float a, float b) {
  float result;
  asm("add.rn.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float add_rz_ftz(float a, float b) {
  float result;
  asm("add.rz.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float max_number_ftz(float a, float b) {
  float result;
  asm("max.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float rcp_approx_ftz(float a) {
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

// Toward zero; saturates at the ends of int32, NaN gives 0.
__device__ __forceinline__ std::int32_t int32_rz_ftz(float a) {
  std::int32_t result;
  asm("cvt.rzi.ftz.s32.f32 %0, %1;" : "=r"(result) : "f"(a));
  return result;
}

// Bits of the nearest FP16, ties to even: subnormals kept, |a| >= 65520 gives infinity, NaN 0x7FFF.
__device__ __forceinline__ std::uint16_t fp16_rn(float a) {
  std::uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(a));
  return bits;
}
// Exact.
__device__ __forceinline__ float widen_fp16(std::uint16_t bits) {
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(bits));
  return result;
}

// Codes of the nearest E4M3 of two values, `low` in the low byte: saturates at 448, NaN 0x7F, sign kept. Native from
// sm_89.
__device__ __forceinline__ std::uint16_t e4m3_pair_rn(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}
// Likewise of E5M2: saturates at 57344, NaN 0x7F.
__device__ __forceinline__ std::uint16_t e5m2_pair_rn(float low, float high) {
  std::uint16_t codes;
  asm("cvt.rn.satfinite.e5m2x2.f32 %0, %1, %2;" : "=h"(codes) : "f"(high), "f"(low));
  return codes;
}

__device__ __forceinline__ std::uint32_t bits_of(float a) { return __float_as_uint(a); }
__device__ __forceinline__ float float_of(std::uint32_t bits) { return __uint_as_float(bits); }
// The bits, not the abs instruction: NaN payloads and subnormals stay.
__device__ __forceinline__ float magnitude(float a) { return float_of(bits_of(a) & 0x7FFFFFFFu); }

// The value of the lane whose number differs in the bits of `mask`. All lanes of the warp take part.
template <class T>
__device__ __forceinline__ T from_lane_xor(T value, int mask) {
  return __shfl_xor_sync(kAllLanes, value, mask);
}

// A NaN operand wins, as 0x7FFFFFFF.
__device__ __forceinline__ float min_nan(float a, float b) {
  float result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float max_nan(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// The same of two 16-bit floats at once, each NaN dropped or, for max_nan, kept as 0x7FFF.
__device__ __forceinline__ std::uint32_t max_number_bf16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("max.bf16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
__device__ __forceinline__ std::uint32_t max_nan_bf16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
__device__ __forceinline__ std::uint32_t max_number_f16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("max.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
__device__ __forceinline__ std::uint32_t max_nan_f16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("max.NaN.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

// Of two bf16 in a word each, subnormals kept.
__device__ __forceinline__ std::uint32_t mul_rn_bf16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("mul.rn.bf16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
__device__ __forceinline__ std::uint32_t fma_rn_bf16x2(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  std::uint32_t result;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
  return result;
}

// Bits of the nearest bf16 of two values, `low` in the low half: overflow gives infinity, NaN 0x7FFF.
__device__ __forceinline__ std::uint32_t bf16_pair_rn(float low, float high) {
  std::uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}

// a * b + c with one rounding, toward zero; subnormals kept.
__device__ __forceinline__ float fma_rz(float a, float b, float c) {
  float result;
  asm("fma.rz.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}

// Two E4M3 codes as two FP16 in a word, the low byte's in the low half: exact. Native from sm_89.
__device__ __forceinline__ std::uint32_t widen_e4m3_pair(std::uint16_t codes) {
  std::uint32_t halves;
  asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(halves) : "h"(codes));
  return halves;
}

// Rounds to nearest even, once; subnormals count and become zero.
__device__ __forceinline__ float fma_rn_ftz(float a, float b, float c) {
  float result;
  asm("fma.rn.ftz.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}
// Rounds up, once; subnormals kept.
__device__ __forceinline__ float fma_rp(float a, float b, float c) {
  float result;
  asm("fma.rp.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}
__device__ __forceinline__ float min_number_ftz(float a, float b) {
  float result;
  asm("min.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float rsqrt_approx_ftz(float a) {
  float result;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ __forceinline__ float lg2_approx_ftz(float a) {
  float result;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
// To nearest even; saturates at the ends of int32, NaN gives 0.
__device__ __forceinline__ std::int32_t int32_rn(float a) {
  std::int32_t result;
  asm("cvt.rni.s32.f32 %0, %1;" : "=r"(result) : "f"(a));
  return result;
}

// The smaller of two magnitudes, with the product of the signs. A NaN operand is dropped.
__device__ __forceinline__ float min_magnitude(float a, float b) {
  float result;
  asm("min.xorsign.abs.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// a times MUFU.RCP of b: not correctly rounded. Where MUFU would flush b or its reciprocal, both are scaled by a power
// of two first; nothing else is flushed.
__device__ __forceinline__ float div_full(float a, float b) {
  float result;
  asm("div.full.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// Bits of the nearest FP16 of two values, `low` in the low half: as fp16_rn.
__device__ __forceinline__ std::uint32_t fp16_pair_rn(float low, float high) {
  std::uint32_t bits;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}

}  // namespace bitgate::device
