#include "bitgate/device/kernels/te_nvfp4.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_te_nvfp4_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  te_nvfp4(input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_nvfp4_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  te_nvfp4_blocks(input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_nvfp4_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  te_nvfp4_blocks(input, amax, codes, scales, cols, chunks);
}
