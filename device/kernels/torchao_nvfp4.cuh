// torchao's NVFP4 as PyTorch computes it on a GPU, one level and two: E2M1 codes, one E4M3 scale for 16 elements
// (pytorch/ao, commit 36027d82, torchao/prototype/mx_formats/nvfp4_tensor.py and custom_fp_utils.py; PR 2408, commit
// 7ca9f10d). Binary32 without flushing; a division by a constant is a product with its rounded reciprocal; amax
// propagates NaN; a clamp passes NaN; torchao's integer rounding gives the NaN of arithmetic code 4.
#pragma once

#include "bitgate/device/kernels/torchao_blocks.cuh"
#include "bitgate/device/kernels/torchao_near.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kOneOver6Bits = 0x3E2AAAABu;     // 1/6 rounded to binary32
inline constexpr std::uint32_t kOneOver2688Bits = 0x39C30C31u;  // 1/2688
inline constexpr std::uint32_t kLargestFiniteBits = 0x7F7FFFFFu;
inline constexpr std::uint32_t kNanBits = 0x7FFFFFFFu;
inline constexpr float kLeastEagerScale = 0x1p-6f;  // E4M3's smallest normal number

__device__ __forceinline__ bool is_nan(float a) { return (bits_of(a) & 0x7FFFFFFFu) > 0x7F800000u; }

// PyTorch's clamp.
__device__ __forceinline__ float clamped(float x, float low, float high) {
  if (x < low) return low;
  return x > high ? high : x;
}

// What the recipes of PyTorch's own operations share. `multiplier` is what a value meets: a factor, or the reciprocal
// of the divisor `total`.
struct TorchNvfp4 {
  static constexpr int kBlock = 16, kCodeBits = 4;
  static constexpr std::uint32_t kLargestNear = kFarthestNearBits, kFirstAmaxBits = 0;
  struct Scale {
    std::uint32_t code;
    float multiplier, total;
  };
  // A NaN of either stays.
  static __device__ __forceinline__ float larger(float amax, float size) {
    return float_of(max(bits_of(amax), bits_of(size)));
  }
  static __device__ __forceinline__ std::uint32_t near_code(float unrounded) {
    return e4m3_rn(max_number(unrounded, kLeastEagerScale));
  }
  static __device__ __forceinline__ std::uint32_t careful_scale_code(float unrounded) {
    return is_nan(unrounded) ? 0x7Fu : e4m3_rn(clamped(unrounded, kLeastEagerScale, 448.0f));
  }
  static __device__ __forceinline__ float value_or_nan(std::uint32_t code) {
    return code == 0x7Fu ? float_of(kNanBits) : e4m3_value(code);
  }
  static __device__ __forceinline__ std::uint32_t code_of(float scaled) {
    return is_nan(scaled) ? 4u : e2m1_rn(scaled);
  }
  static __device__ __forceinline__ bool near_takes(const Scale&) { return true; }
  static __device__ __forceinline__ std::uint32_t near_pair(float low, float high, const Scale& scale) {
    return e2m1_pair_rn(mul_rn(low, scale.multiplier), mul_rn(high, scale.multiplier));
  }
  static __device__ __forceinline__ std::uint32_t finished(std::uint32_t codes) { return codes; }
  static __device__ __forceinline__ std::uint32_t near_eight(const uint4& bf16, const Scale& scale) {
    return e2m1_codes<Bf16Bits>(bf16, scale.multiplier);
  }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    return code_of(mul_rn(x, scale.multiplier));
  }
};

// torchao/nvfp4: the block scale alone. Near is every finite amax.
struct OneLevel : TorchNvfp4 {
  static constexpr std::uint32_t kLargestNear = kLargestFiniteBits;

  static __device__ __forceinline__ bool is_near() { return true; }
  static __device__ __forceinline__ Scale near_scale(float amax) {
    const std::uint32_t code = near_code(mul_rn(amax, float_of(kOneOver6Bits)));
    return {code, rcp_near(e4m3_value(code)), 0.0f};
  }
  static __device__ __forceinline__ Scale careful_scale(float amax) {
    const std::uint32_t code = careful_scale_code(mul_rn(amax, float_of(kOneOver6Bits)));
    return {code, rcp_rn(value_or_nan(code)), 0.0f};
  }
};

// torchao/nvfp4-tensorwise: `decode` multiplies codes times block scales, `encode` is its reciprocal.
struct TwoLevel : TorchNvfp4 {
  float decode, encode;

