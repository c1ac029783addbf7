// ggml/q8_1: INT8 codes, an FP16 scale and the FP16 sum of the 32 unquantized values, as quantize_q8_1 computes them
// (ggml-org/ggml, src/ggml-cuda/quantize.cu, commit d99724f2, which ggml builds with -use_fast_math).
#pragma once

#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

inline constexpr int kQ8Block = 32;
inline constexpr std::uint32_t kOneOver127Bits = 0x3C010204u;  // 1/127 rounded to binary32

// What -use_fast_math makes of the producer's expressions, one instruction each.
struct Q8ExplicitFtz {
  static __device__ __forceinline__ float larger(float amax, float x) { return max_number_ftz(amax, magnitude(x)); }
  static __device__ __forceinline__ float sum(float a, float b) { return add_rn_ftz(a, b); }
  // Division by a constant is a product with its rounded reciprocal.
  static __device__ __forceinline__ float decode_scale(float amax) {
    return mul_rn_ftz(amax, float_of(kOneOver127Bits));
  }
  // Half away from zero; a saturated integer keeps its low byte: +Inf 0xFF, -Inf 0x00, NaN 0x00. Under a decode scale
  // that was flushed to 0 the reciprocal is infinite. A NaN amax takes the branch of a nonzero one.
  static __device__ __forceinline__ std::uint32_t code(float x, float amax, float decode_scale) {
    const float quotient = mul_rn_ftz(x, rcp_approx_ftz(decode_scale));
    const float half = float_of((bits_of(quotient) & 0x80000000u) | 0x3F000000u);
    const std::int32_t rounded = int32_rz_ftz(add_rz_ftz(quotient, half));
    return amax == 0.0f ? 0u : static_cast<std::uint32_t>(rounded) & 0xFFu;
  }
};

// The producer's own expressions: they mean the same only under -use_fast_math, with which their unit is compiled.
struct Q8PlainExpressions {
  static __device__ __forceinline__ float larger(float amax, float x) { return fmaxf(amax, fabsf(x)); }
  static __device__ __forceinline__ float sum(float a, float b) { return a + b; }
  static __device__ __forceinline__ float decode_scale(float amax) { return amax / 127.0f; }
  static __device__ __forceinline__ std::uint32_t code(float x, float amax, float decode_scale) {
    const auto q = static_cast<std::int8_t>(amax == 0.0f ? 0 : roundf(x / decode_scale));
    return static_cast<std::uint8_t>(q);
  }
};

// Four values from column `col`; +0 past the end of the row.
__device__ __forceinline__ Vector<float> load_ragged(const float* input, std::int64_t row, std::int64_t col,
                                                     std::int64_t cols) {
  Vector<float> x{};
  if (cols % kPerVector<float> == 0) return load_vector(input, row, col / kPerVector<float>, cols / kPerVector<float>);
#pragma unroll
  for (int k = 0; k < kPerVector<float>; ++k)
    if (col + k < cols) x.values[k] = __ldg(input + row * cols + col + k);
  return x;
}

// codes: one a byte, rows padded to whole blocks; scales and sums: FP16 bits, one for 32 columns; any `cols`.
template <class Arithmetic>
__device__ __forceinline__ void ggml_q8_1(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                          std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  constexpr int kLanes = kQ8Block / kPerVector<float>;  // neighbouring lanes that share a block
  const std::int64_t vectors = (cols + kQ8Block - 1) / kQ8Block * kLanes;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<float> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_ragged(input, tile.row, (tile.first + std::int64_t{i} * blockDim.x) * kPerVector<float>, cols);

#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const float(&values)[4] = x[i].values;
    // The producer starts from |x| itself, not from 0: a block of NaNs has amax NaN. Order does not matter.
    float amax = Arithmetic::larger(Arithmetic::larger(Arithmetic::larger(magnitude(values[0]), values[1]), values[2]),
                                    values[3]);
    // The producer holds one value a lane and adds lanes 16, 8, 4, 2, 1 apart. With four a lane, values 16, 8 and 4
    // apart lie 4, 2 and 1 lanes apart; those 2 and 1 apart share a lane.
    float partial[4] = {values[0], values[1], values[2], values[3]};
#pragma unroll
    for (int mask = kLanes / 2; mask > 0; mask /= 2) {
      amax = Arithmetic::larger(amax, from_lane_xor(amax, mask));
#pragma unroll
      for (float& p : partial) p = Arithmetic::sum(p, from_lane_xor(p, mask));
    }
    const float sum = Arithmetic::sum(Arithmetic::sum(partial[0], partial[2]), Arithmetic::sum(partial[1], partial[3]));

    const float decode_scale = Arithmetic::decode_scale(amax);
    std::uint32_t packed = 0;
#pragma unroll
    for (int k = 0; k < 4; ++k) packed |= Arithmetic::code(values[k], amax, decode_scale) << (8 * k);
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    const std::int64_t at = tile.row * vectors + v;
    store_codes<32>(codes, at, packed);
    if (v % kLanes == 0) {
      scales[at / kLanes] = fp16_rn(decode_scale);
      sums[at / kLanes] = fp16_rn(sum);
    }
  }
}

}  // namespace bitgate::device
