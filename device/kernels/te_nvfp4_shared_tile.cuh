// A tile of input in shared memory (te_nvfp4_tile.h): rows go in by 16-byte vectors, blocks of columns come out by
// words, neither with bank conflicts.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_block.cuh"
#include "bitgate/device/kernels/te_nvfp4_tile.h"

namespace bitgate::device {

inline constexpr int kTileVectors = kTileBytes / kVectorBytes;  // in a row
inline constexpr int kTileWords = kTileBytes / 4;
inline constexpr int kTileBlockRows = kTileRows / 16;

template <class T>
inline constexpr int kTileCols = kTileBytes / static_cast<int>(sizeof(T));
template <class T>
inline constexpr int kTileBlocks = kTileCols<T> / 16;  // in a row
template <class T>
inline constexpr int kRowBlocksPerThread = kTileRows* kTileBlocks<T> / kTileThreads;
inline constexpr int kColumnUnitsPerThread = kTileBlockRows * kTileWords / kTileThreads;

struct alignas(kVectorBytes) SharedTile {
  std::uint32_t words[kTileRows * kTileWords];
};

// The first row and column of this thread block's tile.
struct TilePlace {
  std::int64_t row, col;
};
template <class T>
__device__ __forceinline__ TilePlace tile_place(std::int64_t tiles_across) {
  const unsigned down = blockIdx.x / static_cast<unsigned>(tiles_across);
  const unsigned across = blockIdx.x - down * static_cast<unsigned>(tiles_across);
  return {std::int64_t{down} * kTileRows, std::int64_t{across} * kTileCols<T>};
}

// Elements [col, col + 16) of a row, +0 outside of the tensor; kRagged: rows may begin and end anywhere.
template <bool kRagged, class T>
__device__ __forceinline__ RowBlock<T> load_row_block(const T* input, std::int64_t row, std::int64_t col,
                                                      std::int64_t rows, std::int64_t cols) {
  RowBlock<T> block{};
  if (row >= rows || col >= cols) return block;
  const T* from = input + row * cols + col;
  if (kRagged && (cols % kPerVector<T> != 0 || col + 16 > cols)) {
#pragma unroll
    for (int k = 0; k < 16; ++k) {
      if (col + k >= cols) break;
      block.words[k / kPerWord<T>] |= word_of(from[k]) << (k % kPerWord<T> * 16);
    }
    return block;
  }
#pragma unroll
  for (int v = 0; v < 16 / kPerVector<T>; ++v) {
    const uint4 raw = __ldg(reinterpret_cast<const uint4*>(from) + v);
    memcpy(block.words + 4 * v, &raw, sizeof raw);
  }
  return block;
}

// Row block i of this thread: its row and its number in the row.
struct RowUnit {
  unsigned row, block;
};
template <class T>
__device__ __forceinline__ RowUnit row_unit(int i) {
  const unsigned n = threadIdx.x + static_cast<unsigned>(i) * kTileThreads;
  return {n / kTileBlocks<T>, n % kTileBlocks<T>};
}

// Column unit i of this thread: a block of 16 rows and a word of each. A warp takes 4 blocks of 8 words, so that a
// column's codes leave it in whole sectors of 32 bytes.
struct ColumnUnit {
  unsigned block, word;
};
__device__ __forceinline__ ColumnUnit column_unit(int i) {
  const unsigned lane = threadIdx.x % kWarpLanes, warp = threadIdx.x / kWarpLanes;
  return {4 * static_cast<unsigned>(i) + lane % 4, 8 * warp + lane / 4};
}

// Where vector v of a row lies. The 4 blocks of a warp's column units fall on different banks, as do the vectors that 8
// lanes write at once.
__device__ __forceinline__ unsigned slot_of(unsigned row, unsigned v) {
  return v ^ v >> 3 ^ 2 * ((row ^ row >> 4) & 3);
}

// All row blocks of this thread.
template <class T>
struct TileRows {
  RowBlock<T> blocks[kRowBlocksPerThread<T>];
};
template <bool kRagged, class T>
__device__ __forceinline__ TileRows<T> load_tile_rows(const T* input, const TilePlace& place, std::int64_t rows,
                                                      std::int64_t cols) {
  TileRows<T> x;
#pragma unroll
  for (int i = 0; i < kRowBlocksPerThread<T>; ++i) {
    const RowUnit unit = row_unit<T>(i);
    x.blocks[i] = load_row_block<kRagged>(input, place.row + unit.row, place.col + 16 * unit.block, rows, cols);
  }
  return x;
}
// Where vector v of a row block lies in the tile.
template <class T>
__device__ __forceinline__ unsigned word_at(const RowUnit& unit, unsigned v) {
  constexpr unsigned kVectors = 16 / kPerVector<T>;
  return unit.row * kTileWords + 4 * slot_of(unit.row, kVectors * unit.block + v);
}
template <class T>
__device__ __forceinline__ void store_tile_rows(SharedTile& tile, const TileRows<T>& x) {
#pragma unroll
  for (int i = 0; i < kRowBlocksPerThread<T>; ++i)
#pragma unroll
    for (int v = 0; v < 16 / kPerVector<T>; ++v)
      memcpy(tile.words + word_at<T>(row_unit<T>(i), v), x.blocks[i].words + 4 * v, kVectorBytes);
}
template <class T>
__device__ __forceinline__ RowBlock<T> load_row_block(const SharedTile& tile, const RowUnit& unit) {
  RowBlock<T> block;
#pragma unroll
  for (int v = 0; v < 16 / kPerVector<T>; ++v)
    memcpy(block.words + 4 * v, tile.words + word_at<T>(unit, v), kVectorBytes);
  return block;
}

__device__ __forceinline__ ColumnWords load_column_words(const SharedTile& tile, const ColumnUnit& unit) {
  ColumnWords column;
#pragma unroll
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned row = 16 * unit.block + i;
    column.words[i] = tile.words[row * kTileWords + 4 * slot_of(row, unit.word / 4) + unit.word % 4];
  }
  return column;
}

}  // namespace bitgate::device
