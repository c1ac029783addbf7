// FP8 with a binary32 scale for the tensor, 1 x 128 or 128 x 128 elements.
#include "bitgate/device/kernels/dequantize.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_dequantize_fp8_e4m3_fp32(const std::uint8_t* codes, const float* scales,
                                                            float* values, std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t code_pitch, std::int64_t scale_pitch,
                                                            std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_fp8_e4m3_bf16(const std::uint8_t* codes, const float* scales,
                                                            Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t code_pitch, std::int64_t scale_pitch,
                                                            std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_fp8_e4m3_f16(const std::uint8_t* codes, const float* scales,
                                                           Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                           std::int64_t code_pitch, std::int64_t scale_pitch,
                                                           std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_fp8_e5m2_fp32(const std::uint8_t* codes, const float* scales,
                                                            float* values, std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t code_pitch, std::int64_t scale_pitch,
                                                            std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_fp8_e5m2_bf16(const std::uint8_t* codes, const float* scales,
                                                            Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                            std::int64_t code_pitch, std::int64_t scale_pitch,
                                                            std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_fp8_e5m2_f16(const std::uint8_t* codes, const float* scales,
                                                           Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                           std::int64_t code_pitch, std::int64_t scale_pitch,
                                                           std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<Fp32Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
