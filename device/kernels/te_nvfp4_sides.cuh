// The sides of NVFP4 tensors as a thread block over a tile sees them: where their blocks go, and what their amax gives.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_block.cuh"
#include "bitgate/device/kernels/te_nvfp4_shared_tile.cuh"

namespace bitgate::device {

enum class Sides { kRows, kColumns, kBoth };
enum class AmaxOf { kTensor, kLine };                         // kLine: each row, or each column
inline constexpr unsigned kColumnThreads = kTileThreads / 2;  // the first thread of those that form columns' numbers

// One side. `codes` in blocks of 8 bytes, `scales` in the same order.
struct Nvfp4Side {
  const float* amax;
  std::uint8_t* codes;
  std::uint8_t* scales;
};

// The part of a side that a tile fills: lines are its rows or its columns, from the first of the tile on.
struct TileSide {
  uint2* codes;
  std::uint8_t* scales;
  std::uint32_t pitch;          // blocks of a line: memory holds no line of 2^32
  std::uint32_t lines, blocks;  // how many of the tile's the tensor has

  __device__ __forceinline__ bool holds(unsigned line, unsigned block) const { return line < lines && block < blocks; }
  __device__ __forceinline__ void store(unsigned line, unsigned block, const QuantizedBlock& quantized) const {
    const std::uint64_t at = std::uint64_t{line} * pitch + block;
    codes[at] = quantized.codes;
    scales[at] = quantized.scale_code;
  }
};

__device__ __forceinline__ TileSide tile_side(const Nvfp4Side& side, std::int64_t line, std::int64_t lines,
                                              std::int64_t block, std::int64_t blocks) {
  const std::int64_t first = line * blocks + block;
  return {reinterpret_cast<uint2*>(side.codes) + first, side.scales + first, static_cast<std::uint32_t>(blocks),
          static_cast<std::uint32_t>(min(lines - line, std::int64_t{kTileBytes})),
          static_cast<std::uint32_t>(min(blocks - block, std::int64_t{kTileBytes}))};
}
__device__ __forceinline__ TileSide row_side(const Nvfp4Side& side, const TilePlace& place, std::int64_t rows,
                                             std::int64_t cols) {
  return tile_side(side, place.row, rows, place.col / 16, cols / 16);
}
__device__ __forceinline__ TileSide column_side(const Nvfp4Side& side, const TilePlace& place, std::int64_t rows,
                                                std::int64_t cols) {
  return tile_side(side, place.col, cols, place.row / 16, rows / 16);
}

// What amax gives, of the tensor or of each line of a tile: formed by the threads from `first` on, for all to read
// after a barrier.
template <class Rules, AmaxOf kAmaxOf>
struct Globals {
  static constexpr unsigned kCount = kAmaxOf == AmaxOf::kTensor ? 1 : kTileThreads / 2;
  typename Rules::Global numbers[kCount];

  __device__ __forceinline__ void form(const float* amax, std::int64_t line, std::int64_t lines, unsigned first) {
    const unsigned mine = threadIdx.x - first;  // wraps below it
    if constexpr (kAmaxOf == AmaxOf::kTensor) {
      if (mine == 0) numbers[0] = Rules::global(amax[0]);
    } else {
      if (mine < kCount && line + mine < lines) numbers[mine] = Rules::global(amax[line + mine]);
    }
  }
  __device__ __forceinline__ const typename Rules::Global& of(unsigned line) const {
    return numbers[kAmaxOf == AmaxOf::kTensor ? 0 : line];
  }
};

}  // namespace bitgate::device
