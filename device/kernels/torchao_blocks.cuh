// As torchao_rows.cuh, a block of 16 bf16 a thread: no lane repeats another's scale. A rule has near_eight(words,
// scale) too, which gives eight elements' codes.
#pragma once

#include "bitgate/device/kernels/torchao_near.cuh"
#include "bitgate/device/kernels/torchao_rows.cuh"

namespace bitgate::device {

// Eight codes of bf16 x / divisor, a nibble each, the first lowest; `reciprocal` is the rounded one. No quotient is
// NaN.
__device__ __forceinline__ std::uint32_t e2m1_quotients(const uint4& x, float divisor, float reciprocal) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
  const auto pair = [&](std::uint32_t word) {
    return e2m1_pair_rn(signed_div_near(widen_low<Bf16Bits>(word), divisor, reciprocal),
                        signed_div_near(widen_high<Bf16Bits>(word), divisor, reciprocal));
  };
  return pair(x.x) | pair(x.y) << 8 | pair(x.z) << 16 | pair(x.w) << 24;
#else
  const auto low = [&](std::uint32_t word) {
    const float quotient = div_near(widen_low<Bf16Bits>(magnitudes(word)), divisor, reciprocal);
    return static_cast<std::uint32_t>(e2m1_level(quotient));
  };
  const auto high = [&](std::uint32_t word) {
    const float quotient = div_near(widen_high<Bf16Bits>(magnitudes(word)), divisor, reciprocal);
    return static_cast<std::uint32_t>(e2m1_level(quotient));
  };
  const std::uint32_t even = gather<0>(low(x.x), low(x.y), low(x.z), low(x.w));
  const std::uint32_t odd = gather<0>(high(x.x), high(x.y), high(x.z), high(x.w));
  return (odd * 16 + even) | sign_nibbles(x);
#endif
}

template <class Rule>
__device__ __forceinline__ void careful_block(const Rule& rule, const Bf16Bits* x, std::uint8_t* codes,
                                              std::uint8_t* scale_code) {
  float amax = float_of(Rule::kFirstAmaxBits);
#pragma unroll 1
  for (int k = 0; k < Rule::kBlock; ++k) amax = Rule::larger(amax, magnitude(widen(x[k])));
  const typename Rule::Scale scale = rule.careful_scale(amax);
#pragma unroll 1
  for (int k = 0; k < Rule::kBlock; k += 2) {
    const std::uint32_t low = rule.careful_code(widen(x[k]), scale);
    const std::uint32_t high = rule.careful_code(widen(x[k + 1]), scale);
    codes[k / 2] = static_cast<std::uint8_t>(low | high << 4);
  }
  *scale_code = static_cast<std::uint8_t>(scale.code);
}

template <class MakeRule>
__device__ __forceinline__ void quantize_blocks(const MakeRule& make_rule, const Bf16Bits* input, std::uint8_t* codes,
                                                std::uint8_t* scales, std::int64_t count) {
  using Rule = decltype(make_rule());
  static_assert(Rule::kBlock == 16 && Rule::kCodeBits == 4);
  const std::int64_t blocks = count / Rule::kBlock;
  const std::int64_t first = first_of_thread<kBlocksPerThread>();
  uint4 x[kBlocksPerThread][2] = {};
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    const uint4* from = reinterpret_cast<const uint4*>(input) + block * 2;
    x[i][0] = __ldg(from);
    x[i][1] = __ldg(from + 1);
  }
  const Rule rule = make_rule();
#pragma unroll
  for (int i = 0; i < kBlocksPerThread; ++i) {
    const std::int64_t block = first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) continue;
    const std::uint32_t amax_bits = max(amax_bits_of(x[i][0]), amax_bits_of(x[i][1]));
    const typename Rule::Scale scale = rule.near_scale(float_of(amax_bits));
    if (rule.is_near() && amax_bits <= Rule::kLargestNear && rule.near_takes(scale)) {
      reinterpret_cast<uint2*>(codes)[block] = {rule.near_eight(x[i][0], scale), rule.near_eight(x[i][1], scale)};
      scales[block] = static_cast<std::uint8_t>(scale.code);
    } else {
      careful_block(rule, input + block * Rule::kBlock, codes + block * (Rule::kBlock / 2), scales + block);
    }
  }
}

// A vector a lane from binary32, a block a thread from bf16.
template <class MakeRule>
__device__ __forceinline__ void quantize(const MakeRule& make_rule, const float* input, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t count) {
  quantize_rows(make_rule, input, codes, scales, count);
}
template <class MakeRule>
__device__ __forceinline__ void quantize(const MakeRule& make_rule, const Bf16Bits* input, std::uint8_t* codes,
                                         std::uint8_t* scales, std::int64_t count) {
  quantize_blocks(make_rule, input, codes, scales, count);
}

}  // namespace bitgate::device
