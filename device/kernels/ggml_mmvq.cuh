// ggml's product of quantized weights with columns of Q8_1 (ggml-org/llama.cpp 000f4625, ggml/src/ggml-cuda/mmvq.cu):
// its map of threads, its order of additions, each operation written out. The arithmetic of a type is one of
// ggml_mmvq_types.cuh.
#pragma once

#include "bitgate/device/kernels/ggml_mmvq_types.cuh"

namespace bitgate::device {

// weights: rows of `blocks` blocks; activations: columns of `pitch` blocks of Q8_1; values: a column of rows after the
// other. blockIdx is (row, column); whole warps, at most kMmvqMostWarps.
template <class Type>
__device__ __forceinline__ void mmvq(const std::uint8_t* weights, const std::uint8_t* activations, float* values,
                                     std::int64_t rows, std::int64_t blocks, std::int64_t pitch) {
  constexpr MmvqShape shape = Type::kShape;
  constexpr int kQ8Bytes = shape.cols / kQ8_1Cols * kQ8_1Bytes;  // under a block of weights
  const std::uint8_t* const row = weights + blockIdx.x * blocks * shape.bytes;
  const std::uint8_t* const column = activations + blockIdx.y * pitch * kQ8_1Bytes;
  const int call = static_cast<int>(threadIdx.x) % shape.calls;
  float partial = 0.0f;
  for (std::int64_t block = threadIdx.x / shape.calls; block < blocks; block += blockDim.x / shape.calls)
    partial = Type::after(row + block * shape.bytes, column + block * kQ8Bytes, call, partial);

  __shared__ float partials[kMmvqMostWarps][kWarpLanes];
  const unsigned lane = threadIdx.x % kWarpLanes, warp = threadIdx.x / kWarpLanes;
  partials[warp][lane] = partial;
  __syncthreads();
  if (warp != 0) return;
  float sum = partial;
  for (unsigned other = 1; other < blockDim.x / kWarpLanes; ++other) sum = add_rn_ftz(sum, partials[other][lane]);
#pragma unroll
  for (int mask = kWarpLanes / 2; mask > 0; mask /= 2) sum = add_rn_ftz(sum, from_lane_xor(sum, mask));
  if (lane == 0) values[blockIdx.y * rows + blockIdx.x] = sum;
}

}  // namespace bitgate::device
