// What TransformerEngine's FP8 and MXFP8 quantizers share: elements, scales, codes of four values, ragged loads.
// Arithmetic of NVIDIA/TransformerEngine, transformer_engine/common/recipe/recipe_common.cuh and
// common/cast/mxfp8/quantize_mxfp8.cuh, commit d0067d0d: binary32, no flushing, correctly rounded division.
#pragma once

#include "bitgate/device/kernels/fp8_tile.h"
#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

// An infinity saturates; a NaN, which after a product is 0x7FFFFFFF, gives 0x7F.
struct E4m3 {
  static constexpr float kMax = 448.0f;
  static constexpr std::uint32_t kOneOverMaxBits = 0x3B124925u;  // rounded to binary32
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e4m3_pair_rn(low, high); }
};
struct E5m2 {
  static constexpr float kMax = 57344.0f;
  static constexpr std::uint32_t kOneOverMaxBits = 0x37924925u;
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e5m2_pair_rn(low, high); }
};

// The first code in the lowest byte.
template <class Element>
__device__ __forceinline__ std::uint32_t fp8_word(float a, float b, float c, float d) {
  return Element::pair(a, b) | Element::pair(c, d) << 16;
}

// Bits of the largest finite number of an input type, as binary32.
template <class T>
inline constexpr std::uint32_t kLargestBits = 0x7F7FFFFFu;
template <>
inline constexpr std::uint32_t kLargestBits<Bf16Bits> = 0x7F7F0000u;
template <>
inline constexpr std::uint32_t kLargestBits<Fp16Bits> = 0x477FE000u;

// What multiplies values: 1 where amax is zero, infinite or NaN. `scale_mask` keeps all bits, or sign and exponent
// alone where scales are powers of two; `for_infinity` are the bits that an infinite quotient becomes.
__device__ __forceinline__ float fp8_encode_scale(float amax, float element_max, std::uint32_t for_infinity,
                                                  std::uint32_t scale_mask) {
  constexpr std::uint32_t kInfinityBits = 0x7F800000u;
  const float quotient = div_rn(element_max, amax);
  const bool overflows = bits_of(magnitude(quotient)) == kInfinityBits;
  const std::uint32_t scale = (overflows ? for_infinity : bits_of(quotient)) & scale_mask;
  const std::uint32_t amax_bits = bits_of(magnitude(amax));
  return amax_bits == 0 || amax_bits >= kInfinityBits ? 1.0f : float_of(scale);
}

// What is stored of a block, and what multiplies its values.
template <class Scale>
struct Scaled {
  Scale stored;
  float multiplier;
};

struct PlainProduct {
  static __device__ __forceinline__ float of(float x, float multiplier) { return mul_rn(x, multiplier); }
};
// A zero of either sign becomes +0.
struct FusedAddZero {
  static __device__ __forceinline__ float of(float x, float multiplier) { return fma_rn(x, multiplier, 0.0f); }
};

// One binary32 scale for 128 columns, or for a square.
template <class Element_, class T, bool kSquare_>
struct Fp8BlockScheme {
  using Element = Element_;
  using Product = PlainProduct;
  using Scale = float;
  static constexpr int kBlock = 128;
  static constexpr bool kSquare = kSquare_;
  static constexpr bool kRepeats = false;  // one stored scale a square
  static constexpr int kPadsTo = 1;
  static constexpr int kTileRows = kFp8TileRows;
  std::uint32_t scale_mask;

  __device__ __forceinline__ Scaled<float> scaled(float amax) const {
    const float encode_scale = fp8_encode_scale(amax, Element::kMax, kLargestBits<T>, scale_mask);
    return {rcp_rn(encode_scale), encode_scale};
  }
};

