#include "bitgate/device/kernels/te_four_over_six.cuh"

using namespace bitgate::device;

namespace {

// Squares of 16 x 16, one amax of the tensor; each side decides by the order of its own sums.
template <BlockError kError, ErrorMath kMath, bool kColumnwise, class T>
__device__ __forceinline__ void quantize(const T* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                         std::int64_t rows, std::int64_t cols, std::int64_t strips_across,
                                         std::int64_t scale_max) {
  FourOverSix<kError, kMath, true> quantizer(scale_max);
  quantize_squares_16<kColumnwise>(quantizer, input, amax, codes, scales, rows, cols, strips_across);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_mae_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                            scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mae_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                            scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mae_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                        std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                            scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_mae_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mae_errfast_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mae_errfast_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_mse_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mse_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mse_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                        std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_mse_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mse_errfast_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_mse_errfast_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, false>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_columnwise_mae_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                    std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                    std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mae_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                    std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                    std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mae_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                   std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                   std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                           scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_columnwise_mae_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                            std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mae_errfast_bf16(const Bf16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t rows, std::int64_t cols,
                                                            std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mae_errfast_f16(const Fp16Bits* input, const float* amax,
                                                           std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows,
                                                           std::int64_t cols, std::int64_t strips_across,
                                                           std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_columnwise_mse_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                    std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                    std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mse_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                    std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                    std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mse_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                   std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                   std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                          scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 3)
    bitgate_te_four_over_six_2d_columnwise_mse_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                            std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                         scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mse_errfast_bf16(const Bf16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t rows, std::int64_t cols,
                                                            std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                         scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_2d_columnwise_mse_errfast_f16(const Fp16Bits* input, const float* amax,
                                                           std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows,
                                                           std::int64_t cols, std::int64_t strips_across,
                                                           std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast, true>(input, amax, codes, scales, rows, cols, strips_across,
                                                         scale_max);
}
