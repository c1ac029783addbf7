// GELU as TransformerEngine's activation kernels compute it, stored in the input's type: x * (1 + tanh(...)) / 2.
//
// NVIDIA/TransformerEngine, common/util/math.h, commit 0321f72c; tanhf is that of CUDA 13.0's libdevice, in the order
// of operations that nvcc 13.0 gives it.
#pragma once

#include "bitgate/device/kernels/hardware_approx.cuh"
#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

// 1 - 2 / (e^(2 size) + 1); e^(2 size) as a power of two.
__device__ __forceinline__ float tanh_of_large(float size) {
  const float power = hardware::ex2_approx_ftz(mul_rn(size, float_of(0x4038AA3Bu)));  // 2 / ln 2
  const float part = rcp_approx_ftz(add_rn(power, 1.0f));
  const float tanh = fma_rn(part, -2.0f, 1.0f);
  return size >= float_of(0x41102CB4u) ? 1.0f : tanh;
}

// t + t * t^2 * (-1/3 + t^2 * (2/15 - ...)).
__device__ __forceinline__ float tanh_of_small(float t) {
  const float square = mul_rn(t, t);
  float sum = float_of(0x3C80F082u);
  sum = fma_rn(sum, square, float_of(0xBD563CAEu));
  sum = fma_rn(sum, square, float_of(0x3E085941u));
  sum = fma_rn(sum, square, float_of(0xBEAAA9EDu));
  sum = fma_rn(sum, square, 0.0f);
  return fma_rn(sum, t, t);
}

__device__ __forceinline__ float te_tanh(float t) {
  const float size = magnitude(t);
  if (size != size || size < float_of(0x3F19999Au)) return tanh_of_small(t);
  return float_of(bits_of(tanh_of_large(size)) | (bits_of(t) & 0x80000000u));
}

__device__ __forceinline__ float te_gelu(float x) {
  const float scaled = mul_rn(x, float_of(0x3D12227Au));
  const float t = mul_rn(x, fma_rn(x, scaled, float_of(0x3F4C422Au)));
  return mul_rn(x, fma_rn(te_tanh(t), 0.5f, 0.5f));
}

__device__ __forceinline__ float narrowed(float, float value) { return value; }
__device__ __forceinline__ Bf16Bits narrowed(Bf16Bits, float value) {
  return {static_cast<std::uint16_t>(bf16_pair_rn(value, 0.0f))};
}
__device__ __forceinline__ Fp16Bits narrowed(Fp16Bits, float value) { return {fp16_rn(value)}; }

// One row of whole vectors (see tile.h).
template <class T>
__device__ __forceinline__ void te_gelu_rows(const T* input, T* output, std::int64_t cols, std::int64_t chunks) {
  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<T> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
#pragma unroll
    for (T& value : x[i].values) value = narrowed(value, te_gelu(widen(value)));
    reinterpret_cast<Vector<T>*>(output)[tile.row * vectors + v] = x[i];
  }
}

}  // namespace bitgate::device
