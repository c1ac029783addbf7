// FlashInfer's and vLLM's NVFP4 of SiLU(gate) * input, and the amax of that product.
#include "bitgate/device/kernels/inference_nvfp4.cuh"
#include "bitgate/device/kernels/silu_halves.cuh"

using namespace bitgate::device;

#define BITGATE_SILU_NVFP4(STEM, TYPE, T, SILU, RULE)                                                                  \
  extern "C" __global__ void bitgate_##STEM##_amax_##TYPE(const T* input, const T* gate, float* amax,                  \
                                                          std::int64_t cols, std::int64_t) {                           \
    silu_amax<SILU>(input, gate, amax, cols);                                                                          \
  }                                                                                                                    \
  extern "C" __global__ void bitgate_##STEM##_##TYPE(const T* input, const T* gate, const float* amax, float* global,  \
                                                     std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,     \
                                                     std::int64_t, std::int64_t global_given) {                        \
    quantize_by_encode_scale<RULE>(SiluHalves<SILU, T>{input, gate}, amax, global, codes, scales, cols, global_given); \
  }

BITGATE_SILU_NVFP4(flashinfer_silu_nvfp4_fast, bf16, Bf16Bits, SiluFlushed, FlashinferFast)
BITGATE_SILU_NVFP4(flashinfer_silu_nvfp4_fast, f16, Fp16Bits, SiluFlushed, FlashinferFast)
BITGATE_SILU_NVFP4(vllm_silu_nvfp4, bf16, Bf16Bits, SiluPlain, VllmNvfp4)
BITGATE_SILU_NVFP4(vllm_silu_nvfp4, f16, Fp16Bits, SiluPlain, VllmNvfp4)
