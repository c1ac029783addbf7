// A tile of 128 columns in the registers of a thread block, and its codes as rows and, through shared memory, as rows
// of the transposed operand.
//
// A thread holds, at each step, one vector of each of four neighbouring rows: what it packs of a column is a word of
// four codes. 32 lanes (binary32) or 16 lanes (16-bit types) cover the 128 columns.
#pragma once

#include "bitgate/device/kernels/fp8.cuh"
#include "bitgate/device/kernels/fp8_tile.h"

namespace bitgate::device {

inline constexpr int kPatchRows = 4;

struct Fp8Extent {
  std::int64_t rows, cols;
};

template <class T, int kTileRows>
struct Fp8Tile {
  using Input = T;
  static constexpr int kRows = kTileRows;
  static constexpr int kThreads = kTileRows * kFp8ThreadsPerRow;
  static constexpr int kLanes = kFp8TileCols / kPerVector<T>;
  static constexpr int kWords = kTileRows / kPatchRows;  // of a column of codes
  static constexpr int kWordsInStep = kThreads / kLanes;
  static constexpr int kSteps = kWords / kWordsInStep;

  std::int64_t row, col;  // of the tile's corner
  int lane, group;

  // `tiles`: how many lie side by side.
  static __device__ __forceinline__ Fp8Tile at(std::int64_t tiles) {
    const unsigned row = blockIdx.x / static_cast<unsigned>(tiles);
    const unsigned col = blockIdx.x - row * static_cast<unsigned>(tiles);
    return {std::int64_t{row} * kTileRows, std::int64_t{col} * kFp8TileCols, static_cast<int>(threadIdx.x) % kLanes,
            static_cast<int>(threadIdx.x) / kLanes};
  }
  // Inside the tile: the thread's first column, its word of four rows, and where its k-th column is kept: a step's
  // lanes lie next to each other.
  __device__ __forceinline__ int first_col() const { return lane * kPerVector<T>; }
  __device__ __forceinline__ int word(int step) const { return step * kWordsInStep + group; }
  __device__ __forceinline__ int first_row(int step) const { return kPatchRows * word(step); }
  __device__ __forceinline__ int slot(int k) const { return k * kLanes + lane; }
  static __device__ __forceinline__ int col_of_slot(int slot) { return slot % kLanes * kPerVector<T> + slot / kLanes; }
  // Word `word` of the column in a slot, in shared memory: neither the lanes of a step, which hold a word or two of
  // many columns, nor a warp that reads neighbouring slots meet in a bank.
  static __device__ __forceinline__ int place(int slot, int word) {
    const int turn = kWords == 32 ? (slot & 15) << 1 : slot & 14;
    return slot * kWords + (word ^ (turn | (slot >> 4 & 1)));
  }
};

template <class T>
struct Fp8Patch {
  Vector<T> rows[kPatchRows];
};
template <class Tile>
using Fp8Patches = Fp8Patch<typename Tile::Input>[Tile::kSteps];

// +0 past the ends of the tensor.
template <class Tile, class T>
__device__ __forceinline__ Fp8Patch<T> load_patch(const T* input, const Tile& tile, int step, const Fp8Extent& extent) {
  const std::int64_t v = tile.col / kPerVector<T> + tile.lane;
  const std::int64_t row = tile.row + tile.first_row(step);
  Fp8Patch<T> patch;
  if (extent.cols % kPerVector<T> == 0) {
    const std::int64_t vectors = extent.cols / kPerVector<T>;
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r)
      patch.rows[r] = load_vector(input, row + r, row + r < extent.rows ? v : vectors, vectors);
  } else {
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r)
      patch.rows[r] = load_elements(input, row + r, v, row + r < extent.rows ? extent.cols : 0, extent.cols);
  }
  return patch;
}

// Rows of codes of a patch: row r times multipliers[r].
template <class Element, class Product, class Tile, class T>
__device__ __forceinline__ void encode_rows(const Fp8Patch<T>& patch, const float (&multipliers)[kPatchRows],
                                            std::uint8_t* codes, const Tile& tile, int step, std::int64_t rows,
                                            std::int64_t pitch) {
  const std::int64_t row = tile.row + tile.first_row(step);
#pragma unroll
  for (int r = 0; r < kPatchRows; ++r) {
    const auto words = fp8_words<Element, Product>(patch.rows[r], multipliers[r]);
    if (row + r < rows)
      store_row_codes(codes + (row + r) * pitch, tile.col + tile.first_col(), pitch, pitch % kPerVector<T> == 0, words);
  }
}

// Columns of codes of a patch into shared memory: column k times multipliers[k].
template <class Element, class Product, class Tile, class T>
__device__ __forceinline__ void encode_columns(const Fp8Patch<T>& patch, const float (&multipliers)[kPerVector<T>],
                                               std::uint32_t* words, const Tile& tile, int step) {
#pragma unroll
  for (int k = 0; k < kPerVector<T>; ++k) {
    const auto scaled = [&](int r) { return Product::of(widen(patch.rows[r].values[k]), multipliers[k]); };
    words[Tile::place(tile.slot(k), tile.word(step))] = fp8_word<Element>(scaled(0), scaled(1), scaled(2), scaled(3));
  }
}

// Columns of the tile from shared memory, one or two a warp, as parts of rows of `pitch` codes.
template <class Tile>
__device__ __forceinline__ void store_columns(const std::uint32_t* words, std::uint8_t* codes, const Tile& tile,
                                              std::int64_t cols, std::int64_t pitch) {
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t row = tile.row + kPatchRows * (thread % Tile::kWords);
  if (row >= pitch) return;
#pragma unroll 4
  for (int slot = thread / Tile::kWords; slot < kFp8TileCols; slot += Tile::kThreads / Tile::kWords) {
    const std::int64_t col = tile.col + Tile::col_of_slot(slot);
    if (col >= cols) continue;
    const std::uint32_t word = words[Tile::place(slot, thread % Tile::kWords)];
    std::uint8_t* to = codes + col * pitch + row;
    if (pitch % kPatchRows == 0) {
      *reinterpret_cast<std::uint32_t*>(to) = word;
      continue;
    }
#pragma unroll
    for (int r = 0; r < kPatchRows; ++r)
      if (row + r < pitch) to[r] = static_cast<std::uint8_t>(word >> (8 * r));
  }
}

}  // namespace bitgate::device
