// Blocks of several rows (16 x 16, 32 x 32, 128 x 128) and of whole axes (a row, a tensor).
#include "bitgate/reference/recipe/tiles.h"

#include <cstring>
#include <limits>

#include "bitgate/reference/recipe/lanes/element_path.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/reference/recipe/lanes/threads.h"
#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

namespace {

// Elements of a tile that one thread takes at a time.
constexpr std::int64_t kChunk = std::int64_t{1} << 16;

struct Job {
  const Rules& rules;
  const Side& side;
  const LaneKernels& kernels;
  std::span<const float> global;
  QuantizedTensor& out;
  std::size_t element_path;
};

// --- any rule, one tile after the other ---

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
template <class From, class To>
void store_rows(const std::vector<From>& from, const Tile& tile, std::int64_t cols, std::vector<To>& to) {
  for (std::int64_t r = 0; r < tile.rows; ++r)
    std::transform(from.begin() + r * tile.cols, from.begin() + (r + 1) * tile.cols,
                   to.begin() + (tile.row + r) * cols + tile.col, [](From x) { return static_cast<To>(x); });
}

BlockContext context_of(const Job& job, const Tile& tile) {
  const Scheme& scheme = scheme_of(job.rules.scheme);
  BlockContext context;
  context.type = job.side.operand.type;
  context.global = global_of_row(job.rules, job.side, tile.row, job.global);
  if (job.global.empty() && !job.side.amax.empty()) context.amax = {true, job.side.amax.front()};
  if (job.side.scales != nullptr)
    context.scale = {true, scale_bits(*job.side.scales, scale_index(scheme, job.out.extent.cols, tile.row, tile.col))};
  return context;
}

void quantize_tile(const Job& job, const Tile& tile) {
  const Scheme& scheme = scheme_of(job.rules.scheme);
  const std::vector<float> x = load_tile(job.side.operand, tile);
  const std::vector<std::uint32_t> words = tile_words(job.side, tile);
  std::vector<std::uint32_t> codes(x.size());
  std::vector<float> values(is_values_only(scheme) ? x.size() : 0);
  NoTrace trace;
  BlockContext context = context_of(job, tile);
  context.random = words;
  if (job.rules.block.reach == AmaxReach::kRowsOf32)
    context.amax = {true, amax_of_rows_of_32(job.rules, tile, x, job.out.extent.cols)};
  BlockOutput block{codes, values};
  quantize_block<float>(job.rules, context, x, block, trace);
  if (is_values_only(scheme)) return store_rows(values, tile, job.out.extent.cols, job.out.values);
  store_scale(scheme, tile, block.scale_bits, job.out);
  store_rows(codes, tile, job.out.extent.cols, job.out.codes);
}

// --- tiles of plain rules: the scale by the text for one block, the elements by the kernels ---

const void* input_at(const TypedView& view, std::int64_t element) noexcept {
  if (view.type == InputType::kF32) return view.f32().data() + element;
  return view.bits16().data() + element;
}

// Rows [first, first + rows) of a tile. As wide as the tensor, they are one row.
Part part_of(const Job& job, const Tile& tile, std::int64_t first, std::int64_t rows) {
  const TypedView& input = job.side.operand;
  const std::int64_t cols = input.extent.cols;
  const void* const data = input_at(input, (tile.row + first) * cols + tile.col);
  if (tile.cols == cols) return {input.type, data, 1, rows * cols, rows * cols};
  return {input.type, data, rows, tile.cols, cols};
}
// work(first row, rows) for pieces of a tile.
template <class Work>
void over_rows(const Tile& tile, Work work) {
  const std::int64_t rows = std::max<std::int64_t>(1, kChunk / tile.cols);
  over_threads(ceil_div(tile.rows, rows),
               [&](std::int64_t piece) { work(piece * rows, std::min(rows, tile.rows - piece * rows)); });
}

// Where the rule's own order of elements matters, or which of them count, nothing is found.
bool find_amax(const Job& job, const Tile& tile, float& amax) {
  const BlockRule& rule = job.rules.block;
  if (rule.amax_nan == AmaxNan::kOddHalfLast || rule.amax_nan == AmaxNan::kAvxTree) return false;
  // The lowest row looks at the fewest columns.
  if (rule.reach == AmaxReach::kRowsOf32 && tile.col + 32 * (tile.rows - 1) + 31 >= job.out.extent.cols) return false;
  const std::int64_t rows = std::max<std::int64_t>(1, kChunk / tile.cols);
  std::vector<RangeAmax> found(static_cast<std::size_t>(ceil_div(tile.rows, rows)));
  over_rows(tile, [&](std::int64_t first, std::int64_t n) {
    found[static_cast<std::size_t>(first / rows)] = job.kernels.amax(part_of(job, tile, first, n));
  });
  RangeAmax all;
  for (const RangeAmax& one : found) all = {std::max(all.amax, one.amax), all.nan || one.nan};
  if (all.nan && rule.amax_nan != AmaxNan::kIgnore) return false;
  amax = Arithmetic{job.rules.machine}.read(all.amax);
  return true;
}

void quantize_plain_tile(const Job& job, const Tile& tile) {
  const Scheme& scheme = scheme_of(job.rules.scheme);
  BlockContext context = context_of(job, tile);
  if (!context.amax.given && !find_amax(job, tile, context.amax.value)) return quantize_tile(job, tile);
  NoTrace trace;
  BlockScale scale = derive_block_scale(job.rules, context.type, context.global, context.amax.value, trace);
  if (context.scale.given) scale.bits = context.scale.bits;
  store_scale(scheme, tile, scale.bits, job.out);
  const Multiplier multiplier = derive_multiplier(job.rules, context.global, scale);
  const std::int64_t cols = job.out.extent.cols;
  over_rows(tile, [&](std::int64_t first, std::int64_t n) {
    const Part part = part_of(job, tile, first, n);
    std::uint8_t* const codes = job.out.codes.data() + (tile.row + first) * cols + tile.col;
    if (!multiplier.all_zero)
      return job.kernels.elements({&job.rules, job.element_path, part, multiplier.value, codes});
    for (std::int64_t r = 0; r < part.rows; ++r)
      std::memset(codes + r * part.cols, 0, static_cast<std::size_t>(part.count));
  });
}

// --- squares of 16, one a lane ---

bool are_whole_squares(const Rules& rules, const Extent& extent) noexcept {
  const Scheme& scheme = scheme_of(rules.scheme);
  return scheme.block == Extent{16, 16} && extent.rows % 16 == 0 && extent.cols % 16 == 0 && !is_values_only(scheme) &&
         rules.block.reach == AmaxReach::kWhole;
}

// A row of squares: one scale a square, stored in each of its 16 rows.
void quantize_squares(const Job& job, const GlobalScale& global, std::int64_t row) {
  const std::int64_t cols = job.out.extent.cols;
  const std::int64_t blocks = cols / 16;
  auto& scales = std::get<std::vector<std::uint8_t>>(job.out.scales);
  BlockRun run;
  run.rules = &job.rules;
  run.element_path = job.element_path;
  run.type = job.side.operand.type;
  run.blocks = blocks;
  run.width = 16;
  run.rows = 16;
  run.cols = cols;
  run.input = input_at(job.side.operand, row * cols);
  run.globals = &global;
  run.blocks_per_global = std::numeric_limits<std::int64_t>::max();
  if (job.side.scales != nullptr)
    run.given_scales = std::get<std::vector<std::uint8_t>>(*job.side.scales).data() + row * blocks;
  if (!job.side.random.empty()) run.random = job.side.random.data() + row * cols / 4;
  run.codes = job.out.codes.data() + row * cols;
  run.scales = scales.data() + row * blocks;
  run.scale_bytes = 1;
  job.kernels.blocks(run);
  for (std::int64_t r = 1; r < 16; ++r)
    std::copy_n(scales.begin() + row * blocks, blocks, scales.begin() + (row + r) * blocks);
}

}  // namespace

void quantize_tiles(const Rules& rules, const Side& side, const LaneKernels& kernels, std::span<const float> global,
                    QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const Extent& extent = side.operand.extent;
  const Job job{rules, side, kernels, global, out, element_path_of(rules)};
  if (are_whole_squares(rules, extent)) {
    const GlobalScale same = global_of_row(rules, side, 0, global);
    return over_threads(extent.rows / 16, [&](std::int64_t row) { quantize_squares(job, same, row * 16); });
  }
  const bool plain = rules.special.kind == Special::kNone && rules.extra == ExtraRule::kNone &&
                     !is_stochastic(rules.element.encode) && !is_values_only(scheme);
  const Tile first = tile_of(scheme, extent, 0, 0);
  over_threads(ceil_div(extent.rows, first.rows), [&](std::int64_t row) {
    for (std::int64_t col = 0; col < extent.cols; col += first.cols) {
      const Tile tile = tile_of(scheme, extent, row * first.rows, col);
      if (plain)
        quantize_plain_tile(job, tile);
      else
        quantize_tile(job, tile);
    }
  });
}

}  // namespace bitgate::reference
