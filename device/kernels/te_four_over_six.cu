#include "bitgate/device/kernels/te_four_over_six.cuh"

using namespace bitgate::device;

namespace {

// One amax a row; a tensor with one amax is given as one row.
template <BlockError kError, ErrorMath kMath, class T>
__device__ __forceinline__ void quantize(const T* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                         std::int64_t cols, std::int64_t chunks, std::int64_t scale_max) {
  FourOverSix<kError, kMath, false> quantizer(scale_max);
  quantize_rows_16(quantizer, input, amax, codes, scales, cols, chunks);
}

}  // namespace

extern "C" __global__ void bitgate_te_four_over_six_mae_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                             std::uint8_t* scales, std::int64_t cols,
                                                             std::int64_t chunks, std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mae_bf16(const Bf16Bits* input, const float* amax,
                                                             std::uint8_t* codes, std::uint8_t* scales,
                                                             std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mae_f16(const Fp16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mae_errfast_fp32(const float* input, const float* amax,
                                                                     std::uint8_t* codes, std::uint8_t* scales,
                                                                     std::int64_t cols, std::int64_t chunks,
                                                                     std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mae_errfast_bf16(const Bf16Bits* input, const float* amax,
                                                                     std::uint8_t* codes, std::uint8_t* scales,
                                                                     std::int64_t cols, std::int64_t chunks,
                                                                     std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mae_errfast_f16(const Fp16Bits* input, const float* amax,
                                                                    std::uint8_t* codes, std::uint8_t* scales,
                                                                    std::int64_t cols, std::int64_t chunks,
                                                                    std::int64_t scale_max) {
  quantize<BlockError::kAbsolute, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                             std::uint8_t* scales, std::int64_t cols,
                                                             std::int64_t chunks, std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_bf16(const Bf16Bits* input, const float* amax,
                                                             std::uint8_t* codes, std::uint8_t* scales,
                                                             std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_f16(const Fp16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kExact>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_errfast_fp32(const float* input, const float* amax,
                                                                     std::uint8_t* codes, std::uint8_t* scales,
                                                                     std::int64_t cols, std::int64_t chunks,
                                                                     std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_errfast_bf16(const Bf16Bits* input, const float* amax,
                                                                     std::uint8_t* codes, std::uint8_t* scales,
                                                                     std::int64_t cols, std::int64_t chunks,
                                                                     std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
extern "C" __global__ void bitgate_te_four_over_six_mse_errfast_f16(const Fp16Bits* input, const float* amax,
                                                                    std::uint8_t* codes, std::uint8_t* scales,
                                                                    std::int64_t cols, std::int64_t chunks,
                                                                    std::int64_t scale_max) {
  quantize<BlockError::kSquared, ErrorMath::kFast>(input, amax, codes, scales, cols, chunks, scale_max);
}
