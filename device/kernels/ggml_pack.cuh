// ggml's interleaved blocks from codes, scales and sums in arrays of their own. Every byte is written; padding is zero.
//
// block_q8_1, 36 bytes, [row][block of 32]: half d, half s, int8 q[32]; block_q8_0, 34 bytes, the same without s.
// block_q8_1_mmq, 144 bytes, [block of 128][row]: 16 bytes of scales, int8 q[128]. The scales are D4: four binary32 d;
// DS4: four pairs half d, half s; D2S6: halves d0 d1 (one for 64 values) s0 .. s5 (one for 16 of the first 96 values).
// Rows of activations are padded to 512 values. Source: ggml-org/llama.cpp d99724f2, ggml/src/ggml-common.h,
// ggml/src/ggml-cuda/mmq.cuh.
#pragma once

#include <cstring>

#include "bitgate/device/kernels/row_tile.cuh"
#include "bitgate/device/kernels/swizzle.h"

namespace bitgate::device {

inline constexpr int kQ8Block = 32;
inline constexpr int kMmqBlock = 128;
inline constexpr int kMmqVectors = 9;  // one of scales, eight of codes

// Rows of codes are `code_pitch` bytes, a multiple of 32; a row has `blocks` blocks, padding included.
struct BlockRows {
  std::int64_t rows, cols, blocks, code_pitch, scale_pitch;
};

// Codes [col, col + sizeof(Unit)) of a row, zero past its end.
template <class Unit>
__device__ __forceinline__ Unit codes_at(const std::uint8_t* codes, const BlockRows& tensor, std::int64_t row,
                                         std::int64_t col) {
  constexpr int kBytes = static_cast<int>(sizeof(Unit));
  Unit unit{};
  if (col + kBytes <= tensor.cols)
    unit = __ldg(reinterpret_cast<const Unit*>(codes + row * tensor.code_pitch + col));
  else if (col < tensor.cols) {
    std::uint8_t bytes[kBytes];
#pragma unroll
    for (int i = 0; i < kBytes; ++i) bytes[i] = col + i < tensor.cols ? codes[row * tensor.code_pitch + col + i] : 0;
    memcpy(&unit, bytes, kBytes);
  }
  return unit;
}

// Number `at` of a row of `pitch` numbers, zero past its end.
template <class T>
__device__ __forceinline__ std::uint32_t number_at(const T* numbers, std::int64_t row, std::int64_t pitch,
                                                   std::int64_t at) {
  return at < pitch ? __ldg(numbers + row * pitch + at) : 0;
}

// Blocks of 32 whose first unit is the scale, with the sum above it where there is one.
struct Q8_1Block {
  using Unit = std::uint32_t;
  const std::uint16_t *scales, *sums;
  __device__ __forceinline__ Unit head(const BlockRows& tensor, std::int64_t row, std::int64_t block) const {
    return number_at(scales, row, tensor.scale_pitch, block) | number_at(sums, row, tensor.scale_pitch, block) << 16;
  }
};
struct Q8_0Block {
  using Unit = std::uint16_t;
  const std::uint16_t* scales;
  __device__ __forceinline__ Unit head(const BlockRows& tensor, std::int64_t row, std::int64_t block) const {
    return static_cast<Unit>(number_at(scales, row, tensor.scale_pitch, block));
  }
};

// A thread block works on the units of one row.
template <class Block>
__device__ __forceinline__ void pack_q8(const std::uint8_t* codes, const Block& block, std::uint8_t* packed,
                                        const BlockRows& tensor, std::int64_t chunks) {
  using Unit = typename Block::Unit;
  constexpr int kUnits = 1 + kQ8Block / static_cast<int>(sizeof(Unit));
  const std::int64_t units = tensor.blocks * kUnits;
  const RowTile tile = row_tile<kBlockUnitsPerThread>(chunks);
  Unit packed_units[kBlockUnitsPerThread];
#pragma unroll
  for (int i = 0; i < kBlockUnitsPerThread; ++i) {
    const std::int64_t unit = tile.first + std::int64_t{i} * blockDim.x;
    if (unit >= units) continue;
    const std::int64_t at = static_cast<std::uint32_t>(unit) / kUnits;  // a row has less than 2^32
    const auto in_block = static_cast<int>(unit - at * kUnits);
    const std::int64_t col = at * kQ8Block + (in_block - 1) * static_cast<int>(sizeof(Unit));
    packed_units[i] = in_block == 0 ? block.head(tensor, tile.row, at) : codes_at<Unit>(codes, tensor, tile.row, col);
  }
#pragma unroll
  for (int i = 0; i < kBlockUnitsPerThread; ++i) {
    const std::int64_t unit = tile.first + std::int64_t{i} * blockDim.x;
    if (unit < units) reinterpret_cast<Unit*>(packed)[tile.row * units + unit] = packed_units[i];
  }
}

// The 16 bytes of scales of a block of 128.
struct MmqD4 {
  const std::uint32_t* scales;  // binary32
  __device__ __forceinline__ uint4 head(const BlockRows& tensor, std::int64_t row, std::int64_t block) const {
    const auto d = [&](int i) { return number_at(scales, row, tensor.scale_pitch, 4 * block + i); };
    return make_uint4(d(0), d(1), d(2), d(3));
  }
};
struct MmqDs4 {
  const std::uint16_t *scales, *sums;
  __device__ __forceinline__ uint4 head(const BlockRows& tensor, std::int64_t row, std::int64_t block) const {
    const auto pair = [&](int i) {
      const std::int64_t at = 4 * block + i;
      return number_at(scales, row, tensor.scale_pitch, at) | number_at(sums, row, tensor.scale_pitch, at) << 16;
    };
    return make_uint4(pair(0), pair(1), pair(2), pair(3));
  }
};
struct MmqD2s6 {
  const std::uint16_t *scales, *sums;
  __device__ __forceinline__ uint4 head(const BlockRows& tensor, std::int64_t row, std::int64_t block) const {
    const std::int64_t sums_in_row = (tensor.cols + kMmqBlock - 1) / kMmqBlock * 6;
    const auto d = [&](int i) { return number_at(scales, row, tensor.scale_pitch, 2 * block + i); };
    const auto pair = [&](int i) {
      return number_at(sums, row, sums_in_row, 6 * block + i) | number_at(sums, row, sums_in_row, 6 * block + i + 1)
                                                                    << 16;
    };
    return make_uint4(d(0) | d(1) << 16, pair(0), pair(2), pair(4));
  }
};

// A thread block works on the vectors of one column of blocks, which lie row after row.
template <class Head>
__device__ __forceinline__ void pack_mmq(const std::uint8_t* codes, const Head& head, std::uint8_t* packed,
                                         const BlockRows& tensor, std::int64_t chunks) {
  const std::int64_t vectors = tensor.rows * kMmqVectors;
  const RowTile tile = row_tile<kBlockUnitsPerThread>(chunks);
  const std::int64_t block = tile.row;
#pragma unroll
  for (int i = 0; i < kBlockUnitsPerThread; ++i) {
    const std::int64_t vector = tile.first + std::int64_t{i} * blockDim.x;
    if (vector >= vectors) return;
    const std::int64_t row = vector / kMmqVectors;
    const auto in_block = static_cast<int>(vector - row * kMmqVectors);
    const std::int64_t col = block * kMmqBlock + (in_block - 1) * 16;
    reinterpret_cast<uint4*>(packed)[block * vectors + vector] =
        in_block == 0 ? head.head(tensor, row, block) : codes_at<uint4>(codes, tensor, row, col);
  }
}

}  // namespace bitgate::device
