#include "bitgate/device/kernels/torchao_mx_rows.cuh"

using namespace bitgate::device;

#define BITGATE_MX(STEM, TYPE, T, SCHEME)                                                                             \
  extern "C" __global__ void bitgate_torchao_##STEM##_##TYPE(const T* input, std::uint8_t* codes,                     \
                                                             std::uint8_t* scales, std::int64_t cols, std::int64_t) { \
    quantize_rows([] { return MxRule<SCHEME>{}; }, input, codes, scales, cols);                                       \
  }

BITGATE_MX(mxfp8e4m3_floor, fp32, float, MxFloor<MxE4m3>)
BITGATE_MX(mxfp8e4m3_floor, bf16, Bf16Bits, MxFloor<MxE4m3>)
BITGATE_MX(mxfp8e4m3_ceil, fp32, float, MxCeil<MxE4m3>)
BITGATE_MX(mxfp8e4m3_ceil, bf16, Bf16Bits, MxCeil<MxE4m3>)
BITGATE_MX(mxfp8e4m3_even, fp32, float, MxEven<MxE4m3>)
BITGATE_MX(mxfp8e4m3_even, bf16, Bf16Bits, MxEven<MxE4m3>)
BITGATE_MX(mxfp8e5m2_floor, fp32, float, MxFloor<MxE5m2>)
BITGATE_MX(mxfp8e5m2_floor, bf16, Bf16Bits, MxFloor<MxE5m2>)
BITGATE_MX(mxfp8e5m2_ceil, fp32, float, MxCeil<MxE5m2>)
BITGATE_MX(mxfp8e5m2_ceil, bf16, Bf16Bits, MxCeil<MxE5m2>)
BITGATE_MX(mxfp8e5m2_even, fp32, float, MxEven<MxE5m2>)
BITGATE_MX(mxfp8e5m2_even, bf16, Bf16Bits, MxEven<MxE5m2>)
BITGATE_MX(mxfp8e5m2_rceil, fp32, float, MxRceil<MxE5m2>)
BITGATE_MX(mxfp8e5m2_rceil, bf16, Bf16Bits, MxRceil<MxE5m2>)
