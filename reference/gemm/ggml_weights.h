// ggml's quantized weights as its dot products read them: whole numbers, and the codes of their scales. One row of data
// a type; also which values one call of a CUDA thread of MMVQ takes.
//
// A call takes `sums` sums, each over `runs` runs of `run` values, 16 apart. Call i of a block begins at value
// i / group_calls * group_cols + i % group_calls * call_cols, its second sum `sum_cols` further on. In the producer's
// words: a call reads vdr of the qi 32-bit words of a block, so that qi / vdr threads share a block.
//
// Sources: ggml.md 5.1, 5.4 and 6; ggml-org/llama.cpp 027ef876, ggml/src/ggml-cuda/vecdotq.cuh, ggml/src/ggml-common.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "bitgate/reference/layout/raw_blocks.h"

namespace bitgate::reference {

// What becomes of the sums of a call (ggml_mmvq.h).
enum class GgmlDot : std::uint8_t {
  kZeroPoint,      // Q4_0, Q5_0: a zero point, taken from s
  kMinimum,        // Q4_1, Q5_1: products in FP16
  kScale,          // Q8_0, MXFP4
  kSixteens,       // NVFP4: a scale for each 16 values
  kSuperMinimums,  // Q4_K: whole scales and minimums for each 32 values, under FP16 ones for 256
  kSuperScales,    // Q6_K: whole scales for each 16 values, under an FP16 one for 256
};

struct GgmlWeights {
  std::string_view name;     // "q4_0"
  RawBlocks blocks;          // kNone: blocks of 256 values
  std::int64_t cols, bytes;  // of a block
  GgmlDot dot;
  std::int32_t zero_point;  // of the stored codes; 0 where they are the numbers
  std::int64_t vdr, qi;
  std::int64_t sums, runs, run;
  std::int64_t group_calls, group_cols, call_cols, sum_cols;
};

constexpr std::int64_t calls_of(const GgmlWeights& type) noexcept { return type.qi / type.vdr; }
constexpr std::int64_t first_value(const GgmlWeights& type, std::int64_t call, std::int64_t sum) noexcept {
  return call / type.group_calls * type.group_cols + call % type.group_calls * type.call_cols + sum * type.sum_cols;
}
inline constexpr std::int64_t kGgmlRunDistance = 16;

// block_q4_K, 144 bytes: half d, half dmin, 12 bytes of eight 6-bit scales and minimums, 128 bytes; 32 bytes hold 64
// values, the first 32 in the low nibbles. block_q6_K, 210 bytes: 128 bytes of low nibbles, 64 of upper bits, 16 int8
// scales, half d.
// A row: name, blocks, their cols and bytes; dot, zero point; vdr, qi; sums, runs, run; calls and cols of a group, cols
// from a call to the next and from its first sum to the second.
inline constexpr std::array<GgmlWeights, 9> kGgmlWeights{{
    {"q4_0", RawBlocks::kQ4_0, 32, 18, GgmlDot::kZeroPoint, 8, 2, 4, 1, 2, 8, 2, 32, 8, 0},
    {"q4_1", RawBlocks::kQ4_1, 32, 20, GgmlDot::kMinimum, 0, 2, 4, 1, 2, 8, 2, 32, 8, 0},
    {"q5_0", RawBlocks::kQ5_0, 32, 22, GgmlDot::kZeroPoint, 16, 2, 4, 1, 2, 8, 2, 32, 8, 0},
    {"q5_1", RawBlocks::kQ5_1, 32, 24, GgmlDot::kMinimum, 0, 2, 4, 1, 2, 8, 2, 32, 8, 0},
    {"q8_0", RawBlocks::kQ8_0, 32, 34, GgmlDot::kScale, 0, 2, 8, 1, 1, 8, 4, 32, 8, 0},
    {"mxfp4", RawBlocks::kMxfp4, 32, 17, GgmlDot::kScale, 0, 2, 4, 1, 2, 8, 2, 32, 8, 0},
    {"nvfp4", RawBlocks::kNvfp4, 64, 36, GgmlDot::kSixteens, 0, 4, 8, 2, 1, 16, 1, 32, 0, 16},
    {"q4_k", RawBlocks::kNone, 256, 144, GgmlDot::kSuperMinimums, 0, 2, 32, 2, 2, 4, 4, 64, 4, 32},
    {"q6_k", RawBlocks::kNone, 256, 210, GgmlDot::kSuperScales, 0, 1, 32, 2, 1, 4, 16, 128, 4, 64},
}};

// The calls of a block take each of its values once, and are as many as threads share it.
constexpr bool calls_cover_their_blocks() noexcept {
  for (const GgmlWeights& type : kGgmlWeights) {
    std::array<int, 256> taken{};
    for (std::int64_t call = 0; call < calls_of(type); ++call)
      for (std::int64_t sum = 0; sum < type.sums; ++sum)
        for (std::int64_t run = 0; run < type.runs; ++run)
          for (std::int64_t i = 0; i < type.run; ++i)
            ++taken[static_cast<std::size_t>(first_value(type, call, sum) + run * kGgmlRunDistance + i)];
    for (std::int64_t i = 0; i < 256; ++i)
      if (taken[static_cast<std::size_t>(i)] != (i < type.cols ? 1 : 0)) return false;
  }
  return true;
}
static_assert(calls_cover_their_blocks());
constexpr bool blocks_have_their_layouts_sizes() noexcept {
  for (const GgmlWeights& type : kGgmlWeights) {
    const BlockLayout& layout = layout_of(type.blocks);
    if (type.blocks != RawBlocks::kNone && (layout.bytes != type.bytes || layout.cols != type.cols)) return false;
  }
  return true;
}
static_assert(blocks_have_their_layouts_sizes());

constexpr const GgmlWeights* find_ggml_weights(std::string_view name) noexcept {  // null: unknown
  for (const GgmlWeights& type : kGgmlWeights)
    if (type.name == name) return &type;
  return nullptr;
}

// One block. Fields that the type lacks are 0.
struct GgmlWeightBlock {
  std::array<std::int8_t, 256> codes{};    // in logical order: as stored, zero point and all; of FP4 twice the number
  std::uint16_t d = 0, m = 0;              // FP16; Q4_K's m scales its minimums
  std::array<std::uint8_t, 4> scales{};    // E8M0, or E4M3 for each 16 values
  std::array<std::int32_t, 16> steps{};    // K-quants: the whole scales
  std::array<std::int32_t, 8> minimums{};  // Q4_K
};

// `bytes` are those of one block.
GgmlWeightBlock read_ggml_block(const GgmlWeights& type, std::span<const std::uint8_t> bytes);

// A block of activations: Q8_1, or Q8_0 without s.
struct Q8Block {
  std::uint16_t d = 0, s = 0;           // FP16
  const std::uint8_t* codes = nullptr;  // 32 of int8
};
Q8Block read_q8_block(RawBlocks blocks, std::span<const std::uint8_t> bytes);

// The sum of products of `n` numbers.
std::int32_t dot(const std::int8_t* weights, const std::uint8_t* codes, std::int64_t n) noexcept;

// Weights times activations; throws InputError where the bytes do not fit.
struct GgmlProduct {
  const GgmlWeights* type = nullptr;
  Extent extent;                              // of the weights: rows, K
  std::span<const std::uint8_t> weights;      // [rows][blocks] of the type's bytes
  std::int64_t columns = 1;                   // of activations
  std::span<const std::uint8_t> activations;  // [columns][blocks]
};
void require_fits(const GgmlProduct& product, RawBlocks activations);

}  // namespace bitgate::reference
