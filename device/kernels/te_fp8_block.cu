#include "bitgate/device/kernels/te_fp8_block.cuh"

using namespace bitgate::device;

#define BITGATE_KERNEL(symbol, ...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__) bitgate_te_fp8_##symbol

// One input type of one element.
#define BITGATE_FP8_BLOCK(element, Element, type, T)                                                                  \
  BITGATE_KERNEL(block1x128_##element##_##type, kMaxThreads, 5)                                                       \
  (const T* input, std::uint8_t* codes, float* scales, std::int64_t cols, std::int64_t chunks,                        \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8_block1x128<Element>(input, codes, scales, cols, chunks, scale_mask);                                       \
  }                                                                                                                   \
  BITGATE_KERNEL(block1x128_##element##_columnwise_##type, kFp8TileThreads, 2)                                        \
  (const T* input, std::uint8_t* codes, float* scales, std::int64_t rows, std::int64_t cols, std::int64_t tiles,      \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8_block1x128_columns<Element, false>(input, nullptr, nullptr, codes, scales, {rows, cols}, tiles,            \
                                              scale_mask);                                                            \
  }                                                                                                                   \
  BITGATE_KERNEL(block1x128_##element##_both_##type, kFp8TileThreads, 2)                                              \
  (const T* input, std::uint8_t* codes, float* scales, std::uint8_t* codes_columnwise, float* scales_columnwise,      \
   std::int64_t rows, std::int64_t cols, std::int64_t tiles, std::int64_t scale_mask) {                               \
    te_fp8_block1x128_columns<Element, true>(input, codes, scales, codes_columnwise, scales_columnwise, {rows, cols}, \
                                             tiles, scale_mask);                                                      \
  }                                                                                                                   \
  BITGATE_KERNEL(block128x128_##element##_##type, kFp8TileThreads, 2)                                                 \
  (const T* input, std::uint8_t* codes, float* scales, std::int64_t rows, std::int64_t cols, std::int64_t tiles,      \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8_block128x128<Element, true, false>(input, codes, scales, nullptr, nullptr, {rows, cols}, tiles,            \
                                              scale_mask);                                                            \
  }                                                                                                                   \
  BITGATE_KERNEL(block128x128_##element##_columnwise_##type, kFp8TileThreads, 2)                                      \
  (const T* input, std::uint8_t* codes, float* scales, std::int64_t rows, std::int64_t cols, std::int64_t tiles,      \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8_block128x128<Element, false, true>(input, nullptr, nullptr, codes, scales, {rows, cols}, tiles,            \
                                              scale_mask);                                                            \
  }                                                                                                                   \
  BITGATE_KERNEL(block128x128_##element##_both_##type, kFp8TileThreads, 2)                                            \
  (const T* input, std::uint8_t* codes, float* scales, std::uint8_t* codes_columnwise, float* scales_columnwise,      \
   std::int64_t rows, std::int64_t cols, std::int64_t tiles, std::int64_t scale_mask) {                               \
    te_fp8_block128x128<Element, true, true>(input, codes, scales, codes_columnwise, scales_columnwise, {rows, cols}, \
                                             tiles, scale_mask);                                                      \
  }

BITGATE_FP8_BLOCK(e4m3, E4m3, fp32, float)
BITGATE_FP8_BLOCK(e4m3, E4m3, bf16, Bf16Bits)
BITGATE_FP8_BLOCK(e4m3, E4m3, f16, Fp16Bits)
BITGATE_FP8_BLOCK(e5m2, E5m2, fp32, float)
BITGATE_FP8_BLOCK(e5m2, E5m2, bf16, Bf16Bits)
BITGATE_FP8_BLOCK(e5m2, E5m2, f16, Fp16Bits)
