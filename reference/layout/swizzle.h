// The 128 x 4 swizzle in which cuBLAS takes one-byte block scales (VEC16_UE4M3, VEC32_UE8M0): tiles of 128 rows and 4
// columns, 512 bytes each, row-major over the tiles. Rows are the axis that is not contracted. Rows and columns of the
// scale matrix are padded to whole tiles with zero.
// Source: NVIDIA cuBLAS documentation, "1D Block Scaling Factors Layout"; the same bytes as torchao's to_blocked
// (pytorch/ao 36027d82, torchao/prototype/mx_formats/utils.py) and TransformerEngine's swizzle kernels (d0067d0d,
// transformer_engine/common/swizzle/swizzle.cu).
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/format/scheme.h"
#include "bitgate/reference/layout/padded.h"
#include "bitgate/reference/layout/tiles.h"

namespace bitgate::reference {

inline constexpr std::int64_t kTileRows = 128, kTileCols = 4;

constexpr Extent whole_tiles(const Extent& scales) noexcept {
  return {round_up(scales.rows, kTileRows), round_up(scales.cols, kTileCols)};
}

// Where scale (row, col) lies; `padded_cols` is a multiple of 4.
constexpr std::int64_t swizzle_offset(std::int64_t row, std::int64_t col, std::int64_t padded_cols) noexcept {
  const std::int64_t tile = row / kTileRows * (padded_cols / kTileCols) + col / kTileCols;
  return tile * (kTileRows * kTileCols) + row % 32 * 16 + row % kTileRows / 32 * 4 + col % kTileCols;
}

// count(whole_tiles(extent)) bytes.
inline std::vector<std::uint8_t> swizzle(const std::vector<std::uint8_t>& scales, const Extent& extent) {
  return to_tiles(scales, extent, whole_tiles(extent), swizzle_offset);
}

// The inverse, padding dropped.
inline std::vector<std::uint8_t> unswizzle(const std::vector<std::uint8_t>& blocked, const Extent& extent) {
  return from_tiles(blocked, extent, whole_tiles(extent), swizzle_offset);
}

// Pad bytes that are not zero.
inline std::int64_t nonzero_swizzle_padding(const std::vector<std::uint8_t>& blocked, const Extent& extent) {
  return nonzero_tile_padding(blocked, extent, whole_tiles(extent), swizzle_offset);
}

}  // namespace bitgate::reference
