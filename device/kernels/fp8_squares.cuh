// A tile (see fp8_tile.cuh) with one scale for each square block, which rows and columns share.
#pragma once

#include "bitgate/device/kernels/fp8_lines.cuh"

namespace bitgate::device {

// `maxima`, zero before, meets the other threads of each square.
template <class Scheme, class Tile>
__device__ __forceinline__ void square_maxima(const Fp8Patches<Tile>& patches, const Tile& tile,
                                              std::uint32_t* maxima) {
  constexpr int kSteps = kStepsInBlock<Scheme, Tile>;
  constexpr int kLanes = kBlockLanes<Scheme, typename Tile::Input>;
#pragma unroll
  for (int first = 0; first < Tile::kSteps; first += kSteps) {
    float amax = 0.0f;
#pragma unroll
    for (int i = 0; i < kSteps; ++i)
#pragma unroll
      for (int r = 0; r < kPatchRows; ++r) amax = max_number(amax, amax_of(patches[first + i].rows[r]));
    const std::uint32_t bits = max_of_lanes<kLanes>(bits_of(amax));
    const int block = tile.first_row(first) / Scheme::kBlock;
    if (tile.lane % kLanes == 0) atomicMax(&maxima[block * kAcross<Scheme> + tile.lane / kLanes], bits);
  }
}

// One side's scales. `lines` of its operand and `blocks` in each lie in this tile, from `first_line` and `first_block`
// on; line_step and block_step lead from square to square through `stored`.
struct SquareSide {
  int lines, blocks, line_step, block_step;
  std::int64_t first_line, all_lines, first_block, all_blocks;
};
template <class Scheme>
__device__ __forceinline__ void store_square_scales(const typename Scheme::Scale* stored,
                                                    typename Scheme::Scale* scales, const SquareSide& side) {
  constexpr int kLinesPerScale = Scheme::kRepeats ? 1 : Scheme::kBlock;
  const int count = side.lines / kLinesPerScale * side.blocks;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const int line = i / side.blocks * kLinesPerScale, block = i % side.blocks;
    if (side.first_line + line >= side.all_lines || side.first_block + block >= side.all_blocks) continue;
    scales[(side.first_line + line) / kLinesPerScale * side.all_blocks + side.first_block + block] =
        stored[line / Scheme::kBlock * side.line_step + block * side.block_step];
  }
}

template <bool kRows, bool kColumns, class Scheme, class T>
__device__ __forceinline__ void fp8_squares(const T* input, std::uint8_t* codes, typename Scheme::Scale* scales,
                                            std::uint8_t* codes_columnwise, typename Scheme::Scale* scales_columnwise,
                                            const Fp8Extent& extent, std::int64_t tiles, const Scheme& scheme) {
  using Element = typename Scheme::Element;
  using Product = typename Scheme::Product;
  using Tile = Fp8Tile<T, Scheme::kTileRows>;
  constexpr int kBlock = Scheme::kBlock;
  constexpr int kSquares = kDown<Scheme> * kAcross<Scheme>;
  __shared__ std::uint32_t words[kColumns ? kFp8TileCols * Tile::kWords : 1];
  __shared__ std::uint32_t of_squares[kSquares];  // maxima, then multipliers
  __shared__ typename Scheme::Scale stored[kSquares];
  const int thread = static_cast<int>(threadIdx.x);
  const auto tile = Tile::at(tiles);
  Fp8Patches<Tile> patches;
#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step) patches[step] = load_patch(input, tile, step, extent);
  if (thread < kSquares) of_squares[thread] = 0;
  __syncthreads();

  square_maxima<Scheme>(patches, tile, of_squares);
  __syncthreads();
  if (thread < kSquares) {
    const auto scaled = scheme.scaled(float_of(of_squares[thread]));
    of_squares[thread] = bits_of(scaled.multiplier);
    stored[thread] = scaled.stored;
  }
  __syncthreads();

#pragma unroll
  for (int step = 0; step < Tile::kSteps; ++step) {
    const int down = tile.first_row(step) / kBlock, across = tile.lane / kBlockLanes<Scheme, T>;
    const float multiplier = float_of(of_squares[down * kAcross<Scheme> + across]);
    if constexpr (kRows) {
      const float multipliers[] = {multiplier, multiplier, multiplier, multiplier};
      encode_rows<Element, Product>(patches[step], multipliers, codes, tile, step, extent.rows,
                                    code_pitch<Scheme>(extent.cols));
    }
    if constexpr (kColumns) {
      float multipliers[kPerVector<T>];
#pragma unroll
      for (int k = 0; k < kPerVector<T>; ++k) multipliers[k] = multiplier;
      encode_columns<Element, Product>(patches[step], multipliers, words, tile, step);
    }
  }

  const std::int64_t row_blocks = (extent.rows + kBlock - 1) / kBlock, col_blocks = (extent.cols + kBlock - 1) / kBlock;
  if constexpr (kRows)
    store_square_scales<Scheme>(
        stored, scales,
        {Tile::kRows, kAcross<Scheme>, kAcross<Scheme>, 1, tile.row, extent.rows, tile.col / kBlock, col_blocks});
  if constexpr (kColumns) {
    store_square_scales<Scheme>(
        stored, scales_columnwise,
        {kFp8TileCols, kDown<Scheme>, 1, kAcross<Scheme>, tile.col, extent.cols, tile.row / kBlock, row_blocks});
    __syncthreads();
    store_columns(words, codes_columnwise, tile, extent.cols, code_pitch<Scheme>(extent.rows));
  }
}

}  // namespace bitgate::device
