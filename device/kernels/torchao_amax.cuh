// max |x| of a whole tensor given as one row, of which a NaN wins: its bits lie above those of infinity. *amax must be
// 0 before the launch: the thread blocks meet in an atomic maximum.
#pragma once

#include "bitgate/device/kernels/torchao_rows.cuh"

namespace bitgate::device {

template <class T>
__device__ __forceinline__ void amax_or_nan(const T* input, float* amax, std::int64_t cols, std::int64_t chunks) {
  __shared__ unsigned block_amax;
  if (threadIdx.x == 0) block_amax = 0;
  __syncthreads();

  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<kAmaxVectorsPerThread>(chunks);
  std::uint32_t largest = 0;
#pragma unroll
  for (int i = 0; i < kAmaxVectorsPerThread; ++i)
    largest =
        max(largest, amax_bits_of(load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors)));
  const unsigned warp_amax = __reduce_max_sync(kAllLanes, largest);
  if (threadIdx.x % kWarpLanes == 0) atomicMax(&block_amax, warp_amax);
  __syncthreads();
  if (threadIdx.x == 0) atomicMax(reinterpret_cast<unsigned*>(amax) + tile.row, block_amax);
}

}  // namespace bitgate::device
