#include "bitgate/reference/layout/raw_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/address_coded.h"

namespace bitgate::reference {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// The blocks as ggml declares them.
struct BlockQ8_1 {
  std::uint16_t d, s;
  std::int8_t qs[32];
};
struct BlockMmq {
  std::uint8_t scales[16];
  std::int8_t qs[128];
};
struct BlockQ8_0 {
  std::uint16_t d;
  std::int8_t qs[32];
};
struct BlockQ4_0 {
  std::uint16_t d;
  std::uint8_t qs[16];
};
struct BlockQ4_1 {
  std::uint16_t d, m;
  std::uint8_t qs[16];
};
struct BlockQ5_0 {
  std::uint16_t d;
  std::uint8_t qh[4], qs[16];
};
struct BlockQ5_1 {
  std::uint16_t d, m;
  std::uint8_t qh[4], qs[16];
};
struct BlockMxfp4 {
  std::uint8_t e, qs[16];
};
struct BlockNvfp4 {
  std::uint8_t d[4], qs[32];
};
struct BlockFp4Mmq {
  std::uint32_t d4[4];
  std::uint8_t qs[128];
};

// Where things lie, told from those declarations; a second opinion of kBlockLayouts.
struct Declared {
  RawBlocks blocks;
  SchemeId scheme;
  std::size_t size, codes, fifth;  // fifth: where qh lies
  std::int64_t cols;
  std::size_t (*scale)(std::size_t i);  // byte of scale i in its block
  std::size_t (*extra)(std::size_t i);
};

std::size_t none(std::size_t) { return 0; }
std::size_t second(std::size_t) { return 2; }
const std::vector<Declared> kDeclared{
    {RawBlocks::kQ8_1, SchemeId::kQ8_1, sizeof(BlockQ8_1), offsetof(BlockQ8_1, qs), 0, 32, none, second},
    {RawBlocks::kQ8_1, SchemeId::kQ8_1Bf16, sizeof(BlockQ8_1), offsetof(BlockQ8_1, qs), 0, 32, none, second},
    {RawBlocks::kMmqD4, SchemeId::kQ8_1MmqD4, sizeof(BlockMmq), offsetof(BlockMmq, qs), 0, 128,
     [](std::size_t i) { return 4 * i; }, none},
    {RawBlocks::kMmqDs4, SchemeId::kQ8_1MmqDs4, sizeof(BlockMmq), offsetof(BlockMmq, qs), 0, 128,
     [](std::size_t i) { return 4 * i; }, [](std::size_t i) { return 4 * i + 2; }},
    {RawBlocks::kMmqD2s6, SchemeId::kQ8_1MmqD2s6, sizeof(BlockMmq), offsetof(BlockMmq, qs), 0, 128,
     [](std::size_t i) { return 2 * i; }, [](std::size_t i) { return 4 + 2 * i; }},
    {RawBlocks::kQ8_0, SchemeId::kQ8_0, sizeof(BlockQ8_0), offsetof(BlockQ8_0, qs), 0, 32, none, none},
    {RawBlocks::kQ4_0, SchemeId::kQ4_0, sizeof(BlockQ4_0), offsetof(BlockQ4_0, qs), 0, 32, none, none},
    {RawBlocks::kQ4_1, SchemeId::kQ4_1, sizeof(BlockQ4_1), offsetof(BlockQ4_1, qs), 0, 32, none, second},
    {RawBlocks::kQ5_0, SchemeId::kQ5_0, sizeof(BlockQ5_0), offsetof(BlockQ5_0, qs), offsetof(BlockQ5_0, qh), 32, none,
     none},
    {RawBlocks::kQ5_1, SchemeId::kQ5_1, sizeof(BlockQ5_1), offsetof(BlockQ5_1, qs), offsetof(BlockQ5_1, qh), 32, none,
     second},
    {RawBlocks::kMxfp4, SchemeId::kMxfp4, sizeof(BlockMxfp4), offsetof(BlockMxfp4, qs), 0, 32, none, none},
    {RawBlocks::kNvfp4, SchemeId::kNvfp4Single, sizeof(BlockNvfp4), offsetof(BlockNvfp4, qs), 0, 64,
     [](std::size_t i) { return i; }, none},
    // One word for 64 values: e0 | e1 << 8.
    {RawBlocks::kFp4MmqMx, SchemeId::kMxfp4, sizeof(BlockFp4Mmq), offsetof(BlockFp4Mmq, qs), 0, 256,
     [](std::size_t i) { return 4 * (i / 2) + i % 2; }, none},
    {RawBlocks::kFp4MmqNv, SchemeId::kNvfp4Row, sizeof(BlockFp4Mmq), offsetof(BlockFp4Mmq, qs), 0, 256,
     [](std::size_t i) { return i; }, none},
};

Bytes fields_of(const QuantizedTensor& t) {
  Bytes bytes = t.codes;
  const auto append = [&](const auto& values) {
    const std::size_t at = bytes.size(), size = values.size() * sizeof(values[0]);
    bytes.resize(at + size);
    if (size != 0) std::memcpy(bytes.data() + at, values.data(), size);
  };
  std::visit(append, t.scales);
  append(t.extras);
  return bytes;
}

// 1 + the bit address of every bit of the fields, as the declaration has it.
std::vector<std::size_t> declared_sources(const Declared& b, const Extent& extent) {
  const Scheme& scheme = scheme_of(b.scheme);
  const auto shape = ggml_blocks_shape(b.blocks, extent);
  std::vector<std::size_t> sources;
  const auto block_at = [&](std::int64_t row, std::int64_t block) {
    const bool block_major = b.size == 144;
    return static_cast<std::size_t>(block_major ? block * extent.rows + row : row * shape[1] + block) * b.size;
  };
  const auto push = [&](std::size_t byte, std::size_t width) {
    for (std::size_t bit = 0; bit < width; ++bit) sources.push_back(byte * 8 + bit + 1);
  };
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    for (std::int64_t col = 0; col < extent.cols; ++col) {
      const std::size_t base = block_at(row, col / b.cols), j = static_cast<std::size_t>(col % b.cols);
      if (scheme.element.bits == 8) {
        push(base + b.codes + j, 8);
        continue;
      }
      const std::size_t run = scheme.block.cols == 16 ? 16 : 32, half = run / 2;
      const std::size_t nibble = ((base + b.codes + j / run * half + j % half) * 2 + (j % run < half ? 0 : 1)) * 4;
      for (std::size_t bit = 0; bit < 4; ++bit) sources.push_back(nibble + bit + 1);
      sources.push_back(b.fifth == 0 ? 0 : (base + b.fifth) * 8 + j + 1);
      sources.insert(sources.end(), 3, 0);
    }
  }
  const auto numbers = [&](std::int64_t per_row, std::int64_t per_block, std::size_t bits, auto place) {
    for (std::int64_t row = 0; row < extent.rows; ++row)
      for (std::int64_t i = 0; i < per_row; ++i)
        push(block_at(row, i / per_block) + place(static_cast<std::size_t>(i % per_block)), bits);
  };
  numbers(blocks_per_row(scheme, extent.cols), b.cols / scheme.block.cols, scheme.scale.bits, b.scale);
  const std::int64_t extras = scheme.extra_cols == 0 ? 1 : b.cols * scheme.extras_per / scheme.extra_cols;
  numbers(extras_per_row(scheme, extent.cols), extras, 16, b.extra);
  return sources;
}

