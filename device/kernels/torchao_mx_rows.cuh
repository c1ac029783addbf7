// torchao's MX schemes as rules of quantize_rows(). Near is a block whose scale is a number: nothing in it is NaN.
#pragma once

#include "bitgate/device/kernels/torchao_mx_elements.cuh"
#include "bitgate/device/kernels/torchao_rows.cuh"

namespace bitgate::device {

template <class Scheme>
struct MxRule : Scheme {
  static constexpr int kBlock = kMxBlock;
  static constexpr std::uint32_t kLargestNear = kInfinityBits - 1, kFirstAmaxBits = 0;
  struct Scale {
    std::uint32_t code;
    float multiplier;  // the power of two's reciprocal, times kPrescale: exact
  };
  static __device__ __forceinline__ bool is_near() { return true; }
  static __device__ __forceinline__ bool near_takes(const Scale& scale) { return scale.code != kMxNanScale; }
  static __device__ __forceinline__ Scale near_scale(float amax) {
    const std::uint32_t code = Scheme::scale_code(bits_of(amax));
    return {code, mul_rn(mx_encode_scale(code), Scheme::kPrescale)};
  }
  static __device__ __forceinline__ std::uint32_t near_pair(float low, float high, const Scale& scale) {
    return Scheme::pair(mul_rn(low, scale.multiplier), mul_rn(high, scale.multiplier));
  }
  // A NaN stays.
  static __device__ __forceinline__ float larger(float amax, float size) {
    return float_of(max(bits_of(amax), bits_of(size)));
  }
  static __device__ __forceinline__ Scale careful_scale(float amax) { return near_scale(amax); }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    if (scale.code == kMxNanScale) return Scheme::kNanCode;
    return code_of(mul_rn(x, scale.multiplier));
  }
  static __device__ __forceinline__ std::uint32_t code_of(float scaled) {
    constexpr std::uint32_t kCodeMask = (1u << Scheme::kCodeBits) - 1;
    if ((bits_of(scaled) & 0x7FFFFFFFu) > kInfinityBits) return Scheme::kNanCode;
    return Scheme::finished(Scheme::pair(scaled, 0.0f)) & kCodeMask;
  }
};

// FLOOR as it was before #4725: elements were divided by the scale's byte moved into an exponent field. So infinity has
// the exponent 128, code 0 divides by 2^-126, and the NaN code by infinity, which leaves zeros but for the block's NaNs
// and infinities.
template <class Element>
struct MxPre4725 : MxRule<MxFloor<Element>> {
  using Scale = typename MxRule<MxFloor<Element>>::Scale;

  static __device__ __forceinline__ Scale near_scale(float amax) {
    const std::uint32_t code = MxScheme<Element>::code_of_field(bits_of(amax) >> 23);
    return {code, mul_rn(float_of((254u - max(code, 1u)) << 23), Element::kPrescale)};
  }
  static __device__ __forceinline__ Scale careful_scale(float amax) {
    if (bits_of(amax) > kInfinityBits) return {kMxNanScale, 0.0f};
    return near_scale(amax);
  }
  static __device__ __forceinline__ std::uint32_t careful_code(float x, const Scale& scale) {
    return MxRule<MxFloor<Element>>::code_of(mul_rn(x, scale.multiplier));
  }
};

}  // namespace bitgate::device
