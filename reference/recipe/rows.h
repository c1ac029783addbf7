// A side through quantize_block: row by row where a block lies in one row, tile by tile where it does not. Specialised
// on its Rules by inlining (see run.h).
#pragma once

#include "bitgate/reference/recipe/block.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/side.h"

namespace bitgate::reference {

// max|x| of elements [first, first + n) by the global's rule for NaN.
[[gnu::always_inline]] inline float amax_of_range(const Rules& rules, const TypedView& input, std::int64_t first,
                                                  std::int64_t n) noexcept {
  float amax = 0.0f;
  for (std::int64_t i = first; i < first + n; ++i)
    amax = running_amax(rules.global.amax_nan, amax, magnitude(element(input, i)));
  return amax;
}

// The stored global of each row (or of the tensor), from what is given, else from the operand.
[[gnu::always_inline]] inline void fill_global(const Rules& rules, const Side& side, QuantizedTensor& out) noexcept {
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

// Values only, yet with a tensor's scale, which comes from the operand alone and is stored nowhere (ModelOpt).
constexpr bool has_unstored_global(const Rules& rules) noexcept {
  return is_values_only(scheme_of(rules.scheme)) && rules.global.form != GlobalForm::kNone;
}
[[gnu::always_inline]] inline float unstored_global(const Rules& rules, const Side& side) noexcept {
  const float amax = amax_of_range(rules, side.operand, 0, count(side.operand.extent));
  return stored_global_of(rules, side.operand.type, amax);
}

// Elements [first, first + n) of the input, widened, then +0.
[[gnu::always_inline]] inline void load_block(const TypedView& input, std::int64_t first, std::int64_t n,
                                              BlockInput& x) noexcept {
  if (n < static_cast<std::int64_t>(kMaxBlock)) x.fill(0.0f);
  for (std::int64_t i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = element(input, first + i);
}

// max|x| of a row, as given or from the operand: only where the global stage needs it beside the stored number.
[[gnu::always_inline]] inline float row_amax_of(const Rules& rules, const Side& side, std::int64_t row) noexcept {
  if (!is_per_token(rules.global.form)) return 0.0f;
  const Scheme& scheme = scheme_of(rules.scheme);
  if (!side.amax.empty()) return side.amax[global_index(scheme, row)];
  const Extent& extent = side.operand.extent;
  if (scheme.global != GlobalAxis::kRow) return amax_of_range(rules, side.operand, 0, count(extent));
  return amax_of_range(rules, side.operand, row * extent.cols, extent.cols);
}

// What the blocks of a row are told in common.
[[gnu::always_inline]] inline BlockContext context_of_row(const Rules& rules, const Side& side, std::int64_t row,
                                                          const QuantizedTensor& out) {
  NoTrace trace;
  BlockContext context;
  context.type = side.operand.type;
  if (!out.global.empty())
    context.global = derive_global_of_row(rules, out.global[global_index(scheme_of(rules.scheme), row)],
                                          row_amax_of(rules, side, row), trace);
  return context;
}

// The random words of n elements from (row, col) on.
inline std::span<const std::uint32_t> random_words(const Side& side, std::int64_t row, std::int64_t col,
                                                   std::int64_t n) noexcept {
  if (side.random.empty()) return {};
  const std::int64_t first = (row * side.operand.extent.cols + col) / 4;
  return side.random.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n / 4));
}

[[gnu::always_inline]] inline void quantize_row(const Rules& rules, const Side& side, std::int64_t row,
                                                QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const std::int64_t cols = side.operand.extent.cols;
  const std::int64_t width = scheme.block.cols;
  const std::int64_t blocks = blocks_per_row(scheme, cols);
  const auto extras = static_cast<std::size_t>(extras_per_row(scheme, cols));
  const std::span<std::uint16_t> row_extras(out.extras.data() + static_cast<std::size_t>(row) * extras, extras);
  NoTrace trace;
  BlockContext context = context_of_row(rules, side, row, out);
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::int64_t first = row * cols + b * width;
    const std::int64_t n = std::min(width, cols - b * width);
    const auto scale_at = static_cast<std::size_t>(row * blocks + b);
    BlockInput x;
    std::array<std::uint8_t, kMaxBlock> codes;
    std::array<float, kMaxBlock> values;
    BlockOutput block{codes, values};
    load_block(side.operand, first, n, x);
    if (side.scales != nullptr) context.scale = {true, scale_bits(*side.scales, scale_at)};
    context.random = random_words(side, row, b * width, n);
    const std::span<const float> elements(x.data(), static_cast<std::size_t>(width));
    const BlockScale scale = quantize_block(rules, context, elements, block, trace);
    if (is_values_only(scheme)) {
      std::copy_n(values.begin(), n, out.values.begin() + first);
      continue;
    }
    set_scale_bits(out.scales, scale_at, block.scale_bits);
    std::copy_n(codes.begin(), n, out.codes.begin() + first);
    write_extras(rules, x, scale, block, b, row_extras);
  }
}

// Blocks of several rows, or of a whole axis: one tile each, its elements in row-major order.
void quantize_tiles(const Rules& rules, const Side& side, QuantizedTensor& out);

// Whether blocks lie in one row and are short.
constexpr bool has_row_blocks(const Scheme& scheme) noexcept {
  return scheme.block.rows == 1 && scheme.block.cols != 0 && scheme.block.cols <= static_cast<std::int64_t>(kMaxBlock);
}

[[gnu::always_inline]] inline void quantize_rows(const Rules& rules, const Side& side, QuantizedTensor& out) {
  fill_global(rules, side, out);
  if (!has_row_blocks(scheme_of(rules.scheme))) return quantize_tiles(rules, side, out);
  if (has_unstored_global(rules)) out.global.assign(1, unstored_global(rules, side));
  for (std::int64_t row = 0; row < side.operand.extent.rows; ++row) quantize_row(rules, side, row, out);
  if (has_unstored_global(rules)) out.global.clear();
}

}  // namespace bitgate::reference
