// 4-byte words of input: one binary32, or two neighbours of 16 bits, the first in the low half. Of columns a word is
// one row of kPerWord columns.
#pragma once

#include <type_traits>

#include "bitgate/device/kernels/pairs.cuh"
#include "bitgate/device/kernels/te_nvfp4_tile.h"

namespace bitgate::device {

template <class T>
inline constexpr int kPerWord = 4 / static_cast<int>(sizeof(T));

// The bits of an element, in the low half of a word where they are 16.
__device__ __forceinline__ std::uint32_t word_of(float value) { return bits_of(value); }
template <class T>
__device__ __forceinline__ std::uint32_t word_of(T value) {
  return value.bits;
}

// Element k of a word as binary32, exactly.
template <class T>
__device__ __forceinline__ float element_of(std::uint32_t word, int k) {
  if constexpr (std::is_same_v<T, float>)
    return float_of(word);
  else if constexpr (std::is_same_v<T, Bf16Bits>)
    return float_of(k == 0 ? word << 16 : word & 0xFFFF0000u);
  else
    return k == 0 ? widen_low<T>(word) : widen_high<T>(word);
}

// The word without its signs.
template <class T>
__device__ __forceinline__ std::uint32_t sizes_of(std::uint32_t word) {
  return kPerWord<T> == 1 ? word & 0x7FFFFFFFu : magnitudes(word);
}

enum class NanInAmax { kDropped, kKept };

// The larger magnitude of each element of a word. Start from 0. A NaN that is kept is any NaN.
template <class T, NanInAmax kNan>
__device__ __forceinline__ std::uint32_t amax_of_words(std::uint32_t amax, std::uint32_t word) {
  const std::uint32_t sizes = sizes_of<T>(word);
  constexpr bool kKept = kNan == NanInAmax::kKept;
  if constexpr (std::is_same_v<T, float>)
    return bits_of(kKept ? max_nan(float_of(amax), float_of(sizes)) : max_number(float_of(amax), float_of(sizes)));
  else if constexpr (kKept)
    return __vmaxu2(amax, sizes);  // NaNs lie above infinity
  else if constexpr (std::is_same_v<T, Bf16Bits>)
    return max_number_bf16x2(amax, sizes);
  else
    return max_number_f16x2(amax, sizes);
}

template <class T, NanInAmax kNan, int kWords>
__device__ __forceinline__ std::uint32_t amax_of_words(const std::uint32_t (&words)[kWords]) {
  std::uint32_t amax = 0;
#pragma unroll
  for (const std::uint32_t word : words) amax = amax_of_words<T, kNan>(amax, word);
  return amax;
}

// The larger of the elements of such a word.
template <class T, NanInAmax kNan>
__device__ __forceinline__ float amax_of_word(std::uint32_t amax) {
  if constexpr (kPerWord<T> == 1)
    return float_of(amax);
  else if constexpr (kNan == NanInAmax::kKept)
    return element_of<T>(max(amax & 0xFFFFu, amax >> 16), 0);
  else
    return max_number(element_of<T>(amax, 0), element_of<T>(amax, 1));
}

// 16 rows of one word of columns.
struct ColumnWords {
  std::uint32_t words[16];
};

// Row `row` of the word at column `col`, a multiple of kPerWord; +0 outside of the tensor.
template <class T>
__device__ __forceinline__ std::uint32_t load_word(const T* input, std::int64_t row, std::int64_t col,
                                                   std::int64_t rows, std::int64_t cols) {
  std::uint32_t word = 0;
#pragma unroll
  for (int k = 0; k < kPerWord<T>; ++k) {
    if (row >= rows || col + k >= cols) break;
    word |= word_of(input[row * cols + col + k]) << (16 * k);
  }
  return word;
}

// Rows row to row + 15 of that word. Neighbouring lanes read neighbouring words.
template <class T>
__device__ __forceinline__ ColumnWords load_column_words(const T* input, std::int64_t row, std::int64_t col,
                                                         std::int64_t rows, std::int64_t cols) {
  ColumnWords column;
  if (cols % kPerWord<T> == 0 && row + 16 <= rows && col < cols) {
    const T* from = input + row * cols + col;
#pragma unroll
    for (int i = 0; i < 16; ++i) column.words[i] = __ldg(reinterpret_cast<const std::uint32_t*>(from + i * cols));
  } else {
#pragma unroll
    for (int i = 0; i < 16; ++i) column.words[i] = load_word(input, row + i, col, rows, cols);
  }
  return column;
}

// The first row and column of this thread where a thread block of kTileThreads threads takes strips of columns, a word
// a lane; its next rows follow at a distance of kColumnStripRows.
inline constexpr int kColumnStripRows = kTileThreads / kWarpLanes * 16;
struct ColumnStrip {
  std::int64_t row, col;
};
template <class T>
__device__ __forceinline__ ColumnStrip column_strip(std::int64_t across) {
  const unsigned down = blockIdx.x / static_cast<unsigned>(across);
  const unsigned strip = blockIdx.x - down * static_cast<unsigned>(across);
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes, lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  return {std::int64_t{down} * kColumnAmaxRows + 16 * warp, (std::int64_t{strip} * kWarpLanes + lane) * kPerWord<T>};
}

}  // namespace bitgate::device
