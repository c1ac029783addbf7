#include "bitgate/device/kernels/te_nvfp4_transpose.cuh"

using namespace bitgate::device;

extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_fast_rows_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                    std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kRows, AmaxOf::kTensor>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_fast_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                       std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                       std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kColumns, AmaxOf::kTensor>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_fast_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                    const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                    std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                    std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kBoth, AmaxOf::kTensor>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 3)
    bitgate_te_nvfp4_row_fast_rows_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                        std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kRows, AmaxOf::kLine>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_row_fast_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                           std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                           std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kColumns, AmaxOf::kLine>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_row_fast_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, const float* amax_columnwise,
                                        std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                        std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_sides<Nvfp4FastRule, Sides::kBoth, AmaxOf::kLine>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
