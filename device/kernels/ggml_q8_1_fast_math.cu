// ggml/q8_1 in the producer's own expressions. They mean the same as GgmlFastMath only under -use_fast_math, with which
// this unit is compiled, as the producer compiles its own.
#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

struct PlainExpressions {
  static __device__ __forceinline__ float larger(float amax, float x) { return fmaxf(amax, fabsf(x)); }
  static __device__ __forceinline__ float sum(float a, float b) { return a + b; }
};

struct PlainRule {
  using Math = PlainExpressions;
  struct Scale {
    float decode, amax;
  };
  static __device__ __forceinline__ Scale scale(float amax) { return {amax / 127.0f, amax}; }
  static __device__ __forceinline__ std::uint32_t code(float x, const Scale& scale) {
    const auto q = static_cast<std::int8_t>(scale.amax == 0.0f ? 0 : roundf(x / scale.decode));
    return static_cast<std::uint8_t>(q);
  }
};

}  // namespace bitgate::device

extern "C" __global__ void bitgate_ggml_q8_1_fast_math_fp32(const float* input, std::uint8_t* codes,
                                                            std::uint16_t* scales, std::uint16_t* sums,
                                                            std::int64_t cols, std::int64_t chunks) {
  using namespace bitgate::device;
  quantize_q8<PlainRule>(input, Q8Writer<AsFp16, Q8Sum::kByOnes>{codes, scales, sums}, cols, chunks);
}
