// Two 4-bit codes a byte. Logical order is one code a byte; packed rows hold ceil(cols / 2) bytes, and the last nibble
// of an odd row is a pad of zero. Low first (TransformerEngine, torchao, FlashInfer): column 2j in bits 0..3 of byte j,
// column 2j + 1 in bits 4..7. High first is the other way about.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

constexpr std::int64_t packed_nibble_cols(std::int64_t cols) noexcept { return cols / 2 + cols % 2; }

// Where a column's nibble starts in its byte.
constexpr int nibble_shift(NibbleOrder order, std::int64_t col) noexcept {
  return (col % 2 == 0) == (order == NibbleOrder::kLowFirst) ? 0 : 4;
}

// `codes`: extent.rows x extent.cols, one a byte; bits above the fourth are ignored.
// Returns extent.rows x packed_nibble_cols(extent.cols) bytes.
inline std::vector<std::uint8_t> pack_nibbles(std::span<const std::uint8_t> codes, const Extent& extent,
                                              NibbleOrder order) {
  const std::int64_t stride = packed_nibble_cols(extent.cols);
  std::vector<std::uint8_t> packed(static_cast<std::size_t>(extent.rows * stride));
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    const std::uint8_t* from = codes.data() + row * extent.cols;
    std::uint8_t* to = packed.data() + row * stride;
    for (std::int64_t col = 0; col < extent.cols; ++col)
      to[col / 2] = static_cast<std::uint8_t>(to[col / 2] | (from[col] & 0xF) << nibble_shift(order, col));
  }
  return packed;
}

// The inverse, pad nibbles dropped. `packed` holds extent.rows x packed_nibble_cols(extent.cols) bytes.
inline std::vector<std::uint8_t> unpack_nibbles(std::span<const std::uint8_t> packed, const Extent& extent,
                                                NibbleOrder order) {
  const std::int64_t stride = packed_nibble_cols(extent.cols);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(count(extent)));
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    const std::uint8_t* from = packed.data() + row * stride;
    std::uint8_t* to = codes.data() + row * extent.cols;
    for (std::int64_t col = 0; col < extent.cols; ++col)
      to[col] = static_cast<std::uint8_t>(from[col / 2] >> nibble_shift(order, col) & 0xF);
  }
  return codes;
}

// Rows of an odd column count whose pad nibble is not zero: a difference in layout that the codes cannot show.
inline std::int64_t nonzero_pad_nibbles(std::span<const std::uint8_t> packed, const Extent& extent,
                                        NibbleOrder order) noexcept {
  if (extent.cols % 2 == 0) return 0;
  const std::int64_t stride = packed_nibble_cols(extent.cols);
  std::int64_t rows = 0;
  for (std::int64_t row = 0; row < extent.rows; ++row)
    rows +=
        (packed[static_cast<std::size_t>(row * stride + stride - 1)] >> nibble_shift(order, extent.cols) & 0xF) != 0;
  return rows;
}

}  // namespace bitgate::reference
