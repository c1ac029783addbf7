// One-byte scales in tiles: a matrix of scales to the bytes of whole tiles, zero where the matrix ends, and back. Which
// byte a scale takes is the caller's `offset(row, col, padded_cols)`; `padded` is the extent in whole tiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

// count(padded) bytes.
template <class Offset>
std::vector<std::uint8_t> to_tiles(const std::vector<std::uint8_t>& scales, const Extent& extent, const Extent& padded,
                                   Offset offset) {
  std::vector<std::uint8_t> tiled(static_cast<std::size_t>(count(padded)));
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col)
      tiled[static_cast<std::size_t>(offset(row, col, padded.cols))] =
          scales[static_cast<std::size_t>(row * extent.cols + col)];
  return tiled;
}

// The inverse, padding dropped.
template <class Offset>
std::vector<std::uint8_t> from_tiles(const std::vector<std::uint8_t>& tiled, const Extent& extent, const Extent& padded,
                                     Offset offset) {
  std::vector<std::uint8_t> scales(static_cast<std::size_t>(count(extent)));
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col)
      scales[static_cast<std::size_t>(row * extent.cols + col)] =
          tiled[static_cast<std::size_t>(offset(row, col, padded.cols))];
  return scales;
}

// Pad bytes that are not zero.
template <class Offset>
std::int64_t nonzero_tile_padding(const std::vector<std::uint8_t>& tiled, const Extent& extent, const Extent& padded,
                                  Offset offset) {
  const std::vector<std::uint8_t> clean = to_tiles(from_tiles(tiled, extent, padded, offset), extent, padded, offset);
  std::int64_t nonzero = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) nonzero += clean[i] != tiled[i];
  return nonzero;
}

}  // namespace bitgate::reference
