// Blocks of an operand: where they lie, their largest magnitude, and where their scale is stored.
#pragma once

#include <vector>

#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {

// Rows and columns [row, row + rows) x [col, col + cols); at the ends of a ragged operand smaller than asked for.
struct Block {
  std::int64_t row, col, rows, cols;
};

// All blocks of `size` (0: the whole axis), row of blocks by row of blocks.
std::vector<Block> blocks_of(const Extent& extent, const Extent& size);

// The block's elements, row by row.
std::vector<float> values_of(const Operand& operand, const Block& block);

// Stores one scale in every cell that the block covers: once, or once a row where the scheme repeats it.
template <class Scale>
void store_scale(QuantizedTensor& answer, const Block& block, Scale scale) {
  auto& scales = std::get<std::vector<Scale>>(answer.scales);
  for (std::int64_t r = block.row; r < block.row + block.rows; ++r)
    scales[scale_index(answer.scheme, answer.extent.cols, r, block.col)] = scale;
}

// Where element (row, col) of the answer is.
inline std::size_t code_index(const QuantizedTensor& answer, std::int64_t row, std::int64_t col) noexcept {
  return static_cast<std::size_t>(row * answer.extent.cols + col);
}

}  // namespace bitgate::device::cpu
