// ggml/q8_1, built with and without -use_fast_math (by explicit instructions: this unit needs no flag), and its
// arithmetic with bf16 scales: INT8 codes, a scale and the sum of the 32 unquantized values.
#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

template <class Math, class Half>
__device__ __forceinline__ void ggml_q8_1(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                          std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  quantize_q8<MmvqRule<Math>>(input, Q8Writer<Half, Q8Sum::kByOnes>{codes, scales, sums}, cols, chunks);
}

}  // namespace bitgate::device

extern "C" __global__ void bitgate_ggml_q8_1_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                  std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  ggml_q8_1<GgmlFastMath, AsFp16>(input, codes, scales, sums, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_ieee_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                       std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  ggml_q8_1<GgmlIeee, AsFp16>(input, codes, scales, sums, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_bf16_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                       std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  ggml_q8_1<GgmlFastMath, AsBf16>(input, codes, scales, sums, cols, chunks);
}