  static __device__ __forceinline__ float decode_of(float amax) { return mul_rn(amax, float_of(kOneOver2688Bits)); }
  static __device__ __forceinline__ TwoLevel of(float decode) { return {{}, decode, rcp_rn(decode)}; }
  __device__ __forceinline__ bool is_near() const { return is_near_scale(decode); }
  __device__ __forceinline__ std::uint32_t near_scale_code(float block) const {
    return near_code(div_near(block, decode, encode));
  }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    const std::uint32_t code = near_scale_code(mul_rn(amax, float_of(kOneOver6Bits)));
    const float block_decode = e4m3_value(code);
    return {code, div_near(encode, block_decode, rcp_near(block_decode)), 0.0f};
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    const std::uint32_t code = careful_scale_code(div_rn(mul_rn(amax, float_of(kOneOver6Bits)), decode));
    return {code, div_rn(encode, value_or_nan(code)), 0.0f};
  }
};

// torchao/nvfp4-tensorwise-inductor: the divisions between tensors are Triton's, div.full; it needs no slow path.
struct TwoLevelInductor : TwoLevel {
  static __device__ __forceinline__ TwoLevelInductor of(float decode) { return {{{}, decode, div_full(1.0f, decode)}}; }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    const std::uint32_t code = near_code(div_full(mul_rn(amax, float_of(kOneOver6Bits)), decode));
    return {code, div_full(encode, e4m3_value(code)), 0.0f};
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    const std::uint32_t code = careful_scale_code(div_full(mul_rn(amax, float_of(kOneOver6Bits)), decode));
    return {code, div_full(encode, value_or_nan(code)), 0.0f};
  }
};

// torchao/nvfp4-div and -div-high: the same scales, but elements are divided by their product.
struct TwoLevelDivided : TwoLevel {
  static __device__ __forceinline__ TwoLevelDivided of(float decode) { return {{{}, decode, rcp_rn(decode)}}; }
  __device__ __forceinline__ Scale near_divisor(std::uint32_t code) const {
    const float total = mul_rn(decode, e4m3_value(code));
    return {code, rcp_near(total), total};
  }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    return near_divisor(near_scale_code(mul_rn(amax, float_of(kOneOver6Bits))));
  }
  __device__ __forceinline__ Scale careful_scale_of(float block) const {
    const std::uint32_t code = careful_scale_code(div_rn(block, decode));
    return {code, 0.0f, mul_rn(decode, value_or_nan(code))};
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    return careful_scale_of(mul_rn(amax, float_of(kOneOver6Bits)));
  }
  static __device__ __forceinline__ std::uint32_t near_pair(float low, float high, const Scale& scale) {
    return e2m1_pair_rn(signed_div_near(low, scale.total, scale.multiplier),
                        signed_div_near(high, scale.total, scale.multiplier));
  }
  static __device__ __forceinline__ std::uint32_t near_eight(const uint4& bf16, const Scale& scale) {
    return e2m1_quotients(bf16, scale.total, scale.multiplier);
  }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    return code_of(div_rn(x, scale.total));
  }
};

// torchao/nvfp4-pr2408: computes in the input's type and clamps the per-tensor scale.
template <class T>
struct Pr2408 : TwoLevelDivided {
  static __device__ __forceinline__ float in_type(float x) {
    if constexpr (sizeof(T) == sizeof(float)) return x;
    return is_nan(x) ? float_of(0x7FC00000u) : float_of(bf16_pair_rn(0.0f, x) & 0xFFFF0000u);
  }
  static __device__ __forceinline__ float decode_of(float amax) {
    constexpr std::uint32_t kOneOver448 = 0x3B124925u;
    const float decode = in_type(mul_rn(amax, float_of(kOneOver448)));
    return is_nan(decode) ? decode : clamped(decode, kLeastEagerScale, 448.0f);
  }
  static __device__ __forceinline__ Pr2408 of(float decode) { return {{{{}, decode, rcp_rn(decode)}}}; }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    return near_divisor(near_scale_code(in_type(mul_rn(amax, float_of(kOneOver6Bits)))));
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    return careful_scale_of(in_type(mul_rn(amax, float_of(kOneOver6Bits))));
  }
};

// The per-tensor scale is given in *decode_scale, or becomes that of *amax, which the first thread writes there.
template <class Rule, class T>
__device__ __forceinline__ void torchao_two_levels(const T* input, const float* amax, float* decode_scale,
                                                   std::uint8_t* codes, std::uint8_t* scales, std::int64_t count,
                                                   std::int64_t given) {
  const auto make_rule = [&] {
    const float decode = given != 0 ? *decode_scale : Rule::decode_of(*amax);
    if (given == 0 && blockIdx.x == 0 && threadIdx.x == 0) *decode_scale = decode;
    return Rule::of(decode);
  };
  quantize(make_rule, input, codes, scales, count);
}

}  // namespace bitgate::device
