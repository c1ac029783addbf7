#include "bitgate/device/kernels/ggml_q8_1.cuh"

extern "C" __global__ void bitgate_ggml_q8_1_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                  std::uint16_t* sums, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  ggml_q8_1<Q8ExplicitFtz>(input, codes, scales, sums, cols, chunks);
}
