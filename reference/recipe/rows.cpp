// A side through the kernels over lanes: global numbers first, then runs of blocks that lie side by side.
#include "bitgate/reference/recipe/rows.h"

#include <cstring>
#include <limits>

#include "bitgate/reference/recipe/lanes/element_path.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {

namespace {

// Elements that one thread takes at a time.
constexpr std::int64_t kChunk = std::int64_t{1} << 16;

const void* input_at(const TypedView& view, std::int64_t element) noexcept {
  if (view.type == InputType::kF32) return view.f32().data() + element;
  return view.bits16().data() + element;
}

RangeAmax amax_in_chunks(const TypedView& input, std::int64_t first, std::int64_t n) {
  const std::int64_t chunks = ceil_div(n, kChunk);
  std::vector<RangeAmax> found(static_cast<std::size_t>(chunks));
  over_threads(chunks, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * kChunk;
    const std::int64_t size = std::min(kChunk, n - begin);
    found[static_cast<std::size_t>(chunk)] =
        lane_kernels().amax({input.type, input_at(input, first + begin), 1, size, size});
  });
  RangeAmax all;
  for (const RangeAmax& one : found) all = {std::max(all.amax, one.amax), all.nan || one.nan};
  return all;
}

// The scales of a run in the type that holds them.
template <class S>
auto* scale_data(S& scales, std::int64_t at) noexcept {
  using Address = std::conditional_t<std::is_const_v<S>, const void*, void*>;
  return std::visit([at](auto& all) -> Address { return all.data() + at; }, scales);
}
std::int64_t scale_size(const Scales& scales) noexcept {
  return std::visit([](const auto& all) { return static_cast<std::int64_t>(sizeof all[0]); }, scales);
}

// Rows [first, first + rows) of an operand whose blocks may end beyond its columns: copied into rows of whole blocks,
// filled up with +0.
struct WholeBlocks {
  std::vector<std::byte> input;
  std::vector<std::uint8_t> codes;
  std::vector<float> values;
};
WholeBlocks in_whole_blocks(const TypedView& view, std::int64_t first, std::int64_t rows, std::int64_t width,
                            bool values_only) {
  const auto size = static_cast<std::int64_t>(view.type == InputType::kF32 ? sizeof(float) : sizeof(std::uint16_t));
  const std::int64_t cols = view.extent.cols;
  WholeBlocks made;
  made.input.resize(static_cast<std::size_t>(rows * width * size));
  for (std::int64_t row = 0; row < rows; ++row)
    std::memcpy(made.input.data() + row * width * size, input_at(view, (first + row) * cols),
                static_cast<std::size_t>(cols * size));
  made.codes.resize(values_only ? 0 : static_cast<std::size_t>(rows * width));
  made.values.resize(values_only ? static_cast<std::size_t>(rows * width) : 0);
  return made;
}
template <class T>
void take_rows(const std::vector<T>& from, std::int64_t width, std::int64_t cols, std::int64_t first,
               std::vector<T>& to) {
  const auto rows = static_cast<std::int64_t>(from.size()) / width;
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(from.begin() + row * width, cols, to.begin() + (first + row) * cols);
}

// The extras of a run's blocks, four places each, to where the scheme has them.
void place_extras(const Rules& rules, const std::vector<std::uint16_t>& found, std::int64_t first_row,
                  std::int64_t blocks, QuantizedTensor& out) {
  const std::int64_t a_row = extras_per_row(scheme_of(rules.scheme), out.extent.cols);
  const auto rows = static_cast<std::int64_t>(found.size()) / 4 / blocks;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t b = 0; b < blocks; ++b) {
      const ExtraPlace place = extra_place(rules, b);
      std::copy_n(found.begin() + (row * blocks + b) * 4, place.count,
                  out.extras.begin() + (first_row + row) * a_row + place.first);
    }
}

