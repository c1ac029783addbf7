// Codes back to numbers: code * factor, both binary32, rounded to nearest even once, and once more where the values are
// bf16 or FP16. How a block's factor follows from its scale is a Factor of dequantize_factors.cuh.
//
// codes: rows of `code_pitch` codes, 4-bit ones two a byte with the first in the low nibble; scales: a row-major matrix
// of `scale_pitch` columns, one for each cell of 2^row_shift x 2^col_shift elements; values: row-major, contiguous.
// Rows whose values are whole 16-byte vectors are written by vectors, any other element by element.
// The producers' orders: TransformerEngine d0067d0d, transformer_engine/common/cast/nvfp4/dequantize_nvfp4.cuh and
// .../mxfp8/dequantize_mxfp8.cuh; pytorch/ao 36027d82, torchao/prototype/mx_formats; ggml-org/llama.cpp d99724f2,
// ggml/src/ggml-cuda/dequantize.cuh.
#pragma once

#include "bitgate/device/kernels/dequantize_factors.cuh"
#include "bitgate/device/kernels/dequantize_tile.h"
#include "bitgate/device/kernels/row_tile.cuh"

namespace bitgate::device {

struct CodeMatrix {
  std::int64_t cols, code_pitch, scale_pitch, row_shift, col_shift;
};

// The unsigned integer that holds kBits bits.
template <int kBits>
struct UintOf;
template <>
struct UintOf<8> {
  using type = std::uint8_t;
};
template <>
struct UintOf<16> {
  using type = std::uint16_t;
};
template <>
struct UintOf<32> {
  using type = std::uint32_t;
};
template <>
struct UintOf<64> {
  using type = std::uint64_t;
};

// Two values in one store unit of the output type, 32 bits each of binary32.
__device__ __forceinline__ void put_pair(float*, float low, float high, std::uint32_t (&words)[4], int pair) {
  words[2 * pair] = bits_of(low);
  words[2 * pair + 1] = bits_of(high);
}
__device__ __forceinline__ void put_pair(Bf16Bits*, float low, float high, std::uint32_t (&words)[4], int pair) {
  words[pair] = bf16_pair_rn(low, high);
}
__device__ __forceinline__ void put_pair(Fp16Bits*, float low, float high, std::uint32_t (&words)[4], int pair) {
  words[pair] = fp16_pair_rn(low, high);
}

__device__ __forceinline__ void put_value(float* values, std::int64_t at, float value) { values[at] = value; }
__device__ __forceinline__ void put_value(Bf16Bits* values, std::int64_t at, float value) {
  values[at].bits = static_cast<std::uint16_t>(bf16_pair_rn(value, 0.0f));
}
__device__ __forceinline__ void put_value(Fp16Bits* values, std::int64_t at, float value) {
  values[at].bits = fp16_rn(value);
}

// The codes of output vector v of a row, in one load.
template <class Element, class T>
__device__ __forceinline__ std::uint64_t load_codes(const std::uint8_t* codes, std::int64_t first) {
  using Word = typename UintOf<Element::kBits * kPerVector<T>>::type;
  return __ldg(reinterpret_cast<const Word*>(codes + first * Element::kBits / 8));
}

template <class Element, class Factor, class T>
__device__ __forceinline__ void dequantize_vectors(const std::uint8_t* codes, const Factor& factor, T* values,
                                                   const CodeMatrix& matrix, const RowTile& tile) {
  constexpr int kValues = kPerVector<T>;
  const std::int64_t vectors = matrix.cols / kValues;
  const std::int64_t scale_row = (tile.row >> matrix.row_shift) * matrix.scale_pitch;
  std::uint64_t packed[kDequantizeVectorsPerThread];
  float factors[kDequantizeVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kDequantizeVectorsPerThread; ++i) {
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    packed[i] = load_codes<Element, T>(codes, tile.row * matrix.code_pitch + v * kValues);
    factors[i] = factor(tile.row, scale_row + ((v * kValues) >> matrix.col_shift));
  }
#pragma unroll
  for (int i = 0; i < kDequantizeVectorsPerThread; ++i) {
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    if (v >= vectors) continue;
    std::uint32_t words[4];
#pragma unroll
    for (int k = 0; k < kValues; k += 2) {
      const float2 pair = Element::pair(static_cast<std::uint32_t>(packed[i] >> (Element::kBits * k)));
      put_pair(values, mul_rn(pair.x, factors[i]), mul_rn(pair.y, factors[i]), words, k / 2);
    }
    reinterpret_cast<uint4*>(values)[tile.row * vectors + v] = make_uint4(words[0], words[1], words[2], words[3]);
  }
}

// Rows of any length: an element a thread and step.
template <class Element, class Factor, class T>
__device__ __forceinline__ void dequantize_elements(const std::uint8_t* codes, const Factor& factor, T* values,
                                                    const CodeMatrix& matrix, const RowTile& tile) {
  const std::int64_t scale_row = (tile.row >> matrix.row_shift) * matrix.scale_pitch;
  for (int i = 0; i < kDequantizeVectorsPerThread; ++i) {
    const std::int64_t col = tile.first + std::int64_t{i} * blockDim.x;
    if (col >= matrix.cols) return;
    const std::int64_t at = tile.row * matrix.code_pitch + col;
    const std::uint32_t byte = codes[at * Element::kBits / 8];
    const std::uint32_t code = Element::kBits == 4 && at % 2 != 0 ? byte >> 4 : byte;
    const float product = mul_rn(Element::pair(code).x, factor(tile.row, scale_row + (col >> matrix.col_shift)));
    put_value(values, tile.row * matrix.cols + col, product);
  }
}

template <class Element, class Factor, class T>
__device__ __forceinline__ void dequantize(const std::uint8_t* codes, const Factor& factor, T* values,
                                           const CodeMatrix& matrix, std::int64_t chunks) {
  const RowTile tile = row_tile<kDequantizeVectorsPerThread>(chunks);
  if (matrix.cols % kPerVector<T> == 0)
    dequantize_vectors<Element>(codes, factor, values, matrix, tile);
  else
    dequantize_elements<Element>(codes, factor, values, matrix, tile);
}

}  // namespace bitgate::device
