// The steps of "4 over 6" that know nothing of its scales: codes of magnitudes, signs, and tables in shared memory.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kLargestFloat = 0x7F7FFFFFu;
// Adding a magnitude to this leaves its nearest whole number in the low bits, ties to even.
inline constexpr float kWholeMagic = 0x1.8p23f;
inline constexpr std::uint32_t kWholeMagicBits = 0x4B400000u;

__device__ __forceinline__ void store_shared(std::uint32_t address, float value) {
  asm volatile("st.shared.f32 [%0], %1;" ::"r"(address), "f"(value) : "memory");
}
template <int kOffset>
__device__ __forceinline__ float load_shared(std::uint32_t address) {
  float value;
  asm volatile("ld.shared.f32 %0, [%1 + %2];" : "=f"(value) : "r"(address), "n"(kOffset));
  return value;
}

// kWholeMagicBits plus the E2M1 code of a magnitude: codes are whole numbers of 2v, v + 2 and v / 2 + 4, the least of
// which is the right one, 7 at most; each is one exact sum, rounded once. NaN gives 7.
__device__ __forceinline__ std::uint32_t e2m1_magnitude(float v) {
  const float halves = fma_rn(v, 2.0f, kWholeMagic);
  const float ones = add_rn(v, kWholeMagic + 2.0f);
  const float twos = fma_rn(v, 0.5f, kWholeMagic + 4.0f);
  return bits_of(min_number(min_number(halves, ones), min_number(twos, kWholeMagic + 7.0f)));
}

// Where no magnitude reaches the limit, and none is a NaN, less is enough: v + 2 is never above v / 2 + 4 once rounded,
// and v / 2 + 4 never above 7.
inline constexpr float kFourLimit = 4.5f;
inline constexpr float kSixLimit = 7.0f;
template <bool kWithin>
__device__ __forceinline__ std::uint32_t four_magnitude(float v) {
  if constexpr (!kWithin) return e2m1_magnitude(v);
  return bits_of(min_number(fma_rn(v, 2.0f, kWholeMagic), add_rn(v, kWholeMagic + 2.0f)));
}
template <bool kWithin>
__device__ __forceinline__ std::uint32_t six_magnitude(float v) {
  if constexpr (!kWithin) return e2m1_magnitude(v);
  const float halves = fma_rn(v, 2.0f, kWholeMagic);
  const float ones = add_rn(v, kWholeMagic + 2.0f);
  return bits_of(min_number(min_number(halves, ones), fma_rn(v, 0.5f, kWholeMagic + 4.0f)));
}

// Bit 3 of each of eight nibbles: the signs of x[0] to x[7].
__device__ __forceinline__ std::uint32_t signs_of_8(const float* x) {
  const auto tops = [](float a, float b, float c, float d) {
    const std::uint32_t ab = __byte_perm(bits_of(a), bits_of(b), 0x0073);
    const std::uint32_t cd = __byte_perm(bits_of(c), bits_of(d), 0x0073);
    return __byte_perm(ab, cd, 0x5410);
  };
  const std::uint32_t even = tops(x[0], x[2], x[4], x[6]), odd = tops(x[1], x[3], x[5], x[7]);
  return (even >> 4 & 0x08080808u) | (odd & 0x80808080u);
}

// Bit 3 of each nibble whose element is a number under a multiplier; a NaN, also 0 times infinity, has the code of +6.
__device__ __forceinline__ std::uint32_t numbers_of_8(const float* x, float multiplier) {
  std::uint32_t bits = 0;
#pragma unroll
  for (int k = 0; k < 8; ++k) {
    const float scaled = mul_rn(x[k], multiplier);
    bits |= scaled == scaled ? 8u << (4 * k) : 0u;
  }
  return bits;
}

}  // namespace bitgate::device
