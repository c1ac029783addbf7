// NVFP4 of a 16-bit operand as inference engines quantize it, a block of 16 a thread: one multiplier a block, every
// element is its product with it, as E2M1. Codes are packed, the first of a pair in the low nibble; one E4M3 byte a
// block. The stored number of the tensor is S = 2688 / amax, unguarded, and multiplies.
//
// A source says what the operand is:
//   Element                       Bf16Bits or Fp16Bits
//   Loaded, load(block)           what a block needs from memory, zero-initialized
//   words(loaded, half)           eight of its elements, bit patterns
//   number(at)                    one element of the tensor
// A rule has
//   of(S)                         what it keeps of S
//   near_scale(amax)              Scale{code, multiplier} for a block without NaN and infinity, or a multiplier outside
//                                 of [0, kLargestNearMultiplier], which sends the block the careful way
//   larger(even, odd)             the block's amax of those of its even and its odd elements, NaN where all are NaN
//   careful_scale(amax), careful_product(x, multiplier)    for every bit pattern
#pragma once

#include "bitgate/device/kernels/pairs.cuh"

namespace bitgate::device {

struct HalfBlockScale {
  std::uint32_t code;
  float multiplier;  // of the elements
};

// 2^100. A subnormal times at most this is below 2^-25: it gets code 0 with its sign, flushed or not.
inline constexpr std::uint32_t kLargestNearMultiplierBits = 0x71800000u;
inline constexpr std::uint32_t kArithmeticNanBits = 0x7FFFFFFFu;
inline constexpr int kHalfBlock = 16;

// The code's value, a NaN for 0x7F and 0xFF.
__device__ __forceinline__ float e4m3_decoded(std::uint32_t code) {
  return widen_fp16(static_cast<std::uint16_t>(widen_e4m3_pair(static_cast<std::uint16_t>(code))));
}
__device__ __forceinline__ std::uint32_t e4m3_nearest(float value) { return e4m3_pair_rn(value, 0.0f) & 0xFFu; }

// The operand as it is in memory.
template <class T>
struct PlainHalves {
  using Element = T;
  struct Loaded {
    uint4 x[2];
  };
  const T* input;

  __device__ __forceinline__ Loaded load(std::int64_t block) const {
    const uint4* from = reinterpret_cast<const uint4*>(input) + block * 2;
    return {{__ldg(from), __ldg(from + 1)}};
  }
  static __device__ __forceinline__ uint4 words(const Loaded& loaded, int half) { return loaded.x[half]; }
  __device__ __forceinline__ T number(std::int64_t at) const { return input[at]; }
};

template <class Rule, class Source>
__device__ __forceinline__ void careful_half_block(const Rule& rule, const Source& source, std::int64_t block,
                                                   std::uint8_t* codes, std::uint8_t* scales) {
  const std::int64_t first = block * kHalfBlock;
  float even = float_of(kArithmeticNanBits), odd = even;
#pragma unroll 1
  for (int k = 0; k < kHalfBlock; k += 2) {
    even = max_number(even, magnitude(widen(source.number(first + k))));
    odd = max_number(odd, magnitude(widen(source.number(first + k + 1))));
  }
  const HalfBlockScale scale = rule.careful_scale(Rule::larger(even, odd));
#pragma unroll 1
  for (int k = 0; k < kHalfBlock; k += 2) {
    const float low = Rule::careful_product(widen(source.number(first + k)), scale.multiplier);
    const float high = Rule::careful_product(widen(source.number(first + k + 1)), scale.multiplier);
    codes[(first + k) / 2] = static_cast<std::uint8_t>(e2m1_rn(low) | e2m1_rn(high) << 4);
  }
  scales[block] = static_cast<std::uint8_t>(scale.code);
}

// make_rule() is called once the loads are under way: it may wait for the number of the tensor.
template <class Source, class MakeRule>
__device__ __forceinline__ void quantize_half_blocks(const Source& source, const MakeRule& make_rule,
                                                     std::uint8_t* codes, std::uint8_t* scales, std::int64_t count) {
  using T = typename Source::Element;
  const std::int64_t blocks = count / kHalfBlock;
  const std::int64_t first = std::int64_t{blockIdx.x} * (kBlocksPerThread * blockDim.x) + threadIdx.x;
  typename Source::Loaded loaded[kBlocksPerThread] = {};
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = first + std::int64_t{i} * blockDim.x;
    if (block < blocks) loaded[i] = source.load(block);
  }
  const auto rule = make_rule();
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    const uint4 x = source.words(loaded[i], 0), y = source.words(loaded[i], 1);
    const std::uint32_t amax = max(largest_half({magnitudes(x.x), magnitudes(x.y), magnitudes(x.z), magnitudes(x.w)}),
                                   largest_half({magnitudes(y.x), magnitudes(y.y), magnitudes(y.z), magnitudes(y.w)}));
    const HalfBlockScale scale = rule.near_scale(widen_low<T>(amax));
    if (amax < kInfinityBits16<T> && bits_of(scale.multiplier) <= kLargestNearMultiplierBits) {
      reinterpret_cast<uint2*>(codes)[block] = {e2m1_codes<T>(x, scale.multiplier), e2m1_codes<T>(y, scale.multiplier)};
      scales[block] = static_cast<std::uint8_t>(scale.code);
    } else {
      careful_half_block(rule, source, block, codes, scales);
    }
  }
}

// *encode_scale is S as it was given, or the first thread writes it there; *amax is that of the operand.
template <class Rule, class Source>
__device__ __forceinline__ void quantize_by_encode_scale(const Source& source, const float* amax, float* encode_scale,
                                                         std::uint8_t* codes, std::uint8_t* scales, std::int64_t count,
                                                         std::int64_t given) {
  const auto make_rule = [&] {
    const float encode = given != 0 ? *encode_scale : div_rn(2688.0f, *amax);  // 448 * 6
    if (given == 0 && blockIdx.x == 0 && threadIdx.x == 0) *encode_scale = encode;
    return Rule::of(encode);
  };
  quantize_half_blocks(source, make_rule, codes, scales, count);
}

}  // namespace bitgate::device
