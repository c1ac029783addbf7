// A tensor through quantize_block, row by row. Specialised on its Rules by inlining (see catalog.cpp).
#pragma once

#include "bitgate/reference/recipe/block.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

// max|x| of elements [first, first + n) by the global's rule for NaN.
[[gnu::always_inline]] inline float amax_of_range(const Rules& rules, const TypedView& input, std::int64_t first,
                                                  std::int64_t n) noexcept {
  float amax = 0.0f;
  for (std::int64_t i = first; i < first + n; ++i)
    amax = running_amax(rules.global.amax_nan, amax, magnitude(element(input, i)));
  return amax;
}

// The stored global of each row (or of the tensor), from what the request gives, else from the input.
[[gnu::always_inline]] inline void fill_global(const Rules& rules, const Request& request,
                                               QuantizedTensor& out) noexcept {
  const TypedView& input = request.input;
  const std::int64_t rows = input.extent.rows;
  const std::int64_t cols = input.extent.cols;
  const bool by_row = scheme_of(rules.scheme).global == GlobalAxis::kRow;
  for (std::size_t i = 0; i < out.global.size(); ++i) {
    if (!request.global.empty()) {
      out.global[i] = request.global[i];
      continue;
    }
    const std::int64_t first = by_row ? static_cast<std::int64_t>(i) * cols : 0;
    const float amax =
        !request.amax.empty() ? request.amax[i] : amax_of_range(rules, input, first, by_row ? cols : rows * cols);
    out.global[i] = stored_global_of(rules, input.type, amax);
  }
}

// Elements [first, first + n) of the input, widened, then +0.
[[gnu::always_inline]] inline void load_block(const TypedView& input, std::int64_t first, std::int64_t n,
                                              BlockInput& x) noexcept {
  if (n < static_cast<std::int64_t>(kMaxBlock)) x.fill(0.0f);
  for (std::int64_t i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = element(input, first + i);
}

[[gnu::always_inline]] inline void quantize_row(const Rules& rules, const Request& request, std::int64_t row,
                                                QuantizedTensor& out) {
  const Scheme& scheme = scheme_of(rules.scheme);
  const std::int64_t cols = request.input.extent.cols;
  const std::int64_t width = scheme.block.cols;
  const std::int64_t blocks = blocks_per_row(scheme, cols);
  const auto extras = static_cast<std::size_t>(extras_per_row(scheme, cols));
  const std::span<std::uint16_t> row_extras(out.extras.data() + static_cast<std::size_t>(row) * extras, extras);
  NoTrace trace;
  GlobalScale global;
  if (!out.global.empty()) global = derive_global(rules, out.global[global_index(scheme, row)], trace);
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::int64_t first = row * cols + b * width;
    const std::int64_t n = std::min(width, cols - b * width);
    const auto scale_at = static_cast<std::size_t>(row * blocks + b);
    BlockInput x;
    BlockOutput block;
    load_block(request.input, first, n, x);
    GivenScale given;
    if (request.scales != nullptr) given = {true, scale_bits(*request.scales, scale_at)};
    const std::span<const float> values(x.data(), static_cast<std::size_t>(width));
    const BlockScale scale = quantize_block(rules, request.input.type, global, values, given, block, trace);
    set_scale_bits(out.scales, scale_at, block.scale_bits);
    std::copy_n(block.codes.begin(), n, out.codes.begin() + first);
    write_extras(rules, x, scale, block, b, row_extras);
  }
}

[[gnu::always_inline]] inline void quantize_rows(const Rules& rules, const Request& request, QuantizedTensor& out) {
  fill_global(rules, request, out);
  for (std::int64_t row = 0; row < request.input.extent.rows; ++row) quantize_row(rules, request, row, out);
}

}  // namespace bitgate::reference
