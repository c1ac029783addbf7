#include "bitgate/reference/layout/ggml_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr SchemeId kBlockSchemes[] = {SchemeId::kQ8_1, SchemeId::kQ8_1MmqD4, SchemeId::kQ8_1MmqDs4,
                                      SchemeId::kQ8_1MmqD2s6};

// Every code, scale and extra differs from its neighbours and from zero.
QuantizedTensor numbered(SchemeId id, Extent extent) {
  QuantizedTensor t = make_quantized(scheme_of(id), GlobalNumber::kNone, extent);
  for (std::size_t i = 0; i < t.codes.size(); ++i) t.codes[i] = static_cast<std::uint8_t>(1 + i % 251);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    set_scale_bits(t.scales, i, 0x1001u + static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < t.extras.size(); ++i) t.extras[i] = static_cast<std::uint16_t>(0x2001 + i);
  return t;
}

Bytes slice(const Bytes& bytes, std::size_t at, std::size_t size) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

TEST(GgmlBlocks, ShapesFollowTheProducersAxes) {
  EXPECT_THAT(ggml_blocks_shape(SchemeId::kQ8_1, {3, 1}), ElementsAre(3, 16, 36));
  EXPECT_THAT(ggml_blocks_shape(SchemeId::kQ8_1, {3, 513}), ElementsAre(3, 32, 36));
  EXPECT_THAT(ggml_blocks_shape(SchemeId::kQ8_1MmqD4, {3, 512}), ElementsAre(4, 3, 144));
  EXPECT_THAT(ggml_blocks_shape(SchemeId::kNvfp4, {3, 512}), ElementsAre(0, 0, 0));
}

TEST(GgmlBlocks, Q8_1HoldsDThenSThenCodes) {
  const Bytes packed = pack_ggml_blocks(numbered(SchemeId::kQ8_1, {2, 64}));
  ASSERT_EQ(packed.size(), 2u * 16 * 36);
  // Row 1 has scales 2 and 3; its second block starts 17 blocks in and holds elements 96 to 127.
  const std::size_t at = 17 * 36;
  EXPECT_THAT(slice(packed, at, 4), ElementsAre(0x04, 0x10, 0x04, 0x20));
  EXPECT_EQ(packed[at + 4], 97);
  EXPECT_EQ(packed[at + 35], 128);
  EXPECT_THAT(slice(packed, at + 36, 14 * 36), Each(0));
}

TEST(GgmlBlocks, D4HoldsFourFloatsAndIsOrderedByBlockThenRow) {
  const QuantizedTensor t = numbered(SchemeId::kQ8_1MmqD4, {2, 256});
  const Bytes packed = pack_ggml_blocks(t);
  ASSERT_EQ(packed.size(), 4u * 2 * 144);
  // Block 1 of row 0 comes after block 0 of rows 0 and 1; it has scales 4 to 7. set_scale_bits stored the bits as they
  // are.
  const std::size_t at = 2 * 144;
  EXPECT_THAT(slice(packed, at, 16),
              ElementsAre(0x05, 0x10, 0, 0, 0x06, 0x10, 0, 0, 0x07, 0x10, 0, 0, 0x08, 0x10, 0, 0));
  EXPECT_EQ(packed[at + 16], 129);
  EXPECT_THAT(slice(packed, 4 * 144, 4 * 144), Each(0));
}

TEST(GgmlBlocks, Ds4AlternatesDAndS) {
  const Bytes packed = pack_ggml_blocks(numbered(SchemeId::kQ8_1MmqDs4, {1, 128}));
  EXPECT_THAT(slice(packed, 0, 16), ElementsAre(0x01, 0x10, 0x01, 0x20, 0x02, 0x10, 0x02, 0x20, 0x03, 0x10, 0x03, 0x20,
                                                0x04, 0x10, 0x04, 0x20));
  EXPECT_EQ(packed[16], 1);
}

TEST(GgmlBlocks, D2s6HoldsTwoScalesThenSixSums) {
  const Bytes packed = pack_ggml_blocks(numbered(SchemeId::kQ8_1MmqD2s6, {1, 256}));
  EXPECT_THAT(slice(packed, 144, 16), ElementsAre(0x03, 0x10, 0x04, 0x10, 0x07, 0x20, 0x08, 0x20, 0x09, 0x20, 0x0A,
                                                  0x20, 0x0B, 0x20, 0x0C, 0x20));
}

TEST(GgmlBlocks, ARaggedRowLeavesZeroPadding) {
  // 33 columns: a second block of Q8_1 with one code; MMQ keeps two of four scales.
  const Bytes q8_1 = pack_ggml_blocks(numbered(SchemeId::kQ8_1, {1, 33}));
  EXPECT_EQ(q8_1[36 + 4], 33);
  EXPECT_THAT(slice(q8_1, 36 + 5, 15 * 36 - 5), Each(0));
  const Bytes ds4 = pack_ggml_blocks(numbered(SchemeId::kQ8_1MmqDs4, {1, 33}));
  EXPECT_THAT(slice(ds4, 4, 12), ElementsAre(0x02, 0x10, 0x02, 0x20, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(ds4[16 + 32], 33);
  EXPECT_THAT(slice(ds4, 16 + 33, 4 * 144 - 49), Each(0));
}

TEST(GgmlBlocks, UnpackIsTheInverseForEverySchemeAndRaggedShape) {
  for (const SchemeId id : kBlockSchemes) {
    for (const Extent extent : {Extent{1, 1}, {3, 33}, {2, 127}, {2, 128}, {3, 512}, {2, 600}, {0, 32}, {4, 0}}) {
      const QuantizedTensor t = numbered(id, extent);
      const QuantizedTensor back = unpack_ggml_blocks(id, extent, pack_ggml_blocks(t));
      EXPECT_EQ(back.codes, t.codes) << scheme_of(id).name << " " << extent.rows << "x" << extent.cols;
      EXPECT_EQ(back.scales, t.scales) << scheme_of(id).name << " " << extent.rows << "x" << extent.cols;
      EXPECT_EQ(back.extras, t.extras) << scheme_of(id).name << " " << extent.rows << "x" << extent.cols;
    }
  }
}

TEST(GgmlBlocks, NonzeroPaddingIsCountedByByte) {
  for (const SchemeId id : kBlockSchemes) {
    const Extent extent{2, 600};
    Bytes packed = pack_ggml_blocks(numbered(id, extent));
    EXPECT_EQ(nonzero_ggml_padding(id, extent, packed), 0);
    packed[packed.size() - 1] = 7;
    packed[packed.size() - 2] = 7;
    packed[0] ^= 1;  // a scale: not padding
    EXPECT_EQ(nonzero_ggml_padding(id, extent, packed), 2);
  }
}

TEST(GgmlBlocks, WrongSizeAndWrongSchemeAreRefused) {
  const auto message = [](SchemeId id, std::size_t size) -> std::string {
    try {
      unpack_ggml_blocks(id, {2, 64}, Bytes(size));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(SchemeId::kQ8_1, 1152), "");
  EXPECT_EQ(message(SchemeId::kQ8_1, 1151), "blocks of q8_1 for 2 x 64 values take 1152 bytes, got 1151");
  EXPECT_THAT(message(SchemeId::kMxfp4, 0), HasSubstr("scheme mxfp4 has no ggml blocks"));
}

}  // namespace
}  // namespace bitgate::reference
