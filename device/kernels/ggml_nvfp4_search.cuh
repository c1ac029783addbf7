// ggml's NVFP4 activations for MMQ on sm_120, under -use_fast_math: the search for the scale code that leaves the least
// squared error among five neighbours (ggml-org/ggml, src/ggml-cuda/quantize.cu, commits c21ff638 and e7059df1). A
// thread holds the 16 values of a block, since the producer adds their errors in order.
#pragma once

#include "bitgate/device/kernels/e2m1.cuh"
#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

inline constexpr int kNvfp4Block = 16;
inline constexpr std::uint32_t kOneOver6Bits = 0x3E2AAAABu;  // 1/6 and 1/2688 rounded to binary32
inline constexpr std::uint32_t kOneOver2688Bits = 0x39C30C31u;
inline constexpr int kLargestE4m3 = 0x7E;

using Nvfp4Values = float[kNvfp4Block];

template <Rows rows>
__device__ __forceinline__ void load_block(Nvfp4Values& x, const float* input, std::int64_t row, std::int64_t block,
                                           std::int64_t cols) {
#pragma unroll
  for (int i = 0; i < kNvfp4Block / 4; ++i) {
    const Vector<float> four = load_four<rows>(input, row, block * kNvfp4Block + 4 * i, cols);
#pragma unroll
    for (int k = 0; k < 4; ++k) x[4 * i + k] = four.values[k];
  }
}

// NaN is ignored; subnormals are zeros.
__device__ __forceinline__ float amax_of(const Nvfp4Values& x) {
  float amax = 0.0f;
#pragma unroll
  for (const float value : x) amax = max_number_ftz(amax, magnitude(value));
  return amax;
}

// The value of an E4M3 code from 0 to 0x7E: exponent and mantissa bits as those of a float 2^120 times smaller.
__device__ __forceinline__ float e4m3_value(int code) {
  return mul_rn(float_of(static_cast<std::uint32_t>(code) << 20), 0x1p120f);
}

// What multiplies values under a scale code, 0 for no scale. The producer halves the scale and its reciprocal: MUFU
// sees the same mantissa, so that nothing changes.
__device__ __forceinline__ float encode_scale_of_e4m3(int code) {
  return code > 0 ? rcp_approx_ftz(e4m3_value(code)) : 0.0f;
}

// The scale code for the largest magnitude: amax / 6.
__device__ __forceinline__ int first_scale_code(float amax) {
  const float scale_value = mul_rn_ftz(amax, float_of(kOneOver6Bits));
  return scale_value > 0.0f ? e4m3_pair_rn(scale_value, 0.0f) & 0xFF : 0;
}

// The E2M1 values nearest to a magnitude, as numbers: saturating at 6, to which NaN and infinity go too. Values in
// [p, 2p), p a power of two, lie p / 2 apart, those below 1 as from 1 to 2: adding a multiple of p that fills a float's
// mantissa down to p / 2 leaves a sum that the adder rounds there. A power of two is a float's exponent bits alone.
__device__ __forceinline__ float binade_of(float x) { return max_number(float_of(bits_of(x) & 0x7F800000u), 1.0f); }
// Ties to the even code.
__device__ __forceinline__ float e2m1_value_rn(float x) {
  constexpr float kFill = 0x1p22f;
  const float binade = binade_of(x);
  const float sum = fma_rn(binade, kFill, x);
  return min_number(fma_rn(-binade, kFill, sum), 6.0f);
}
// Ties to the smaller value: x - p / 4, up to the next multiple of p / 2. That difference is exact, or too close to
// -1/4 for its rounding to matter.
__device__ __forceinline__ float e2m1_value_down(float x) {
  constexpr float kFill = 0x1.8p22f;
  const float binade = binade_of(x);
  const float below = fma_rn(binade, -0.25f, x);
  const float sum = fma_rp(binade, kFill, below);
  return min_number(fma_rn(-binade, kFill, sum), 6.0f);
}

// One byte of each of four words, chosen from every pair of words by `pick`.
__device__ __forceinline__ std::uint32_t bytes_of_four(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                                       std::uint32_t d, std::uint32_t pick) {
  return __byte_perm(__byte_perm(a, b, pick), __byte_perm(c, d, pick), 0x5410);
}

// E2M1 codes of four values in bytes 0 and 2, two a byte: levels' low bits and values' signs gathered in bytes first.
__device__ __forceinline__ std::uint32_t e2m1_four(const float* x) {
  std::uint32_t level[4];
#pragma unroll
  for (int k = 0; k < 4; ++k) level[k] = static_cast<std::uint32_t>(e2m1_level(magnitude(x[k])));
  const std::uint32_t levels = bytes_of_four(level[0], level[1], level[2], level[3], 0x0040);
  const std::uint32_t signs = bytes_of_four(bits_of(x[0]), bits_of(x[1]), bits_of(x[2]), bits_of(x[3]), 0x0073);
  const std::uint32_t nibbles = (levels & 0x07070707u) | (signs >> 4 & 0x08080808u);
  return nibbles | nibbles >> 4;
}

// E2M1 codes of a block, two a byte, ties to even; NaN must be the one arithmetic produces.
__device__ __forceinline__ std::uint64_t e2m1_block_rn(const Nvfp4Values& x) {
  std::uint32_t half[2];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
#if __CUDA_ARCH__ >= 1000
    half[i] = 0;
#pragma unroll
    for (int k = 0; k < 8; k += 2) half[i] |= e2m1_pair_rn(x[8 * i + k], x[8 * i + k + 1]) << (4 * k);
#else
    half[i] = __byte_perm(e2m1_four(x + 8 * i), e2m1_four(x + 8 * i + 4), 0x6420);
#endif
  }
  return half[0] | std::uint64_t{half[1]} << 32;
}

// A sum of squared differences and one more. A decoded value is an exact product of few bits, so that one FFMA rounds
// the difference as the producer's subtraction does.
__device__ __forceinline__ float with_squared_difference(float sum, float value, float nearest, float scale_value) {
  const float difference = fma_rn_ftz(-nearest, scale_value, value);
  return fma_rn_ftz(difference, difference, sum);
}

}  // namespace bitgate::device
