// te/fp8-current-* and te/fp8-delayed-*: FP8 codes and one binary32 scale for the tensor, from its amax. Arithmetic of
// NVIDIA/TransformerEngine, transformer_engine/common/recipe/{recipe_common.cuh,current_scaling.cu,delayed_scaling.cu},
// commit d0067d0d; delayed scaling with margin 0 and a previous scale of 1.
#pragma once

#include "bitgate/device/kernels/fp8_tile.cuh"

namespace bitgate::device {

// `scale_mask` keeps all bits of an encode scale, or sign and exponent alone.
template <class Element>
__device__ __forceinline__ float tensor_encode_scale(const float* amax, std::int64_t scale_mask) {
  return fp8_encode_scale(amax[0], Element::kMax, kLargestBits<float>, static_cast<std::uint32_t>(scale_mask));
}
__device__ __forceinline__ void store_tensor_scale(float* scale, float encode_scale) {
  if (blockIdx.x == 0 && threadIdx.x == 0) scale[0] = rcp_rn(encode_scale);
}

// Raises `amax` to the largest magnitude of the `cols` % (a vector's) last values, which the amax kernel leaves out.
template <class T>
__device__ __forceinline__ void tail_amax(const T* input, float* amax, std::int64_t cols) {
  const std::int64_t at = cols / kPerVector<T> * kPerVector<T> + threadIdx.x;
  if (at >= cols) return;
  const float largest = max_number(0.0f, magnitude(widen(input[at])));
  atomicMax(reinterpret_cast<unsigned*>(amax), bits_of(largest));
}

// The tensor as one row of `cols` values. From its end, since the amax kernel, which went before, left that in L2.
template <class Element, class T>
__device__ __forceinline__ void te_fp8(const T* input, const float* amax, std::uint8_t* codes, float* scale,
                                       std::int64_t cols, std::int64_t scale_mask) {
  const std::int64_t whole = cols / kPerVector<T>;
  const std::int64_t block = gridDim.x - 1 - blockIdx.x;
  const std::int64_t first = block * (kVectorsPerThread * blockDim.x) + threadIdx.x;
  Vector<T> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) x[i] = load_vector(input, 0, first + std::int64_t{i} * blockDim.x, whole);

  const float encode_scale = tensor_encode_scale<Element>(amax, scale_mask);
  store_tensor_scale(scale, encode_scale);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const std::int64_t v = first + std::int64_t{i} * blockDim.x;
    if (v >= whole) x[i] = load_elements(input, 0, v, cols, cols);
    const auto words = fp8_words<Element, PlainProduct>(x[i], encode_scale);
    store_row_codes(codes, v * kPerVector<T>, cols, v < whole, words);
  }
}

// The transposed operand's codes, and the operand's own too.
template <class Element, bool kRows, class T>
__device__ __forceinline__ void te_fp8_columns(const T* input, const float* amax, const float* amax_columnwise,
                                               std::uint8_t* codes, float* scale, std::uint8_t* codes_columnwise,
                                               float* scale_columnwise, const Fp8Extent& extent, std::int64_t tiles,
                                               std::int64_t scale_mask) {
  using Tile = Fp8Tile<T, kFp8TileRows>;
  __shared__ std::uint32_t words[kFp8TileCols * Tile::kWords];
  const float of_columns = tensor_encode_scale<Element>(amax_columnwise, scale_mask);
  store_tensor_scale(scale_columnwise, of_columns);
  float column_multipliers[kPerVector<T>];
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k) column_multipliers[k] = of_columns;
  [[maybe_unused]] float row_multipliers[kPatchRows];
  if constexpr (kRows) {
    const float of_rows = tensor_encode_scale<Element>(amax, scale_mask);
    store_tensor_scale(scale, of_rows);
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r) row_multipliers[r] = of_rows;
  }

  const auto tile = Tile::at(tiles);
#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step) {
    const Fp8Patch<T> patch = load_patch(input, tile, step, extent);
    if constexpr (kRows)
      encode_rows<Element, PlainProduct>(patch, row_multipliers, codes, tile, step, extent.rows, extent.cols);
    encode_columns<Element, PlainProduct>(patch, column_multipliers, words, tile, step);
  }
  __syncthreads();
  store_columns(words, codes_columnwise, tile, extent.cols, extent.rows);
}

}  // namespace bitgate::device
