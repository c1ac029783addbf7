// ggml/q8_1-mmq-d4, -ds4 and -d2s6, built with and without -use_fast_math.
#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

using Q8Ds4Writer = Q8Writer<AsFp16, Q8Sum::kByFours>;

template <class Math>
__device__ __forceinline__ void mmq_d4(const float* input, std::uint8_t* codes, float* scales, std::int64_t cols,
                                       std::int64_t chunks) {
  quantize_q8<MmqRule<Math>>(input, Q8D4Writer{codes, scales}, cols, chunks);
}
template <class Math, class Writer>
__device__ __forceinline__ void mmq_with_sums(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                              std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  quantize_q8<MmqRule<Math>>(input, Writer{codes, scales, sums}, cols, chunks);
}

}  // namespace bitgate::device

extern "C" __global__ void bitgate_ggml_q8_1_mmq_d4_fp32(const float* input, std::uint8_t* codes, float* scales,
                                                         std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_d4<GgmlFastMath>(input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_mmq_d4_ieee_fp32(const float* input, std::uint8_t* codes, float* scales,
                                                              std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_d4<GgmlIeee>(input, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_mmq_ds4_fp32(const float* input, std::uint8_t* codes,
                                                          std::uint16_t* scales, std::uint16_t* sums, std::int64_t cols,
                                                          std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_with_sums<GgmlFastMath, Q8Ds4Writer>(input, codes, scales, sums, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_mmq_ds4_ieee_fp32(const float* input, std::uint8_t* codes,
                                                               std::uint16_t* scales, std::uint16_t* sums,
                                                               std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_with_sums<GgmlIeee, Q8Ds4Writer>(input, codes, scales, sums, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_mmq_d2s6_fp32(const float* input, std::uint8_t* codes,
                                                           std::uint16_t* scales, std::uint16_t* sums,
                                                           std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_with_sums<GgmlFastMath, Q8D2s6Writer>(input, codes, scales, sums, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q8_1_mmq_d2s6_ieee_fp32(const float* input, std::uint8_t* codes,
                                                                std::uint16_t* scales, std::uint16_t* sums,
                                                                std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  mmq_with_sums<GgmlIeee, Q8D2s6Writer>(input, codes, scales, sums, cols, chunks);
}
