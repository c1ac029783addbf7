// One-byte scales between rows and the 128 x 4 tiles in which cuBLAS takes them: a tile is 512 bytes, tiles lie
// row-major, and scale (row, col) of a tile is byte row % 32 * 16 + row / 32 * 4 + col. Rows and columns are padded to
// whole tiles with zero.
// Source: NVIDIA cuBLAS documentation, "1D Block Scaling Factors Layout".
//
// A thread block moves 128 rows by 128 columns through shared memory: rows are read and written 128 bytes at a time,
// tiles 512.
#pragma once

#include "bitgate/device/kernels/machine.cuh"
#include "bitgate/device/kernels/swizzle.h"

namespace bitgate::device {

inline constexpr int kSwizzleWords = kSwizzleCols / 4;
inline constexpr int kSwizzleWarps = kSwizzleThreads / kWarpLanes;
inline constexpr int kTileVectors = 32;  // of 16 bytes
static_assert(kSwizzleWords == kWarpLanes);

// A word is four scales of a row, and of a tile. One word more than a row holds: lanes on neighbouring rows then meet
// different banks.
struct ScaleTile {
  std::uint32_t words[kSwizzleRows][kSwizzleWords + 1];
};

// The part of the matrix that a thread block moves.
struct ScalePart {
  std::int64_t first_row, first_col, rows, cols;
  bool by_words;  // rows begin on word boundaries

  __device__ __forceinline__ bool holds(int row, int col) const {
    return first_row + row < rows && first_col + col < cols;
  }
  __device__ __forceinline__ std::int64_t at(int row, int col) const {
    return (first_row + row) * cols + first_col + col;
  }
  __device__ __forceinline__ std::int64_t tiles_in_row() const { return (cols + kTileColumns - 1) / kTileColumns; }
  // Vector `lane` of the part's tile `tile`, among all vectors of the tiles.
  __device__ __forceinline__ std::int64_t vector_at(int tile, int lane) const {
    const std::int64_t whole = first_row / kSwizzleRows * tiles_in_row() + first_col / kTileColumns + tile;
    return whole * kTileVectors + lane;
  }
  __device__ __forceinline__ bool has_tile(int tile) const { return first_col / kTileColumns + tile < tiles_in_row(); }
};

__device__ __forceinline__ ScalePart scale_part(std::int64_t rows, std::int64_t cols, std::int64_t chunks) {
  const unsigned band = blockIdx.x / static_cast<unsigned>(chunks);
  const unsigned chunk = blockIdx.x - band * static_cast<unsigned>(chunks);
  return {std::int64_t{band} * kSwizzleRows, std::int64_t{chunk} * kSwizzleCols, rows, cols, cols % 4 == 0};
}

__device__ __forceinline__ void read_rows(const std::uint8_t* scales, const ScalePart& part, ScaleTile& tile) {
  const int warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
#pragma unroll 16
  for (int row = warp; row < kSwizzleRows; row += kSwizzleWarps) {
    if (part.by_words) {
      const bool held = part.holds(row, 4 * lane);
      tile.words[row][lane] = held ? __ldg(reinterpret_cast<const std::uint32_t*>(scales + part.at(row, 4 * lane))) : 0;
      continue;
    }
    auto* bytes = reinterpret_cast<std::uint8_t*>(tile.words[row]);
#pragma unroll
    for (int col = lane; col < kSwizzleCols; col += kWarpLanes)
      bytes[col] = part.holds(row, col) ? __ldg(scales + part.at(row, col)) : 0;
  }
}

__device__ __forceinline__ void write_rows(std::uint8_t* scales, const ScalePart& part, const ScaleTile& tile) {
  const int warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
#pragma unroll 4
  for (int row = warp; row < kSwizzleRows; row += kSwizzleWarps) {
    if (part.by_words) {
      if (part.holds(row, 4 * lane))
        *reinterpret_cast<std::uint32_t*>(scales + part.at(row, 4 * lane)) = tile.words[row][lane];
      continue;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(tile.words[row]);
#pragma unroll
    for (int col = lane; col < kSwizzleCols; col += kWarpLanes)
      if (part.holds(row, col)) scales[part.at(row, col)] = bytes[col];
  }
}

// Every byte of the tiles is written, padding as zero.
__device__ __forceinline__ void swizzle_scales(const std::uint8_t* scales, std::uint8_t* tiles, std::int64_t rows,
                                               std::int64_t cols, std::int64_t chunks) {
  __shared__ ScaleTile tile;
  const ScalePart part = scale_part(rows, cols, chunks);
  read_rows(scales, part, tile);
  __syncthreads();
  const int lane = threadIdx.x % kWarpLanes;
  for (int t = threadIdx.x / kWarpLanes; t < kSwizzleWords && part.has_tile(t); t += kSwizzleWarps)
    reinterpret_cast<uint4*>(tiles)[part.vector_at(t, lane)] =
        make_uint4(tile.words[lane][t], tile.words[lane + 32][t], tile.words[lane + 64][t], tile.words[lane + 96][t]);
}

// Padding is dropped unread.
__device__ __forceinline__ void unswizzle_scales(const std::uint8_t* tiles, std::uint8_t* scales, std::int64_t rows,
                                                 std::int64_t cols, std::int64_t chunks) {
  __shared__ ScaleTile tile;
  const ScalePart part = scale_part(rows, cols, chunks);
  const int lane = threadIdx.x % kWarpLanes;
#pragma unroll 4
  for (int t = threadIdx.x / kWarpLanes; t < kSwizzleWords; t += kSwizzleWarps) {
    if (!part.has_tile(t)) continue;
    const uint4 vector = __ldg(reinterpret_cast<const uint4*>(tiles) + part.vector_at(t, lane));
    tile.words[lane][t] = vector.x;
    tile.words[lane + 32][t] = vector.y;
    tile.words[lane + 64][t] = vector.z;
    tile.words[lane + 96][t] = vector.w;
  }
  __syncthreads();
  write_rows(scales, part, tile);
}

}  // namespace bitgate::device
