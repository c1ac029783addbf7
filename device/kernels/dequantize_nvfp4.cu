// NVFP4: the producer multiplies by the scale alone, by global * scale, or by (scale * amax) * constant.
#include "bitgate/device/kernels/dequantize.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_dequantize_nvfp4_scale_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                               float* values, std::int64_t cols, std::int64_t chunks,
                                                               std::int64_t code_pitch, std::int64_t scale_pitch,
                                                               std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E4m3Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_scale_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                               Bf16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                               std::int64_t code_pitch, std::int64_t scale_pitch,
                                                               std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E4m3Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_scale_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              Fp16Bits* values, std::int64_t cols, std::int64_t chunks,
                                                              std::int64_t code_pitch, std::int64_t scale_pitch,
                                                              std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<E2m1>(codes, ScaleFactor<E4m3Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_global_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                                const float* global, float* values, std::int64_t cols,
                                                                std::int64_t chunks, std::int64_t code_pitch,
                                                                std::int64_t scale_pitch, std::int64_t row_shift,
                                                                std::int64_t col_shift, std::int64_t global_step) {
  dequantize<E2m1>(codes, GlobalTimesScale{{scales}, global, global_step}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_global_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                                const float* global, Bf16Bits* values,
                                                                std::int64_t cols, std::int64_t chunks,
                                                                std::int64_t code_pitch, std::int64_t scale_pitch,
                                                                std::int64_t row_shift, std::int64_t col_shift,
                                                                std::int64_t global_step) {
  dequantize<E2m1>(codes, GlobalTimesScale{{scales}, global, global_step}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_global_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                               const float* global, Fp16Bits* values, std::int64_t cols,
                                                               std::int64_t chunks, std::int64_t code_pitch,
                                                               std::int64_t scale_pitch, std::int64_t row_shift,
                                                               std::int64_t col_shift, std::int64_t global_step) {
  dequantize<E2m1>(codes, GlobalTimesScale{{scales}, global, global_step}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_amax_fp32(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              const float* amax, float* values, std::int64_t cols,
                                                              std::int64_t chunks, std::int64_t code_pitch,
                                                              std::int64_t scale_pitch, std::int64_t row_shift,
                                                              std::int64_t col_shift, std::int64_t amax_step,
                                                              std::int64_t constant) {
  dequantize<E2m1>(codes, ScaleAmaxConstant{{scales}, amax, amax_step, float_of(static_cast<std::uint32_t>(constant))},
                   values, {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_amax_bf16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                              const float* amax, Bf16Bits* values, std::int64_t cols,
                                                              std::int64_t chunks, std::int64_t code_pitch,
                                                              std::int64_t scale_pitch, std::int64_t row_shift,
                                                              std::int64_t col_shift, std::int64_t amax_step,
                                                              std::int64_t constant) {
  dequantize<E2m1>(codes, ScaleAmaxConstant{{scales}, amax, amax_step, float_of(static_cast<std::uint32_t>(constant))},
                   values, {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_nvfp4_amax_f16(const std::uint8_t* codes, const std::uint8_t* scales,
                                                             const float* amax, Fp16Bits* values, std::int64_t cols,
                                                             std::int64_t chunks, std::int64_t code_pitch,
                                                             std::int64_t scale_pitch, std::int64_t row_shift,
                                                             std::int64_t col_shift, std::int64_t amax_step,
                                                             std::int64_t constant) {
  dequantize<E2m1>(codes, ScaleAmaxConstant{{scales}, amax, amax_step, float_of(static_cast<std::uint32_t>(constant))},
                   values, {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
