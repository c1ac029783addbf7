// A matrix in the corner of a larger one, the rest zero: the compact scale arrays of TransformerEngine, whose producer
// leaves the rest as it was allocated. Row-major.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) noexcept {
  return ceil_div(n, multiple) * multiple;
}

template <class T>
std::vector<T> pad(const std::vector<T>& values, const Extent& from, const Extent& to) {
  std::vector<T> padded(static_cast<std::size_t>(count(to)));
  for (std::int64_t row = 0; row < from.rows; ++row)
    std::copy_n(values.begin() + row * from.cols, from.cols, padded.begin() + row * to.cols);
  return padded;
}

// The inverse: `from` is the extent of `padded`, `to` that of the corner.
template <class T>
std::vector<T> unpad(const std::vector<T>& padded, const Extent& from, const Extent& to) {
  std::vector<T> values(static_cast<std::size_t>(count(to)));
  for (std::int64_t row = 0; row < to.rows; ++row)
    std::copy_n(padded.begin() + row * from.cols, to.cols, values.begin() + row * to.cols);
  return values;
}

// Elements outside the corner with a bit that is not zero.
template <class T>
std::int64_t nonzero_padding(const std::vector<T>& padded, const Extent& from, const Extent& to) {
  const std::vector<T> clean = pad(unpad(padded, from, to), to, from);
  std::int64_t nonzero = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) nonzero += std::memcmp(&clean[i], &padded[i], sizeof(T)) != 0;
  return nonzero;
}

}  // namespace bitgate::reference
