// What the kernels of matrix instructions share: a warp's part of a tile in memory. Lane 4 g + t of a warp holds words
// t and t + 4 of rows g and g + 8 of A, and elements 2 t and 2 t + 1 of those rows of D; so do mma.sync and wgmma, of
// all types (PTX ISA, matrix fragments).
#pragma once

#include <cstdint>

#include "bitgate/device/kernels/mma_op.h"

namespace bitgate::device::mma {

struct Lane {
  std::uint32_t g, t;
};
__device__ __forceinline__ Lane lane() { return {(threadIdx.x % 32) / 4, threadIdx.x % 4}; }

// The 16 rows of this warp, from the tile's first.
__device__ __forceinline__ std::uint32_t first_row() { return threadIdx.x / 32 * 16; }

struct FragmentA {
  std::uint32_t word[4];  // rows g and g + 8 of word t, then of word t + 4
};
__device__ __forceinline__ FragmentA load_a(const std::uint32_t* tile, Lane lane) {
  const std::uint32_t* row = tile + (first_row() + lane.g) * kMmaWords + lane.t;
  const std::uint32_t* other = row + 8 * kMmaWords;
  return {{row[0], other[0], row[4], other[4]}};
}

struct FragmentB {
  std::uint32_t word[2];
};
__device__ __forceinline__ FragmentB load_b(const std::uint32_t* tile, Lane lane, std::uint32_t block) {
  const std::uint32_t* column = tile + (block * 8 + lane.g) * kMmaWords + lane.t;
  return {{column[0], column[4]}};
}

// Where a lane's element `i` of a block of eight columns lies in a tile of C or D: two of row g, two of row g + 8.
__device__ __forceinline__ std::uint32_t place(Lane lane, std::uint32_t block, std::uint32_t i) {
  return (first_row() + lane.g + i / 2 * 8) * kMmaTile + block * 8 + lane.t * 2 + i % 2;
}

}  // namespace bitgate::device::mma
