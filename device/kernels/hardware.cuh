// One machine operation for each thread, its operands any bit patterns: what kernels are made of, apart from them. The
// result is stored as it comes, so that nothing can be fused with it; no operand is known when it is compiled, so that
// nothing is folded.
#pragma once

#include "bitgate/device/kernels/hardware_approx.cuh"
#include "bitgate/device/kernels/hardware_convert.cuh"
#include "bitgate/device/kernels/hardware_convert_sm100.cuh"
#include "bitgate/device/kernels/hardware_headers.cuh"
#include "bitgate/device/kernels/hardware_op.h"

namespace bitgate::device::hardware {

__device__ __forceinline__ float div_rn_ftz(float a, float b) {
  float result;
  asm("div.rn.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ __forceinline__ float sqrt_rn(float a) {
  float result;
  asm("sqrt.rn.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

// x (0.5 + 0.5 tanh(x (0.79788456 + 0.03567741 x x))) as nvcc contracts it, around CUDA's own tanhf.
__device__ __forceinline__ float gelu(float x) {
  const float cubic = mul_rn(x, float_of(0x3D12227Au));
  const float slope = fma_rn(x, cubic, float_of(0x3F4C422Au));
  const float t = mul_rn(x, slope);
  const float share = fma_rn(tanhf(t), 0.5f, 0.5f);
  return mul_rn(x, share);
}

__device__ __forceinline__ std::uint32_t word(const HardwareWords& words, std::uint32_t i) {
  return words.words != nullptr ? words.words[i] : words.first + i * words.step;
}

// The same `op` in every thread.
__device__ __forceinline__ std::uint32_t result_of(HardwareOp op, std::uint32_t a_bits, std::uint32_t b_bits,
                                                   std::uint32_t c_bits) {
  const float a = float_of(a_bits), b = float_of(b_bits), c = float_of(c_bits);
  const auto half = static_cast<std::uint16_t>(a_bits);
  switch (op) {
    case HardwareOp::kRcpApproxFtz: return bits_of(rcp_approx_ftz(a));
    case HardwareOp::kRsqrtApproxFtz: return bits_of(rsqrt_approx_ftz(a));
    case HardwareOp::kEx2ApproxFtz: return bits_of(ex2_approx_ftz(a));
    case HardwareOp::kLg2ApproxFtz: return bits_of(lg2_approx_ftz(a));
    case HardwareOp::kRcpApprox: return bits_of(rcp_approx(a));
    case HardwareOp::kRsqrtApprox: return bits_of(rsqrt_approx(a));
    case HardwareOp::kEx2Approx: return bits_of(ex2_approx(a));
    case HardwareOp::kLg2Approx: return bits_of(lg2_approx(a));
    case HardwareOp::kDivApproxFtz: return bits_of(div_approx_ftz(a, b));
    case HardwareOp::kDivApprox: return bits_of(div_approx(a, b));
    case HardwareOp::kDivFullFtz: return bits_of(div_full_ftz(a, b));
    case HardwareOp::kDivFull: return bits_of(div_full(a, b));
    case HardwareOp::kAddRn: return bits_of(add_rn(a, b));
    case HardwareOp::kMulRn: return bits_of(mul_rn(a, b));
    case HardwareOp::kFmaRn: return bits_of(fma_rn(a, b, c));
    case HardwareOp::kDivRn: return bits_of(div_rn(a, b));
    case HardwareOp::kRcpRn: return bits_of(rcp_rn(a));
    case HardwareOp::kSqrtRn: return bits_of(sqrt_rn(a));
    case HardwareOp::kAddRnFtz: return bits_of(add_rn_ftz(a, b));
    case HardwareOp::kMulRnFtz: return bits_of(mul_rn_ftz(a, b));
    case HardwareOp::kFmaRnFtz: return bits_of(fma_rn_ftz(a, b, c));
    case HardwareOp::kDivRnFtz: return bits_of(div_rn_ftz(a, b));
    case HardwareOp::kAddRzFtz: return bits_of(add_rz_ftz(a, b));
    case HardwareOp::kFmaRz: return bits_of(fma_rz(a, b, c));
    case HardwareOp::kFmaRp: return bits_of(fma_rp(a, b, c));
    case HardwareOp::kMulRnBf16x2: return mul_rn_bf16x2(a_bits, b_bits);
    case HardwareOp::kFmaRnBf16x2: return fma_rn_bf16x2(a_bits, b_bits, c_bits);
    case HardwareOp::kMin: return bits_of(min_number(a, b));
    case HardwareOp::kMax: return bits_of(max_number(a, b));
    case HardwareOp::kMinFtz: return bits_of(min_number_ftz(a, b));
    case HardwareOp::kMaxFtz: return bits_of(max_number_ftz(a, b));
    case HardwareOp::kMinNan: return bits_of(min_nan(a, b));
    case HardwareOp::kMaxNan: return bits_of(max_nan(a, b));
    case HardwareOp::kMinXorsignAbs: return bits_of(min_magnitude(a, b));
    case HardwareOp::kE4m3x2: return e4m3_pair_rn(a, b);
    case HardwareOp::kE5m2x2: return e5m2_pair_rn(a, b);
    case HardwareOp::kFp16: return fp16_rn(a);
    case HardwareOp::kBf16: return bf16_rn(a);
    case HardwareOp::kFp16x2: return fp16_pair_rn(a, b);
    case HardwareOp::kBf16x2: return bf16_pair_rn(a, b);
    case HardwareOp::kE2m1x2: return e2m1_pair_rn(a, b);
    case HardwareOp::kE2m3x2: return e2m3_pair_rn(a, b);
    case HardwareOp::kE3m2x2: return e3m2_pair_rn(a, b);
    case HardwareOp::kE8m0x2Up: return e8m0_pair_rp(a, b);
    case HardwareOp::kE8m0x2TowardZero: return e8m0_pair_rz(a, b);
    case HardwareOp::kWidenFp16: return bits_of(widen_fp16(half));
    case HardwareOp::kWidenBf16: return bits_of(float_of_bf16(half));
    case HardwareOp::kWidenE4m3x2: return widen_e4m3_pair(half);
    case HardwareOp::kWidenE5m2x2: return fp16_pair_of_e5m2(half);
    case HardwareOp::kWidenE2m1x2: return fp16_pair_of_e2m1(half);
    case HardwareOp::kWidenE8m0x2: return bf16_pair_of_e8m0(half);
    case HardwareOp::kIntegerTowardZero: return static_cast<std::uint32_t>(int32_rz(a));
    case HardwareOp::kIntegerTowardZeroFtz: return static_cast<std::uint32_t>(int32_rz_ftz(a));
    case HardwareOp::kIntegerNearest: return static_cast<std::uint32_t>(int32_rn(a));
    case HardwareOp::kRoundNearest: return bits_of(integer_rn(a));
    case HardwareOp::kFromInteger: return bits_of(float_of_int32(a_bits));
    case HardwareOp::kTanh: return bits_of(tanhf(a));
    case HardwareOp::kGelu: return bits_of(gelu(a));
    case HardwareOp::kOurE2m1x2: return our_e2m1_pair(a, b);
    case HardwareOp::kHeaderE2m1x2: return header_e2m1_pair(a, b);
    case HardwareOp::kOurE2m3x2: return our_six_bit_pair<MxE2m3>(a, b);
    case HardwareOp::kHeaderE2m3x2: return header_six_bit_pair(a, b, __NV_E2M3);
    case HardwareOp::kOurE3m2x2: return our_six_bit_pair<MxE3m2>(a, b);
    case HardwareOp::kHeaderE3m2x2: return header_six_bit_pair(a, b, __NV_E3M2);
  }
  return 0;
}

}  // namespace bitgate::device::hardware
