// ggml/nvfp4-mmq-v1, from c21ff638 on: no scale for rows; E2M1 codes by trying all eight magnitudes in order, so that
// ties go to the smaller one.
#pragma once

#include "bitgate/device/kernels/ggml_nvfp4_search.cuh"

namespace bitgate::device {

// The first of the eight magnitudes whose rounded distance is the smallest. From 2^24 on those distances become equal,
// and smaller codes win; below, this is e2m1_value_down. 0 for NaN.
__device__ __noinline__ float e2m1_value_by_trial(float scaled) {
  float best = 0.0f, best_distance = scaled;
  for (int code = 1; code < 8; ++code) {
    const float value = code < 5 ? 0.5f * static_cast<float>(code) : static_cast<float>(code < 7 ? code - 2 : 6);
    const float distance = magnitude(add_rn_ftz(scaled, -value));
    if (distance < best_distance) {
      best = value;
      best_distance = distance;
    }
  }
  return best;
}

// How a block's values are rounded: by trial where some scaled one is large.
enum class V1Rounding {
  kDown,
  kByTrial,
};
template <V1Rounding rounding>
__device__ __forceinline__ float e2m1_value(float scaled) {
  if constexpr (rounding == V1Rounding::kByTrial)
    return e2m1_value_by_trial(scaled);
  else
    return e2m1_value_down(scaled);
}

// Whether some value under some scale code that the search may try is as large as that: those under the smallest code
// are the largest.
__device__ __forceinline__ bool needs_trial(float amax, int first) {
  return mul_rn_ftz(amax, encode_scale_of_e4m3(max(first - 2, 1))) >= 0x1p24f;
}

template <V1Rounding rounding>
__device__ __forceinline__ float v1_error(const Nvfp4Values& x, int scale_code) {
  const float scale_value = e4m3_value(scale_code), encode_scale = encode_scale_of_e4m3(scale_code);
  float error = 0.0f;
#pragma unroll
  for (const float value : x) {
    const float nearest = e2m1_value<rounding>(mul_rn_ftz(magnitude(value), encode_scale));
    error = with_squared_difference(error, magnitude(value), nearest, scale_value);
  }
  return error;
}

// Begins with nothing: when no error is below the largest number, the scale is 0 and so are the codes.
template <V1Rounding rounding>
__device__ __forceinline__ int v1_scale_code(const Nvfp4Values& x, int first) {
  int best = 0;
  float best_error = 0x1.fffffep+127f;
#pragma unroll(rounding == V1Rounding::kDown ? 5 : 1)
  for (int trial = 0; trial < 5; ++trial) {
    const int distance = (trial + 1) / 2;  // offsets 0, -1, 1, -2, 2
    const int scale_code = first + (trial % 2 == 1 ? -distance : distance);
    const float error = v1_error<rounding>(x, scale_code);
    if (scale_code < 0 || scale_code > kLargestE4m3 || !(error < best_error)) continue;
    best = scale_code;
    best_error = error;
  }
  return best;
}

// Two a byte. An E2M1 value is 2^126 times the float whose upper bits are its code, a subnormal for 1/2. Bit 3 is set
// for what is less than zero once flushed, so never for -0. What has no distance, NaN or infinity times 0, gives 0.
template <V1Rounding rounding>
__device__ __forceinline__ std::uint64_t v1_codes(const Nvfp4Values& x, int scale_code) {
  const float encode_scale = encode_scale_of_e4m3(scale_code);
  std::uint32_t half[2] = {0, 0};
#pragma unroll
  for (int k = 0; k < kNvfp4Block; ++k) {
    const float scaled = max_number(mul_rn_ftz(magnitude(x[k]), encode_scale), 0.0f);
    const float nearest = e2m1_value<rounding>(scaled);
    const std::uint32_t code = bits_of(mul_rn(nearest, 0x1p-126f)) >> 22;
    half[k / 8] += (x[k] <= -0x1p-126f ? code + 8 : code) << (k % 8 * 4);
  }
  return half[0] | std::uint64_t{half[1]} << 32;
}

struct V1Block {
  std::uint64_t codes;
  std::uint8_t scale_code;
};
template <V1Rounding rounding>
__device__ __forceinline__ V1Block v1_block(const Nvfp4Values& x, int first) {
  const int scale_code = v1_scale_code<rounding>(x, first);
  return {v1_codes<rounding>(x, scale_code), static_cast<std::uint8_t>(scale_code)};
}

// codes: two a byte; scales: one byte for 16 columns. Block `at` of rows of `blocks`, the last one padded with +0.
__device__ __forceinline__ void ggml_nvfp4_v1(const float* input, std::uint8_t* codes, std::uint8_t* scales,
                                              std::int64_t cols, std::int64_t blocks, std::int64_t all_blocks) {
  const std::int64_t at = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at >= all_blocks) return;
  const std::int64_t row = blocks == all_blocks ? 0 : at / blocks;
  Nvfp4Values x;
  if (cols % 4 == 0)
    load_block<Rows::kAligned>(x, input, row, at - row * blocks, cols);
  else
    load_block<Rows::kRagged>(x, input, row, at - row * blocks, cols);
  const float amax = amax_of(x);
  const int first = first_scale_code(amax);
  const V1Block block =
      needs_trial(amax, first) ? v1_block<V1Rounding::kByTrial>(x, first) : v1_block<V1Rounding::kDown>(x, first);
  store_codes<64>(codes, at, block.codes);
  scales[at] = block.scale_code;
}

}  // namespace bitgate::device
