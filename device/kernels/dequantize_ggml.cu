// ggml's blocks of 32 with an FP16 scale and no minimum.
#include "bitgate/device/kernels/dequantize.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_dequantize_q8_0_fp32(const std::uint8_t* codes, const std::uint16_t* scales,
                                                        float* values, std::int64_t cols, std::int64_t chunks,
                                                        std::int64_t code_pitch, std::int64_t scale_pitch,
                                                        std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<Int8>(codes, ScaleFactor<Fp16Scales>{{scales}}, values,
                   {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_q4_0_fp32(const std::uint8_t* codes, const std::uint16_t* scales,
                                                        float* values, std::int64_t cols, std::int64_t chunks,
                                                        std::int64_t code_pitch, std::int64_t scale_pitch,
                                                        std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<Offset4>(codes, ScaleFactor<Fp16Scales>{{scales}}, values,
                      {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
extern "C" __global__ void bitgate_dequantize_q5_0_fp32(const std::uint8_t* codes, const std::uint16_t* scales,
                                                        float* values, std::int64_t cols, std::int64_t chunks,
                                                        std::int64_t code_pitch, std::int64_t scale_pitch,
                                                        std::int64_t row_shift, std::int64_t col_shift) {
  dequantize<Offset5>(codes, ScaleFactor<Fp16Scales>{{scales}}, values,
                      {cols, code_pitch, scale_pitch, row_shift, col_shift}, chunks);
}
