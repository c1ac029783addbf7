#include "bitgate/device/kernels/torchao_mx_rows.cuh"

using namespace bitgate::device;

#define BITGATE_MX(STEM, TYPE, T, SCHEME)                                                                             \
  extern "C" __global__ void bitgate_torchao_##STEM##_##TYPE(const T* input, std::uint8_t* codes,                     \
                                                             std::uint8_t* scales, std::int64_t cols, std::int64_t) { \
    quantize_rows([] { return MxPre4725<SCHEME>{}; }, input, codes, scales, cols);                                    \
  }

BITGATE_MX(mxfp4_floor_pre4725, fp32, float, MxE2m1)
BITGATE_MX(mxfp4_floor_pre4725, bf16, Bf16Bits, MxE2m1)
BITGATE_MX(mxfp6e2m3_floor_pre4725, fp32, float, MxE2m3)
BITGATE_MX(mxfp6e2m3_floor_pre4725, bf16, Bf16Bits, MxE2m3)
BITGATE_MX(mxfp6e3m2_floor_pre4725, fp32, float, MxE3m2)
BITGATE_MX(mxfp6e3m2_floor_pre4725, bf16, Bf16Bits, MxE3m2)
BITGATE_MX(mxfp8e4m3_floor_pre4725, fp32, float, MxE4m3)
BITGATE_MX(mxfp8e4m3_floor_pre4725, bf16, Bf16Bits, MxE4m3)
BITGATE_MX(mxfp8e5m2_floor_pre4725, fp32, float, MxE5m2)
BITGATE_MX(mxfp8e5m2_floor_pre4725, bf16, Bf16Bits, MxE5m2)
