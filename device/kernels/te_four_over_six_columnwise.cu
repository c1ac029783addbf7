#include "bitgate/device/kernels/te_four_over_six.cuh"

using namespace bitgate::device;

namespace {

// The transposed operand: one amax of the tensor.
template <BlockError kError, ErrorMath kMath, class T>
__device__ __forceinline__ void quantize(const T* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                         std::int64_t rows, std::int64_t cols, std::int64_t strips_across,
                                         std::int64_t scale_max) {
  FourOverSix<kError, kMath, false> quantizer(scale_max);
  quantize_columns_16(quantizer, input, amax, codes, scales, rows, cols, strips_across);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mae_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16)
    bitgate_te_four_over_six_columnwise_mae_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mae_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mae_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16)
    bitgate_te_four_over_six_columnwise_mae_errfast_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mae_errfast_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                        std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mse_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16)
    bitgate_te_four_over_six_columnwise_mse_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                 std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mse_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mse_errfast_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16)
    bitgate_te_four_over_six_columnwise_mse_errfast_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                         std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                         std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
extern "C" __global__ void __launch_bounds__(kThreads16, 4)
    bitgate_te_four_over_six_columnwise_mse_errfast_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                                        std::int64_t strips_across, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, rows, cols, strips_across, scale_max);
}
