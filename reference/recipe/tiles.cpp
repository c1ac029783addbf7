// Blocks of several rows (16 x 16, 32 x 32, 128 x 128) and of whole axes (a row, a tensor).
#include "bitgate/reference/recipe/tiles.h"

#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

namespace {

// The words of a tile's elements, row after row.
std::vector<std::uint32_t> tile_words(const Side& side, const Tile& tile) {
  std::vector<std::uint32_t> words;
  if (side.random.empty()) return words;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const auto row = random_words(side, tile.row + r, tile.col, tile.cols);
    words.insert(words.end(), row.begin(), row.end());
  }
  return words;
}

// Every stored scale of the tile: one, or one a row.
void store_scale(const Scheme& scheme, const Tile& tile, std::uint32_t bits, QuantizedTensor& out) {
  const std::int64_t rows = scheme.cell.rows == 1 ? tile.rows : 1;
  for (std::int64_t r = 0; r < rows; ++r)
    set_scale_bits(out.scales, scale_index(scheme, out.extent.cols, tile.row + r, tile.col), bits);
}

// Rows of a tile keep their order, so a row's part is contiguous on both sides.
template <class T>
void store_rows(const std::vector<T>& from, const Tile& tile, std::int64_t cols, std::vector<T>& to) {
  for (std::int64_t r = 0; r < tile.rows; ++r)
    std::copy_n(from.begin() + r * tile.cols, tile.cols, to.begin() + (tile.row + r) * cols + tile.col);
}

void quantize_tile(const Rules& rules, const Side& side, const Tile& tile, QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const std::vector<float> x = load_tile(side.operand, tile);
  const std::vector<std::uint32_t> words = tile_words(side, tile);
  std::vector<std::uint8_t> codes(x.size());
  std::vector<float> values(is_values_only(scheme) ? x.size() : 0);
  NoTrace trace;
  BlockContext context = context_of_row(rules, side, tile.row, out);
  context.random = words;
  if (out.global.empty() && !side.amax.empty()) context.amax = side.amax.front();
  if (rules.block.reach == AmaxReach::kRowsOf32) context.amax = amax_of_rows_of_32(rules, tile, x, out.extent.cols);
  if (side.scales != nullptr)
    context.scale = {true, scale_bits(*side.scales, scale_index(scheme, out.extent.cols, tile.row, tile.col))};
  BlockOutput block{codes, values};
  quantize_block(rules, context, x, block, trace);
  if (is_values_only(scheme)) return store_rows(values, tile, out.extent.cols, out.values);
  store_scale(scheme, tile, block.scale_bits, out);
  store_rows(codes, tile, out.extent.cols, out.codes);
}

}  // namespace

void quantize_tiles(const Rules& rules, const Side& side, QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const Extent& extent = side.operand.extent;
  if (count(extent) == 0) return;
  for (std::int64_t row = 0; row < extent.rows;) {
    Tile tile{};
    for (std::int64_t col = 0; col < extent.cols; col += tile.cols) {
      tile = tile_of(scheme, extent, row, col);
      quantize_tile(rules, side, tile, out);
    }
    row += tile.rows;
  }
}

}  // namespace bitgate::reference
