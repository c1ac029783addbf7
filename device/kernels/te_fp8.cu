#include "bitgate/device/kernels/te_fp8.cuh"

using namespace bitgate::device;

#define BITGATE_KERNEL(symbol, ...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__) bitgate_te_fp8_##symbol

// One input type of one element, three directions.
#define BITGATE_FP8(element, Element, type, T)                                                                        \
  BITGATE_KERNEL(element##_##type, kMaxThreads)                                                                       \
  (const T* input, const float* amax, std::uint8_t* codes, float* scale, std::int64_t cols, std::int64_t,             \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8<Element>(input, amax, codes, scale, cols, scale_mask);                                                     \
  }                                                                                                                   \
  BITGATE_KERNEL(element##_columnwise_##type, kFp8TileThreads, 2)                                                     \
  (const T* input, const float* amax, std::uint8_t* codes, float* scale, std::int64_t rows, std::int64_t cols,        \
   std::int64_t tiles, std::int64_t scale_mask) {                                                                     \
    te_fp8_columns<Element, false>(input, nullptr, amax, nullptr, nullptr, codes, scale, {rows, cols}, tiles,         \
                                   scale_mask);                                                                       \
  }                                                                                                                   \
  BITGATE_KERNEL(element##_both_##type, kFp8TileThreads, 2)                                                           \
  (const T* input, const float* amax, const float* amax_columnwise, std::uint8_t* codes, float* scale,                \
   std::uint8_t* codes_columnwise, float* scale_columnwise, std::int64_t rows, std::int64_t cols, std::int64_t tiles, \
   std::int64_t scale_mask) {                                                                                         \
    te_fp8_columns<Element, true>(input, amax, amax_columnwise, codes, scale, codes_columnwise, scale_columnwise,     \
                                  {rows, cols}, tiles, scale_mask);                                                   \
  }

#define BITGATE_TAIL_AMAX(type, T)                                                                             \
  BITGATE_KERNEL(tail_amax_##type, kWarpLanes)(const T* input, float* amax, std::int64_t cols, std::int64_t) { \
    tail_amax(input, amax, cols);                                                                              \
  }

BITGATE_FP8(e4m3, E4m3, fp32, float)
BITGATE_FP8(e4m3, E4m3, bf16, Bf16Bits)
BITGATE_FP8(e4m3, E4m3, f16, Fp16Bits)
BITGATE_FP8(e5m2, E5m2, fp32, float)
BITGATE_FP8(e5m2, E5m2, bf16, Bf16Bits)
BITGATE_FP8(e5m2, E5m2, f16, Fp16Bits)
BITGATE_TAIL_AMAX(fp32, float)
BITGATE_TAIL_AMAX(bf16, Bf16Bits)
BITGATE_TAIL_AMAX(f16, Fp16Bits)
