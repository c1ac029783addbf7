// FlashInfer's and vLLM's NVFP4 of an operand in memory.
#include "bitgate/device/kernels/inference_nvfp4.cuh"

using namespace bitgate::device;

#define BITGATE_NVFP4(STEM, TYPE, T, RULE)                                                                         \
  extern "C" __global__ void bitgate_##STEM##_##TYPE(const T* input, const float* amax, float* global,             \
                                                     std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, \
                                                     std::int64_t, std::int64_t global_given) {                    \
    quantize_by_encode_scale<RULE>(PlainHalves<T>{input}, amax, global, codes, scales, cols, global_given);        \
  }

BITGATE_NVFP4(flashinfer_nvfp4_fast, bf16, Bf16Bits, FlashinferFast)
BITGATE_NVFP4(flashinfer_nvfp4_fast, f16, Fp16Bits, FlashinferFast)
BITGATE_NVFP4(flashinfer_nvfp4_exact, bf16, Bf16Bits, FlashinferExact)
BITGATE_NVFP4(flashinfer_nvfp4_exact, f16, Fp16Bits, FlashinferExact)
BITGATE_NVFP4(vllm_nvfp4, bf16, Bf16Bits, VllmNvfp4)
BITGATE_NVFP4(vllm_nvfp4, f16, Fp16Bits, VllmNvfp4)
