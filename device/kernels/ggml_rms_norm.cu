// ggml/rms_norm, rms_norm-mul and rms_norm-mul-add.
#include "bitgate/device/kernels/ggml_rms_norm.cuh"

extern "C" __global__ void __launch_bounds__(bitgate::device::kNormWideThreads, bitgate::device::kNormResidentBlocks)
    bitgate_ggml_rms_norm_fp32(const float* input, float* values, std::int64_t cols, std::int64_t epsilon) {
  using namespace bitgate::device;
  rms_norm<NormTail::kNone>(input, {}, NormValues{values}, cols, epsilon);
}
extern "C" __global__ void __launch_bounds__(bitgate::device::kNormWideThreads, bitgate::device::kNormResidentBlocks)
    bitgate_ggml_rms_norm_mul_fp32(const float* input, const float* weight, float* values, std::int64_t cols,
                                   std::int64_t epsilon, std::int64_t weights) {
  using namespace bitgate::device;
  rms_norm<NormTail::kMul>(input, {weight, nullptr, weights, 0}, NormValues{values}, cols, epsilon);
}
extern "C" __global__ void __launch_bounds__(bitgate::device::kNormWideThreads, bitgate::device::kNormResidentBlocks)
    bitgate_ggml_rms_norm_mul_add_fp32(const float* input, const float* weight, const float* residual, float* values,
                                       std::int64_t cols, std::int64_t epsilon, std::int64_t weights,
                                       std::int64_t residuals) {
  using namespace bitgate::device;
  rms_norm<NormTail::kMulAdd>(input, {weight, residual, weights, residuals}, NormValues{values}, cols, epsilon);
}
