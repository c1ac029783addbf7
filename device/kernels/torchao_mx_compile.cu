#include "bitgate/device/kernels/torchao_mx_rows.cuh"

using namespace bitgate::device;

#define BITGATE_MX(STEM, TYPE, T, SCHEME)                                                                             \
  extern "C" __global__ void bitgate_torchao_##STEM##_##TYPE(const T* input, std::uint8_t* codes,                     \
                                                             std::uint8_t* scales, std::int64_t cols, std::int64_t) { \
    quantize_rows([] { return MxRule<SCHEME>{}; }, input, codes, scales, cols);                                       \
  }

BITGATE_MX(mxfp8e4m3_floor_compile, fp32, float, MxFloor<MxE4m3Unclamped>)
BITGATE_MX(mxfp8e4m3_floor_compile, bf16, Bf16Bits, MxFloor<MxE4m3Unclamped>)
BITGATE_MX(mxfp8e4m3_even_compile, fp32, float, MxEven<MxE4m3Unclamped>)
BITGATE_MX(mxfp8e4m3_even_compile, bf16, Bf16Bits, MxEven<MxE4m3Unclamped>)
BITGATE_MX(mxfp8e5m2_floor_compile, fp32, float, MxFloor<MxE5m2Unclamped>)
BITGATE_MX(mxfp8e5m2_floor_compile, bf16, Bf16Bits, MxFloor<MxE5m2Unclamped>)
