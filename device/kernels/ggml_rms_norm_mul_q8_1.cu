// ggml/rms_norm-mul-q8_1 in one kernel: the row is read once, the product never stored.
#include "bitgate/device/kernels/ggml_rms_norm.cuh"

extern "C" __global__ void __launch_bounds__(bitgate::device::kNormWideThreads, bitgate::device::kNormResidentBlocks)
    bitgate_ggml_rms_norm_mul_q8_1_fp32(const float* input, const float* weight, std::uint8_t* codes,
                                        std::uint16_t* scales, std::uint16_t* sums, std::int64_t cols,
                                        std::int64_t epsilon, std::int64_t weights) {
  using namespace bitgate::device;
  rms_norm<NormTail::kMul>(input, {weight, nullptr, weights, 0}, NormQ8_1{{codes, scales, sums}}, cols, epsilon);
}
