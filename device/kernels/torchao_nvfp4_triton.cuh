// torchao's NVFP4 by Triton kernels, whose maximum passes over NaN and whose clamp takes NaN to the lower bound: MSLK's
// quantizer (meta-pytorch/MSLK, commit 2a3c8978, mslk/quantize/triton/quantize_kernels/nvfp4.py), torchao's own of 2025
// (mx_formats/kernels.py), and its training path (pytorch/ao, commit 36027d82,
// torchao/prototype/moe_training/nvfp4_training). All end in cvt.rn.satfinite.e2m1x2, for which a NaN is 6.
#pragma once

#include "bitgate/device/kernels/torchao_nvfp4.cuh"

namespace bitgate::device {

struct TritonNvfp4 : TorchNvfp4 {
  static constexpr std::uint32_t kFirstAmaxBits = kNanBits;  // of nothing but NaNs amax is NaN
  static __device__ __forceinline__ float larger(float amax, float size) { return max_number(amax, size); }
  static __device__ __forceinline__ std::uint32_t code_of(float scaled) {
    return is_nan(scaled) ? 7u : e2m1_rn(scaled);
  }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    return code_of(mul_rn(x, scale.multiplier));
  }
};

enum class MslkFloor { kNow, kBefore486 };

// torchao/nvfp4-mslk and -mslk-pre486, whose floor rounds to a scale of 0; its multiplier is infinite.
template <MslkFloor kFloor>
struct Mslk : TritonNvfp4 {
  static constexpr float kLeast = kFloor == MslkFloor::kNow ? 0x1p-9f : 0x1p-16f;
  float encode;
  bool near;

  static __device__ __forceinline__ float decode_of(float amax) { return TwoLevel::decode_of(amax); }
  static __device__ __forceinline__ Mslk of(float decode) { return {{}, rcp_rn(decode), is_near_scale(decode)}; }
  __device__ __forceinline__ bool is_near() const { return near; }
  __device__ __forceinline__ std::uint32_t scale_code(float block) const {
    return e4m3_rn(min_number(max_number(mul_rn(block, encode), kLeast), 448.0f));
  }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    const std::uint32_t code = scale_code(div_near(amax, 6.0f, float_of(kOneOver6Bits)));
    const float block_decode = e4m3_value(code);
    return {code, div_near(encode, block_decode, rcp_near(block_decode)), 0.0f};
  }
  static __device__ __forceinline__ bool near_takes(const Scale& scale) {
    return kFloor == MslkFloor::kNow || scale.code != 0;
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    const std::uint32_t code = scale_code(div_rn(amax, 6.0f));
    return {code, div_rn(encode, e4m3_value(code)), 0.0f};
  }
};

// torchao/nvfp4-triton-2025: the scale by Triton's "/", which is div.full, the element by div_rn.
struct Triton2025 : TritonNvfp4 {
  float decode;

  static __device__ __forceinline__ float decode_of(float amax) { return TwoLevel::decode_of(amax); }
  static __device__ __forceinline__ Triton2025 of(float decode) { return {{}, decode}; }
  __device__ __forceinline__ bool is_near() const { return is_near_scale(decode); }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    const float unrounded = div_full(div_full(amax, 6.0f), decode);
    const std::uint32_t code = e4m3_rn(min_number(max_number(unrounded, 0x1p-16f), 448.0f));
    return {code, 0.0f, mul_rn(decode, e4m3_value(code))};
  }
  __device__ __forceinline__ Scale near_scale(float amax) const {
    Scale scale = careful_scale(amax);
    scale.multiplier = rcp_near(scale.total);
    return scale;
  }
  // By a scale of 0 quotients are infinite, or NaN.
  static __device__ __forceinline__ bool near_takes(const Scale& scale) { return scale.code != 0; }
  static __device__ __forceinline__ std::uint32_t near_pair(float low, float high, const Scale& scale) {
    return TwoLevelDivided::near_pair(low, high, scale);
  }
  static __device__ __forceinline__ std::uint32_t near_eight(const uint4& bf16, const Scale& scale) {
    return TwoLevelDivided::near_eight(bf16, scale);
  }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    return code_of(div_rn(x, scale.total));
  }
};

// torchao/nvfp4-train and -train-2d, which follow TransformerEngine: 2688 / amax, no floor.
struct Train : TritonNvfp4 {
  float decode;          // 1 / encode scale
  float to_block_scale;  // encode scale / 6: multiplies the amax of a block
  bool near;

  static __device__ __forceinline__ Train of(float amax) {
    const float quotient = div_rn(2688.0f, amax);
    const float bounded = min_number(quotient, float_of(kLargestFiniteBits));
    const float encode = amax == 0.0f || bounded == 0.0f ? 1.0f : bounded;
    return {{}, rcp_rn(encode), mul_rn(encode, float_of(kOneOver6Bits)), is_near_scale(encode)};
  }
  __device__ __forceinline__ bool is_near() const { return near; }
  __device__ __forceinline__ std::uint32_t scale_code(float amax) const {
    return e4m3_rn(min_number(mul_rn(amax, to_block_scale), 448.0f));
  }
  // A given amax may be negative, and so is the scale then.
  static __device__ __forceinline__ float signed_value(std::uint32_t code) {
    const float size = e4m3_value(code & 0x7Fu);
    return float_of(bits_of(size) | (code & 0x80u) << 24);
  }
  // A scale of 0 has the largest finite multiplier, so zeros stay zeros.
  __device__ __forceinline__ Scale near_scale(float amax) const {
    const std::uint32_t code = scale_code(amax);
    const float product = mul_rn(e4m3_value(code), decode);
    return {code, min_number(rcp_near(product), float_of(kLargestFiniteBits)), 0.0f};
  }
  __device__ __forceinline__ Scale careful_scale(float amax) const {
    const std::uint32_t code = scale_code(amax);
    const float product = mul_rn(signed_value(code), decode);
    return {code, min_number(rcp_rn(product), float_of(kLargestFiniteBits)), 0.0f};
  }
};

}  // namespace bitgate::device
