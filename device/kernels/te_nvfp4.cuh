// te/nvfp4 and te/nvfp4-row: E2M1 codes, one E4M3 scale for 16 elements, one amax a row (a tensor with one amax is
// given as one row). Arithmetic of TransformerEngine's fallback and tuned kernels (NVIDIA/TransformerEngine,
// transformer_engine/common/cast/nvfp4, commit d0067d0d), binary32, no flushing, correctly rounded division.
#pragma once

#include "bitgate/device/kernels/pairs.cuh"

namespace bitgate::device {

inline constexpr int kNvfp4Block = 16;
inline constexpr std::uint32_t kFloatMaxBits = 0x7F7FFFFFu;
inline constexpr std::uint32_t kOneSixthBits = 0x3E2AAAABu;  // 1/6 rounded to binary32

struct Nvfp4Global {
  float decode_scale;              // 1 / encode scale: multiplies codes
  float amax_to_scale_multiplier;  // encode scale / 6: a block's amax times this is its scale
};

// amax 0 and +Inf give encode scale 1; NaN and amax below about 7.9e-36 give the largest float.
__device__ __forceinline__ Nvfp4Global nvfp4_global(float amax) {
  float encode_scale = div_rn(2688.0f, amax);
  encode_scale = min_number(encode_scale, float_of(kFloatMaxBits));
  if (amax == 0.0f || encode_scale == 0.0f) encode_scale = 1.0f;
  return {rcp_rn(encode_scale), mul_rn(encode_scale, float_of(kOneSixthBits))};
}

struct Nvfp4Scale {
  std::uint8_t code;
  float encode_scale;  // multiplies values; the largest float under scale code 0, not 0
};

__device__ __forceinline__ Nvfp4Scale nvfp4_scale(float block_amax, const Nvfp4Global& global) {
  const float product = mul_rn(block_amax, global.amax_to_scale_multiplier);
  const float bounded = min_number(product, float_of(kFloatMaxBits));
  const std::uint32_t code = e4m3_pair_rn(bounded, 0.0f) & 0xFFu;
  // E4M3 is binary32 with a bias smaller by 120: exact, subnormals too. The code is never NaN here.
  const float scale_value = mul_rn(float_of(code << 20), 0x1p120f);
  const float decode_scale = mul_rn(scale_value, global.decode_scale);
  return {static_cast<std::uint8_t>(code), min_number(rcp_rn(decode_scale), float_of(kFloatMaxBits))};
}

// codes: two a byte, low nibble first; scales: one byte for 16 columns; `cols` is a multiple of 16.
template <class T>
__device__ __forceinline__ void te_nvfp4(const T* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                         std::int64_t cols, std::int64_t chunks) {
  constexpr int kLanes = kNvfp4Block / kPerVector<T>;  // neighbouring lanes that share a block
  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<T> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors);

  const Nvfp4Global global = nvfp4_global(amax[tile.row]);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    float block_amax = 0.0f;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; ++k) block_amax = max_number(block_amax, magnitude(widen(x[i].values[k])));
#pragma unroll
    for (int mask = 1; mask < kLanes; mask *= 2) block_amax = max_number(block_amax, from_lane_xor(block_amax, mask));

    const Nvfp4Scale scale = nvfp4_scale(block_amax, global);
    std::uint64_t packed = 0;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; k += 2) {
      const float low = mul_rn(widen(x[i].values[k]), scale.encode_scale);
      const float high = mul_rn(widen(x[i].values[k + 1]), scale.encode_scale);
      packed |= std::uint64_t{e2m1_pair_rn(low, high)} << (4 * k);
    }
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    const std::int64_t at = tile.row * vectors + v;
    store_codes<4 * kPerVector<T>>(codes, at, packed);
    if (v % kLanes == 0) scales[at / kLanes] = scale.code;
  }
}

// Sixteen values of 16 bits in one thread. A NaN among them is dropped from amax, has code 7 and no sign.
template <class T>
__device__ __forceinline__ Nvfp4Scale nvfp4_block_with_nan(const uint4 (&x)[2], const Nvfp4Global& global,
                                                           std::uint32_t (&codes)[2]) {
  T values[kNvfp4Block];
  memcpy(values, x, sizeof values);
  float block_amax = 0.0f;
#pragma unroll
  for (const T value : values) block_amax = max_number(block_amax, magnitude(widen(value)));
  const Nvfp4Scale scale = nvfp4_scale(block_amax, global);
  codes[0] = codes[1] = 0;
#pragma unroll
  for (int k = 0; k < kNvfp4Block; k += 2) {
    const float low = mul_rn(widen(values[k]), scale.encode_scale);
    const float high = mul_rn(widen(values[k + 1]), scale.encode_scale);
    codes[k / 8] |= e2m1_pair_rn(low, high) << (4 * (k % 8));
  }
  return scale;
}

template <class T>
__device__ __forceinline__ Nvfp4Scale nvfp4_block(const uint4 (&x)[2], const Nvfp4Global& global,
                                                  std::uint32_t (&codes)[2]) {
  const auto sizes = [](const uint4& v) {
    return uint4{magnitudes(v.x), magnitudes(v.y), magnitudes(v.z), magnitudes(v.w)};
  };
  const std::uint32_t largest = max(largest_half(sizes(x[0])), largest_half(sizes(x[1])));
  if (largest > kInfinityBits16<T>) return nvfp4_block_with_nan<T>(x, global, codes);
  const Nvfp4Scale scale = nvfp4_scale(widen_low<T>(largest), global);
  codes[0] = e2m1_codes<T>(x[0], scale.encode_scale);
  codes[1] = e2m1_codes<T>(x[1], scale.encode_scale);
  return scale;
}

// As te_nvfp4(), a block a thread: no lane repeats another's scale. `chunks` counts groups of blocks.
template <class T>
__device__ __forceinline__ void te_nvfp4_blocks(const T* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  static_assert(sizeof(T) == 2);
  __shared__ Nvfp4Global shared_global;
  const std::int64_t blocks = cols / kNvfp4Block;
  const RowTile tile = row_tile<kBlocksPerThread>(chunks);
  uint4 x[kBlocksPerThread][2] = {};
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = tile.first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    const uint4* from = reinterpret_cast<const uint4*>(input) + (tile.row * blocks + block) * 2;
    x[i][0] = __ldg(from);
    x[i][1] = __ldg(from + 1);
  }
  if (threadIdx.x == 0) shared_global = nvfp4_global(amax[tile.row]);
  __syncthreads();

  const Nvfp4Global global = shared_global;
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = tile.first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    std::uint32_t packed[2];
    const Nvfp4Scale scale = nvfp4_block<T>(x[i], global, packed);
    const std::int64_t at = tile.row * blocks + block;
    reinterpret_cast<uint2*>(codes)[at] = {packed[0], packed[1]};
    scales[at] = scale.code;
  }
}

}  // namespace bitgate::device
