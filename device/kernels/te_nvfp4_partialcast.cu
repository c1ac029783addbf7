#include "bitgate/device/kernels/te_nvfp4_2d.cuh"

using namespace bitgate::device;

extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_rows_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                           std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                           std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_rows_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                           std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                           std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_rows_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                          std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                          std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_columns_fp32(const float* input, const float* amax_columnwise,
                                              std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                              std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kColumns>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                              std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                              std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kColumns>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_columns_f16(const Fp16Bits* input, const float* amax_columnwise,
                                             std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                             std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kColumns>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_both_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                           std::uint8_t* scales, const float* amax_columnwise,
                                           std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                           std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kBoth>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                           std::uint8_t* scales, const float* amax_columnwise,
                                           std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                           std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kBoth>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_partialcast_both_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                          std::uint8_t* scales, const float* amax_columnwise,
                                          std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                          std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4PartialCastRule, Sides::kBoth>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
