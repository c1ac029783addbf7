// What the blocks of a side have in common: its global numbers and random words; and the side through the kernels that
// quantize many blocks at once.
#pragma once

#include "bitgate/reference/recipe/block.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/side.h"

namespace bitgate::reference {

// max|x| of elements [first, first + n) by the global's rule for NaN.
float amax_of_range(const Rules& rules, const TypedView& input, std::int64_t first, std::int64_t n);

// The stored global of each row (or of the tensor), from what is given, else from the operand.
void fill_global(const Rules& rules, const Side& side, QuantizedTensor& out);

// Values only, yet with a tensor's scale, which comes from the operand alone and is stored nowhere (ModelOpt).
constexpr bool has_unstored_global(const Rules& rules) noexcept {
  return is_values_only(scheme_of(rules.scheme)) && rules.global.form != GlobalForm::kNone;
}
float unstored_global(const Rules& rules, const Side& side);

// max|x| of a row, as given or from the operand: only where the global stage needs it beside the stored number; else 0.
float row_amax_of(const Rules& rules, const Side& side, std::int64_t row);

// The factors that govern the blocks of a row; `global` holds the numbers of fill_global.
GlobalScale global_of_row(const Rules& rules, const Side& side, std::int64_t row, std::span<const float> global);

// The random words of n elements from (row, col) on.
inline std::span<const std::uint32_t> random_words(const Side& side, std::int64_t row, std::int64_t col,
                                                   std::int64_t n) noexcept {
  if (side.random.empty()) return {};
  const std::int64_t first = (row * side.operand.extent.cols + col) / 4;
  return side.random.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n / 4));
}

// Whether blocks lie in one row and are short.
constexpr bool has_row_blocks(const Scheme& scheme) noexcept {
  return scheme.block.rows == 1 && scheme.block.cols != 0 && scheme.block.cols <= static_cast<std::int64_t>(kMaxBlock);
}

// Codes, scales, extras, globals or values of a whole side. Threads share large sides; the result is the same, and so
// it is for the kernels of any level.
void quantize_rows(const Rules& rules, const Side& side, const LaneKernels& kernels, QuantizedTensor& out);

// Of schemes whose blocks are no short pieces of a row: one tile each, its elements in row-major order (tiles.cpp).
void quantize_tiles(const Rules& rules, const Side& side, const LaneKernels& kernels, std::span<const float> global,
                    QuantizedTensor& out);

}  // namespace bitgate::reference
