// Words of two 16-bit floats, the first in the low half, and how eight of them become eight E2M1 codes. No NaN is among
// them unless a function says so.
#pragma once

#include "bitgate/device/kernels/e2m1.cuh"
#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

template <class T>
inline constexpr std::uint32_t kInfinityBits16 = 0x7F80u;  // bf16
template <>
inline constexpr std::uint32_t kInfinityBits16<Fp16Bits> = 0x7C00u;

// NaN payloads stay.
__device__ __forceinline__ std::uint32_t magnitudes(std::uint32_t word) { return word & 0x7FFF7FFFu; }

template <class T>
__device__ __forceinline__ float widen_low(std::uint32_t word) {
  return widen(T{static_cast<std::uint16_t>(word)});
}
template <class T>
__device__ __forceinline__ float widen_high(std::uint32_t word) {
  return widen(T{static_cast<std::uint16_t>(word >> 16)});
}

// The largest bit pattern of four words' eight magnitudes: above infinity's if one is a NaN.
__device__ __forceinline__ std::uint32_t largest_half(const uint4& m) {
  const std::uint32_t words = __vimax3_u16x2(__vmaxu2(m.x, m.y), m.z, m.w);
  return max(words & 0xFFFFu, words >> 16);
}

// Byte kByte of four words, the first lowest.
template <int kByte>
__device__ __forceinline__ std::uint32_t gather(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  constexpr std::uint32_t kSelect = kByte | (kByte + 4) << 4;
  return __byte_perm(__byte_perm(a, b, kSelect), __byte_perm(c, d, kSelect), 0x5410);
}

// Bit 3 of nibble k is the sign of element k.
__device__ __forceinline__ std::uint32_t sign_nibbles(const uint4& x) {
  const std::uint32_t low = gather<1>(x.x, x.y, x.z, x.w), high = gather<3>(x.x, x.y, x.z, x.w);
  return ((low >> 4) & 0x08080808u) | (high & 0x80808080u);
}

// Eight codes of x times a scale in binary32, a nibble each, the first lowest. The scale is positive and finite.
template <class T>
__device__ __forceinline__ std::uint32_t e2m1_codes(const uint4& x, float encode_scale) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
  const auto pair = [&](std::uint32_t word) {
    const float low = mul_rn(widen_low<T>(word), encode_scale);
    const float high = mul_rn(widen_high<T>(word), encode_scale);
    return e2m1_pair_rn(low, high);
  };
  return pair(x.x) | pair(x.y) << 8 | pair(x.z) << 16 | pair(x.w) << 24;
#else
  const auto low = [&](std::uint32_t word) {
    const float scaled = mul_rn(widen_low<T>(magnitudes(word)), encode_scale);
    return static_cast<std::uint32_t>(e2m1_level(scaled));
  };
  const auto high = [&](std::uint32_t word) {
    const float scaled = mul_rn(widen_high<T>(magnitudes(word)), encode_scale);
    return static_cast<std::uint32_t>(e2m1_level(scaled));
  };
  const std::uint32_t even = gather<0>(low(x.x), low(x.y), low(x.z), low(x.w));
  const std::uint32_t odd = gather<0>(high(x.x), high(x.y), high(x.z), high(x.w));
  return (odd * 16 + even) | sign_nibbles(x);
#endif
}

// Two levels as e2m1_level() has them, in bf16, whose numbers from 2^7 lie 1 apart too.
__device__ __forceinline__ std::uint32_t e2m1_levels_bf16x2(std::uint32_t m) {
  const std::uint32_t low = fma_rn_bf16x2(m, 0x40004000u, 0x43004300u);     // 2m + 128
  const std::uint32_t middle = fma_rn_bf16x2(m, 0x3F803F80u, 0x43024302u);  // m + 130
  const std::uint32_t high = fma_rn_bf16x2(m, 0x3F003F00u, 0x43044304u);    // m/2 + 132
  return __vimin3_u16x2(low, middle, __vminu2(high, 0x43074307u));
}

// Eight codes of bf16 x times a power of two (two of them in `scales`), where no product overflows: then each product
// is exact, or so small that its code is 0.
__device__ __forceinline__ std::uint32_t e2m1_codes_exact(const uint4& x, std::uint32_t scales) {
  const auto levels = [&](std::uint32_t word) { return e2m1_levels_bf16x2(mul_rn_bf16x2(magnitudes(word), scales)); };
  const std::uint32_t a = levels(x.x), b = levels(x.y), c = levels(x.z), d = levels(x.w);
  return (gather<2>(a, b, c, d) * 16 + gather<0>(a, b, c, d)) | sign_nibbles(x);
}

}  // namespace bitgate::device
