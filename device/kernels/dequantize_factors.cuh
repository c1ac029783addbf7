// What a code stands for (Elements), what a stored scale stands for (Scales), and the factor of a block (Factors), all
// as binary32. A NaN comes out as some NaN: the product with it is 0x7FFFFFFF whichever it was.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

// Formats of 4 and 6 bits: exponent and mantissa as those of a binary32, a subnormal for the smallest, brought to their
// place by a power of two; exact, since subnormals are kept.
template <int kStored, int kSize, int kMantissa, int kBias>
struct SmallFloat {
  static constexpr int kBits = kStored;  // in memory
  static __device__ __forceinline__ float value(std::uint32_t code) {
    constexpr std::uint32_t kMagnitude = (1u << (kSize - 1)) - 1;
    const std::uint32_t sign = (code << (32 - kSize)) & 0x80000000u;
    const std::uint32_t size = (code & kMagnitude) << (23 - kMantissa);
    return mul_rn(float_of(sign | size), float_of((254u - kBias) << 23));
  }
  // The codes in the low 2 * kBits bits, the first lowest.
  static __device__ __forceinline__ float2 pair(std::uint32_t codes) { return {value(codes), value(codes >> kStored)}; }
};
using E2m1 = SmallFloat<4, 4, 1, 1>;
using E2m3 = SmallFloat<8, 6, 3, 1>;
using E3m2 = SmallFloat<8, 6, 2, 3>;

struct E4m3 {
  static constexpr int kBits = 8;
  static __device__ __forceinline__ float2 pair(std::uint32_t codes) {
    const std::uint32_t halves = widen_e4m3_pair(static_cast<std::uint16_t>(codes));
    return {widen_fp16(static_cast<std::uint16_t>(halves)), widen_fp16(static_cast<std::uint16_t>(halves >> 16))};
  }
};
// E5M2 is the upper byte of an FP16.
struct E5m2 {
  static constexpr int kBits = 8;
  static __device__ __forceinline__ float2 pair(std::uint32_t codes) {
    return {widen_fp16(static_cast<std::uint16_t>(codes << 8)), widen_fp16(static_cast<std::uint16_t>(codes & 0xFF00))};
  }
};
struct Int8 {
  static constexpr int kBits = 8;
  static __device__ __forceinline__ float2 pair(std::uint32_t codes) {
    return {static_cast<float>(static_cast<std::int8_t>(codes)),
            static_cast<float>(static_cast<std::int8_t>(codes >> 8))};
  }
};
// ggml's codes with the middle taken off: kBias is code 0's distance from it.
template <int kStored, int kBias>
struct OffsetBinary {
  static constexpr int kBits = kStored;
  static __device__ __forceinline__ float2 pair(std::uint32_t codes) {
    const auto value = [](std::uint32_t code) {
      return static_cast<float>(static_cast<std::int32_t>(code & (2 * kBias - 1)) - kBias);
    };
    return {value(codes), value(codes >> kStored)};
  }
};
using Offset4 = OffsetBinary<4, 8>;
using Offset5 = OffsetBinary<8, 16>;

struct E4m3Scales {
  const std::uint8_t* codes;
  __device__ __forceinline__ float operator[](std::int64_t at) const { return E4m3::pair(__ldg(codes + at)).x; }
};
// 2^(code - 127), a subnormal for code 0; 255 is NaN.
struct E8m0Scales {
  const std::uint8_t* codes;
  __device__ __forceinline__ float operator[](std::int64_t at) const {
    const std::uint32_t code = __ldg(codes + at);
    return float_of(code == 0 ? 0x00400000u : code == 255 ? 0x7FFFFFFFu : code << 23);
  }
};
struct Fp16Scales {
  const std::uint16_t* bits;
  __device__ __forceinline__ float operator[](std::int64_t at) const { return widen_fp16(__ldg(bits + at)); }
};
struct Fp32Scales {
  const float* values;
  __device__ __forceinline__ float operator[](std::int64_t at) const { return __ldg(values + at); }
};

// The scale itself.
template <class Scales>
struct ScaleFactor {
  Scales scales;
  __device__ __forceinline__ float operator()(std::int64_t, std::int64_t at) const { return scales[at]; }
};
// global * scale. `global_step`: 0 of a tensor with one global number, 1 of one for each row.
struct GlobalTimesScale {
  E4m3Scales scales;
  const float* global;
  std::int64_t global_step;
  __device__ __forceinline__ float operator()(std::int64_t row, std::int64_t at) const {
    return mul_rn(__ldg(global + row * global_step), scales[at]);
  }
};
// (scale * amax) * constant, where the constant is 1/2688 (448 * 6) or 1/1536 (256 * 6) rounded.
struct ScaleAmaxConstant {
  E4m3Scales scales;
  const float* amax;
  std::int64_t amax_step;
  float constant;
  __device__ __forceinline__ float operator()(std::int64_t row, std::int64_t at) const {
    const float product = mul_rn(scales[at], __ldg(amax + row * amax_step));
    return mul_rn(product, constant);
  }
};

}  // namespace bitgate::device
