// FP8 codes with one scale for each block of columns: the row-wise side alone.
#pragma once

#include "bitgate/device/kernels/fp8.cuh"

namespace bitgate::device {

// codes: rows of code_pitch(cols), scales: one a block, rounded up. What lies past `cols` counts as +0.
template <class Scheme, class T>
__device__ __forceinline__ void fp8_rows(const T* input, std::uint8_t* codes, typename Scheme::Scale* scales,
                                         std::int64_t cols, std::int64_t chunks, const Scheme& scheme) {
  constexpr int kLanes = Scheme::kBlock / kPerVector<T>;  // neighbouring lanes that share a block
  const std::int64_t blocks = (cols + Scheme::kBlock - 1) / Scheme::kBlock;
  const std::int64_t pitch = code_pitch<Scheme>(cols);
  const bool whole = cols % kPerVector<T> == 0;
  const RowTile tile = row_tile<kVectorsPerThread>(chunks);
  Vector<T> x[kVectorsPerThread];
  if (whole) {
#pragma unroll
    for (int i = 0; i < kVectorsPerThread; ++i)
      x[i] = load_vector(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, cols / kPerVector<T>);
  } else {
#pragma unroll
    for (int i = 0; i < kVectorsPerThread; ++i)
      x[i] = load_elements(input, tile.row, tile.first + std::int64_t{i} * blockDim.x, cols, cols);
  }

#pragma unroll
  for (int i = 0; i < kVectorsPerThread; ++i) {
    float amax = 0.0f;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; ++k) amax = max_number(amax, magnitude(widen(x[i].values[k])));
    const auto scaled = scheme.scaled(float_of(max_of_lanes<kLanes>(bits_of(amax))));
    const auto codes_of_x = fp8_words<typename Scheme::Element, typename Scheme::Product>(x[i], scaled.multiplier);
    const std::int64_t v = tile.first + std::int64_t{i} * blockDim.x;
    store_row_codes(codes + tile.row * pitch, v * kPerVector<T>, pitch, pitch % kPerVector<T> == 0, codes_of_x);
    if (v % kLanes == 0 && v / kLanes < blocks) scales[tile.row * blocks + v / kLanes] = scaled.stored;
  }
}

}  // namespace bitgate::device
