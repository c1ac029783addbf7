#include "bitgate/device/kernels/amax.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_amax_fp32(const float* input, float* amax, std::int64_t cols, std::int64_t chunks) {
  row_amax(input, amax, cols, chunks);
}
extern "C" __global__ void bitgate_amax_bf16(const Bf16Bits* input, float* amax, std::int64_t cols,
                                             std::int64_t chunks) {
  row_amax(input, amax, cols, chunks);
}
extern "C" __global__ void bitgate_amax_f16(const Fp16Bits* input, float* amax, std::int64_t cols,
                                            std::int64_t chunks) {
  row_amax(input, amax, cols, chunks);
}

extern "C" __global__ void __launch_bounds__(kTileThreads)
    bitgate_amax_columns_fp32(const float* input, float* amax, std::int64_t rows, std::int64_t cols,
                              std::int64_t across) {
  column_amax(input, amax, rows, cols, across);
}
extern "C" __global__ void __launch_bounds__(kTileThreads)
    bitgate_amax_columns_bf16(const Bf16Bits* input, float* amax, std::int64_t rows, std::int64_t cols,
                              std::int64_t across) {
  column_amax(input, amax, rows, cols, across);
}
extern "C" __global__ void __launch_bounds__(kTileThreads)
    bitgate_amax_columns_f16(const Fp16Bits* input, float* amax, std::int64_t rows, std::int64_t cols,
                             std::int64_t across) {
  column_amax(input, amax, rows, cols, across);
}
