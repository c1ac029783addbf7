// A tile: the part of an operand that shares one scale, when that is more than a short piece of one row.
#pragma once

#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

struct Tile {
  std::int64_t row, col, rows, cols;  // clipped to the operand
};

constexpr Tile tile_of(const Scheme& scheme, const Extent& extent, std::int64_t row, std::int64_t col) noexcept {
  const std::int64_t height = scheme.block.rows == 0 ? extent.rows : scheme.block.rows;
  const std::int64_t width = scheme.block.cols == 0 ? extent.cols : scheme.block.cols;
  const std::int64_t top = row / height * height, left = col / width * width;
  return {top, left, extent.rows - top < height ? extent.rows - top : height,
          extent.cols - left < width ? extent.cols - left : width};
}

// Its elements, widened, row after row.
inline std::vector<float> load_tile(const TypedView& input, const Tile& tile) {
  std::vector<float> x;
  x.reserve(static_cast<std::size_t>(tile.rows * tile.cols));
  for (std::int64_t r = 0; r < tile.rows; ++r)
    for (std::int64_t c = 0; c < tile.cols; ++c)
      x.push_back(element(input, (tile.row + r) * input.extent.cols + tile.col + c));
  return x;
}

}  // namespace bitgate::reference
