// ggml's MMVQ: an entry for each type of weights, for any number of columns and up to four warps.
#include "bitgate/device/kernels/ggml_mmvq.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_ggml_mmvq_q4_0(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ4_0>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q4_1(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ4_1>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q5_0(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ5_0>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q5_1(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ5_1>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q8_0(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ8_0>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_mxfp4(const std::uint8_t* weights, const std::uint8_t* activations,
                                                   float* values, std::int64_t rows, std::int64_t blocks,
                                                   std::int64_t pitch) {
  mmvq<MmvqMxfp4>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_nvfp4(const std::uint8_t* weights, const std::uint8_t* activations,
                                                   float* values, std::int64_t rows, std::int64_t blocks,
                                                   std::int64_t pitch) {
  mmvq<MmvqNvfp4>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q4_k(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ4_K>(weights, activations, values, rows, blocks, pitch);
}
extern "C" __global__ void bitgate_ggml_mmvq_q6_k(const std::uint8_t* weights, const std::uint8_t* activations,
                                                  float* values, std::int64_t rows, std::int64_t blocks,
                                                  std::int64_t pitch) {
  mmvq<MmvqQ6_K>(weights, activations, values, rows, blocks, pitch);
}
