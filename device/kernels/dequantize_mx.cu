// MX: an E8M0 scale.
#include "bitgate/device/kernels/dequantize.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_dequantize_mxfp4_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                         float* values, std::int64_t cols, std::int64_t chunks,
                                                         std::int64_t code_pitch, std::int64_t scale_pitch,
                                                         std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp4_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                         Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                         std::int64_t code_pitch, std::int64_t scale_pitch,
                                                         std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp4_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                        Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                        std::int64_t code_pitch, std::int64_t scale_pitch,
                                                        std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e4m3_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              float* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e4m3_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e4m3_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                             Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t code_pitch, std::int64_t scale_pitch,
                                                             std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E4m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e5m2_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              float* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e5m2_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp8_e5m2_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                             Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t code_pitch, std::int64_t scale_pitch,
                                                             std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E5m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e2m3_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              float* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e2m3_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e2m3_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                             Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t code_pitch, std::int64_t scale_pitch,
                                                             std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m3>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e3m2_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              float* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E3m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e3m2_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E3m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_mxfp6_e3m2_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                             Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                             std::int64_t code_pitch, std::int64_t scale_pitch,
                                                             std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E3m2>(codes, ScaleFactor<E8m0Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
