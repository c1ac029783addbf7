// Where the scales of one expert begin, in the buffers of mixture-of-experts kernels that hold those of all: bytes, or
// int32 words of four one-byte scales, as the name says. Inside an expert's region the scales lie in the 128 x 4 tiles
// of swizzle.h. K is the row's count of elements, `block` how many of them share a scale.
// Source: flashinfer-vllm-cutlass.md 3.13 (FlashInfer, CUTLASS's fused MoE in TensorRT-LLM), 4.1 and 4.3 (vLLM) of the
// notes.
#pragma once

#include <cstdint>
#include <span>

#include "bitgate/reference/layout/padded.h"

namespace bitgate::reference {

inline constexpr std::int64_t kScalesPerWord = 4;  // one-byte scales in an int32

// FlashInfer's experts kernel, NVFP4 in blocks of 16: every expert has room for `rows` rows, padded to whole tiles.
constexpr std::int64_t flashinfer_expert_scale_bytes(std::int64_t expert, std::int64_t rows, std::int64_t k) noexcept {
  return expert * round_up(rows, 128) * round_up(k, 64) / 16;
}

// getOffsetActivationSF: experts share one run of tokens; `token_offset` of them belong to earlier experts. A tile of
// rows never holds two experts, so each of them may cost 127 rows of padding: no prefix sum of padded counts is needed.
constexpr std::int64_t cutlass_moe_activation_scale_bytes(std::int64_t expert, std::int64_t token_offset,
                                                          std::int64_t padded_k, std::int64_t block) noexcept {
  return round_up(token_offset + expert * 127, 128) * padded_k / block;
}

// Weights of all experts have one size: N and K padded.
constexpr std::int64_t cutlass_moe_weight_scale_bytes(std::int64_t expert, std::int64_t padded_n, std::int64_t padded_k,
                                                      std::int64_t block) noexcept {
  return expert * padded_n * padded_k / block;
}

// vLLM: rows in front of expert `expert`, each expert's count rounded up to whole tiles of 128.
constexpr std::int64_t vllm_expert_offset_rows(std::span<const std::int64_t> tokens, std::size_t expert) noexcept {
  std::int64_t rows = 0;
  for (std::size_t e = 0; e < expert; ++e) rows += round_up(tokens[e], 128);
  return rows;
}

// vLLM: output_scale_offset_by_experts[e] * numKTiles, in int32 words. A tile of K is four blocks of 16, one word a
// row.
constexpr std::int64_t vllm_expert_scale_words(std::int64_t offset_rows, std::int64_t k) noexcept {
  return offset_rows * ceil_div(k, 16 * kScalesPerWord);
}
constexpr std::int64_t vllm_expert_scale_bytes(std::int64_t offset_rows, std::int64_t k) noexcept {
  return vllm_expert_scale_words(offset_rows, k) * kScalesPerWord;
}

// vLLM's packed UE8M0: the int32 word that holds scales 4 k_pack .. 4 k_pack + 3 of a row. Words of one k_pack lie
// together, a row apart; `tma_aligned_rows` is the count of rows, padded as TMA wants them (padding: zero).
constexpr std::int64_t packed_ue8m0_word(std::int64_t row, std::int64_t k_pack,
                                         std::int64_t tma_aligned_rows) noexcept {
  return k_pack * tma_aligned_rows + row;
}
// The byte of one scale; of a word's four the first is taken to lie lowest, which the note does not spell out.
constexpr std::int64_t packed_ue8m0_byte(std::int64_t row, std::int64_t scale, std::int64_t tma_aligned_rows) noexcept {
  return packed_ue8m0_word(row, scale / kScalesPerWord, tma_aligned_rows) * kScalesPerWord + scale % kScalesPerWord;
}

// 100 rows are 128, 96 columns 128: 8 scales a row.
static_assert(flashinfer_expert_scale_bytes(0, 100, 96) == 0);
static_assert(flashinfer_expert_scale_bytes(3, 100, 96) == 3 * 128 * 8);
// Expert 2 after 5 tokens: 5 + 254 = 259 rows, so tile row 3 of 128, 8 scales each.
static_assert(cutlass_moe_activation_scale_bytes(0, 0, 128, 16) == 0);
static_assert(cutlass_moe_activation_scale_bytes(1, 1, 128, 16) == 128 * 8);
static_assert(cutlass_moe_activation_scale_bytes(1, 2, 128, 16) == 256 * 8);
static_assert(cutlass_moe_activation_scale_bytes(2, 5, 128, 16) == 384 * 8);
static_assert(cutlass_moe_weight_scale_bytes(2, 256, 128, 32) == 2 * 256 * 4);
// 7 scales of 100 columns take two words a row.
static_assert(vllm_expert_scale_words(128, 100) == 256);
static_assert(vllm_expert_scale_bytes(128, 100) == 1024);
static_assert(packed_ue8m0_word(3, 2, 132) == 267);
static_assert(packed_ue8m0_byte(3, 9, 132) == 267 * 4 + 1);

}  // namespace bitgate::reference
