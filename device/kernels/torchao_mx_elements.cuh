// torchao's MX: five element types and four ways to find a block's scale (`to_mx` of pytorch/ao, commit 36027d82, with
// a PyTorch before 2.13); and what torch.compile gives where no kernel is generated, which casts FP8 without a clamp.
#pragma once

#include "bitgate/device/kernels/torchao_mx.cuh"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
#include <cuda_fp6.h>
#endif

namespace bitgate::device {

inline constexpr std::uint32_t kInfinityBits = 0x7F800000u;

// An element: bits of a stored code, the code that torchao's or PyTorch's conversion gives to the NaN 0x7FFFFFFF, the
// exponent of the largest power of two, mantissa bits, the rounded reciprocal of the largest number; two values, each
// already times kPrescale, to two codes, nearest with ties to even, saturating; and what is left to do to words of such
// codes.
struct MxE2m1 {
  static constexpr int kCodeBits = 4, kTopExponent = 2, kMantissaBits = 1;
  static constexpr std::uint32_t kNanCode = 4, kOneOverLargestBits = 0x3E2AAAABu;  // 1/6
  static constexpr float kPrescale = 1.0f;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e2m1_pair_rn(low, high); }
  static __device__ __forceinline__ std::uint32_t finished(std::uint32_t codes) { return codes; }
};

// The codes of E2M3 are those of E4M3 for values 2^-6 as large, and those of E3M2 are those of E5M2 for values 2^-12 as
// large: the mantissas are as long and the subnormals lie as high. Only the sign, at bit 7, has another place.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
struct MxSixBits {
  static constexpr int kCodeBits = 8;
  static constexpr std::uint32_t kNanCode = 0x10;
  static __device__ __forceinline__ std::uint32_t finished(std::uint32_t codes) { return codes; }
};
struct MxE2m3 : MxSixBits {
  static constexpr int kTopExponent = 2, kMantissaBits = 3;
  static constexpr std::uint32_t kOneOverLargestBits = 0x3E088889u;  // 1/7.5
  static constexpr float kPrescale = 1.0f;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    return __nv_cvt_float2_to_fp6x2(make_float2(low, high), __NV_E2M3, cudaRoundNearest);
  }
};
struct MxE3m2 : MxSixBits {
  static constexpr int kTopExponent = 4, kMantissaBits = 2;
  static constexpr std::uint32_t kOneOverLargestBits = 0x3D124925u;  // 1/28
  static constexpr float kPrescale = 1.0f;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    return __nv_cvt_float2_to_fp6x2(make_float2(low, high), __NV_E3M2, cudaRoundNearest);
  }
};
#else
struct MxSixBits {
  static constexpr int kCodeBits = 8;
  static constexpr std::uint32_t kNanCode = 0x10;
  static __device__ __forceinline__ std::uint32_t finished(std::uint32_t codes) {
    return (codes & 0x1F1F1F1Fu) | (codes >> 2 & 0x20202020u);
  }
};
struct MxE2m3 : MxSixBits {
  static constexpr int kTopExponent = 2, kMantissaBits = 3;
  static constexpr std::uint32_t kOneOverLargestBits = 0x3E088889u;  // 1/7.5
  static constexpr float kPrescale = 0x1p-6f, kLargest = 7.5f * kPrescale;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    return e4m3_pair_rn(min_magnitude(low, kLargest), min_magnitude(high, kLargest));
  }
};
struct MxE3m2 : MxSixBits {
  static constexpr int kTopExponent = 4, kMantissaBits = 2;
  static constexpr std::uint32_t kOneOverLargestBits = 0x3D124925u;  // 1/28
  static constexpr float kPrescale = 0x1p-12f, kLargest = 28.0f * kPrescale;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    return e5m2_pair_rn(min_magnitude(low, kLargest), min_magnitude(high, kLargest));
  }
};
#endif

struct MxEightBits {
  static constexpr int kCodeBits = 8;
  static constexpr std::uint32_t kNanCode = 0x7F;
  static constexpr float kPrescale = 1.0f;
  static __device__ __forceinline__ std::uint32_t finished(std::uint32_t codes) { return codes; }
};
struct MxE4m3 : MxEightBits {
  static constexpr int kTopExponent = 8, kMantissaBits = 3;
  static constexpr std::uint32_t kOneOverLargestBits = kOneOver448Bits;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e4m3_pair_rn(low, high); }
};
struct MxE5m2 : MxEightBits {
  static constexpr int kTopExponent = 15, kMantissaBits = 2;
  static constexpr std::uint32_t kOneOverLargestBits = 0x37924925u;  // 1/57344
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e5m2_pair_rn(low, high); }
};

// PyTorch's casts without a clamp ahead. What rounds beyond the largest number takes the code behind it: NaN for E4M3
// (464 itself rounds to 448), infinity for E5M2.
struct MxE4m3Unclamped : MxE4m3 {
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    const std::uint32_t beyond = (magnitude(low) > 464.0f ? 0x1u : 0u) + (magnitude(high) > 464.0f ? 0x100u : 0u);
    return e4m3_pair_rn(low, high) + beyond;
  }
};
struct MxE5m2Unclamped : MxE5m2 {
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) {
    const std::uint32_t beyond = (magnitude(low) >= 61440.0f ? 0x1u : 0u) + (magnitude(high) >= 61440.0f ? 0x100u : 0u);
    return e5m2_pair_rn(low, high) + beyond;
  }
};

// The scale's code from the exponent field that stands for amax: the field less the top exponent, at least 0.
template <class Element>
struct MxScheme : Element {
  static constexpr std::uint32_t kNanPair = Element::kNanCode | Element::kNanCode << Element::kCodeBits;
  static __device__ __forceinline__ std::uint32_t code_of_field(std::uint32_t field) {
    constexpr std::uint32_t kTop = Element::kTopExponent;
    return max(field, kTop) - kTop;
  }
};

// The exponent of amax.
template <class Element>
struct MxFloor : MxScheme<Element> {
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    return amax_bits >= kInfinityBits ? kMxNanScale : MxScheme<Element>::code_of_field(amax_bits >> 23);
  }
};
// The exponent of the smallest power of two not below amax; 2^128 is one. A subnormal amax counts as 2^-126.
template <class Element>
struct MxCeil : MxScheme<Element> {
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    const std::uint32_t field = (amax_bits + 0x7FFFFFu) >> 23;
    return amax_bits >= kInfinityBits ? kMxNanScale : MxScheme<Element>::code_of_field(field);
  }
};
// The exponent of amax rounded to the element's mantissa, half up; what rounds to infinity has a NaN scale.
template <class Element>
struct MxEven : MxScheme<Element> {
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    const std::uint32_t field = (amax_bits + (1u << (22 - Element::kMantissaBits))) >> 23;
    return field >= 255 ? kMxNanScale : MxScheme<Element>::code_of_field(field);
  }
};
// The smallest power of two not below amax times the rounded 1 / largest; code 0 is 2^-127, a subnormal.
template <class Element>
struct MxRceil : MxScheme<Element> {
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    const std::uint32_t least = bits_of(mul_rn(float_of(amax_bits), float_of(Element::kOneOverLargestBits)));
    const std::uint32_t exact = least < 0x800000u ? 0x400000u : 0u;
    const std::uint32_t field = least >> 23;
    return field == 255 ? kMxNanScale : field + ((least & 0x7FFFFFu) > exact ? 1 : 0);
  }
};

}  // namespace bitgate::device
