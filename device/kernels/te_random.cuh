// TransformerEngine's NVFP4 with stochastic rounding: te/nvfp4 but for the last step, which takes a byte of a random
// word for each element.
//
// NVIDIA/TransformerEngine, commit d0067d0d, common/cast/nvfp4/core_nvfp4.cuh; PTX ISA 9.1, cvt.rs. The hardware rule
// is that of the text of the ISA, on every architecture: which byte serves which element no machine has confirmed.
#pragma once

#include "bitgate/device/kernels/te_nvfp4.cuh"
#include "bitgate/device/kernels/te_random_words.cuh"

namespace bitgate::device {

enum class StochasticRule { kSoftware, kHardware };

inline constexpr float kCutMagic = 0x1p23f;  // added toward zero to a number, it leaves the whole part in the low bits
inline constexpr std::uint32_t kCutMagicBits = 0x4B000000u;

// Which byte of its word element i of four takes: cvt.rs gives the middle two each other's.
__device__ constexpr unsigned byte_of(StochasticRule rule, int i) {
  return rule == StochasticRule::kHardware && (i == 1 || i == 2) ? 3u - i : i;
}

// A magnitude in units of 1/256 of a code is 512 v, 256 v + 512 or 128 v + 1024, the least of which is right; what lies
// below a unit is dropped. The byte is added, and a carry goes up. Six and more, and NaN, give 7.
__device__ __forceinline__ std::uint32_t hardware_magnitude(float v, std::uint32_t byte) {
  const float size = min_number(v, 6.0f);
  const float halves = fma_rz(size, 512.0f, kCutMagic);
  const float ones = fma_rz(size, 256.0f, kCutMagic + 512.0f);
  const float twos = fma_rz(size, 128.0f, kCutMagic + 1024.0f);
  const std::uint32_t parts = bits_of(min_number(min_number(halves, ones), twos)) - kCutMagicBits;
  return (parts + byte) >> 8;
}

// byte / 256 of a step is added by one fma, whose own rounding may reach the next code; the sum is cut to the grid.
__device__ __forceinline__ std::uint32_t software_magnitude(float v, float byte) {
  const float step_over_256 = v >= 4.0f ? 0x1p-7f : v >= 2.0f ? 0x1p-8f : 0x1p-9f;
  const float raised = min_number(fma_rn(byte, step_over_256, v), 6.0f);
  const float halves = fma_rz(raised, 2.0f, kCutMagic);
  const float ones = fma_rz(raised, 1.0f, kCutMagic + 2.0f);
  const float twos = fma_rz(raised, 0.5f, kCutMagic + 4.0f);
  return bits_of(min_number(min_number(halves, ones), twos)) - kCutMagicBits;
}

// The code of element i of four; a NaN product is positive.
template <StochasticRule kRule>
__device__ __forceinline__ std::uint32_t stochastic_code(float v, std::uint32_t word, int i) {
  const unsigned byte = byte_of(kRule, i);
  const std::uint32_t sign = bits_of(v) >> 28 & 8u;
  if constexpr (kRule == StochasticRule::kHardware)
    return sign | hardware_magnitude(absolute(v), __byte_perm(word, 0u, 0x4440u | byte));
  // The byte under the exponent of 2^23.
  const float raised = float_of(__byte_perm(word, kCutMagicBits, 0x7440u | byte));
  return sign | software_magnitude(absolute(v), add_rn(raised, -kCutMagic));
}

template <StochasticRule kRule, class Words, bool kSquare>
class Stochastic {
 public:
  static constexpr bool kAmaxOfRow = false;

  __device__ __forceinline__ explicit Stochastic(const Words& words) : words_(words) {}
  __device__ __forceinline__ void start(float amax) { global_ = nvfp4_global(amax); }

  __device__ __forceinline__ CodedBlock operator()(const float (&x)[16], const BlockPlace& place) const {
    const uint4 drawn = words_.of(place);
    const std::uint32_t words[4] = {drawn.x, drawn.y, drawn.z, drawn.w};
    float block_amax = amax_16(x);
    if constexpr (kSquare) block_amax = amax_of_square(block_amax);
    const Nvfp4Scale scale = nvfp4_scale(block_amax, global_);
    std::uint32_t half[2] = {0, 0};
#pragma unroll
    for (int k = 0; k < 16; ++k) {
      const float scaled = mul_rn(x[k], scale.encode_scale);
      half[k / 8] |= stochastic_code<kRule>(scaled, words[k / 4], k % 4) << (4 * (k % 8));
    }
    return {half[0], half[1], scale.code};
  }

 private:
  Words words_;
  Nvfp4Global global_{};
};

}  // namespace bitgate::device
