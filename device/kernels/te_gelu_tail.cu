// The values that te_gelu, which takes whole vectors, leaves over at the end of a tensor.
#include "bitgate/device/kernels/te_gelu.cuh"

using namespace bitgate::device;

namespace {

template <class T>
__device__ __forceinline__ void gelu_tail(const T* input, T* activated, std::int64_t cols) {
  const std::int64_t at = cols / kPerVector<T> * kPerVector<T> + threadIdx.x;
  if (at < cols) activated[at] = narrowed(T{}, te_gelu(widen(input[at])));
}

}  // namespace

extern "C" __global__ void bitgate_te_gelu_tail_fp32(const float* input, float* activated, std::int64_t cols,
                                                     std::int64_t) {
  gelu_tail(input, activated, cols);
}
extern "C" __global__ void bitgate_te_gelu_tail_bf16(const Bf16Bits* input, Bf16Bits* activated, std::int64_t cols,
                                                     std::int64_t) {
  gelu_tail(input, activated, cols);
}
extern "C" __global__ void bitgate_te_gelu_tail_f16(const Fp16Bits* input, Fp16Bits* activated, std::int64_t cols,
                                                    std::int64_t) {
  gelu_tail(input, activated, cols);
}
