// Kernels whose threads hold one block of 16 elements each: what they load, and how codes and scales leave them.
//
// A quantizer Q has kAmaxOfRow, start(amax), which is called first, and operator()(x, place), which codes a block. In
// squares the 16 neighbouring lanes of a half-warp hold the 16 lines of one square. Codes leave as 8 bytes a block, low
// nibble first.
#pragma once

#include <type_traits>

#include "bitgate/device/kernels/row_tile.cuh"
#include "bitgate/device/kernels/te_block16.h"

namespace bitgate::device {

struct CodedBlock {
  std::uint32_t low, high;  // eight codes each
  std::uint32_t scale_code;
};

// Of the operand of a side: a row, and which 16 of its elements. Column-wise a row is a column of the input.
struct BlockPlace {
  std::int64_t row, block;
};

__device__ __forceinline__ void store_block(std::uint8_t* codes, std::uint8_t* scales, std::int64_t at,
                                            const CodedBlock& coded) {
  reinterpret_cast<uint2*>(codes)[at] = make_uint2(coded.low, coded.high);
  scales[at] = static_cast<std::uint8_t>(coded.scale_code);
}

// Elements 2w and 2w + 1 of 16-bit floats in a word, widened exactly.
__device__ __forceinline__ float low_of(Bf16Bits, std::uint32_t word) { return float_of(word << 16); }
__device__ __forceinline__ float high_of(Bf16Bits, std::uint32_t word) { return float_of(word & 0xFFFF0000u); }
__device__ __forceinline__ float low_of(Fp16Bits, std::uint32_t word) {
  return widen_fp16(static_cast<std::uint16_t>(word));
}
__device__ __forceinline__ float high_of(Fp16Bits, std::uint32_t word) {
  return widen_fp16(static_cast<std::uint16_t>(word >> 16));
}

// Sixteen elements that follow each other, 16-byte aligned, in global or shared memory.
template <class T>
__device__ __forceinline__ void load_16(const T* from, float (&x)[16]) {
#pragma unroll
  for (int v = 0; v < 16 / kPerVector<T>; ++v) {
    const uint4 raw = reinterpret_cast<const uint4*>(from)[v];
    const std::uint32_t words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
    for (int w = 0; w < 4; ++w) {
      if constexpr (std::is_same_v<T, float>) {
        x[4 * v + w] = float_of(words[w]);
      } else {
        x[8 * v + 2 * w] = low_of(T{}, words[w]);
        x[8 * v + 2 * w + 1] = high_of(T{}, words[w]);
      }
    }
  }
}

// Row-wise; `cols` is a multiple of 16.
template <class Q, class T>
__device__ __forceinline__ void quantize_rows_16(Q& quantizer, const T* __restrict__ input, const float* amax,
                                                 std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                                 std::int64_t chunks) {
  const std::int64_t blocks = cols / 16;
  const RowTile tile = row_tile<kBlocks16PerThread>(chunks);
  quantizer.start(amax[Q::kAmaxOfRow ? tile.row : 0]);
#pragma unroll 1
  for (int i = 0; i < kBlocks16PerThread; ++i) {
    const std::int64_t block = tile.first + std::int64_t{i} * blockDim.x;
    if (block >= blocks) return;
    const std::int64_t at = tile.row * blocks + block;
    float x[16];
    load_16(input + 16 * at, x);
    store_block(codes, scales, at, quantizer(x, BlockPlace{tile.row, block}));
  }
}

// Coded blocks of a thread block on their way to memory: `kLines` rows of the operand, `kBlocks` blocks of each. The
// odd pitch keeps lanes that hold different lines on different banks.
template <int kLines, int kBlocks>
struct StagedBlocks {
  uint2 codes[kLines][kBlocks + 1];
  std::uint8_t scales[kLines][kBlocks];

  __device__ __forceinline__ void put(int line, int block, const CodedBlock& coded) {
    codes[line][block] = make_uint2(coded.low, coded.high);
    scales[line][block] = static_cast<std::uint8_t>(coded.scale_code);
  }

