// ggml's copies to Q4_0, Q4_1, Q5_0 and Q5_1 under -use_fast_math (ggml-org/ggml, src/ggml-cuda/cpy-utils.cuh, commit
// d99724f2). There one thread walks through the 32 values of a block; here 8 lanes hold four values each, and what
// depends on the order of the walk is decided by it.
#pragma once

#include "bitgate/device/kernels/ggml_q8.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kOneOver15Bits = 0x3D888889u;  // 1/15 and 1/31 rounded to binary32
inline constexpr std::uint32_t kOneOver31Bits = 0x3D042108u;
inline constexpr int kLegacyLanes = kQ8Block / 4;

// How comparisons under -use_fast_math see a value, and all arithmetic after them: a subnormal is a zero of its sign.
__device__ __forceinline__ float flushed(float x) { return mul_rn_ftz(x, 1.0f); }

// Of two values the one of which `better` says so; of equals the earlier one, that of the lower lane.
template <class Better>
__device__ __forceinline__ float earlier_best(float mine, const Better& better) {
#pragma unroll
  for (int mask = 1; mask < kLegacyLanes; mask *= 2) {
    const float other = from_lane_xor(mine, mask);
    const bool upper = threadIdx.x & mask;
    const bool take = upper ? !better(mine, other) : better(other, mine);
    mine = take ? other : mine;
  }
  return mine;
}

// The first value of the largest magnitude, with its sign; +0 for a block of zeros. NaN is never larger. `x` is
// flushed.
__device__ __forceinline__ float first_extreme(const float (&x)[4]) {
  const auto larger = [](float a, float b) { return magnitude(a) > magnitude(b); };
  float extreme = 0.0f;
#pragma unroll
  for (const float value : x) extreme = larger(value, extreme) ? value : extreme;
  return earlier_best(extreme, larger);
}

struct LegacyBlock {
  float decode, minimum, encode;
};

// Codes 0 .. levels - 1 stand for -levels / 2 and up; the extreme value gets code 0. The division by a power of two is
// exact, and of a zero block gives -0.
template <int levels>
struct SymmetricRule {
  static constexpr float kMiddle = levels / 2;
  static constexpr bool kHasMinimum = false;
  static __device__ __forceinline__ LegacyBlock block(const float (&x)[4]) {
    const float decode = mul_rn_ftz(first_extreme(x), -1.0f / kMiddle);
    return {decode, 0.0f, decode == 0.0f ? 0.0f : rcp_approx_ftz(decode)};
  }
  static __device__ __forceinline__ float shifted(float x, const LegacyBlock& block) {
    return fma_rn_ftz(x, block.encode, kMiddle + 0.5f);
  }
};

// Codes 0 .. levels - 1 above the minimum. The producer's Q4_1 begins its range empty, between the largest numbers, its
// Q5_1 with the first value, which stays if it is NaN: otherwise NaN is never an end. Only the sign of a zero minimum
// depends on the order; a zero maximum matters only above a zero minimum, and then +0 - -0, +0 - +0 and -0 - -0 are +0.
template <int levels>
struct AffineRule {
  static constexpr bool kHasMinimum = true;
  static constexpr bool kBeginsWithFirst = levels == 32;
  static __device__ __forceinline__ float lowest(const float (&x)[4], float begin) {
    const auto lower = [](float a, float b) { return a < b; };
    float low = begin;
#pragma unroll
    for (const float value : x) low = lower(value, low) ? value : low;
    return earlier_best(low, lower);
  }
  static __device__ __forceinline__ float highest(const float (&x)[4], float begin) {
    float high = max_number_ftz(max_number_ftz(x[0], x[1]), max_number_ftz(x[2], x[3]));
    high = max_number_ftz(high, begin);
#pragma unroll
    for (int mask = kLegacyLanes / 2; mask > 0; mask /= 2) high = max_number_ftz(high, from_lane_xor(high, mask));
    return high;
  }
  static __device__ __forceinline__ LegacyBlock block(const float (&x)[4]) {
    constexpr float kEnd = kBeginsWithFirst ? __builtin_huge_valf() : 0x1.fffffep+127f;
    float low = lowest(x, kEnd), high = highest(x, -kEnd);
    if (kBeginsWithFirst) {
      const float first = __shfl_sync(kAllLanes, x[0], 0, kLegacyLanes);
      low = first != first ? first : low;
      high = first != first ? first : high;
    }
    const float range = add_rn_ftz(high, -low);
    const float decode = mul_rn_ftz(range, float_of(levels == 16 ? kOneOver15Bits : kOneOver31Bits));
    return {decode, low, decode == 0.0f ? 0.0f : rcp_approx_ftz(decode)};
  }
  static __device__ __forceinline__ float shifted(float x, const LegacyBlock& block) {
    const float above = add_rn_ftz(x, -block.minimum);
    return fma_rn_ftz(above, block.encode, 0.5f);
  }
};

// Truncated, the largest code at most; NaN gives 0. No value lies far enough below a block's range to become negative.
template <int levels>
__device__ __forceinline__ std::uint32_t legacy_code(float shifted) {
  return static_cast<std::uint32_t>(min(int32_rz_ftz(shifted), levels - 1));
}

// codes: of 16 levels two a byte, of 32 one; scales and minima FP16 bits, one for 32 columns. `cols` are those of all
// rows in a line, whole blocks.
template <class Rule, int levels>
__device__ __forceinline__ void copy_to_legacy(const float* input, std::uint8_t* codes, std::uint16_t* scales,
                                               std::uint16_t* minima, std::int64_t cols, std::int64_t chunks) {
  constexpr int kBits = levels == 16 ? 4 : 8;
  const std::int64_t vectors = cols / kPerVector<float>;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<float> loaded[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    loaded[i] = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const float(&raw)[4] = loaded[i].values;
    const float x[4] = {flushed(raw[0]), flushed(raw[1]), flushed(raw[2]), flushed(raw[3])};
    const LegacyBlock block = Rule::block(x);
    std::uint32_t packed = 0;
#pragma unroll
    for (int k = 0; k < 4; ++k) packed |= legacy_code<levels>(Rule::shifted(x[k], block)) << (kBits * k);
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    store_codes<4 * kBits>(codes, v, packed);
    if (v % kLegacyLanes != 0) continue;
    scales[v / kLegacyLanes] = fp16_rn(block.decode);
    if (Rule::kHasMinimum) minima[v / kLegacyLanes] = fp16_rn(block.minimum);
  }
}

}  // namespace bitgate::device
