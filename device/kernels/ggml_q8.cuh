// ggml's INT8 quantizers: a rule (ggml_q8_rules.cuh) makes scales and codes, a writer (ggml_q8_writers.cuh) stores
// them. A lane holds four neighbouring values, a block of 32 columns takes 8 neighbouring lanes.
#pragma once

#include "bitgate/device/kernels/ggml_q8_rules.cuh"
#include "bitgate/device/kernels/ggml_q8_writers.cuh"

namespace bitgate::device {

// Whether every row begins where a vector may: its columns are a multiple of four. Kernels branch on that once, so that
// several loads are in flight.
enum class Rows {
  kAligned,
  kRagged,
};

// Four values from column `col`, a multiple of four; +0 past the end of the row.
template <Rows rows>
__device__ __forceinline__ Vector<float> load_four(const float* input, std::int64_t row, std::int64_t col,
                                                   std::int64_t cols) {
  if constexpr (rows == Rows::kAligned)
    return load_vector(input, row, col / kPerVector<float>, cols / kPerVector<float>);
  Vector<float> x{};
#pragma unroll
  for (int k = 0; k < kPerVector<float>; ++k)
    if (col + k < cols) x.values[k] = __ldg(input + row * cols + col + k);
  return x;
}

// The low bytes of four words, the first in the low byte.
__device__ __forceinline__ std::uint32_t low_bytes(const std::uint32_t (&words)[4]) {
  return __byte_perm(__byte_perm(words[0], words[1], 0x0040), __byte_perm(words[2], words[3], 0x0040), 0x5410);
}

template <class Math, class Writer>
__device__ __forceinline__ float q8_sum(const float (&x)[4]) {
  if constexpr (Writer::kSum == Q8Sum::kByOnes) return sum_by_ones<Math>(x);
  if constexpr (Writer::kSum == Q8Sum::kByFours) return sum_by_fours<Math, Writer::kSumCols / 4>(x);
  return 0.0f;
}

// One vector and, with its neighbours, its share of a block. All lanes of a warp take part, those past the end of the
// row with +0; they store nothing.
template <class Rule, class Writer>
__device__ __forceinline__ void quantize_q8_vector(const float (&x)[4], const Writer& writer, const Q8Place& at) {
  using Math = typename Rule::Math;
  const float amax = lanes_amax<Math, Writer::kBlock / 4>(x);
  const float sum = q8_sum<Math, Writer>(x);
  const typename Rule::Scale scale = Rule::scale(amax);
  const std::uint32_t codes[4] = {Rule::code(x[0], scale), Rule::code(x[1], scale), Rule::code(x[2], scale),
                                  Rule::code(x[3], scale)};
  if (at.v >= at.vectors) return;
  writer.codes(at, low_bytes(codes));
  if (at.v % (Writer::kBlock / 4) == 0) writer.scale(at, scale.decode);
  if (Writer::kSum != Q8Sum::kNone && at.v % (Writer::kSumCols / 4) == 0) writer.sums(at, sum);
}

template <Rows rows, class Rule, class Writer>
__device__ __forceinline__ void quantize_q8_rows(const float* input, const Writer& writer, std::int64_t cols,
                                                 std::int64_t chunks) {
  constexpr int kStructure = Writer::kStructure;
  const std::int64_t vectors = (cols + kStructure - 1) / kStructure * (kStructure / kPerVector<float>);
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<float> x[kVectorsPerThread];
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    x[i] = load_four<rows>(input, tile.row, (tile.first + std::int64_t{i} * blockDim.x) * kPerVector<float>, cols);
#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i)
    quantize_q8_vector<Rule>(x[i].values, writer, {tile.row, tile.first + std::int64_t{i} * blockDim.x, vectors, cols});
}

// Any `cols`.
template <class Rule, class Writer>
__device__ __forceinline__ void quantize_q8(const float* input, const Writer& writer, std::int64_t cols,
                                            std::int64_t chunks) {
  if (cols % kPerVector<float> == 0)
    quantize_q8_rows<Rows::kAligned, Rule>(input, writer, cols, chunks);
  else
    quantize_q8_rows<Rows::kRagged, Rule>(input, writer, cols, chunks);
}

}  // namespace bitgate::device
