// torchao/mxfp4-floor and torchao/mxfp8e4m3-rceil: one E8M0 scale for 32 elements, the arithmetic of `to_mx`
// (pytorch/ao, commit 36027d82) as PyTorch computes it on a GPU: binary32, no flushing, amax propagates NaN.
#pragma once

#include "bitgate/device/kernels/pairs.cuh"

namespace bitgate::device {

inline constexpr int kMxBlock = 32;
inline constexpr std::uint32_t kMxNanScale = 255;              // for a block with an infinity or a NaN
inline constexpr std::uint32_t kOneOver448Bits = 0x3B124925u;  // 1/448 rounded to binary32

// A scheme turns the bits of a block's amax into its scale code, and two scaled values into codes. kNanPair: two codes
// of a block whose scale is NaN, where every scaled value is the NaN 0x7FFFFFFF.
struct Mxfp4Floor {
  static constexpr int kCodeBits = 4;
  static constexpr std::uint32_t kNanPair = 0x44;  // torchao's bit arithmetic reads that NaN as code 4
  // Exponent of amax less 2, the exponent of E2M1's largest power of two; at least 0.
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    const std::uint32_t field = amax_bits >> 23;
    return field == 255 ? kMxNanScale : max(field, 2u) - 2;
  }
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e2m1_pair_rn(low, high); }
};

struct Mxfp8E4m3Rceil {
  static constexpr int kCodeBits = 8;
  static constexpr std::uint32_t kNanPair = 0x7F7F;
  // The smallest power of two not below amax / 448; code 0 is 2^-127, a subnormal.
  static __device__ __forceinline__ std::uint32_t scale_code(std::uint32_t amax_bits) {
    const std::uint32_t quotient = bits_of(mul_rn(float_of(amax_bits), float_of(kOneOver448Bits)));
    const std::uint32_t field = quotient >> 23;
    const std::uint32_t mantissa = quotient & 0x7FFFFFu;
    const std::uint32_t exact = field == 0 ? 0x400000u : 0u;
    return field == 255 ? kMxNanScale : field + (mantissa > exact ? 1 : 0);
  }
  static __device__ __forceinline__ std::uint32_t pair(float low, float high) { return e4m3_pair_rn(low, high); }
};

// 2^(127 - code) as a float, for any code but 255; code 254 gives the subnormal 2^-127.
__device__ __forceinline__ float mx_encode_scale(std::uint32_t scale_code) {
  return float_of(scale_code == 254 ? 0x00400000u : (254u - scale_code) << 23);
}

// codes: kCodeBits each, first element lowest; scales: one byte for 32 columns; `cols` is a multiple of 32.
template <class Scheme, class T>
__device__ __forceinline__ void torchao_mx(const T* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                           std::int64_t chunks) {
  constexpr int kLanes = kMxBlock / kPerVector<T>;  // neighbouring lanes that share a block
  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<T> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors);

#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    // As integers: a NaN's magnitude lies above infinity's, so the maximum propagates it.
    std::uint32_t amax_bits = 0;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; ++k) amax_bits = max(amax_bits, bits_of(magnitude(widen(x[i].values[k]))));
#pragma unroll
    for (int mask = 1; mask < kLanes; mask *= 2) amax_bits = max(amax_bits, from_lane_xor(amax_bits, mask));

    const std::uint32_t scale_code = Scheme::scale_code(amax_bits);
    const float encode_scale = mx_encode_scale(scale_code);
    std::uint64_t packed = 0;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; k += 2) {
      const float low = mul_rn(widen(x[i].values[k]), encode_scale);
      const float high = mul_rn(widen(x[i].values[k + 1]), encode_scale);
      const std::uint32_t pair = scale_code == kMxNanScale ? Scheme::kNanPair : Scheme::pair(low, high);
      packed |= std::uint64_t{pair} << (Scheme::kCodeBits * k);
    }
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    const std::int64_t at = tile.row * vectors + v;
    store_codes<Scheme::kCodeBits * kPerVector<T>>(codes, at, packed);
    if (v % kLanes == 0) scales[at / kLanes] = static_cast<std::uint8_t>(scale_code);
  }
}

// The same for E2M1 from bf16, a block a thread, two elements an operation.
template <class Scheme>
__device__ __forceinline__ void torchao_mxfp4_bf16(const Bf16Bits* input, std::uint8_t* codes, std::uint8_t* scales,
                                                   std::int64_t cols, std::int64_t chunks) {
  static_assert(Scheme::kCodeBits == 4);
  constexpr int kLoads = 4;
  const std::int64_t blocks = cols / kMxBlock;
  const RowTile tile = row_tile<kBlocksPerThread>(chunks);
  uint4 x[kBlocksPerThread][kLoads] = {};
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = tile.first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
#pragma unroll
    for (int k = 0; k < kLoads; ++k)
      x[i][k] = __ldg(reinterpret_cast<const uint4*>(input) + (tile.row * blocks + block) * kLoads + k);
  }
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = tile.first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    std::uint32_t largest = 0;
#pragma unroll
    for (const uint4& v : x[i])
      largest = max(largest, largest_half({magnitudes(v.x), magnitudes(v.y), magnitudes(v.z), magnitudes(v.w)}));
    const std::uint32_t scale_code = Scheme::scale_code(largest << 16);
    // A power of two as bf16: exact.
    const std::uint32_t encode_scale = bits_of(mx_encode_scale(scale_code)) >> 16;
    std::uint32_t packed[kLoads];
#pragma unroll
    for (int k = 0; k < kLoads; ++k)
      packed[k] = scale_code == kMxNanScale ? Scheme::kNanPair * 0x01010101u
                                            : e2m1_codes_exact(x[i][k], encode_scale * 0x00010001u);
    const std::int64_t at = tile.row * blocks + block;
    reinterpret_cast<uint4*>(codes)[at] = {packed[0], packed[1], packed[2], packed[3]};
    scales[at] = static_cast<std::uint8_t>(scale_code);
  }
}

}  // namespace bitgate::device
