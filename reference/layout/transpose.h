// Rows become columns: how a column-wise tensor, which is logically that of the transposed operand, meets producers
// that leave codes or scales where the operand's elements lie (TransformerEngine's MXFP8).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

constexpr Extent swapped(const Extent& extent) noexcept { return {extent.cols, extent.rows}; }

// `extent` is that of `values`; the result has swapped(extent).
template <class T>
std::vector<T> transposed(std::span<const T> values, const Extent& extent) {
  std::vector<T> turned(values.size());
  // By squares that fit the cache: a column's elements lie a row apart.
  constexpr std::int64_t kSquare = 32;
  for (std::int64_t top = 0; top < extent.rows; top += kSquare)
    for (std::int64_t left = 0; left < extent.cols; left += kSquare)
      for (std::int64_t col = left; col < std::min(left + kSquare, extent.cols); ++col)
        for (std::int64_t row = top; row < std::min(top + kSquare, extent.rows); ++row)
          turned[static_cast<std::size_t>(col * extent.rows + row)] =
              values[static_cast<std::size_t>(row * extent.cols + col)];
  return turned;
}
template <class T>
std::vector<T> transposed(const std::vector<T>& values, const Extent& extent) {
  return transposed(std::span<const T>(values), extent);
}

}  // namespace bitgate::reference
