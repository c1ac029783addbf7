// Row-wise quantization by a rule that has two forms of its arithmetic: one for blocks of finite, moderate numbers,
// straight and without slow paths, and a careful one for every input. A warp that holds one block for the careful form
// does all of its blocks that way.
//
// A rule has kBlock, kCodeBits and
//   kLargestNear                  bits of the largest amax of a block that the near form takes
//   is_near()                     does it take the numbers of the whole tensor?
//   near_scale(amax)              the block's Scale, which has `code`; asked of every amax, used of near ones
//   near_takes(scale)             does it take the block's elements?
//   near_pair(low, high, scale)   two elements' codes, but for what finished(word of codes) has to do
//   kFirstAmaxBits, larger(amax, magnitude)      the careful amax, which says what a NaN does
//   careful_scale(amax), careful_code(x, scale)  for every amax and element
#pragma once

#include "bitgate/device/kernels/pairs.cuh"

namespace bitgate::device {

// Bits of the largest magnitude of a vector; above infinity's if there is a NaN.
__device__ __forceinline__ std::uint32_t amax_bits_of(const Vector<float>& x) {
  std::uint32_t largest = 0;
#pragma unroll
  for (int k = 0; k < kPerVector<float>; ++k) largest = max(largest, bits_of(magnitude(x.values[k])));
  return largest;
}
__device__ __forceinline__ std::uint32_t amax_bits_of(const uint4& bf16) {
  return largest_half({magnitudes(bf16.x), magnitudes(bf16.y), magnitudes(bf16.z), magnitudes(bf16.w)}) << 16;
}
__device__ __forceinline__ std::uint32_t amax_bits_of(const Vector<Bf16Bits>& x) {
  uint4 words;
  memcpy(&words, &x, sizeof words);
  return amax_bits_of(words);
}

template <int kLanes>
__device__ __forceinline__ std::uint32_t largest_of_lanes(std::uint32_t value) {
#pragma unroll
  for (int mask = 1; mask < kLanes; mask *= 2) value = max(value, from_lane_xor(value, mask));
  return value;
}

// The value of an E4M3 scale's code of 0 to 0x7E: E4M3 is binary32 with a bias smaller by 120, subnormals too.
__device__ __forceinline__ float e4m3_value(std::uint32_t code) { return mul_rn(float_of(code << 20), 0x1p120f); }
__device__ __forceinline__ std::uint32_t e4m3_rn(float value) { return e4m3_pair_rn(value, 0.0f) & 0xFFu; }

template <class Rule, class T>
__device__ __forceinline__ float careful_amax(const Vector<T>& x) {
  constexpr int kLanes = Rule::kBlock / kPerVector<T>;
  float amax = float_of(Rule::kFirstAmaxBits);
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k) amax = Rule::larger(amax, magnitude(widen(x.values[k])));
#pragma unroll
  for (int mask = 1; mask < kLanes; mask *= 2) amax = Rule::larger(amax, from_lane_xor(amax, mask));
  return amax;
}

template <class Rule, class T>
__device__ __forceinline__ std::uint64_t careful_codes(const Rule& rule, const Vector<T>& x,
                                                       const typename Rule::Scale& scale) {
  std::uint64_t packed = 0;
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k)
    packed |= std::uint64_t{rule.careful_code(widen(x.values[k]), scale)} << (Rule::kCodeBits * k);
  return packed;
}

struct Two {
  float low, high;
};
// Elements k and k + 1; k is even.
__device__ __forceinline__ Two two_of(const Vector<float>& x, int k) { return {x.values[k], x.values[k + 1]}; }
__device__ __forceinline__ Two two_of(const Vector<Bf16Bits>& x, int k) {
  std::uint32_t word;
  memcpy(&word, &x.values[k], sizeof word);
  return {widen_low<Bf16Bits>(word), widen_high<Bf16Bits>(word)};
}

template <class Rule, class T>
__device__ __forceinline__ std::uint64_t near_codes(const Rule& rule, const Vector<T>& x,
                                                    const typename Rule::Scale& scale) {
  constexpr int kHalf = kPerVector<T> / 2;
  std::uint32_t halves[2] = {0, 0};
#pragma unroll
  for (int k = 0; k < kPerVector<T>; k += 2) {
    const Two two = two_of(x, k);
    halves[k / kHalf] |= rule.near_pair(two.low, two.high, scale) << (Rule::kCodeBits * (k % kHalf));
  }
  return rule.finished(halves[0]) | std::uint64_t{rule.finished(halves[1])} << (Rule::kCodeBits * kHalf);
}

// Vector v's codes, and its block's scale where the block begins with it.
template <class Rule, class T>
__device__ __forceinline__ void store_vector(std::uint8_t* codes, std::uint8_t* scales, std::int64_t v,
                                             std::uint64_t packed, std::uint32_t scale_code) {
  constexpr int kLanes = Rule::kBlock / kPerVector<T>;
  store_codes<Rule::kCodeBits * kPerVector<T>>(codes, v, packed);
  if (v % kLanes == 0) scales[v / kLanes] = static_cast<std::uint8_t>(scale_code);
}

// The first of this thread's vectors, or blocks, of a tensor whose rows are one; the next ones follow at a distance of
// blockDim.x.
template <int kEach>
__device__ __forceinline__ std::int64_t first_of_thread() {
  return std::int64_t{blockIdx.x} * (kEach * blockDim.x) + threadIdx.x;
}

// codes: kCodeBits each, first element lowest; scales: one byte a block; `count`, of elements, is a multiple of the
// block. make_rule() is called once the loads are under way: a rule may wait for a number of the tensor.
template <class MakeRule, class T>
__device__ __forceinline__ void quantize_rows(const MakeRule& make_rule, const T* input, std::uint8_t* codes,
                                              std::uint8_t* scales, std::int64_t count) {
  using Rule = decltype(make_rule());
  constexpr int kLanes = Rule::kBlock / kPerVector<T>;  // neighbouring lanes that share a block
  const std::int64_t vectors = count / kPerVector<T>;
  const std::int64_t first = first_of_thread<kVectorsPerThread>();
  Vector<T> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_vector(input, 0, first + std::int64_t{i} * blockDim.x, vectors);

  const Rule rule = make_rule();
  typename Rule::Scale near_scales[kVectorsPerThread];
  bool near = rule.is_near();
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const std::uint32_t amax_bits = largest_of_lanes<kLanes>(amax_bits_of(x[i]));
    near_scales[i] = rule.near_scale(float_of(amax_bits));
    near = near && amax_bits <= Rule::kLargestNear && rule.near_takes(near_scales[i]);
  }
  if (__all_sync(kAllLanes, near)) {
#pragma unroll
    for (int i = 0; i < kVectorsPerThread; ++i) {
      const std::uint64_t packed = near_codes(rule, x[i], near_scales[i]);
      const std::int64_t v = first + std::int64_t{i} * blockDim.x;
      if (v < vectors) store_vector<Rule, T>(codes, scales, v, packed, near_scales[i].code);
    }
    return;
  }
#pragma unroll 1
  for (int i = 0; i < kVectorsPerThread; ++i) {
    const std::int64_t v = first + std::int64_t{i} * blockDim.x;
    const Vector<T> again = load_vector(input, 0, v, vectors);
    const typename Rule::Scale scale = rule.careful_scale(careful_amax<Rule>(again));
    const std::uint64_t packed = careful_codes(rule, again, scale);
    if (v < vectors) store_vector<Rule, T>(codes, scales, v, packed, scale.code);
  }
}

}  // namespace bitgate::device
