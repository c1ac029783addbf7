// A tile: the part of an operand that shares one scale, when that is more than a short piece of one row.
#pragma once

#include <vector>

#include "bitgate/reference/recipe/block_scale.h"

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

// max|x| of the elements that AmaxReach::kRowsOf32 looks at: TensorRT-LLM's kernel of 128 x 128 tiles bounds the row of
// the tile where it means a quarter of its columns, so near the right edge the lower rows are left out.
inline float amax_of_rows_of_32(const Rules& rules, const Tile& tile, std::span<const float> x, std::int64_t cols) {
  std::vector<float> seen;
  for (std::int64_t r = 0; r < tile.rows; ++r)
    for (std::int64_t c = 0; c < tile.cols; ++c)
      if (tile.col + 32 * r + c % 32 < cols) seen.push_back(x[static_cast<std::size_t>(r * tile.cols + c)]);
  return amax_of_block<float>(rules, seen);
}

}  // namespace bitgate::reference
