#include "bitgate/device/kernels/te_gelu.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_te_gelu_fp32(const float* input, float* activated, std::int64_t cols,
                                                std::int64_t chunks) {
  te_gelu_rows(input, activated, cols, chunks);
}
extern "C" __global__ void bitgate_te_gelu_bf16(const Bf16Bits* input, Bf16Bits* activated, std::int64_t cols,
                                                std::int64_t chunks) {
  te_gelu_rows(input, activated, cols, chunks);
}
extern "C" __global__ void bitgate_te_gelu_f16(const Fp16Bits* input, Fp16Bits* activated, std::int64_t cols,
                                               std::int64_t chunks) {
  te_gelu_rows(input, activated, cols, chunks);
}
