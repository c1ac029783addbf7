#include "bitgate/device/kernels/torchao_mx_rows.cuh"

using namespace bitgate::device;

// From binary32 a vector a lane, from bf16 a block a thread.
#define BITGATE_MXFP4(STEM, SCHEME)                                                                               \
  extern "C" __global__ void bitgate_torchao_mxfp4_##STEM##_fp32(                                                 \
      const float* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, std::int64_t) {           \
    quantize_rows([] { return MxRule<SCHEME>{}; }, input, codes, scales, cols);                                   \
  }                                                                                                               \
  extern "C" __global__ void bitgate_torchao_mxfp4_##STEM##_bf16(                                                 \
      const Bf16Bits* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) { \
    torchao_mxfp4_bf16<SCHEME>(input, codes, scales, cols, chunks);                                               \
  }

BITGATE_MXFP4(ceil, MxCeil<MxE2m1>)
BITGATE_MXFP4(even, MxEven<MxE2m1>)
BITGATE_MXFP4(rceil, MxRceil<MxE2m1>)
