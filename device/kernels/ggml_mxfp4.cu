#include "bitgate/device/kernels/ggml_mxfp4.cuh"

extern "C" __global__ void bitgate_ggml_mxfp4_mmq_fp32(const float* input, std::uint8_t* codes, std::uint8_t* scales,
                                                       std::int64_t cols, std::int64_t chunks) {
  bitgate::device::ggml_mxfp4_mmq(input, codes, scales, cols, chunks);
}
