// ggml/q8_0-cuda-cpy, q4_0-, q4_1-, q5_0- and q5_1-cuda-cpy: the copies of the KV cache.
#include "bitgate/device/kernels/ggml_q4_q5.cuh"

extern "C" __global__ void bitgate_ggml_q8_0_cpy_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                      std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  quantize_q8<Q8CopyRule>(input, Q8Writer<AsFp16, Q8Sum::kNone>{codes, scales, nullptr}, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q4_0_cpy_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                      std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  copy_to_legacy<SymmetricRule<16>, 16>(input, codes, scales, nullptr, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q4_1_cpy_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                      std::uint16_t* minima, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  copy_to_legacy<AffineRule<16>, 16>(input, codes, scales, minima, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q5_0_cpy_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                      std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  copy_to_legacy<SymmetricRule<32>, 32>(input, codes, scales, nullptr, cols, chunks);
}
extern "C" __global__ void bitgate_ggml_q5_1_cpy_fp32(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                                      std::uint16_t* minima, std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  copy_to_legacy<AffineRule<32>, 32>(input, codes, scales, minima, cols, chunks);
}
