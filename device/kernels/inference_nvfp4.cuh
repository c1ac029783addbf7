// The arithmetic of FlashInfer's and vLLM's NVFP4 quantizers, one block of 16, as rules of half_blocks.cuh.
//
// flashinfer-ai/flashinfer, commit fb28d724, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, built with
// -use_fast_math: every operation flushes subnormals. vllm-project/vllm, commit 20b4ad8e,
// csrc/quantization/fp4/nvfp4_utils.cuh: only MUFU flushes. S is the encode scale of the tensor.
#pragma once

#include "bitgate/device/kernels/half_blocks.cuh"
#include "bitgate/device/kernels/torchao_near.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kSixthBits = 0x3E2AAAABu;  // 1/6 rounded to binary32, and MUFU.RCP of 6

// As __fdiv_rn under -ftz=true: rounded once, subnormal operands and results count as zero.
__device__ __forceinline__ float div_rn_ftz(float a, float b) {
  float result;
  asm("div.rn.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// "x != 0" of a magnitude under -ftz=true; a NaN is not zero.
__device__ __forceinline__ bool is_zero_ftz(float size) { return bits_of(size) < 0x00800000u; }

struct FlashinferNvfp4 {
  float encode;

  // "even > odd ? even : odd": NaNs alone at the odd places make the maximum NaN, at the even places they do not.
  static __device__ __forceinline__ float larger(float even, float odd) { return even > odd ? even : odd; }
  static __device__ __forceinline__ float careful_product(float x, float multiplier) {
    return mul_rn_ftz(x, multiplier);
  }
};

// S * (amax / 6), then the reciprocal of code times 1 / S, both by MUFU. A scale that underflows makes the multiplier
// infinite.
struct FlashinferFast : FlashinferNvfp4 {
  float decode;

  static __device__ __forceinline__ FlashinferFast of(float encode) { return {{encode}, rcp_approx_ftz(encode)}; }
  __device__ __forceinline__ HalfBlockScale near_scale(float amax) const {
    const std::uint32_t code = e4m3_nearest(mul_rn_ftz(encode, mul_rn_ftz(amax, float_of(kSixthBits))));
    const float multiplier = rcp_approx_ftz(mul_rn_ftz(e4m3_decoded(code), decode));
    return {code, is_zero_ftz(amax) ? 0.0f : multiplier};
  }
  __device__ __forceinline__ HalfBlockScale careful_scale(float amax) const { return near_scale(amax); }
};

// amax * (S / 6), then 1 / (code * (1 / S)), every division rounded to nearest, the last at most the largest number.
struct FlashinferExact : FlashinferNvfp4 {
  float sixth, decode;

  static __device__ __forceinline__ FlashinferExact of(float encode) {
    return {{encode}, mul_rn_ftz(encode, float_of(kSixthBits)), div_rn_ftz(1.0f, encode)};
  }
  __device__ __forceinline__ std::uint32_t code_of(float amax) const {
    return is_zero_ftz(amax) ? 0u : e4m3_nearest(mul_rn_ftz(amax, sixth));
  }
  // Near where the division needs no slow path, or there is none.
  __device__ __forceinline__ HalfBlockScale near_scale(float amax) const {
    const std::uint32_t code = code_of(amax);
    const float total = mul_rn_ftz(e4m3_decoded(code), decode);
    const bool near = bits_of(total) - kNearestNearBits <= kFarthestNearBits - kNearestNearBits;
    const float multiplier = near ? rcp_near(total) : float_of(kArithmeticNanBits);
    return {code, is_zero_ftz(amax) ? 0.0f : multiplier};
  }
  __device__ __forceinline__ HalfBlockScale careful_scale(float amax) const {
    const std::uint32_t code = code_of(amax);
    const float reciprocal = div_rn_ftz(1.0f, mul_rn_ftz(e4m3_decoded(code), decode));
    const float multiplier = min_number_ftz(reciprocal, float_of(0x7F7FFFFFu));
    return {code, is_zero_ftz(amax) ? 0.0f : multiplier};
  }
};

// As FlashinferFast without flushing; zero follows from the rounded scale, so that a scale that underflows makes zeros.
struct VllmNvfp4 {
  float encode, decode;

  static __device__ __forceinline__ VllmNvfp4 of(float encode) { return {encode, rcp_approx_ftz(encode)}; }
  static __device__ __forceinline__ float larger(float even, float odd) { return max_number(even, odd); }
  static __device__ __forceinline__ float careful_product(float x, float multiplier) { return mul_rn(x, multiplier); }
  __device__ __forceinline__ HalfBlockScale near_scale(float amax) const {
    const std::uint32_t code = e4m3_nearest(mul_rn(encode, mul_rn(amax, float_of(kSixthBits))));
    const float value = e4m3_decoded(code);
    const float multiplier = rcp_approx_ftz(mul_rn(value, decode));
    return {code, value == 0.0f ? 0.0f : multiplier};
  }
  __device__ __forceinline__ HalfBlockScale careful_scale(float amax) const { return near_scale(amax); }
};

}  // namespace bitgate::device
