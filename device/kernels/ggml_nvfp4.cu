// ggml/nvfp4-mmq-v1 and -v2.
#include "bitgate/device/kernels/ggml_nvfp4_v1.cuh"
#include "bitgate/device/kernels/ggml_nvfp4_v2.cuh"

extern "C" __global__ void __launch_bounds__(bitgate::device::kNvfp4V1Threads)
    bitgate_ggml_nvfp4_mmq_v1_fp32(const float* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                   std::int64_t blocks, std::int64_t all_blocks) {
  bitgate::device::ggml_nvfp4_v1(input, codes, scales, cols, blocks, all_blocks);
}
extern "C" __global__ void __launch_bounds__(bitgate::device::kNvfp4V2Threads)
    bitgate_ggml_nvfp4_mmq_v2_fp32(const float* input, const float* amax, float* global, std::uint8_t* codes,
                                   std::uint8_t* scales, std::int64_t cols, std::int64_t given) {
  using namespace bitgate::device;
  ggml_nvfp4_v2(input, amax, global, codes, scales, cols, static_cast<Nvfp4RowGiven>(given));
}
