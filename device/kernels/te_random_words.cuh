// Where the random words of a block of 16 come from: four words, one for each four elements of the operand's row.
//
// The producer's threads draw as they work, each with a sequence of its own; a block takes one whole draw of one
// thread, so that any thread can make the words of any block. NVIDIA/TransformerEngine, commit d0067d0d:
// common/cast/nvfp4/specialized/*tuned_1D.cuh, common/cast/nvfp4/quantize_transpose_nvfp4.cuh,
// common/transpose/quantize_transpose_vector_blockwise_fp4.cu.
#pragma once

#include "bitgate/device/kernels/philox.cuh"
#include "bitgate/device/kernels/te_block16.cuh"
#include "bitgate/device/kernels/te_random_order.h"

namespace bitgate::device {

// Words given by the caller, in the order of the operand.
struct GivenWords {
  const uint4* words;
  std::int64_t blocks;  // of a row of the operand

  __device__ __forceinline__ uint4 of(const BlockPlace& place) const {
    return __ldg(words + place.row * blocks + place.block);
  }
};

// A draw of one thread of the producer's; blocks of threads cover 128 x 128 elements.
struct ThreadDraw {
  unsigned thread, draw;
  bool upper_first;  // the second eight elements take the first two words: the upper half of a warp
};

// Of row `row` of a tile, elements 16 * block and on.
__device__ __forceinline__ ThreadDraw draw_of_row(TeDrawOrder order, unsigned row, unsigned block) {
  if (order == TeDrawOrder::kFallback) return {row % 32 * 8 + block, row / 32, false};
  if (order == TeDrawOrder::kTwoD) {
    const unsigned thread = row % 16 * 8 + block;
    return {thread, row / 32 * 4 + 2 + row % 32 / 16, thread % 32 >= 16};
  }
  // Four stages of 64 x 64, two row-wise draws each; two more where there is a column-wise side.
  const unsigned thread = row % 32 * 4 + block % 4, stage = row / 64 * 2 + block / 4;
  const unsigned of_stage = order == TeDrawOrder::kTuned ? 2 : 4;
  return {thread, stage * of_stage + row % 64 / 32, thread % 32 >= 16};
}

// Of column `col` of a tile, rows 16 * block and on.
__device__ __forceinline__ ThreadDraw draw_of_column(TeDrawOrder order, unsigned col, unsigned block) {
  if (order == TeDrawOrder::kTwoD) return {col, block / 2 * 4 + block % 2, false};
  const unsigned pair = col % 64 / 2, of_pair = col % 2;
  if (order == TeDrawOrder::kFallback) return {pair * 8 + block, 4 + col / 64 * 2 + of_pair, false};
  const unsigned warp = (block - pair / 2) % 4, stage = block / 4 * 2 + col / 64;
  return {warp * 32 + pair, stage * 4 + 2 + of_pair, false};
}

template <bool kColumnwise>
struct DrawnWords {
  TeDrawOrder order;
  std::uint64_t seed, offset;
  std::int64_t tiles_across;  // of the input: its columns over 128

  __device__ __forceinline__ uint4 of(const BlockPlace& place) const {
    const unsigned line = static_cast<unsigned>(place.row % 128), block = static_cast<unsigned>(place.block % 8);
    const ThreadDraw one = kColumnwise ? draw_of_column(order, line, block) : draw_of_row(order, line, block);
    const std::int64_t down = kColumnwise ? place.block / 8 : place.row / 128;
    const std::int64_t across = kColumnwise ? place.row / 128 : place.block / 8;
    const std::int64_t threads = order == TeDrawOrder::kFallback ? 256 : 128;
    const std::int64_t sequence = one.thread + (down * tiles_across + across) * threads;
    const uint4 words = philox_draw(seed, offset, static_cast<std::uint64_t>(sequence), one.draw);
    return one.upper_first ? uint4{words.z, words.w, words.x, words.y} : words;
  }
};

// As a kernel's scalars have them; `cols` is a multiple of 128.
template <bool kColumnwise>
__device__ __forceinline__ DrawnWords<kColumnwise> drawn_words(TeDrawOrder order, std::int64_t seed,
                                                               std::int64_t offset, std::int64_t cols) {
  return {order, static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(offset), cols / 128};
}

}  // namespace bitgate::device
