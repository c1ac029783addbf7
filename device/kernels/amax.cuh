// max |x| of each row, of each column, or of a whole tensor given as one row. NaN is ignored, infinity kept; a row of
// NaNs gives 0. The results must be 0 before the launch: several thread blocks may share a row and meet in an atomic
// maximum.
#pragma once

#include "bitgate/device/kernels/words.cuh"

namespace bitgate::device {

// `cols` is a multiple of a vector's elements; `amax` holds one number a row.
template <class T>
__device__ __forceinline__ void row_amax(const T* input, float* amax, std::int64_t cols, std::int64_t chunks) {
  // Bits of non-negative floats order as the floats do.
  __shared__ unsigned block_amax;
  if (threadIdx.x == 0) block_amax = 0;
  __syncthreads();

  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<kAmaxVectorsPerThread>(chunks);
  float largest = 0.0f;
#pragma unroll
  for (int i = 0; i < kAmaxVectorsPerThread; ++i) {
    const Vector<T> x = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors);
#pragma unroll
    for (int k = 0; k < kPerVector<T>; ++k) largest = max_number(largest, magnitude(widen(x.values[k])));
  }
  const unsigned warp_amax = __reduce_max_sync(kAllLanes, bits_of(largest));
  if (threadIdx.x % kWarpLanes == 0) atomicMax(&block_amax, warp_amax);
  __syncthreads();
  if (threadIdx.x == 0) atomicMax(reinterpret_cast<unsigned*>(amax) + tile.row, block_amax);
}

// Any rows and columns; `amax` holds one number a column, `across` strips make a row (see column_strip()).
template <class T>
__device__ __forceinline__ void column_amax(const T* input, float* amax, std::int64_t rows, std::int64_t cols,
                                            std::int64_t across) {
  constexpr int kWarps = kTileThreads / kWarpLanes;
  __shared__ std::uint32_t of_warps[kWarps][kWarpLanes];
  const ColumnStrip strip = column_strip<T>(across);
  const auto larger = [](std::uint32_t a, std::uint32_t b) { return amax_of_words<T, NanInAmax::kDropped>(a, b); };
  std::uint32_t largest = 0;
#pragma unroll
  for (int i = 0; i < kColumnAmaxRows; i += kColumnStripRows) {
    const ColumnWords words = load_column_words(input, strip.row + i, strip.col, rows, cols);
    largest = larger(largest, amax_of_words<T, NanInAmax::kDropped>(words.words));
  }
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes, lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  of_warps[warp][lane] = largest;
  __syncthreads();
  if (warp != 0) return;
#pragma unroll
  for (int w = 1; w < kWarps; ++w) largest = larger(largest, of_warps[w][lane]);
#pragma unroll
  for (int k = 0; k < kPerWord<T>; ++k)
    if (strip.col + k < cols)
      atomicMax(reinterpret_cast<unsigned*>(amax) + strip.col + k, bits_of(element_of<T>(largest, k)));
}

}  // namespace bitgate::device
