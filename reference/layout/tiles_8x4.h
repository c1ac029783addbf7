// The tiles of 8 rows and 4 columns, 32 bytes each, row-major inside and over the tiles, in which FlashInfer and
// TensorRT-LLM take one-byte block scales of few rows (decoding). Rows and columns are padded to whole tiles with zero.
// Source: flashinfer-vllm-cutlass.md 3.13 of the notes: off = (m/8) ceil(Kv/4) 32 + (k/4) 32 + (m%8) 4 + k%4 bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/format/scheme.h"
#include "bitgate/reference/layout/padded.h"
#include "bitgate/reference/layout/tiles.h"

namespace bitgate::reference {

inline constexpr std::int64_t kSmallTileRows = 8, kSmallTileCols = 4;

constexpr Extent whole_tiles_8x4(const Extent& scales) noexcept {
  return {round_up(scales.rows, kSmallTileRows), round_up(scales.cols, kSmallTileCols)};
}

// Where scale (row, col) lies; `padded_cols` is a multiple of 4.
constexpr std::int64_t offset_8x4(std::int64_t row, std::int64_t col, std::int64_t padded_cols) noexcept {
  const std::int64_t tile = row / kSmallTileRows * (padded_cols / kSmallTileCols) + col / kSmallTileCols;
  return tile * (kSmallTileRows * kSmallTileCols) + row % kSmallTileRows * kSmallTileCols + col % kSmallTileCols;
}

static_assert(offset_8x4(7, 3, 4) == 31);
static_assert(offset_8x4(0, 4, 8) == 32);
static_assert(offset_8x4(8, 0, 8) == 64);
static_assert(offset_8x4(9, 5, 8) == 101);

// count(whole_tiles_8x4(extent)) bytes.
inline std::vector<std::uint8_t> tile_8x4(const std::vector<std::uint8_t>& scales, const Extent& extent) {
  return to_tiles(scales, extent, whole_tiles_8x4(extent), offset_8x4);
}

// The inverse, padding dropped.
inline std::vector<std::uint8_t> untile_8x4(const std::vector<std::uint8_t>& tiled, const Extent& extent) {
  return from_tiles(tiled, extent, whole_tiles_8x4(extent), offset_8x4);
}

// Pad bytes that are not zero.
inline std::int64_t nonzero_padding_8x4(const std::vector<std::uint8_t>& tiled, const Extent& extent) {
  return nonzero_tile_padding(tiled, extent, whole_tiles_8x4(extent), offset_8x4);
}

}  // namespace bitgate::reference
