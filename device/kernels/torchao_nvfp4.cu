#include "bitgate/device/kernels/torchao_nvfp4.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_torchao_nvfp4_fp32(const float* input, std::uint8_t* codes, std::uint8_t* scales,
                                                      std::int64_t cols, std::int64_t) {
  quantize([] { return OneLevel{}; }, input, codes, scales, cols);
}
extern "C" __global__ void bitgate_torchao_nvfp4_bf16(const Bf16Bits* input, std::uint8_t* codes, std::uint8_t* scales,
                                                      std::int64_t cols, std::int64_t) {
  quantize([] { return OneLevel{}; }, input, codes, scales, cols);
}

#define BITGATE_TWO_LEVELS(STEM, TYPE, T, RULE)                                                                       \
  extern "C" __global__ void bitgate_torchao_nvfp4_##STEM##_##TYPE(                                                   \
      const T* input, const float* amax, float* global, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, \
      std::int64_t, std::int64_t global_given) {                                                                      \
    torchao_two_levels<RULE>(input, amax, global, codes, scales, cols, global_given);                                 \
  }

BITGATE_TWO_LEVELS(tensorwise, fp32, float, TwoLevel)
BITGATE_TWO_LEVELS(tensorwise, bf16, Bf16Bits, TwoLevel)
BITGATE_TWO_LEVELS(inductor, fp32, float, TwoLevelInductor)
BITGATE_TWO_LEVELS(inductor, bf16, Bf16Bits, TwoLevelInductor)
BITGATE_TWO_LEVELS(div, fp32, float, TwoLevelDivided)
BITGATE_TWO_LEVELS(div, bf16, Bf16Bits, TwoLevelDivided)
BITGATE_TWO_LEVELS(pr2408, fp32, float, Pr2408<float>)
BITGATE_TWO_LEVELS(pr2408, bf16, Bf16Bits, Pr2408<Bf16Bits>)
