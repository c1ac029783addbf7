// ggml/mxfp4-mmq: what MMQ on sm_120 makes of activations, under -use_fast_math (ggml-org/ggml,
// src/ggml-cuda/quantize.cu, commit d99724f2). Codes in logical order, two a byte.
#pragma once

#include "bitgate/device/kernels/e2m1.cuh"
#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

inline constexpr int kMxfp4Block = 32;

// The nearest whole number to the approximate logarithm, not the one below it, less 2. That of infinity saturates, and
// what the producer computes from it counts as the largest code. `amax` is flushed; 0 gives 0.
__device__ __forceinline__ std::uint32_t nearest_e8m0(float amax) {
  const std::int32_t exponent = min(max(int32_rn(lg2_approx_ftz(amax)), -125), 129);
  return amax > 0.0f ? static_cast<std::uint32_t>(exponent + 125) : 0u;
}

// rcp.rn.ftz of 2^(code - 127): the subnormal 2^-127 counts as zero, and so does the reciprocal of 2^127. 0 for a zero
// block.
__device__ __forceinline__ float encode_scale_of_e8m0(std::uint32_t code, float amax) {
  const std::uint32_t field = code == 0 ? 255 : 254 - code;
  return amax == 0.0f ? 0.0f : float_of(field << 23);
}

// scales: one byte for 32 columns; rows padded to whole blocks.
template <Rows rows>
__device__ __forceinline__ void mxfp4_rows(const float* input, std::uint8_t* codes, std::uint8_t* scales,
                                           std::int64_t cols, std::int64_t chunks) {
  constexpr int kLanes = kMxfp4Block / kPerVector<float>;
  const std::int64_t vectors = (cols + kMxfp4Block - 1) / kMxfp4Block * kLanes;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<float> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_four<rows>(input, tile.row, (tile.first + std::int64_t{i} * blockDim.x) * kPerVector<float>, cols);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const float(&values)[4] = x[i].values;
    const float amax = max_number_ftz(lanes_amax<GgmlFastMath, kLanes>(values), 0.0f);
    const std::uint32_t scale_code = nearest_e8m0(amax);
    const float encode_scale = encode_scale_of_e8m0(scale_code, amax);
    float scaled[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) scaled[k] = mul_rn_ftz(values[k], encode_scale);
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    const std::int64_t at = tile.row * vectors + v;
    store_codes<16>(codes, at, e2m1_pair_rn(scaled[0], scaled[1]) | e2m1_pair_rn(scaled[2], scaled[3]) << 8);
    if (v % kLanes == 0) scales[at / kLanes] = static_cast<std::uint8_t>(scale_code);
  }
}

// Any `cols`.
__device__ __forceinline__ void ggml_mxfp4_mmq(const float* input, std::uint8_t* codes, std::uint8_t* scales,
                                               std::int64_t cols, std::int64_t chunks) {
  if (cols % kPerVector<float> == 0)
    mxfp4_rows<Rows::kAligned>(input, codes, scales, cols, chunks);
  else
    mxfp4_rows<Rows::kRagged>(input, codes, scales, cols, chunks);
}

}  // namespace bitgate::device
