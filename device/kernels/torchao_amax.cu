#include "bitgate/device/kernels/torchao_amax.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_torchao_amax_fp32(const float* input, float* amax, std::int64_t cols,
                                                     std::int64_t chunks) {
  amax_or_nan(input, amax, cols, chunks);
}
extern "C" __global__ void bitgate_torchao_amax_bf16(const Bf16Bits* input, float* amax, std::int64_t cols,
                                                     std::int64_t chunks) {
  amax_or_nan(input, amax, cols, chunks);
}