TEST(RawBlocks, EveryBitComesFromWhereGgmlsStructsHaveIt) {
  for (const Declared& b : kDeclared) {
    for (const Extent extent : {Extent{2, 600}, {1, 1}, {3, 33}, {2, 512}}) {
      const auto shape = ggml_blocks_shape(b.blocks, extent);
      ASSERT_EQ(shape[2], static_cast<std::int64_t>(b.size)) << name_of(b.blocks);
      const auto bytes = static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
      const auto sources = sources_of(bytes, [&](const Bytes& stored) {
        return fields_of(unpack_ggml_blocks(b.blocks, scheme_of(b.scheme), extent, stored));
      });
      EXPECT_EQ(sources, declared_sources(b, extent)) << name_of(b.blocks) << " " << extent.rows << "x" << extent.cols;
    }
  }
}

TEST(RawBlocks, PackIsTheInverseAndEveryByteWithAnUnusedBitIsPadding) {
  for (const Declared& b : kDeclared) {
    for (const Extent extent : {Extent{2, 600}, {1, 1}, {3, 33}, {0, 32}, {4, 0}}) {
      const Scheme& scheme = scheme_of(b.scheme);
      const auto shape = ggml_blocks_shape(b.blocks, extent);
      const Bytes ones(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]), 0xFF);
      const QuantizedTensor t = unpack_ggml_blocks(b.blocks, scheme, extent, ones);
      EXPECT_THAT(t.codes, Each((1 << scheme.element.bits) - 1)) << name_of(b.blocks);
      const Bytes clean = pack_ggml_blocks(b.blocks, t);
      EXPECT_EQ(fields_of(unpack_ggml_blocks(b.blocks, scheme, extent, clean)), fields_of(t)) << name_of(b.blocks);
      const auto padding = std::count_if(clean.begin(), clean.end(), [](std::uint8_t byte) { return byte != 0xFF; });
      EXPECT_EQ(nonzero_ggml_padding(b.blocks, scheme, extent, ones), padding) << name_of(b.blocks);
      EXPECT_EQ(nonzero_ggml_padding(b.blocks, scheme, extent, clean), 0) << name_of(b.blocks);
    }
  }
}

