// What the recipes of TransformerEngine's NVFP4 do differently, each as a rule of four parts: the numbers that amax
// gives, the scale of a block, the multiplier of its elements, and their product. kNanPasses: a NaN is the block's
// amax. prepared() is applied to words of input first.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/nvfp4/*.cuh, common/hadamard_transform/*_cast_fusion.cu,
// common/recipe/nvfp4.cu; PR #2177 (3f5b47549) and #2412 (fbb16f4a7) for the older forms. binary32, no flushing.
#pragma once

#include "bitgate/device/kernels/te_nvfp4.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kBf16MaxBits = 0x7F7F0000u;

// E4M3 is binary32 with a bias smaller by 120: exact, subnormals too. Not for the NaN code.
__device__ __forceinline__ float e4m3_value(std::uint32_t code) { return mul_rn(float_of(code << 20), 0x1p120f); }
__device__ __forceinline__ std::uint32_t e4m3_rn(float value) { return e4m3_pair_rn(value, 0.0f) & 0xFFu; }

// te/nvfp4.
struct Nvfp4Rule {
  static constexpr bool kNanPasses = false;
  using Global = Nvfp4Global;
  static __device__ __forceinline__ Global global(float amax) { return nvfp4_global(amax); }
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    return nvfp4_scale(block_amax, global);
  }
  static __device__ __forceinline__ float scaled(float x, float multiplier) { return mul_rn(x, multiplier); }
  static __device__ __forceinline__ std::uint32_t prepared(std::uint32_t word) { return word; }
};

// S, 1 / S and S / 6.
struct Nvfp4Numbers {
  float encode_scale, decode_scale, folded;
};
__device__ __forceinline__ Nvfp4Numbers nvfp4_numbers(float encode_scale) {
  return {encode_scale, rcp_rn(encode_scale), mul_rn(encode_scale, float_of(kOneSixthBits))};
}

// S of the kernels: 1 for an amax of 0 and of infinity, the largest float for NaN and tiny ones.
__device__ __forceinline__ Nvfp4Numbers kernel_numbers(float amax) {
  const float ratio = min_number(div_rn(2688.0f, amax), float_of(kFloatMaxBits));
  return nvfp4_numbers(amax == 0.0f || ratio == 0.0f ? 1.0f : ratio);
}

// te/nvfp4-v1: a block's amax over six, divided, then S.
struct Nvfp4V1Rule : Nvfp4Rule {
  using Global = Nvfp4Numbers;
  static __device__ __forceinline__ Global global(float amax) { return kernel_numbers(amax); }
  static __device__ __forceinline__ std::uint32_t scale_code(float block_amax, const Global& global) {
    const float sixth = div_rn(block_amax, 6.0f);
    const float product = mul_rn(sixth, global.encode_scale);
    return e4m3_rn(min_number(product, float_of(kFloatMaxBits)));
  }
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    const std::uint32_t code = scale_code(block_amax, global);
    const float decode_scale = mul_rn(e4m3_value(code), global.decode_scale);
    return {static_cast<std::uint8_t>(code), min_number(rcp_rn(decode_scale), float_of(kFloatMaxBits))};
  }
};

// te/nvfp4-v1div: S over the scale.
struct Nvfp4V1DivRule : Nvfp4V1Rule {
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    const std::uint32_t code = scale_code(block_amax, global);
    const float quotient = div_rn(global.encode_scale, e4m3_value(code));
    return {static_cast<std::uint8_t>(code), min_number(quotient, float_of(kFloatMaxBits))};
  }
};

// te/nvfp4-fast, of bf16: S over the scale rounded to bf16; the product is an fma with +0, which makes -0 of the input
// +0, and keeps the sign of a product that underflows.
struct Nvfp4FastRule : Nvfp4Rule {
  using Global = Nvfp4Numbers;
  static __device__ __forceinline__ Global global(float amax) { return kernel_numbers(amax); }
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    const float product = mul_rn(block_amax, global.folded);
    const std::uint32_t code = e4m3_rn(min_number(product, float_of(kFloatMaxBits)));
    const float quotient = div_rn(global.encode_scale, e4m3_value(code));
    const float bounded = min_number(quotient, float_of(kBf16MaxBits));
    return {static_cast<std::uint8_t>(code), float_of(bf16_pair_rn(bounded, 0.0f) << 16)};
  }
  static __device__ __forceinline__ std::uint32_t prepared(std::uint32_t word) {
    return fma_rn_bf16x2(word, 0x3F803F80u, 0u);  // x * 1 + 0
  }
};

// te/nvfp4-partialcast: 1 unless amax is positive, and S = 0 of an infinite amax counts as 1 in the cast alone. The
// multiplier has no upper limit, and the largest float under a zero scale.
struct Nvfp4PartialCastRule : Nvfp4Rule {
  using Global = Nvfp4Numbers;
  static __device__ __forceinline__ Global global(float amax) {
    const float encode_scale = min_number(div_rn(2688.0f, max_number(amax, 0x1p-126f)), float_of(kFloatMaxBits));
    Global numbers = nvfp4_numbers(amax > 0.0f ? encode_scale : 1.0f);
    if (numbers.encode_scale <= 0.0f) numbers.decode_scale = 1.0f;
    return numbers;
  }
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    const float product = mul_rn(block_amax, global.folded);
    const std::uint32_t code = e4m3_rn(min_number(product, float_of(kFloatMaxBits)));
    const float scale_value = e4m3_value(code);
    const float reciprocal = rcp_rn(mul_rn(scale_value, global.decode_scale));
    return {static_cast<std::uint8_t>(code), scale_value > 0.0f ? reciprocal : float_of(kFloatMaxBits)};
  }
};

// te/nvfp4-rht-fused: S = 0 of an infinite amax stays, the scale is not bounded before E4M3, a NaN passes everywhere.
struct Nvfp4FusedRule : Nvfp4Rule {
  static constexpr bool kNanPasses = true;
  using Global = Nvfp4Numbers;
  static __device__ __forceinline__ Global global(float amax) {
    const float encode_scale = min_nan(div_rn(2688.0f, amax), float_of(kFloatMaxBits));
    return nvfp4_numbers(amax > 0.0f ? encode_scale : 1.0f);
  }
  static __device__ __forceinline__ Nvfp4Scale scale(float block_amax, const Global& global) {
    const std::uint32_t code = e4m3_rn(mul_rn(block_amax, global.folded));
    const float scale_value = code == 0x7F ? float_of(0x7FFFFFFFu) : e4m3_value(code);
    const float decode_scale = mul_rn(scale_value, global.decode_scale);
    return {static_cast<std::uint8_t>(code), min_nan(rcp_rn(decode_scale), float_of(kFloatMaxBits))};
  }
};

}  // namespace bitgate::device