// One E8M0 scale for 32 columns, or for a square, where each of its rows stores it.
template <class Element_, class Product_, bool kSquare_>
struct Mxfp8Scheme {
  using Element = Element_;
  using Product = Product_;
  using Scale = std::uint8_t;
  static constexpr int kBlock = 32;
  static constexpr bool kSquare = kSquare_;
  static constexpr bool kRepeats = true;
  static constexpr int kPadsTo = kSquare_ ? 1 : kBlock;
  static constexpr int kTileRows = kMxfp8TileRows;

  // The smallest power of two not below amax / max, at most 2^127 (code 254); code 0 is 2^-127, a subnormal. `amax` is
  // no NaN.
  __device__ __forceinline__ Scaled<std::uint8_t> scaled(float amax) const {
    const std::uint32_t quotient = bits_of(mul_rn(amax, float_of(Element::kOneOverMaxBits)));
    const std::uint32_t field = quotient >> 23;
    const std::uint32_t exact = field == 0 ? 0x400000u : 0u;
    const std::uint32_t code = min(field + ((quotient & 0x7FFFFFu) > exact ? 1u : 0u), 254u);
    const std::uint32_t multiplier = code == 254 ? 0x00400000u : (254u - code) << 23;
    return {static_cast<std::uint8_t>(code), float_of(multiplier)};
  }
};

// The largest of kLanes neighbouring lanes, in each. Bits of non-negative floats order as the floats do.
template <int kLanes>
__device__ __forceinline__ std::uint32_t max_of_lanes(std::uint32_t bits) {
  if constexpr (kLanes == kWarpLanes) {
    return __reduce_max_sync(kAllLanes, bits);
  } else {
#pragma unroll
    for (int mask = 1; mask < kLanes; mask *= 2) bits = max(bits, from_lane_xor(bits, mask));
    return bits;
  }
}

// Columns of a row of codes on the device: rows of MXFP8 end with a whole block.
template <class Scheme>
__device__ __forceinline__ std::int64_t code_pitch(std::int64_t cols) {
  return (cols + Scheme::kPadsTo - 1) / Scheme::kPadsTo * Scheme::kPadsTo;
}

// Vector v of a row of `cols` values, one by one; +0 from value `end` on. For rows that are not aligned.
template <class T>
__device__ __forceinline__ Vector<T> load_elements(const T* input, std::int64_t row, std::int64_t v, std::int64_t end,
                                                   std::int64_t cols) {
  Vector<T> x{};
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k)
    if (v * kPerVector<T> + k < end) x.values[k] = input[row * cols + v * kPerVector<T> + k];
  return x;
}

// The codes of one vector.
template <class T>
struct Fp8Words {
  std::uint32_t words[kPerVector<T> / 4];
};
template <class Element, class Product, class T>
__device__ __forceinline__ Fp8Words<T> fp8_words(const Vector<T>& x, float multiplier) {
  Fp8Words<T> codes;
  const auto scaled = [&](int k) { return Product::of(widen(x.values[k]), multiplier); };
#pragma unroll
  for (int k = 0; k < kPerVector<T>; k += 4)
    codes.words[k / 4] = fp8_word<Element>(scaled(k), scaled(k + 1), scaled(k + 2), scaled(k + 3));
  return codes;
}

// At column `col` of a row of `cols` codes. `whole`: the store is aligned, and all of it lies in the row unless none
// does.
template <class T>
__device__ __forceinline__ void store_row_codes(std::uint8_t* row, std::int64_t col, std::int64_t cols, bool whole,
                                                const Fp8Words<T>& codes) {
  if (col >= cols) return;
  if (whole) {
    if constexpr (kPerVector<T> == 8)
      *reinterpret_cast<uint2*>(row + col) = {codes.words[0], codes.words[1]};
    else
      *reinterpret_cast<std::uint32_t*>(row + col) = codes.words[0];
    return;
  }
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k)
    if (col + k < cols) row[col + k] = static_cast<std::uint8_t>(codes.words[k / 4] >> (8 * (k % 4)));
}

}  // namespace bitgate::device
