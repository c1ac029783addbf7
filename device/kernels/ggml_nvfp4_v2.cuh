// ggml/nvfp4-mmq-v2, since e7059df1: one thread block a row, a binary32 scale for each row, the chip's own E2M1
// rounding.
#pragma once

#include "bitgate/device/kernels/ggml_nvfp4.h"
#include "bitgate/device/kernels/ggml_nvfp4_search.cuh"

namespace bitgate::device {

// max |x| of the row, NaN ignored, subnormals zeros; the same in all threads.
template <Rows rows>
__device__ __forceinline__ float block_row_amax(const float* input, std::int64_t row, std::int64_t cols) {
  // Bits of non-negative floats order as the floats do.
  __shared__ unsigned row_amax;
  if (threadIdx.x == 0) row_amax = 0;
  __syncthreads();
  float largest = 0.0f;
  for (std::int64_t start = 0; start < cols; start += std::int64_t{kNvfp4AmaxVectors} * 4 * blockDim.x) {
    Vector<float> x[kNvfp4AmaxVectors];
#pragma unroll
    for (int i = 0; i < kNvfp4AmaxVectors; ++i)
      x[i] = load_four<rows>(input, row, start + std::int64_t{i * blockDim.x + threadIdx.x} * 4, cols);
#pragma unroll
    for (int i = 0; i < kNvfp4AmaxVectors; ++i)
#pragma unroll
      for (const float value : x[i].values) largest = max_number_ftz(largest, magnitude(value));
  }
  const unsigned of_warp = __reduce_max_sync(kAllLanes, bits_of(largest));
  if (threadIdx.x % kWarpLanes == 0) atomicMax(&row_amax, of_warp);
  __syncthreads();
  return float_of(row_amax);
}

// The row's stored scale: given, or from its amax, which may be given too.
template <Rows rows>
__device__ __forceinline__ float row_decode_scale(const float* input, const float* amax, const float* global,
                                                  std::int64_t row, std::int64_t cols, Nvfp4RowGiven given) {
  if (given == Nvfp4RowGiven::kGlobal) return global[row];
  const float of_row = given == Nvfp4RowGiven::kAmax ? amax[row] : block_row_amax<rows>(input, row, cols);
  return mul_rn_ftz(of_row, float_of(kOneOver2688Bits));
}

// What a scale code leaves of values scaled to the row, from the first to the last.
__device__ __forceinline__ float v2_error(const Nvfp4Values& magnitudes, int scale_code) {
  const float scale_value = e4m3_value(scale_code), encode_scale = encode_scale_of_e4m3(scale_code);
  float error = 0.0f;
#pragma unroll
  for (const float value : magnitudes)
    error = with_squared_difference(error, value, e2m1_value_rn(mul_rn_ftz(value, encode_scale)), scale_value);
  return error;
}

// The first code stays unless a neighbour is strictly better.
__device__ __forceinline__ int v2_scale_code(const Nvfp4Values& x, float row_encode_scale) {
  Nvfp4Values magnitudes;
#pragma unroll
  for (int k = 0; k < kNvfp4Block; ++k) magnitudes[k] = magnitude(mul_rn_ftz(x[k], row_encode_scale));
  const int first = first_scale_code(amax_of(magnitudes));
  int best = first;
  float best_error = v2_error(magnitudes, first);
#pragma unroll
  for (int trial = 0; trial < 4; ++trial) {
    const int distance = trial / 2 + 1;  // offsets -1, 1, -2, 2
    const int scale_code = first + (trial % 2 == 0 ? -distance : distance);
    const float error = v2_error(magnitudes, scale_code);
    if (scale_code < 0 || scale_code > kLargestE4m3 || !(error < best_error)) continue;
    best = scale_code;
    best_error = error;
  }
  return best;
}

// The final codes come from one product of both scales. codes: two a byte; scales: one byte for 16 columns; rows padded
// to whole blocks. `global` holds the row's scale, read or written.
template <Rows rows>
__device__ __forceinline__ void nvfp4_v2_rows(const float* input, const float* amax, float* global, std::uint8_t* codes,
                                              std::uint8_t* scales, std::int64_t cols, Nvfp4RowGiven given) {
  const std::int64_t row = blockIdx.x, blocks = (cols + kNvfp4Block - 1) / kNvfp4Block;
  const float decode_scale = row_decode_scale<rows>(input, amax, global, row, cols, given);
  if (given != Nvfp4RowGiven::kGlobal && threadIdx.x == 0) global[row] = decode_scale;
  const float usable = mul_rn_ftz(decode_scale, 1.0f);
  const float row_encode_scale = usable > 0.0f ? rcp_approx_ftz(usable) : 0.0f;
  for (std::int64_t block = threadIdx.x; block < blocks; block += blockDim.x) {
    Nvfp4Values x;
    load_block<rows>(x, input, row, block, cols);
    const int scale_code = v2_scale_code(x, row_encode_scale);
    const float encode_scale = mul_rn_ftz(row_encode_scale, encode_scale_of_e4m3(scale_code));
#pragma unroll
    for (float& value : x) value = mul_rn_ftz(value, encode_scale);
    store_codes<64>(codes, row * blocks + block, e2m1_block_rn(x));
    scales[row * blocks + block] = static_cast<std::uint8_t>(scale_code);
  }
}

// Any `cols`.
__device__ __forceinline__ void ggml_nvfp4_v2(const float* input, const float* amax, float* global, std::uint8_t* codes,
                                              std::uint8_t* scales, std::int64_t cols, Nvfp4RowGiven given) {
  if (cols % kPerVector<float> == 0)
    nvfp4_v2_rows<Rows::kAligned>(input, amax, global, codes, scales, cols, given);
  else
    nvfp4_v2_rows<Rows::kRagged>(input, amax, global, codes, scales, cols, given);
}

}  // namespace bitgate::device
