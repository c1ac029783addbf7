// ggml's interleaved activation blocks and the logical order, both ways.
//
// block_q8_1, 36 bytes, [row][block of 32]: half d at 0, half s at 2, int8 q[32] at 4.
// block_q8_1_mmq, 144 bytes, [block of 128][row]: 16 bytes of scales at 0, int8 q[128] at 16. The scales are
//   D4    four float32 d, one for each 32 values
//   DS4   four pairs half d, half s, one for each 32 values
//   D2S6  eight halves d0 d1 s0 .. s5: d for each 64 values, s for each 16 of the first 96 values
// A row is padded to a multiple of 512 values; every pad byte is zero. All numbers are little-endian.
// Source: ggml-org/llama.cpp d99724f2, ggml/src/ggml-common.h and ggml/src/ggml-cuda/mmq.cuh.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

inline constexpr std::int64_t kGgmlRowPadding = 512;  // MATRIX_ROW_PADDING
inline constexpr std::int64_t kQ8_1BlockBytes = 36;
inline constexpr std::int64_t kMmqBlockBytes = 144;
inline constexpr std::int64_t kMmqBlockCols = 128;

constexpr std::int64_t ggml_padded_cols(std::int64_t cols) noexcept {
  return ceil_div(cols, kGgmlRowPadding) * kGgmlRowPadding;
}

// Whether the scheme's producer interleaves scales and codes in the blocks above.
constexpr bool has_ggml_blocks(SchemeId id) noexcept {
  return id == SchemeId::kQ8_1 || id == SchemeId::kQ8_1MmqD4 || id == SchemeId::kQ8_1MmqDs4 ||
         id == SchemeId::kQ8_1MmqD2s6;
}

// {rows, blocks, 36} or {blocks, rows, 144}, in the producer's order of axes; zeros for a scheme without such blocks.
constexpr std::array<std::int64_t, 3> ggml_blocks_shape(SchemeId id, const Extent& extent) noexcept {
  if (!has_ggml_blocks(id)) return {0, 0, 0};
  const std::int64_t padded = ggml_padded_cols(extent.cols);
  if (id == SchemeId::kQ8_1) return {extent.rows, padded / 32, kQ8_1BlockBytes};
  return {padded / kMmqBlockCols, extent.rows, kMmqBlockBytes};
}

// The raw blocks of a tensor, row padding included. Throws InputError when the scheme has none.
std::vector<std::uint8_t> pack_ggml_blocks(const QuantizedTensor& tensor);

// The logical order of raw blocks, padding dropped. Throws InputError when the scheme has none or `packed` does not
// have the size that ggml_blocks_shape states.
QuantizedTensor unpack_ggml_blocks(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed);

// Bytes that belong to no logical element and are not zero: a difference in layout that the codes cannot show.
std::int64_t nonzero_ggml_padding(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed);

}  // namespace bitgate::reference