TEST(RawBlocks, NibblesAndFifthBitsOfOneBlock) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kQ5_0), GlobalNumber::kNone, {1, 32});
  t.codes[1] = 0x13;
  t.codes[17] = 0x0A;
  t.codes[18] = 0x1F;
  set_scale_bits(t.scales, 0, 0x3C01);
  const Bytes packed = pack_ggml_blocks(t);
  ASSERT_EQ(packed.size(), 22u);
  EXPECT_THAT(Bytes(packed.begin(), packed.begin() + 9),
              ElementsAre(0x01, 0x3C, 0x02, 0x00, 0x04, 0x00, 0, 0xA3, 0xF0));
}

TEST(RawBlocks, WeightsArePaddedToTheirBlockAndActivationsTo512) {
  EXPECT_THAT(ggml_blocks_shape(RawBlocks::kQ8_0, {3, 64}), ElementsAre(3, 2, 34));
  EXPECT_THAT(ggml_blocks_shape(RawBlocks::kNvfp4, {3, 64}), ElementsAre(3, 1, 36));
  EXPECT_THAT(ggml_blocks_shape(RawBlocks::kFp4MmqMx, {3, 64}), ElementsAre(2, 3, 144));
}

TEST(RawBlocks, FieldsThatDoNotFillThemAreRefused) {
  const auto message = [](RawBlocks blocks, SchemeId id) -> std::string {
    try {
      pack_ggml_blocks(blocks, make_quantized(scheme_of(id), GlobalNumber::kNone, {1, 32}));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(RawBlocks::kMxfp4, SchemeId::kMxfp4), "");
  EXPECT_EQ(message(RawBlocks::kNvfp4, SchemeId::kMxfp4), "scheme mxfp4 is not stored in blocks nvfp4");
  EXPECT_EQ(message(RawBlocks::kQ4_0, SchemeId::kQ4_1), "scheme q4_1 is not stored in blocks q4_0");
  EXPECT_EQ(message(RawBlocks::kQ8_1, SchemeId::kQ8_1MmqDs4), "scheme q8_1-mmq-ds4 is not stored in blocks q8_1");
  EXPECT_EQ(message(RawBlocks::kNone, SchemeId::kMxfp4), "scheme mxfp4 has no ggml blocks");
  for (const Declared& b : kDeclared)
    for (const Scheme& scheme : kSchemes) EXPECT_FALSE(is_values_only(scheme) && fits(b.blocks, scheme)) << scheme.name;
}

TEST(RawBlocks, WhatTheKernelsWroteUnpacksAndPacksToTheSameBytes) {
  const compare::NpzFile ggml(std::filesystem::path(BITGATE_GOLDEN_DIR) / "ggml.npz");
  for (const auto& [name, id] : {std::pair{"q8_1", SchemeId::kQ8_1},
                                 {"q8_1_mmq_d4", SchemeId::kQ8_1MmqD4},
                                 {"q8_1_mmq_ds4", SchemeId::kQ8_1MmqDs4},
                                 {"q8_1_mmq_d2s6", SchemeId::kQ8_1MmqD2s6}}) {
    const Bytes packed = compare::values_of<std::uint8_t>(ggml.array(name).data);
    const Extent extent{96, 1024};
    EXPECT_EQ(pack_ggml_blocks(unpack_ggml_blocks(id, extent, packed)), packed) << name;
    EXPECT_EQ(nonzero_ggml_padding(id, extent, packed), 0) << name;
  }
}

}  // namespace
}  // namespace bitgate::reference
