#include "bitgate/device/kernels/torchao_nvfp4_triton.cuh"

#include "bitgate/device/kernels/torchao_nvfp4_square.cuh"

using namespace bitgate::device;

#define BITGATE_TWO_LEVELS(STEM, TYPE, T, RULE)                                                                       \
  extern "C" __global__ void bitgate_torchao_nvfp4_##STEM##_##TYPE(                                                   \
      const T* input, const float* amax, float* global, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols, \
      std::int64_t, std::int64_t global_given) {                                                                      \
    torchao_two_levels<RULE>(input, amax, global, codes, scales, cols, global_given);                                 \
  }

BITGATE_TWO_LEVELS(mslk, fp32, float, Mslk<MslkFloor::kNow>)
BITGATE_TWO_LEVELS(mslk, bf16, Bf16Bits, Mslk<MslkFloor::kNow>)
BITGATE_TWO_LEVELS(mslk_pre486, fp32, float, Mslk<MslkFloor::kBefore486>)
BITGATE_TWO_LEVELS(mslk_pre486, bf16, Bf16Bits, Mslk<MslkFloor::kBefore486>)
BITGATE_TWO_LEVELS(triton_2025, fp32, float, Triton2025)
BITGATE_TWO_LEVELS(triton_2025, bf16, Bf16Bits, Triton2025)

extern "C" __global__ void bitgate_torchao_nvfp4_train_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t cols, std::int64_t) {
  quantize([&] { return Train::of(*amax); }, input, codes, scales, cols);
}
extern "C" __global__ void bitgate_torchao_nvfp4_train_bf16(const Bf16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t cols, std::int64_t) {
  quantize([&] { return Train::of(*amax); }, input, codes, scales, cols);
}
extern "C" __global__ void bitgate_torchao_nvfp4_train_2d_fp32(const float* input, const float* amax,
                                                               std::uint8_t* codes, std::uint8_t* scales,
                                                               std::int64_t cols, std::int64_t chunks) {
  quantize_squares([&] { return Train::of(*amax); }, input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_torchao_nvfp4_train_2d_bf16(const Bf16Bits* input, const float* amax,
                                                               std::uint8_t* codes, std::uint8_t* scales,
                                                               std::int64_t cols, std::int64_t chunks) {
  quantize_squares([&] { return Train::of(*amax); }, input, codes, scales, cols, chunks);
}
