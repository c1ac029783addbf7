// NVFP4 with blocks of 16 x 16: one scale a square, stored for each of its rows and, on the column-wise side, for each
// of its columns. The sides differ in layout alone where their amax is one number.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_sides.cuh"

namespace bitgate::device {

// max|x| of the squares of a tile, as bits: those of non-negative floats order as the floats do. NaN is dropped.
template <class T>
struct SquareAmax {
  unsigned bits[kTileBlockRows * kTileBlocks<T>];

  __device__ __forceinline__ void clear() {
    if (threadIdx.x < kTileBlockRows * kTileBlocks<T>) bits[threadIdx.x] = 0;
  }
  // All threads take part. The rows of a warp lie in one row of squares.
  __device__ __forceinline__ void raise(const RowUnit& unit, float amax) {
#pragma unroll
    for (int mask = kTileBlocks<T>; mask < kWarpLanes; mask *= 2) amax = max_number(amax, from_lane_xor(amax, mask));
    if (threadIdx.x % kWarpLanes < kTileBlocks<T>)
      atomicMax(&bits[unit.row / 16 * kTileBlocks<T> + unit.block], bits_of(amax));
  }
};

// What follows from a square's amax, on each side.
template <class T>
struct SquareScales {
  Nvfp4Scale of[kTileBlockRows * kTileBlocks<T>];

  template <class Rules>
  __device__ __forceinline__ void form(const SquareAmax<T>& amax, const float* global_amax, unsigned first_thread) {
    const unsigned square = threadIdx.x - first_thread;  // wraps below it
    if (square >= kTileBlockRows * kTileBlocks<T>) return;
    of[square] = Rules::scale(float_of(amax.bits[square]), Rules::global(global_amax[0]));
  }
  __device__ __forceinline__ const Nvfp4Scale& at(unsigned block_row, unsigned block) const {
    return of[block_row * kTileBlocks<T> + block];
  }
};

// Row block i of this thread.
template <class Rules, class T>
__device__ __forceinline__ void encode_row_block(const RowBlock<T>& block, int i, const SquareScales<T>& scales,
                                                 const TileSide& side) {
  const RowUnit unit = row_unit<T>(i);
  if (!side.holds(unit.row, unit.block)) return;
  const Nvfp4Scale scale = scales.at(unit.row / 16, unit.block);
  const float amax = block.template amax<NanInAmax::kKept>();
  side.store(unit.row, unit.block, {codes_of<Rules>(block, amax, scale.encode_scale), scale.code});
}

template <class Rules, class T>
__device__ __forceinline__ void encode_columns(const SharedTile& tile, const SquareScales<T>& scales,
                                               const TileSide& side) {
#pragma unroll 1
  for (int i = 0; i < kColumnUnitsPerThread; ++i) {
    const ColumnUnit unit = column_unit(i);
    const unsigned first = kPerWord<T> * unit.word;
    if (!side.holds(first, unit.block)) continue;
    const ColumnWords words = load_column_words(tile, unit);
    const Nvfp4Scale scale = scales.at(unit.block, first / 16);
    const std::uint32_t amax = amax_of_words<T, NanInAmax::kKept>(words.words);
    for_each_column<T>(words, [&](const auto& block, int k) {
      side.store(first + static_cast<unsigned>(k), unit.block,
                 {codes_of<Rules>(block, element_of<T>(amax, k), scale.encode_scale), scale.code});
    });
  }
}

// Rows and columns are multiples of 16.
template <class Rules, Sides kSides, class T>
__device__ __forceinline__ void te_nvfp4_squares(const T* input, const Nvfp4Side& rowwise, const Nvfp4Side& columnwise,
                                                 std::int64_t rows, std::int64_t cols, std::int64_t tiles_across) {
  constexpr bool kRows = kSides != Sides::kColumns, kColumns = kSides != Sides::kRows;
  __shared__ SquareAmax<T> amax;
  __shared__ SquareScales<T> row_scales, column_scales;
  __shared__ SharedTile tile;
  const TilePlace place = tile_place<T>(tiles_across);
  const TileRows<T> x = load_tile_rows<false>(input, place, rows, cols);
  amax.clear();
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kRowBlocksPerThread<T>; ++i)
    amax.raise(row_unit<T>(i), x.blocks[i].template amax<NanInAmax::kDropped>());
  if constexpr (kColumns) store_tile_rows(tile, x);
  __syncthreads();
  if constexpr (kRows) row_scales.template form<Rules>(amax, rowwise.amax, 0);
  if constexpr (kColumns) column_scales.template form<Rules>(amax, columnwise.amax, kTileThreads / 2);
  __syncthreads();
  if constexpr (kSides == Sides::kRows) {
    const TileSide side = row_side(rowwise, place, rows, cols);
#pragma unroll
    for (int i = 0; i < kRowBlocksPerThread<T>; ++i) encode_row_block<Rules>(x.blocks[i], i, row_scales, side);
  } else if constexpr (kRows) {
    const TileSide side = row_side(rowwise, place, rows, cols);
#pragma unroll 1
    for (int i = 0; i < kRowBlocksPerThread<T>; ++i)
      encode_row_block<Rules>(load_row_block<T>(tile, row_unit<T>(i)), i, row_scales, side);
  }
  if constexpr (kColumns) encode_columns<Rules>(tile, column_scales, column_side(columnwise, place, rows, cols));
}

}  // namespace bitgate::device
