#include "bitgate/device/kernels/torchao_mx.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_torchao_mxfp4_floor_fp32(const float* input, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t cols,
                                                            std::int64_t chunks) {
  torchao_mx<Mxfp4Floor>(input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_torchao_mxfp4_floor_bf16(const Bf16Bits* input, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t cols,
                                                            std::int64_t chunks) {
  torchao_mxfp4_bf16<Mxfp4Floor>(input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_torchao_mxfp8e4m3_rceil_fp32(const float* input, std::uint8_t* codes,
                                                                std::uint8_t* scales, std::int64_t cols,
                                                                std::int64_t chunks) {
  torchao_mx<Mxfp8E4m3Rceil>(input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_torchao_mxfp8e4m3_rceil_bf16(const Bf16Bits* input, std::uint8_t* codes,
                                                                std::uint8_t* scales, std::int64_t cols,
                                                                std::int64_t chunks) {
  torchao_mx<Mxfp8E4m3Rceil>(input, codes, scales, cols, chunks);
}
