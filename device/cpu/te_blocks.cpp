// Blocks of an operand; see te_blocks.h.
#include "bitgate/device/cpu/te_blocks.h"

#include <algorithm>

namespace bitgate::device::cpu {

std::vector<Block> blocks_of(const Extent& extent, const Extent& size) {
  std::vector<Block> blocks;
  if (count(extent) == 0) return blocks;
  const std::int64_t rows = size.rows == 0 ? extent.rows : size.rows;
  const std::int64_t cols = size.cols == 0 ? extent.cols : size.cols;
  for (std::int64_t r = 0; r < extent.rows; r += rows)
    for (std::int64_t c = 0; c < extent.cols; c += cols)
      blocks.push_back({r, c, std::min(rows, extent.rows - r), std::min(cols, extent.cols - c)});
  return blocks;
}

std::vector<float> values_of(const Operand& operand, const Block& block) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(block.rows * block.cols));
  for (std::int64_t r = block.row; r < block.row + block.rows; ++r) {
    const auto row = operand.row(r).subspan(static_cast<std::size_t>(block.col), static_cast<std::size_t>(block.cols));
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

}  // namespace bitgate::device::cpu
