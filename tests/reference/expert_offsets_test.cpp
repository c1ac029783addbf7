// Offsets of experts and CUTLASS's atoms of scales: they fit the tiles, and no expert's region reaches into another's.
#include "bitgate/reference/layout/expert_offsets.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "bitgate/reference/layout/sf_atom.h"
#include "bitgate/reference/layout/swizzle.h"

namespace bitgate::reference {
namespace {

TEST(SfAtom, KMajorIsTheSwizzleOverSeveralTilesAndBatches) {
  for (const Extent scales : {Extent{128, 4}, {300, 9}, {129, 16}}) {
    const Extent padded = whole_tiles(scales);
    for (std::int64_t batch = 0; batch < 3; ++batch)
      for (std::int64_t row = 0; row < scales.rows; ++row)
        for (std::int64_t k = 0; k < scales.cols; ++k)
          ASSERT_EQ(sf_byte(row, k, batch, scales.rows, scales.cols),
                    batch * count(padded) + swizzle_offset(row, k, padded.cols))
              << batch << " " << row << " " << k;
  }
}

TEST(SfAtom, BothAtomsTakeEveryByteOnceAndAreTransposesOfEachOther) {
  std::set<std::int64_t> bytes;
  for (std::int64_t row = 0; row < kAtomRows; ++row)
    for (std::int64_t scale = 0; scale < kAtomScales; ++scale) {
      bytes.insert(sf_atom_byte(row, scale));
      EXPECT_EQ(sf_atom_byte_mn_major(scale, row), sf_atom_byte(row, scale));
    }
  EXPECT_EQ(bytes.size(), static_cast<std::size_t>(kAtomBytes));
  EXPECT_EQ(*bytes.rbegin(), kAtomBytes - 1);
}

TEST(ExpertOffsets, FlashInfersRegionIsThatOfTheTiles) {
  for (const std::int64_t rows : {1, 128, 129, 1000})
    for (const std::int64_t k : {64, 96, 1040})
      for (std::int64_t expert = 0; expert < 4; ++expert)
        EXPECT_EQ(flashinfer_expert_scale_bytes(expert, rows, k), expert * count(whole_tiles({rows, ceil_div(k, 16)})));
}

// Counts of tokens that fill tiles, and that do not.
constexpr std::array<std::int64_t, 7> kTokens{1, 0, 128, 129, 127, 300, 2};

TEST(ExpertOffsets, CutlassLeavesEveryExpertItsTilesWithoutAPrefixSumOfThem) {
  constexpr std::int64_t kPaddedK = 192, kBlock = 16;
  std::int64_t tokens = 0;
  for (std::size_t e = 0; e + 1 < kTokens.size(); ++e) {
    const auto expert = static_cast<std::int64_t>(e);
    const std::int64_t here = cutlass_moe_activation_scale_bytes(expert, tokens, kPaddedK, kBlock);
    EXPECT_EQ(here % (128 * kPaddedK / kBlock), 0) << "whole tiles of rows in front";
    tokens += kTokens[e];
    const std::int64_t next = cutlass_moe_activation_scale_bytes(expert + 1, tokens, kPaddedK, kBlock);
    EXPECT_GE(next - here, count(whole_tiles({kTokens[e], kPaddedK / kBlock}))) << "of expert " << e;
  }
}

TEST(ExpertOffsets, CutlassWeightsFollowEachOther) {
  for (std::int64_t expert = 0; expert < 5; ++expert)
    EXPECT_EQ(cutlass_moe_weight_scale_bytes(expert, 384, 256, 32), expert * count(whole_tiles({300, 8})));
}

TEST(ExpertOffsets, VllmCountsWordsOfWholeTiles) {
  EXPECT_EQ(vllm_expert_offset_rows(kTokens, 0), 0);
  EXPECT_EQ(vllm_expert_offset_rows(kTokens, 4), 128 + 0 + 128 + 256);
  for (std::size_t e = 0; e + 1 < kTokens.size(); ++e)
    for (const std::int64_t k : {16, 64, 80, 7168}) {
      const std::int64_t here = vllm_expert_scale_bytes(vllm_expert_offset_rows(kTokens, e), k);
      const std::int64_t next = vllm_expert_scale_bytes(vllm_expert_offset_rows(kTokens, e + 1), k);
      EXPECT_EQ(next - here, count(whole_tiles({kTokens[e], ceil_div(k, 16)}))) << e << " " << k;
      EXPECT_EQ(here, 4 * vllm_expert_scale_words(vllm_expert_offset_rows(kTokens, e), k));
    }
}

TEST(PackedUe8m0, WordsOfAPackLieRowByRowAndHoldFourScales) {
  constexpr std::int64_t kRows = 5, kAligned = 8, kScales = 10;
  std::set<std::int64_t> bytes;
  for (std::int64_t row = 0; row < kRows; ++row)
    for (std::int64_t k = 0; k < kScales; ++k) {
      const std::int64_t byte = packed_ue8m0_byte(row, k, kAligned);
      EXPECT_EQ(byte / 4, packed_ue8m0_word(row, k / 4, kAligned));
      EXPECT_EQ(byte % 4, k % 4);
      bytes.insert(byte);
    }
  EXPECT_EQ(bytes.size(), static_cast<std::size_t>(kRows * kScales));
  EXPECT_EQ(packed_ue8m0_word(1, 0, kAligned) - packed_ue8m0_word(0, 0, kAligned), 1);
  EXPECT_EQ(packed_ue8m0_word(0, 1, kAligned) - packed_ue8m0_word(0, 0, kAligned), kAligned);
}

}  // namespace
}  // namespace bitgate::reference
