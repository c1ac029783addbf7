// How ggml's INT8 quantizers choose a block's scale and codes (ggml-org/ggml, commit d99724f2,
// src/ggml-cuda/quantize.cu and cpy-utils.cuh). A rule's Scale is what a block's codes need; `decode` is the stored
// scale before it is rounded.
#pragma once

#include "bitgate/device/kernels/ggml_arithmetic.cuh"

namespace bitgate::device {

// quantize_q8_1, for MMVQ: d = amax / 127, q = x / d.
template <class M>
struct MmvqRule {
  using Math = M;
  struct Scale {
    float decode;
    typename Math::Divisor divisor;
  };
  static __device__ __forceinline__ Scale scale(float amax) {
    const float decode = Math::over_127(amax);
    return {decode, Math::divisor(decode, amax)};
  }
  static __device__ __forceinline__ std::uint32_t code(float x, const Scale& scale) {
    return rounded_away(Math::quotient(x, scale.divisor));
  }
};

// quantize_mmq_q8_1: 127 / amax first. No test for zero: there 0 times infinity is NaN, whose code is 0.
template <class M>
struct MmqRule {
  using Math = M;
  struct Scale {
    float decode, encode;
  };
  static __device__ __forceinline__ Scale scale(float amax) {
    const float encode = Math::of_127(amax);
    return {Math::reciprocal(encode), encode};
  }
  static __device__ __forceinline__ std::uint32_t code(float x, const Scale& scale) {
    return rounded_away(Math::product(x, scale.encode));
  }
};

// quantize_f32_q8_0_block, of copies: the maximum begins at +0, so that NaNs alone give scale 0; and it is the scale
// that is tested for zero.
struct Q8CopyRule {
  using Math = GgmlFastMath;
  struct Scale {
    float decode, encode;
  };
  static __device__ __forceinline__ Scale scale(float amax) {
    const float decode = Math::over_127(max_number_ftz(amax, 0.0f));
    return {decode, decode == 0.0f ? 0.0f : rcp_approx_ftz(decode)};
  }
  static __device__ __forceinline__ std::uint32_t code(float x, const Scale& scale) {
    return rounded_away(Math::product(x, scale.encode));
  }
};

}  // namespace bitgate::device
