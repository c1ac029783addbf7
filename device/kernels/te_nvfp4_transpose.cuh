// NVFP4 with blocks of 16, row-wise, column-wise or both at one reading of the input: E2M1 codes, an E4M3 scale a
// block, amax of the tensor or of each row and, for the column-wise side, of each column. The arithmetic is that of
// te_nvfp4_rules.cuh.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_sides.cuh"

namespace bitgate::device {

// Row block i of this thread.
template <class Rules, AmaxOf kAmaxOf, class T>
__device__ __forceinline__ void quantize_row_block(RowBlock<T> block, int i, const Globals<Rules, kAmaxOf>& globals,
                                                   const TileSide& side) {
  const RowUnit unit = row_unit<T>(i);
  if (!side.holds(unit.row, unit.block)) return;
  prepare<Rules>(block.words);
  const float amax = block.template amax<NanInAmax::kKept>();
  side.store(unit.row, unit.block, quantized<Rules>(block, amax, globals.of(unit.row)));
}

// From registers, or from where this thread put them in shared memory: short code, and registers for others.
template <class Rules, AmaxOf kAmaxOf, class T>
__device__ __forceinline__ void quantize_rows(const TileRows<T>& x, const Globals<Rules, kAmaxOf>& globals,
                                              const TileSide& side) {
#pragma unroll
  for (int i = 0; i < kRowBlocksPerThread<T>; ++i) quantize_row_block(x.blocks[i], i, globals, side);
}
template <class T, class Rules, AmaxOf kAmaxOf>
__device__ __forceinline__ void quantize_rows(const SharedTile& tile, const Globals<Rules, kAmaxOf>& globals,
                                              const TileSide& side) {
#pragma unroll 1
  for (int i = 0; i < kRowBlocksPerThread<T>; ++i)
    quantize_row_block(load_row_block<T>(tile, row_unit<T>(i)), i, globals, side);
}

template <class T, class Rules, AmaxOf kAmaxOf>
__device__ __forceinline__ void quantize_columns(const SharedTile& tile, const Globals<Rules, kAmaxOf>& globals,
                                                 const TileSide& side) {
#pragma unroll 1
  for (int i = 0; i < kColumnUnitsPerThread; ++i) {
    const ColumnUnit unit = column_unit(i);
    const unsigned first = kPerWord<T> * unit.word;
    if (!side.holds(first, unit.block)) continue;
    ColumnWords words = load_column_words(tile, unit);
    prepare<Rules>(words.words);
    const std::uint32_t amax = amax_of_words<T, NanInAmax::kKept>(words.words);
    for_each_column<T>(words, [&](const auto& block, int k) {
      const unsigned line = first + static_cast<unsigned>(k);
      if (!side.holds(line, unit.block)) return;
      side.store(line, unit.block, quantized<Rules>(block, element_of<T>(amax, k), globals.of(line)));
    });
  }
}

// Columns of any number where they are quantized alone, else a multiple of 16; rows a multiple of 16 where columns are
// quantized.
template <class Rules, Sides kSides, AmaxOf kAmaxOf, class T>
__device__ __forceinline__ void te_nvfp4_sides(const T* input, const Nvfp4Side& rowwise, const Nvfp4Side& columnwise,
                                               std::int64_t rows, std::int64_t cols, std::int64_t tiles_across) {
  constexpr bool kRows = kSides != Sides::kColumns, kColumns = kSides != Sides::kRows;
  __shared__ Globals<Rules, kAmaxOf> row_globals, column_globals;
  __shared__ SharedTile tile;
  const TilePlace place = tile_place<T>(tiles_across);
  const TileRows<T> x = load_tile_rows<kSides == Sides::kColumns>(input, place, rows, cols);
  if constexpr (kRows) row_globals.form(rowwise.amax, place.row, rows, 0);
  if constexpr (kColumns) {
    column_globals.form(columnwise.amax, place.col, cols, kColumnThreads);
    store_tile_rows(tile, x);
  }
  __syncthreads();
  if constexpr (kSides == Sides::kRows)
    quantize_rows(x, row_globals, row_side(rowwise, place, rows, cols));
  else if constexpr (kRows)
    quantize_rows<T>(tile, row_globals, row_side(rowwise, place, rows, cols));
  if constexpr (kColumns) quantize_columns<T>(tile, column_globals, column_side(columnwise, place, rows, cols));
}

}  // namespace bitgate::device
