// A tile (see fp8_tile.cuh) with one scale for each block of a row, and of a column for the transposed operand.
#pragma once

#include "bitgate/device/kernels/fp8_tile.cuh"

namespace bitgate::device {

// A tile's blocks: side by side in a row, one below the other in a column; and the lanes that share one of a row.
template <class Scheme>
inline constexpr int kAcross = kFp8TileCols / Scheme::kBlock;
template <class Scheme>
inline constexpr int kDown = Scheme::kTileRows / Scheme::kBlock;
template <class Scheme, class T>
inline constexpr int kBlockLanes = Scheme::kBlock / kPerVector<T>;

template <class T>
__device__ __forceinline__ float amax_of(const Vector<T>& x) {
  float amax = 0.0f;
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k) amax = max_number(amax, magnitude(widen(x.values[k])));
  return amax;
}

template <class Scheme, class Tile>
__device__ __forceinline__ void row_maxima(const Fp8Patches<Tile>& patches, const Tile& tile, std::uint32_t* maxima) {
  constexpr int kLanes = kBlockLanes<Scheme, typename Tile::Input>;
#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step)
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r) {
      const std::uint32_t bits = max_of_lanes<kLanes>(bits_of(amax_of(patches[step].rows[r])));
      if (tile.lane % kLanes == 0) maxima[(tile.first_row(step) + r) * kAcross<Scheme> + tile.lane / kLanes] = bits;
    }
}

template <class T>
__device__ __forceinline__ void raise_columns(const Fp8Patch<T>& patch, float (&amax)[kPerVector<T>]) {
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k)
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r) amax[k] = max_number(amax[k], magnitude(widen(patch.rows[r].values[k])));
}

// Steps whose rows lie in one block: all of a block as high as the tile, else one.
template <class Scheme, class Tile>
inline constexpr int kStepsInBlock = kDown<Scheme> == 1 ? Tile::kSteps : 1;

// `maxima`, zero before, meets the other threads of the column.
template <class Scheme, class Tile>
__device__ __forceinline__ void column_maxima(const Fp8Patches<Tile>& patches, const Tile& tile,
                                              std::uint32_t* maxima) {
  constexpr int kSteps = kStepsInBlock<Scheme, Tile>;
  constexpr int kColumns = kPerVector<typename Tile::Input>;
#pragma unroll
  for (int first = 0; first < Tile::kSteps; first += kSteps) {
    float amax[kColumns] = {};
#pragma unroll
    for (int i = 0; i < kSteps; ++i) raise_columns(patches[first + i], amax);
    const int block = tile.first_row(first) / Scheme::kBlock;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) atomicMax(&maxima[block * kFp8TileCols + tile.slot(k)], bits_of(amax[k]));
  }
}

// Line `line` of `lines`, block `block` of `blocks` in it: amax becomes the multiplier, and the scale is stored.
template <class Scheme>
__device__ __forceinline__ void scale_block(std::uint32_t& amax, typename Scheme::Scale* scales, std::int64_t line,
                                            std::int64_t lines, std::int64_t block, std::int64_t blocks,
                                            const Scheme& scheme) {
  const auto scaled = scheme.scaled(float_of(amax));
  amax = bits_of(scaled.multiplier);
  if (line < lines && block < blocks) scales[line * blocks + block] = scaled.stored;
}

template <class Scheme, class Tile>
__device__ __forceinline__ void scale_rows(std::uint32_t* maxima, typename Scheme::Scale* scales, const Tile& tile,
                                           const Fp8Extent& extent, const Scheme& scheme) {
  const std::int64_t blocks = (extent.cols + Scheme::kBlock - 1) / Scheme::kBlock;
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * kAcross<Scheme>; i += Tile::kThreads)
    scale_block(maxima[i], scales, tile.row + i / kAcross<Scheme>, extent.rows,
                tile.col / Scheme::kBlock + i % kAcross<Scheme>, blocks, scheme);
}
template <class Scheme, class Tile>
__device__ __forceinline__ void scale_columns(std::uint32_t* maxima, typename Scheme::Scale* scales, const Tile& tile,
                                              const Fp8Extent& extent, const Scheme& scheme) {
  const std::int64_t blocks = (extent.rows + Scheme::kBlock - 1) / Scheme::kBlock;
  for (int i = static_cast<int>(threadIdx.x); i < kFp8TileCols * kDown<Scheme>; i += Tile::kThreads)
    scale_block(maxima[i], scales, tile.col + Tile::col_of_slot(i % kFp8TileCols), extent.cols,
                tile.row / Scheme::kBlock + i / kFp8TileCols, blocks, scheme);
}

template <bool kRows, class Scheme, class T>
__device__ __forceinline__ void fp8_lines(const T* input, std::uint8_t* codes, typename Scheme::Scale* scales,
                                          std::uint8_t* codes_columnwise, typename Scheme::Scale* scales_columnwise,
                                          const Fp8Extent& extent, std::int64_t tiles, const Scheme& scheme) {
  using Element = typename Scheme::Element;
  using Product = typename Scheme::Product;
  using Tile = Fp8Tile<T, Scheme::kTileRows>;
  __shared__ std::uint32_t words[kFp8TileCols * Tile::kWords];
  __shared__ std::uint32_t of_rows[Tile::kRows * kAcross<Scheme>];  // maxima, then multipliers
  __shared__ std::uint32_t of_columns[kFp8TileCols * kDown<Scheme>];
  const auto tile = Tile::at(tiles);
  Fp8Patches<Tile> patches;
#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step) patches[step] = load_patch(input, tile, step, extent);
  for (int i = static_cast<int>(threadIdx.x); i < kFp8TileCols * kDown<Scheme>; i += Tile::kThreads) of_columns[i] = 0;
  __syncthreads();

  if constexpr (kRows) row_maxima<Scheme>(patches, tile, of_rows);
  column_maxima<Scheme>(patches, tile, of_columns);
  __syncthreads();
  if constexpr (kRows) scale_rows(of_rows, scales, tile, extent, scheme);
  scale_columns(of_columns, scales_columnwise, tile, extent, scheme);
  __syncthreads();

#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step) {
    float multipliers[kPerVector<T>];
    const int block = tile.first_row(step) / Scheme::kBlock;
#pragma unroll
    for (int k = 0; k < kPerVector<T>; ++k) multipliers[k] = float_of(of_columns[block * kFp8TileCols + tile.slot(k)]);
    encode_columns<Element, Product>(patches[step], multipliers, words, tile, step);
    if constexpr (kRows) {
      float row_multipliers[kPatchRows];
      const int across = tile.lane / kBlockLanes<Scheme, T>;
#pragma unroll
      for (int r = 0; r < kPatchRows; ++r)
        row_multipliers[r] = float_of(of_rows[(tile.first_row(step) + r) * kAcross<Scheme> + across]);
      encode_rows<Element, Product>(patches[step], row_multipliers, codes, tile, step, extent.rows,
                                    code_pitch<Scheme>(extent.cols));
    }
  }
  __syncthreads();
  store_columns(words, codes_columnwise, tile, extent.cols, code_pitch<Scheme>(extent.rows));
}

}  // namespace bitgate::device