void quantize_chunk(const Rules& rules, const Side& side, const LaneKernels& kernels,
                    std::span<const GlobalScale> globals, std::int64_t first, std::int64_t rows, QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const std::int64_t cols = side.operand.extent.cols;
  const std::int64_t blocks = blocks_per_row(scheme, cols);
  const std::int64_t width = blocks * scheme.block.cols;
  const bool values_only = is_values_only(scheme);
  BlockRun run;
  run.rules = &rules;
  run.element_path = element_path_of(rules);
  run.type = side.operand.type;
  run.blocks = rows * blocks;
  run.width = scheme.block.cols;
  run.cols = run.width;
  run.globals = globals.data();
  run.first = first * blocks;
  run.blocks_per_global = globals.size() > 1 ? blocks : std::numeric_limits<std::int64_t>::max();
  WholeBlocks whole;
  if (width != cols) whole = in_whole_blocks(side.operand, first, rows, width, values_only);
  run.input = width != cols ? static_cast<const void*>(whole.input.data()) : input_at(side.operand, first * cols);
  if (values_only)
    run.values = width != cols ? whole.values.data() : out.values.data() + first * cols;
  else
    run.codes = width != cols ? whole.codes.data() : out.codes.data() + first * cols;
  if (!values_only) {
    run.scale_bytes = scale_size(out.scales);
    run.scales = scale_data(out.scales, first * blocks);
    if (side.scales != nullptr) run.given_scales = scale_data(*side.scales, first * blocks);
  }
  if (!side.random.empty()) run.random = side.random.data() + first * cols / 4;
  // One number a block goes to its place; others (D2S6) are placed later.
  const bool one_each = extra_place(rules, 1).first == 1 && extra_place(rules, 1).count == 1;
  std::vector<std::uint16_t> extras;
  if (scheme.extra_cols != 0 && one_each) {
    run.extras = out.extras.data() + first * blocks;
  } else if (scheme.extra_cols != 0) {
    extras.resize(static_cast<std::size_t>(rows * blocks * 4));
    run.extras = extras.data();
    run.extras_per_block = 4;
  }
  kernels.blocks(run);
  if (!extras.empty()) place_extras(rules, extras, first, blocks, out);
  if (width == cols) return;
  if (values_only)
    take_rows(whole.values, width, cols, first, out.values);
  else
    take_rows(whole.codes, width, cols, first, out.codes);
}

}  // namespace

float amax_of_range(const Rules& rules, const TypedView& input, std::int64_t first, std::int64_t n) {
  const AmaxNan rule = rules.global.amax_nan;
  // Of numbers the order does not matter, nor of NaNs that are dropped.
  const RangeAmax all = amax_in_chunks(input, first, n);
  if (!all.nan || rule == AmaxNan::kIgnore) return all.amax;
  float amax = 0.0f;
  for (std::int64_t i = first; i < first + n; ++i) amax = running_amax(rule, amax, magnitude(element(input, i)));
  return amax;
}

void fill_global(const Rules& rules, const Side& side, QuantizedTensor& out) {
  const TypedView& input = side.operand;
  const std::int64_t rows = input.extent.rows;
  const std::int64_t cols = input.extent.cols;
  const bool by_row = scheme_of(rules.scheme).global == GlobalAxis::kRow;
  for (std::size_t i = 0; i < out.global.size(); ++i) {
    if (!side.global.empty()) {
      out.global[i] = side.global[i];
      continue;
    }
    const std::int64_t first = by_row ? static_cast<std::int64_t>(i) * cols : 0;
    const float amax =
        !side.amax.empty() ? side.amax[i] : amax_of_range(rules, input, first, by_row ? cols : rows * cols);
    out.global[i] = stored_global_of(rules, input.type, amax);
  }
}

float unstored_global(const Rules& rules, const Side& side) {
  const float amax = amax_of_range(rules, side.operand, 0, count(side.operand.extent));
  return stored_global_of(rules, side.operand.type, amax);
}

float row_amax_of(const Rules& rules, const Side& side, std::int64_t row) {
  if (!is_per_token(rules.global.form)) return 0.0f;
  const Scheme& scheme = scheme_of(rules.scheme);
  if (!side.amax.empty()) return side.amax[global_index(scheme, row)];
  const Extent& extent = side.operand.extent;
  if (scheme.global != GlobalAxis::kRow) return amax_of_range(rules, side.operand, 0, count(extent));
  return amax_of_range(rules, side.operand, row * extent.cols, extent.cols);
}

GlobalScale global_of_row(const Rules& rules, const Side& side, std::int64_t row, std::span<const float> global) {
  if (global.empty()) return {};
  NoTrace trace;
  const std::size_t at = global_index(scheme_of(rules.scheme), row);
  return derive_global_of_row(rules, global[at], row_amax_of(rules, side, row), trace);
}

void quantize_rows(const Rules& rules, const Side& side, const LaneKernels& kernels, QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const Extent& extent = side.operand.extent;
  fill_global(rules, side, out);
  std::vector<float> global = out.global;
  if (has_unstored_global(rules)) global.assign(1, unstored_global(rules, side));
  if (count(extent) == 0) return;
  if (!has_row_blocks(scheme)) return quantize_tiles(rules, side, kernels, global, out);
  const bool by_row = scheme.global == GlobalAxis::kRow && !global.empty();
  std::vector<GlobalScale> globals(by_row ? static_cast<std::size_t>(extent.rows) : 1);
  for (std::size_t row = 0; row < globals.size(); ++row)
    globals[row] = global_of_row(rules, side, static_cast<std::int64_t>(row), global);
  const std::int64_t rows = std::max<std::int64_t>(1, kChunk / extent.cols);
  over_threads(ceil_div(extent.rows, rows), [&](std::int64_t chunk) {
    const std::int64_t first = chunk * rows;
    quantize_chunk(rules, side, kernels, globals, first, std::min(rows, extent.rows - first), out);
  });
}

}  // namespace bitgate::reference
