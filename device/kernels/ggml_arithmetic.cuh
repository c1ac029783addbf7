// The arithmetic that ggml's CUDA quantizers share, in the two ways of building them: with -use_fast_math, as ggml
// does, and without. One struct each, with the same functions.
#pragma once

#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kOneOver127Bits = 0x3C010204u;  // 1/127 rounded to binary32

// roundf, half away from zero, then a saturating conversion to int32 of which one byte is stored: +Inf 0xFF, -Inf 0x00,
// NaN 0x00. The caller keeps the low byte. Subnormals round to 0 with and without flushing.
__device__ __forceinline__ std::uint32_t rounded_away(float x) {
  const float half = float_of((bits_of(x) & 0x80000000u) | 0x3F000000u);
  return static_cast<std::uint32_t>(int32_rz_ftz(add_rz_ftz(x, half)));
}

// -use_fast_math: subnormals are zeros; division by a constant is a product with its rounded reciprocal, any other one
// with MUFU's.
struct GgmlFastMath {
  static __device__ __forceinline__ float larger(float amax, float x) { return max_number_ftz(amax, magnitude(x)); }
  static __device__ __forceinline__ float sum(float a, float b) { return add_rn_ftz(a, b); }
  static __device__ __forceinline__ float product(float a, float b) { return mul_rn_ftz(a, b); }
  static __device__ __forceinline__ float over_127(float a) { return mul_rn_ftz(a, float_of(kOneOver127Bits)); }
  static __device__ __forceinline__ float reciprocal(float a) { return rcp_approx_ftz(a); }
  static __device__ __forceinline__ float of_127(float a) { return mul_rn_ftz(rcp_approx_ftz(a), 127.0f); }

  // x / d for every x of a block whose maximum is `amax`. Where that is 0 the producer stores 0 without dividing: then
  // all values are zeros or NaN, and times 0 they give code 0 too. A NaN maximum is not 0.
  struct Divisor {
    float reciprocal;
  };
  static __device__ __forceinline__ Divisor divisor(float d, float amax) {
    return {amax == 0.0f ? 0.0f : rcp_approx_ftz(d)};
  }
  static __device__ __forceinline__ float quotient(float x, Divisor by) { return mul_rn_ftz(x, by.reciprocal); }
};

// Without that flag: IEEE, subnormals kept.
struct GgmlIeee {
  static __device__ __forceinline__ float larger(float amax, float x) { return max_number(amax, magnitude(x)); }
  static __device__ __forceinline__ float sum(float a, float b) { return add_rn(a, b); }
  static __device__ __forceinline__ float product(float a, float b) { return mul_rn(a, b); }
  static __device__ __forceinline__ float over_127(float a) { return div_rn(a, 127.0f); }
  static __device__ __forceinline__ float reciprocal(float a) { return rcp_rn(a); }
  static __device__ __forceinline__ float of_127(float a) { return div_rn(127.0f, a); }

  // 0 / 0 is NaN, whose code is the 0 that the producer stores for a zero block.
  struct Divisor {
    float value, reciprocal;
    bool moderate;
  };
  static __device__ __forceinline__ Divisor divisor(float d, float) {
    const bool moderate = d >= 0x1p-60f && d <= 0x1p60f;
    return {d, moderate ? rcp_rn(d) : 0.0f, moderate};
  }
  // By a moderate d division is correct after two corrections by exact remainders (Markstein 1990): |x| is at most
  // about 127 d, and where a remainder would underflow, |x / d| < 2^-39 has code 0 however it is rounded.
  static __device__ __forceinline__ float quotient(float x, Divisor by) {
    if (!by.moderate) return div_rn(x, by.value);
    const float first = mul_rn(x, by.reciprocal);
    const float first_remainder = fma_rn(-first, by.value, x);
    const float second = fma_rn(first_remainder, by.reciprocal, first);
    const float second_remainder = fma_rn(-second, by.value, x);
    return fma_rn(second_remainder, by.reciprocal, second);
  }
};

// max |x| over the 4 values of this lane and those of its `lanes` neighbours. It starts from |x| itself, not from 0:
// NaN is ignored, but a block of NaNs gives NaN. The order does not matter.
template <class Math, int lanes>
__device__ __forceinline__ float lanes_amax(const float (&x)[4]) {
  float amax = Math::larger(Math::larger(Math::larger(magnitude(x[0]), x[1]), x[2]), x[3]);
#pragma unroll
  for (int mask = lanes / 2; mask > 0; mask /= 2) amax = Math::larger(amax, from_lane_xor(amax, mask));
  return amax;
}

// A producer with one value a lane adds those 16, 8, 4, 2 and 1 lanes apart. With four a lane, values 16, 8 and 4 apart
// lie 4, 2 and 1 lanes apart. Each of the first two steps halves the partial sums of a lane: it keeps some, gives the
// others to its partner and gets the partner's of those it keeps. Addition commutes, so all 8 lanes end with one sum.
template <class Math>
__device__ __forceinline__ float sum_by_ones(const float (&x)[4]) {
  const bool upper4 = threadIdx.x & 4, upper2 = threadIdx.x & 2;
  const float given0 = from_lane_xor(upper4 ? x[0] : x[2], 4);
  const float given1 = from_lane_xor(upper4 ? x[1] : x[3], 4);
  const float even = Math::sum(upper4 ? x[2] : x[0], given0);
  const float odd = Math::sum(upper4 ? x[3] : x[1], given1);
  const float given = from_lane_xor(upper2 ? even : odd, 2);
  const float apart8 = Math::sum(upper2 ? odd : even, given);
  const float apart4 = Math::sum(apart8, from_lane_xor(apart8, 1));
  const float apart2 = Math::sum(apart4, from_lane_xor(apart4, 4));
  return Math::sum(apart2, from_lane_xor(apart2, 2));
}

// A producer with four values a lane adds them from the left, then lanes `lanes / 2` .. 1 apart.
template <class Math, int lanes>
__device__ __forceinline__ float sum_by_fours(const float (&x)[4]) {
  float sum = Math::sum(Math::sum(Math::sum(x[0], x[1]), x[2]), x[3]);
#pragma unroll
  for (int mask = lanes / 2; mask > 0; mask /= 2) sum = Math::sum(sum, from_lane_xor(sum, mask));
  return sum;
}

}  // namespace bitgate::device
