// Where things lie in ggml's blocks, as data: one row for each kind of block. Scales start at byte 0; all numbers are
// little-endian.
//
// block_q8_1, 36 bytes, [row][block of 32]: half d, half s, int8 q[32].
// block_q8_1_mmq, 144 bytes, [block of 128][row]: 16 bytes of scales, int8 q[128]. The scales are
//   D4    four float32 d, one for each 32 values
//   DS4   four pairs half d, half s, one for each 32 values
//   D2S6  eight halves d0 d1 s0 .. s5: d for each 64 values, s for each 16 of the first 96 values
// block_q8_0, _q4_0, _q4_1, _q5_0, _q5_1, [row][block of 32]: half d, with _1 of 4 and 5 bits half m, with 5 bits the
//   fifth bits as a word (bit j is that of value j), codes. block_mxfp4: one E8M0, codes. block_nvfp4: 64 values, four
//   E4M3, codes. Two 4-bit codes a byte: the first half of a run of 32 (NVFP4: 16) values in the low nibbles, the
//   second half in the high ones.
// block_fp4_mmq, 144 bytes, [block of 256][row]: 16 bytes of scales, codes as above. MXFP4: the word of 64 values is
//   e0 | e1 << 8, its upper half zero. NVFP4: 16 scales.
// Blocks that a kernel reads as activations (Q8_1 and MMQ) pad a row to 512 values; every pad byte is zero.
// Source: ggml-org/llama.cpp d99724f2, ggml/src/ggml-common.h, ggml/src/ggml-cuda/mmq.cuh.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

struct BlockLayout {
  RawBlocks id;
  std::string_view name;
  std::int64_t bytes, cols;  // of one block: its size, its values
  std::int64_t row_padding;  // a row is padded to a multiple of this many values
  bool block_major;          // [block][row] rather than [row][block]
  std::int64_t element_bits, scale_bits;
  std::int64_t scale_cols;                 // values that share a scale
  std::int64_t scale_group, scale_stride;  // scales lie side by side in groups, whose starts are this many bytes apart
  std::int64_t extras, extra_at, extra_stride;  // 16-bit numbers in a block: how many, where the first, how far apart
  std::int64_t codes_at;
  std::int64_t nibble_cols;    // values of one run of nibbles; 0: one code a byte
  std::int64_t fifth_bits_at;  // 0: none
};

inline constexpr std::array<BlockLayout, 14> kBlockLayouts{{
    {RawBlocks::kNone, "none", 0, 1, 1, false, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0},
    {RawBlocks::kQ8_1, "q8_1", 36, 32, 512, false, 8, 16, 32, 1, 2, 1, 2, 2, 4, 0, 0},
    {RawBlocks::kMmqD4, "mmq-d4", 144, 128, 512, true, 8, 32, 32, 1, 4, 0, 0, 0, 16, 0, 0},
    {RawBlocks::kMmqDs4, "mmq-ds4", 144, 128, 512, true, 8, 16, 32, 1, 4, 4, 2, 4, 16, 0, 0},
    {RawBlocks::kMmqD2s6, "mmq-d2s6", 144, 128, 512, true, 8, 16, 64, 1, 2, 6, 4, 2, 16, 0, 0},
    {RawBlocks::kQ8_0, "q8_0", 34, 32, 32, false, 8, 16, 32, 1, 2, 0, 0, 0, 2, 0, 0},
    {RawBlocks::kQ4_0, "q4_0", 18, 32, 32, false, 4, 16, 32, 1, 2, 0, 0, 0, 2, 32, 0},
    {RawBlocks::kQ4_1, "q4_1", 20, 32, 32, false, 4, 16, 32, 1, 2, 1, 2, 2, 4, 32, 0},
    {RawBlocks::kQ5_0, "q5_0", 22, 32, 32, false, 5, 16, 32, 1, 2, 0, 0, 0, 6, 32, 2},
    {RawBlocks::kQ5_1, "q5_1", 24, 32, 32, false, 5, 16, 32, 1, 2, 1, 2, 2, 8, 32, 4},
    {RawBlocks::kMxfp4, "mxfp4", 17, 32, 32, false, 4, 8, 32, 1, 1, 0, 0, 0, 1, 32, 0},
    {RawBlocks::kNvfp4, "nvfp4", 36, 64, 64, false, 4, 8, 16, 1, 1, 0, 0, 0, 4, 16, 0},
    {RawBlocks::kFp4MmqMx, "fp4-mmq-mx", 144, 256, 512, true, 4, 8, 32, 2, 4, 0, 0, 0, 16, 32, 0},
    {RawBlocks::kFp4MmqNv, "fp4-mmq-nv", 144, 256, 512, true, 4, 8, 16, 1, 1, 0, 0, 0, 16, 16, 0},
}};

constexpr const BlockLayout& layout_of(RawBlocks id) noexcept { return kBlockLayouts[static_cast<std::size_t>(id)]; }
constexpr std::string_view name_of(RawBlocks id) noexcept { return layout_of(id).name; }

// The blocks that a scheme's name alone implies; none where the same scheme is stored in several ways or in no blocks.
constexpr RawBlocks default_blocks(SchemeId id) noexcept {
  switch (id) {
    case SchemeId::kQ8_1: return RawBlocks::kQ8_1;
    case SchemeId::kQ8_1MmqD4: return RawBlocks::kMmqD4;
    case SchemeId::kQ8_1MmqDs4: return RawBlocks::kMmqDs4;
    case SchemeId::kQ8_1MmqD2s6: return RawBlocks::kMmqD2s6;
    case SchemeId::kQ8_0: return RawBlocks::kQ8_0;
    case SchemeId::kQ4_0: return RawBlocks::kQ4_0;
    case SchemeId::kQ4_1: return RawBlocks::kQ4_1;
    case SchemeId::kQ5_0: return RawBlocks::kQ5_0;
    case SchemeId::kQ5_1: return RawBlocks::kQ5_1;
    default: return RawBlocks::kNone;
  }
}

// Whether the fields of a scheme fill such blocks.
constexpr bool fits(RawBlocks id, const Scheme& s) noexcept {
  const BlockLayout& b = layout_of(id);
  const bool sizes =
      s.element.bits == b.element_bits && s.scale.bits == b.scale_bits && s.cell == Extent{1, b.scale_cols};
  const bool extras = b.extras == 0 ? s.extra_cols == 0 : s.extra_cols * b.extras == b.cols * s.extras_per;
  const RawBlocks own = default_blocks(s.id);
  return id != RawBlocks::kNone && sizes && extras && (own == RawBlocks::kNone || own == id);
}

constexpr bool block_rows_are_in_order() noexcept {
  for (std::size_t i = 0; i < kBlockLayouts.size(); ++i)
    if (static_cast<std::size_t>(kBlockLayouts[i].id) != i) return false;
  return true;
}
static_assert(block_rows_are_in_order());
// Scales, fifth bits and codes fill a block to its last byte.
constexpr bool blocks_end_with_their_codes() noexcept {
  for (const BlockLayout& b : kBlockLayouts)
    if (b.codes_at + (b.nibble_cols == 0 ? b.cols : b.cols / 2) != b.bytes && b.id != RawBlocks::kNone) return false;
  return true;
}
static_assert(blocks_end_with_their_codes());

}  // namespace bitgate::reference