  // One block a thread: neighbouring threads have neighbouring blocks of a line. After __syncthreads().
  __device__ __forceinline__ void flush(std::uint8_t* to_codes, std::uint8_t* to_scales, const BlockPlace& first,
                                        std::int64_t rows, std::int64_t blocks) const {
    const int line = static_cast<int>(threadIdx.x) / kBlocks, block = static_cast<int>(threadIdx.x) % kBlocks;
    const std::int64_t row = first.row + line, column = first.block + block;
    if (row >= rows || column >= blocks) return;
    reinterpret_cast<uint2*>(to_codes)[row * blocks + column] = codes[line][block];
    to_scales[row * blocks + column] = scales[line][block];
  }
};

// This thread block's tiles: strips of kTiles16 follow each other across, then down.
struct TileStrip {
  std::int64_t down, across;  // of its first tile
};
__device__ __forceinline__ TileStrip tile_strip(std::int64_t strips_across) {
  const unsigned down = blockIdx.x / static_cast<unsigned>(strips_across);
  const unsigned strip = blockIdx.x - down * static_cast<unsigned>(strips_across);
  return {down, std::int64_t{strip} * kTiles16};
}

// Column-wise; `rows` is a multiple of 16, of columns there may be any number.
template <class Q, class T>
__device__ __forceinline__ void quantize_columns_16(Q& quantizer, const T* __restrict__ input, const float* amax,
                                                    std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows,
                                                    std::int64_t cols, std::int64_t strips_across) {
  // Two, so that a tile may be staged while another leaves.
  __shared__ StagedBlocks<kColumns16Cols, kColumns16Blocks> staged[2];
  const TileStrip strip = tile_strip(strips_across);
  const int lane = static_cast<int>(threadIdx.x) % kColumns16Cols;
  const int warp = static_cast<int>(threadIdx.x) / kColumns16Cols;
  BlockPlace first{strip.across * kColumns16Cols, strip.down * kColumns16Blocks};
  quantizer.start(amax[0]);
#pragma unroll 1
  for (int i = 0; i < kTiles16 && first.row < cols; ++i, first.row += kColumns16Cols) {
    const BlockPlace place{first.row + lane, first.block + warp};
    if (place.row < cols && place.block < rows / 16) {
      const T* from = input + 16 * place.block * cols + place.row;
      float x[16];
#pragma unroll
      for (int k = 0; k < 16; ++k, from += cols) x[k] = widen(*from);
      staged[i % 2].put(lane, warp, quantizer(x, place));
    }
    __syncthreads();
    staged[i % 2].flush(codes, scales, first, cols, rows / 16);
  }
}

// A tile of squares, +0 outside of the tensor. The pitch of an odd number of vectors keeps eight rows on different
// banks.
template <class T>
struct SquareTile {
  static constexpr int kPitch = kSquares16Side + kPerVector<T>;
  alignas(kVectorBytes) T elements[kSquares16Side * kPitch];

  __device__ __forceinline__ void load(const T* __restrict__ input, std::int64_t row0, std::int64_t col0,
                                       std::int64_t rows, std::int64_t cols) {
    constexpr int kAcross = kSquares16Side / kPerVector<T>;
#pragma unroll
    for (int i = 0; i < kSquares16Side * kAcross / kThreads16; ++i) {
      const int n = static_cast<int>(threadIdx.x) + i * kThreads16;
      const int row = n / kAcross, col = n % kAcross * kPerVector<T>;
      uint4 raw{0, 0, 0, 0};
      if (row0 + row < rows && col0 + col < cols)
        raw = __ldg(reinterpret_cast<const uint4*>(input + (row0 + row) * cols + col0 + col));
      *reinterpret_cast<uint4*>(elements + row * kPitch + col) = raw;
    }
  }
};

// Squares of 16 x 16, either side; rows and columns are multiples of 16. All lanes code, so that they can meet in
// shuffles; those outside of the tensor code zeros.
template <bool kColumnwise, class Q, class T>
__device__ __forceinline__ void quantize_squares_16(Q& quantizer, const T* __restrict__ input, const float* amax,
                                                    std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows,
                                                    std::int64_t cols, std::int64_t strips_across) {
  constexpr int kSquares = kSquares16Side / 16;
  __shared__ SquareTile<T> tile;
  __shared__ StagedBlocks<kSquares16Side, kSquares> staged;
  const TileStrip strip = tile_strip(strips_across);
  const int lane = static_cast<int>(threadIdx.x) % 16, square = static_cast<int>(threadIdx.x) / 16;
  const int down = 16 * (square / kSquares), across = 16 * (square % kSquares);
  const int line = (kColumnwise ? across : down) + lane;
  const int block = (kColumnwise ? down : across) / 16;
  const std::int64_t row0 = strip.down * kSquares16Side;
  std::int64_t col0 = strip.across * kSquares16Side;
  quantizer.start(amax[0]);
#pragma unroll 1
  for (int i = 0; i < kTiles16 && col0 < cols; ++i, col0 += kSquares16Side) {
    tile.load(input, row0, col0, rows, cols);
    __syncthreads();
    float x[16];
    if constexpr (kColumnwise) {
#pragma unroll
      for (int k = 0; k < 16; ++k) x[k] = widen(tile.elements[(down + k) * tile.kPitch + across + lane]);
    } else {
      load_16(tile.elements + (down + lane) * tile.kPitch + across, x);
    }
    const BlockPlace first = kColumnwise ? BlockPlace{col0, row0 / 16} : BlockPlace{row0, col0 / 16};
    staged.put(line, block, quantizer(x, BlockPlace{first.row + line, first.block + block}));
    __syncthreads();
    staged.flush(codes, scales, first, kColumnwise ? cols : rows, (kColumnwise ? rows : cols) / 16);
  }
}

// |x| as a modifier of the instruction that reads it. Of a NaN it is a NaN.
__device__ __forceinline__ float absolute(float x) {
  float result;
  asm("abs.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

// max |x| of what this thread holds, NaN dropped; or NaN if one is there.
__device__ __forceinline__ float amax_16(const float (&x)[16]) {
  float amax = 0.0f;
#pragma unroll
  for (int k = 0; k < 16; ++k) amax = max_number(amax, absolute(x[k]));
  return amax;
}
__device__ __forceinline__ float amax_or_nan_16(const float (&x)[16]) {
  float amax = 0.0f;
#pragma unroll
  for (int k = 0; k < 16; ++k) amax = max_nan(amax, absolute(x[k]));
  return amax;
}

// The largest of the 16 lanes of a square. All lanes of the warp take part.
__device__ __forceinline__ float amax_of_square(float amax) {
#pragma unroll
  for (int mask = 8; mask > 0; mask /= 2) amax = max_number(amax, from_lane_xor(amax, mask));
  return amax;
}

}  // namespace bitgate::device
