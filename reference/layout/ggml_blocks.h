// ggml's interleaved blocks (raw_blocks.h) and the logical order, both ways.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/layout/raw_blocks.h"

namespace bitgate::reference {

// {rows, blocks, bytes} or {blocks, rows, bytes}, in the producer's order of axes; zeros for kNone.
constexpr std::array<std::int64_t, 3> ggml_blocks_shape(RawBlocks blocks, const Extent& extent) noexcept {
  if (blocks == RawBlocks::kNone) return {0, 0, 0};
  const BlockLayout& layout = layout_of(blocks);
  const std::int64_t padded = ceil_div(extent.cols, layout.row_padding) * layout.row_padding;
  const std::int64_t in_row = padded / layout.cols;
  if (layout.block_major) return {in_row, extent.rows, layout.bytes};
  return {extent.rows, in_row, layout.bytes};
}

// The raw blocks of a tensor, row padding included. Throws InputError when its scheme does not fit them.
std::vector<std::uint8_t> pack_ggml_blocks(RawBlocks blocks, const QuantizedTensor& tensor);

// The logical order of raw blocks, padding dropped; what is not in a block (a global) is zero and has no kind. Throws
// InputError when the scheme does not fit or `packed` does not have the size that ggml_blocks_shape states.
QuantizedTensor unpack_ggml_blocks(RawBlocks blocks, const Scheme& scheme, const Extent& extent,
                                   std::span<const std::uint8_t> packed);

// Bytes with a bit that belongs to no logical element and is not zero: a difference in layout that the codes cannot
// show.
std::int64_t nonzero_ggml_padding(RawBlocks blocks, const Scheme& scheme, const Extent& extent,
                                  std::span<const std::uint8_t> packed);

// The same for a scheme whose name alone says its blocks (default_blocks).
constexpr bool has_ggml_blocks(SchemeId id) noexcept { return default_blocks(id) != RawBlocks::kNone; }
constexpr std::array<std::int64_t, 3> ggml_blocks_shape(SchemeId id, const Extent& extent) noexcept {
  return ggml_blocks_shape(default_blocks(id), extent);
}
std::vector<std::uint8_t> pack_ggml_blocks(const QuantizedTensor& tensor);
QuantizedTensor unpack_ggml_blocks(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed);
std::int64_t nonzero_ggml_padding(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed);

}  // namespace bitgate::reference
