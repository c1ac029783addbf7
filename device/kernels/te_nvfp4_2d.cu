#include "bitgate/device/kernels/te_nvfp4_2d.cuh"

using namespace bitgate::device;

extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_rows_fp32(const float* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                  std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_rows_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                  std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_rows_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                 std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kRows>(input, {amax, codes, scales}, {}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_columns_fp32(const float* input, const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                     std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                     std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kColumns>(input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows,
                                               cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                     std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise, std::int64_t rows,
                                     std::int64_t cols, std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kColumns>(input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows,
                                               cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_columns_f16(const Fp16Bits* input, const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                    std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                    std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kColumns>(input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows,
                                               cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_both_fp32(const float* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                  const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                  std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                  std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kBoth>(input, {amax, codes, scales},
                                            {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                  const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                  std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                  std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kBoth>(input, {amax, codes, scales},
                                            {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_nvfp4_2d_both_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                 const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                 std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                 std::int64_t tiles) {
  te_nvfp4_squares<Nvfp4Rule, Sides::kBoth>(input, {amax, codes, scales},
                                            {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
