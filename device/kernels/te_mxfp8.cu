#include "bitgate/device/kernels/te_mxfp8.cuh"

using namespace bitgate::device;

#define BITGATE_KERNEL(symbol, ...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__) bitgate_te_mxfp8_##symbol

// The three directions of one input type: of blocks in lines, and of squares.
#define BITGATE_MXFP8_LINES(stem, Element, Product, type, T)                                                       \
  BITGATE_KERNEL(stem##_##type, kMaxThreads, 4)                                                                    \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {            \
    fp8_rows(input, codes, scales, cols, chunks, Mxfp8Lines<Element, Product>{});                                  \
  }                                                                                                                \
  BITGATE_KERNEL(stem##_columnwise_##type, kMxfp8TileThreads, 4)                                                   \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows, std::int64_t cols,                \
   std::int64_t tiles) {                                                                                           \
    fp8_lines<false>(input, nullptr, nullptr, codes, scales, {rows, cols}, tiles, Mxfp8Lines<Element, Product>{}); \
  }                                                                                                                \
  BITGATE_KERNEL(stem##_both_##type, kMxfp8TileThreads)                                                            \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::uint8_t* codes_columnwise,                      \
   std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols, std::int64_t tiles) {                    \
    fp8_lines<true>(input, codes, scales, codes_columnwise, scales_columnwise, {rows, cols}, tiles,                \
                    Mxfp8Lines<Element, Product>{});                                                               \
  }

#define BITGATE_MXFP8_SQUARES(element, Element, type, T)                                                            \
  BITGATE_KERNEL(element##_2d_##type, kMxfp8TileThreads, 4)                                                         \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows, std::int64_t cols,                 \
   std::int64_t tiles) {                                                                                            \
    fp8_squares<true, false>(input, codes, scales, nullptr, nullptr, {rows, cols}, tiles, Mxfp8Squares<Element>{}); \
  }                                                                                                                 \
  BITGATE_KERNEL(element##_2d_columnwise_##type, kMxfp8TileThreads, 4)                                              \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows, std::int64_t cols,                 \
   std::int64_t tiles) {                                                                                            \
    fp8_squares<false, true>(input, nullptr, nullptr, codes, scales, {rows, cols}, tiles, Mxfp8Squares<Element>{}); \
  }                                                                                                                 \
  BITGATE_KERNEL(element##_2d_both_##type, kMxfp8TileThreads, 4)                                                    \
  (const T* input, std::uint8_t* codes, std::uint8_t* scales, std::uint8_t* codes_columnwise,                       \
   std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols, std::int64_t tiles) {                     \
    fp8_squares<true, true>(input, codes, scales, codes_columnwise, scales_columnwise, {rows, cols}, tiles,         \
                            Mxfp8Squares<Element>{});                                                               \
  }

#define BITGATE_MXFP8(element, Element, type, T)               \
  BITGATE_MXFP8_LINES(element, Element, PlainProduct, type, T) \
  BITGATE_MXFP8_SQUARES(element, Element, type, T)

BITGATE_MXFP8(e4m3, E4m3, fp32, float)
BITGATE_MXFP8(e4m3, E4m3, bf16, Bf16Bits)
BITGATE_MXFP8(e4m3, E4m3, f16, Fp16Bits)
BITGATE_MXFP8(e5m2, E5m2, fp32, float)
BITGATE_MXFP8(e5m2, E5m2, bf16, Bf16Bits)
BITGATE_MXFP8(e5m2, E5m2, f16, Fp16Bits)
BITGATE_MXFP8_LINES(e4m3_spec, E4m3, FusedAddZero, bf16, Bf16Bits)
BITGATE_MXFP8_LINES(e4m3_spec, E4m3, FusedAddZero, f16, Fp16Bits)
BITGATE_MXFP8_LINES(e5m2_spec, E5m2, FusedAddZero, bf16, Bf16Bits)
BITGATE_MXFP8_LINES(e5m2_spec, E5m2, FusedAddZero, f16, Fp16Bits)
