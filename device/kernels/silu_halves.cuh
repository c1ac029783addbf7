// SiLU of a gate times the input, rounded to the input's type: the operand of the fused quantizers, and its amax. Both
// operands are [rows, cols] of the same 16-bit type.
//
// a / (1 + e^-a): __expf(-a) is a product with -log2(e) and ex2.approx; the division is div.approx, a product with
// MUFU.RCP, since the denominator is never subnormal (nor is it scaled: beyond 2^126 the reciprocal is 0). What .ftz
// takes from the exponent or the power is lost in the sum with 1, so that both builds share the denominator.
#pragma once

#include "bitgate/device/kernels/half_blocks.cuh"
#include "bitgate/device/kernels/hardware_approx.cuh"
#include "bitgate/device/kernels/words.cuh"

namespace bitgate::device {

__device__ __forceinline__ float silu_reciprocal(float gate) {
  const float power = hardware::ex2_approx_ftz(mul_rn_ftz(gate, float_of(0xBFB8AA3Bu)));
  return rcp_approx_ftz(add_rn_ftz(power, 1.0f));
}

// FlashInfer's build flushes, vLLM's does not.
struct SiluFlushed {
  static __device__ __forceinline__ float product(float gate, float input) {
    return mul_rn_ftz(mul_rn_ftz(gate, silu_reciprocal(gate)), input);
  }
};
struct SiluPlain {
  static __device__ __forceinline__ float product(float gate, float input) {
    return mul_rn(mul_rn(gate, silu_reciprocal(gate)), input);
  }
};

template <class T>
__device__ __forceinline__ std::uint32_t half_pair_rn(float low, float high) {
  if constexpr (std::is_same_v<T, Bf16Bits>)
    return bf16_pair_rn(low, high);
  else
    return fp16_pair_rn(low, high);
}

template <class Silu, class T>
__device__ __forceinline__ std::uint32_t silu_word(std::uint32_t gate, std::uint32_t input) {
  return half_pair_rn<T>(Silu::product(widen_low<T>(gate), widen_low<T>(input)),
                         Silu::product(widen_high<T>(gate), widen_high<T>(input)));
}
template <class Silu, class T>
__device__ __forceinline__ uint4 silu_words(const uint4& gate, const uint4& input) {
  return {silu_word<Silu, T>(gate.x, input.x), silu_word<Silu, T>(gate.y, input.y), silu_word<Silu, T>(gate.z, input.z),
          silu_word<Silu, T>(gate.w, input.w)};
}

// A source of half_blocks.cuh.
template <class Silu, class T>
struct SiluHalves {
  using Element = T;
  struct Loaded {
    uint4 input[2], gate[2];
  };
  const T *input, *gate;

  __device__ __forceinline__ Loaded load(std::int64_t block) const {
    const uint4* from = reinterpret_cast<const uint4*>(input) + block * 2;
    const uint4* from_gate = reinterpret_cast<const uint4*>(gate) + block * 2;
    return {{__ldg(from), __ldg(from + 1)}, {__ldg(from_gate), __ldg(from_gate + 1)}};
  }
  static __device__ __forceinline__ uint4 words(const Loaded& loaded, int half) {
    return silu_words<Silu, T>(loaded.gate[half], loaded.input[half]);
  }
  __device__ __forceinline__ T number(std::int64_t at) const {
    const std::uint32_t pair = half_pair_rn<T>(Silu::product(widen(gate[at]), widen(input[at])), 0.0f);
    return {static_cast<std::uint16_t>(pair)};
  }
};

// max|p| of one row of whole vectors (see tile.h), NaN ignored; *amax must be 0 before the launch.
template <class Silu, class T>
__device__ __forceinline__ void silu_amax(const T* input, const T* gate, float* amax, std::int64_t cols) {
  __shared__ unsigned block_amax;
  if (threadIdx.x == 0) block_amax = 0;
  __syncthreads();

  const std::int64_t vectors = cols / kPerVector<T>;
  const std::int64_t first = std::int64_t{blockIdx.x} * (kVectorsPerThread * blockDim.x) + threadIdx.x;
  uint4 x[kVectorsPerThread] = {}, g[kVectorsPerThread] = {};
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const std::int64_t v = first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    x[i] = __ldg(reinterpret_cast<const uint4*>(input) + v);
    g[i] = __ldg(reinterpret_cast<const uint4*>(gate) + v);
  }
  std::uint32_t largest = 0;
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const uint4 p = silu_words<Silu, T>(g[i], x[i]);
    for (const std::uint32_t word : {p.x, p.y, p.z, p.w})
      largest = amax_of_words<T, NanInAmax::kDropped>(largest, word);
  }
  const float of_thread = amax_of_word<T, NanInAmax::kDropped>(largest);
  const unsigned warp_amax = __reduce_max_sync(kAllLanes, bits_of(of_thread));
  if (threadIdx.x % kWarpLanes == 0) atomicMax(&block_amax, warp_amax);
  __syncthreads();
  if (threadIdx.x == 0) atomicMax(reinterpret_cast<unsigned*>(amax), block_amax);
}

}  // namespace bitgate::device
