// Blocks of 16 as NVFP4 codes. A row's block holds neighbours in a word where they have 16 bits; a column's block has
// one word a row, and the word's other half belongs to the next column.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_rules.cuh"
#include "bitgate/device/kernels/words.cuh"

namespace bitgate::device {

// Byte kByte, 1 or 3, of four words.
template <int kByte>
__device__ __forceinline__ std::uint32_t bytes_of(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  const std::uint32_t ab = __byte_perm(a, b, 0x7351);  // bytes 1, then bytes 3
  const std::uint32_t cd = __byte_perm(c, d, 0x7351);
  return __byte_perm(ab, cd, kByte == 1 ? 0x5410 : 0x7632);
}
// The top bits of eight bytes, as the top bits of eight nibbles that take turns.
__device__ __forceinline__ std::uint32_t signs_of(std::uint32_t even, std::uint32_t odd) {
  return (even & 0x80808080u) >> 4 | (odd & 0x80808080u);
}

// 16 neighbours of a row.
template <class T>
struct RowBlock {
  static constexpr int kWords = 16 / kPerWord<T>;
  std::uint32_t words[kWords];

  __device__ __forceinline__ float size(int k) const {
    return element_of<T>(sizes_of<T>(words[k / kPerWord<T>]), k % kPerWord<T>);
  }
  __device__ __forceinline__ float value_at(int k) const {
    return element_of<T>(words[k / kPerWord<T>], k % kPerWord<T>);
  }
  // Of elements 8 * half to 8 * half + 7.
  __device__ __forceinline__ std::uint32_t signs(int half) const {
    const std::uint32_t* w = words + half * (kWords / 2);
    if constexpr (kPerWord<T> == 1)
      return signs_of(bytes_of<3>(w[0], w[2], w[4], w[6]), bytes_of<3>(w[1], w[3], w[5], w[7]));
    else
      return signs_of(bytes_of<1>(w[0], w[1], w[2], w[3]), bytes_of<3>(w[0], w[1], w[2], w[3]));
  }
  template <NanInAmax kNan>
  __device__ __forceinline__ float amax() const {
    return amax_of_word<T, kNan>(amax_of_words<T, kNan>(words));
  }
};

// One column of such words.
template <class T, int kColumn>
struct ColumnBlock {
  const ColumnWords& of;

  __device__ __forceinline__ float value_at(int k) const { return element_of<T>(of.words[k], kColumn); }
  __device__ __forceinline__ float size(int k) const { return element_of<T>(sizes_of<T>(of.words[k]), kColumn); }
  __device__ __forceinline__ std::uint32_t signs(int half) const {
    constexpr int kByte = kPerWord<T> == 1 || kColumn == 1 ? 3 : 1;
    const std::uint32_t* w = of.words + 8 * half;
    return signs_of(bytes_of<kByte>(w[0], w[2], w[4], w[6]), bytes_of<kByte>(w[1], w[3], w[5], w[7]));
  }
  template <NanInAmax kNan>
  __device__ __forceinline__ float amax() const {
    return element_of<T>(amax_of_words<T, kNan>(of.words), kColumn);
  }
};

// Calls do_column(block, k) with each column k of the words.
template <class T, class DoColumn>
__device__ __forceinline__ void for_each_column(const ColumnWords& words, const DoColumn& do_column) {
  do_column(ColumnBlock<T, 0>{words}, 0);
  if constexpr (kPerWord<T> == 2) do_column(ColumnBlock<T, 1>{words}, 1);
}

// Codes of eight magnitudes below 7 from the first nibble on. A code is the least of rne(2v), rne(v + 2), rne(v/2 + 4):
// each is rounded once, by adding to 1.5 * 2^23, where binary32 has whole steps; such sums order as their bits do.
template <class Block>
__device__ __forceinline__ std::uint32_t size_codes_below_7(const Block& block, int half, float multiplier) {
  constexpr std::uint32_t kWholeBits = 0x4B400000u;
  constexpr float kWhole = 0x1.8p23f;
  std::uint32_t packed = 0u - 0x11111111u * kWholeBits;
#pragma unroll
  for (int k = 0; k < 8; ++k) {
    const float v = mul_rn(block.size(8 * half + k), multiplier);
    const std::uint32_t halves = bits_of(fma_rn(v, 2.0f, kWhole));
    const std::uint32_t ones = bits_of(add_rn(v, kWhole + 2.0f));
    const std::uint32_t twos = bits_of(fma_rn(v, 0.5f, kWhole + 4.0f));
    packed += __vimin3_u32(halves, ones, twos) << (4 * k);
  }
  return packed;
}

template <class Rules, class Block>
__device__ __forceinline__ std::uint32_t any_codes(const Block& block, int half, float multiplier) {
  std::uint32_t packed = 0;
#pragma unroll
  for (int k = 0; k < 8; k += 2) {
    const float low = Rules::scaled(block.value_at(8 * half + k), multiplier);
    const float high = Rules::scaled(block.value_at(8 * half + k + 1), multiplier);
    packed |= std::uint32_t{e2m1_pair_rn(low, high)} << (4 * k);
  }
  return packed;
}

// Two codes a byte, the first element in the low nibble. `amax` is the block's with NaN kept.
template <class Rules, class Block>
__device__ __forceinline__ uint2 codes_of(const Block& block, float amax, float multiplier) {
#if __CUDA_ARCH__ < 1000
  if (mul_rn(amax, multiplier) < 7.0f)
    return {size_codes_below_7(block, 0, multiplier) | block.signs(0),
            size_codes_below_7(block, 1, multiplier) | block.signs(1)};
#endif
  return {any_codes<Rules>(block, 0, multiplier), any_codes<Rules>(block, 1, multiplier)};
}

template <class Rules, int kWords>
__device__ __forceinline__ void prepare(std::uint32_t (&words)[kWords]) {
#pragma unroll
  for (std::uint32_t& word : words) word = Rules::prepared(word);
}

struct QuantizedBlock {
  uint2 codes;
  std::uint8_t scale_code;
};

// `amax` is the block's with NaN kept.
template <class Rules, class Block>
__device__ __forceinline__ QuantizedBlock quantized(const Block& block, float amax,
                                                    const typename Rules::Global& global) {
  float number = amax;
  if (!Rules::kNanPasses && amax != amax) number = block.template amax<NanInAmax::kDropped>();
  const Nvfp4Scale scale = Rules::scale(number, global);
  return {codes_of<Rules>(block, amax, scale.encode_scale), scale.code};
}

}  // namespace bitgate::device
