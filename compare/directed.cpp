#include "bitgate/compare/directed.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed_errors.h"
#include "bitgate/compare/directed_patterns.h"
#include "bitgate/compare/directed_special.h"
#include "bitgate/compare/directed_ties.h"

namespace bitgate::compare {

namespace {

constexpr std::int64_t kProbedElements = 1 << 16;  // searched at once, so that memory stays bounded

using reference::Recipe;

// max|x| of a tensor or row that shares a global scale. Half of them are 21 * m * 2^e with a small odd m: 2688 = 2^7 *
// 21 and 448 = 2^6 * 7, so the exact quotients by it can be ties that the input type holds, bf16 too, and only the
// roundings of the recipe decide them.
std::uint32_t choose_global_amax(const TieJob& job, std::uint64_t scope) noexcept {
  Choices choices(job.seed, Purpose::kGlobal, scope);
  const int exponent = job.log2_amplitude + static_cast<int>(choices.below(9)) - 4;
  const bool near_ties = choices.below(2) == 0;
  const double mantissa = near_ties ? 21.0 * (2 * choices.below(6) + 1) / 16.0 : 1.0 + choices.unit();
  return clamped(job, mantissa * power_of_two(exponent));
}

// max|x| of a block: under a global amax down to where its scale underflows, else over 20 binades. For integer codes
// half are 127 * j * 2^e, of which (code + 1/2) / 127 are exact.
std::uint32_t choose_block_amax(const TieJob& job, Choices& choices, std::uint32_t global_amax) noexcept {
  double mantissa = 1.0 + choices.unit();
  if (is_integer(job.scheme.element) && choices.below(2) == 0) {
    const std::uint32_t precision = 1u << (format_of(job.type).mantissa_bits + 1 - 8);
    mantissa = 127.0 / 64.0 * (choices.below(precision) | 1u) / precision;
  }
  if (job.has_global) {
    const int down = 1 + static_cast<int>(choices.below(choices.below(4) == 0 ? 20 : 10));
    const double below = value_of(job.type, global_amax) * mantissa * power_of_two(-down);
    return std::min(clamped(job, below), global_amax);
  }
  const int exponent = job.log2_amplitude + static_cast<int>(choices.below(21)) - 10;
  return clamped(job, mantissa * power_of_two(exponent));
}

// The first block of what shares a global has the global's amax, no other exceeds it: the tensor has exactly the amax
// it was solved for.
void solve(const TieJob& job, TypedTensor& out) {
  const Extent& extent = out.extent;
  const std::int64_t width = block_probe_width(job.scheme), per_row = ceil_div(extent.cols, width);
  const std::int64_t total = extent.rows * per_row, at_once = std::max<std::int64_t>(1, kProbedElements / width);
  const bool by_row = job.scheme.global == GlobalAxis::kRow;
  TieSearch search(job, static_cast<std::size_t>(width));
  std::uint32_t global_amax = 0;
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    std::vector<TieBlock> blocks;
    for (std::int64_t i = begin; i < std::min(total, begin + at_once); ++i) {
      const std::int64_t row = i / per_row, col = i % per_row * width;
      const bool opens_global = job.has_global && (by_row ? col == 0 : i == 0);
      if (opens_global) global_amax = choose_global_amax(job, static_cast<std::uint64_t>(row));
      Choices choices(job.seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
      const std::uint32_t amax = opens_global ? global_amax : choose_block_amax(job, choices, global_amax);
      blocks.push_back({choices, global_amax, amax, row * extent.cols + col,
                        static_cast<std::size_t>(std::min(width, extent.cols - col))});
    }
    search.begin(std::move(blocks));
    if (job.of_scales)
      search.search_scale_ties();
    else
      search.search_element_ties();
    for (TieBlock& block : search.blocks()) {
      std::array<std::uint32_t, kMaxProbeWidth> values;
      const std::span<std::uint32_t> written = std::span(values).first(block.size);
      if (job.of_scales)
        search.write_scale_ties(block, written);
      else
        search.write_element_ties(block, written);
      for (std::size_t j = 0; j < block.size; ++j) put(out, block.first + static_cast<std::int64_t>(j), values[j]);
    }
  }
}

// A normal of sigma amax / 4, of magnitude at most amax, with its sign.
std::uint32_t filler(const TieJob& job, TieBlock& block) noexcept {
  const std::uint32_t bits = bits_of(job.type, block.choices.normal() * 0.25 * value_of(job.type, block.amax));
  const std::uint32_t sign = bits & sign_mask(format_of(job.type));
  return sign | std::min(bits ^ sign, block.amax);
}

// As ties of scales, of whole tiles: the amax is in one row, and in half of the tiles the rows above are zeros.
void solve_tiles(const TieJob& job, TypedTensor& out) {
  const Extent& extent = out.extent;
  const Extent& block = job.scheme.block;
  const Extent size{block.rows == 0 ? extent.rows : block.rows, block.cols == 0 ? extent.cols : block.cols};
  if (count(extent) == 0) return;
  const std::int64_t across = ceil_div(extent.cols, size.cols), down = ceil_div(extent.rows, size.rows);
  const bool by_row = job.scheme.global == GlobalAxis::kRow;
  TieSearch search(job, static_cast<std::size_t>(block_probe_width(job.scheme)));
  std::vector<TieBlock> tiles;
  std::uint32_t global_amax = 0;
  for (std::int64_t i = 0; i < down * across; ++i) {
    const bool opens_global = job.has_global && (by_row ? i % across == 0 : i == 0);
    if (opens_global) global_amax = choose_global_amax(job, static_cast<std::uint64_t>(i));
    Choices choices(job.seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
    const std::uint32_t amax = opens_global ? global_amax : choose_block_amax(job, choices, global_amax);
    tiles.push_back({choices, global_amax, amax, i, 0});
  }
  search.begin(std::move(tiles));
  search.search_scale_ties();
  for (TieBlock& tile : search.blocks()) {
    const Extent first{tile.first / across * size.rows, tile.first % across * size.cols};
    const std::int64_t rows = std::min(size.rows, extent.rows - first.rows);
    const std::int64_t cols = std::min(size.cols, extent.cols - first.cols);
    const std::int64_t top = tile.choices.below(static_cast<std::uint32_t>(rows));
    const std::int64_t place = tile.choices.below(static_cast<std::uint32_t>(cols));
    const bool zeros = tile.choices.below(2) == 0;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t col = 0; col < cols; ++col) {
        const std::uint32_t other = zeros && row < top ? tile.choices.sign(job.type) : filler(job, tile);
        const bool is_top = row == top && col == place;
        put(out, (first.rows + row) * extent.cols + first.cols + col, is_top ? tile.amax : other);
      }
  }
}

}  // namespace

TypedTensor generate_directed(const Recipe& recipe, const Distribution& distribution, InputType type, Extent extent,
                              std::uint64_t seed) {
  if (distribution.name == "special") return generate_special(recipe, distribution, type, extent, seed);
  if (distribution.name == "bit_patterns") return generate_patterns(recipe, distribution, type, extent, seed);
  if (distribution.name == "error_ties") return generate_error_ties(recipe, distribution, type, extent, seed);
  if (distribution.name == "nan_halves") return generate_nan_halves(recipe, distribution, type, extent, seed);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  // A tensor's one scale follows from its amax as a global does.
  const bool has_global = amax_count(scheme, {1, 1}) != 0;
  const bool positive = distribution.name == "positive_ties";
  const bool of_tiles = distribution.name == "tile_ties";
  const bool of_scales = of_tiles || distribution.name == "scale_ties";
  if (!of_scales && !positive && distribution.name != "element_ties") std::abort();
  const TieJob job{recipe, type, distribution.log2_amplitude, seed, scheme, has_global, of_scales, positive};
  TypedTensor out = make_input(type, extent);
  if (of_tiles)
    solve_tiles(job, out);
  else
    solve(job, out);
  return out;
}

}  // namespace bitgate::compare
