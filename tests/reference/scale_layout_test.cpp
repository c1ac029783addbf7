#include "bitgate/reference/layout/scale_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/swizzle.h"
#include "bitgate/reference/layout/tiles_8x4.h"
#include "bitgate/reference/layout/transpose.h"
#include "bitgate/tests/support/address_coded.h"

namespace bitgate::reference {
namespace {

using ::testing::ElementsAre;

constexpr ScaleLayout kLogical = ScaleLayout::kLogical, kPadded = ScaleLayout::kPadded, k128x4 = ScaleLayout::k128x4,
                      k8x4 = ScaleLayout::k8x4;
constexpr Direction kRow = Direction::kRowwise, kColumn = Direction::kColumnwise;

QuantizedTensor tensor(SchemeId id, const Extent& extent, Direction direction) {
  QuantizedTensor t = make_quantized(scheme_of(id), GlobalNumber::kNone, extent);
  t.direction = direction;
  return t;
}

// What loads from the byte at `address` when scale (row, col) of the logical matrix is asked for: every byte of every
// scale is checked to come from where `place` says, and everything else to be padding.
template <class Place>
void expect_places(const QuantizedTensor& t, ScaleLayout layout, const Place& place) {
  const Extent logical = scale_extent(t.scheme, t.extent);
  const std::size_t width = t.scheme.scale.bits / 8;
  const auto stored = static_cast<std::size_t>(count(stored_scale_extent(t.scheme, t.extent, t.direction, layout)));
  std::int64_t nonzero = 0;
  const auto unpack = [&](const Bytes& bytes) {
    Scales scales = bytes;
    if (width == 4) {
      std::vector<float> floats(stored);
      std::memcpy(floats.data(), bytes.data(), bytes.size());
      scales = floats;
    }
    const Scales loaded = load_scales(scales, t, layout, nonzero);
    Bytes fields;
    std::visit(
        [&](const auto& values) {
          fields.resize(values.size() * sizeof(values[0]));
          std::memcpy(fields.data(), values.data(), fields.size());
        },
        loaded);
    return fields;
  };
  const auto sources = sources_of(stored * width, unpack);
  ASSERT_EQ(sources.size(), static_cast<std::size_t>(count(logical)) * width * 8);
  for (std::size_t bit = 0; bit < sources.size(); ++bit) {
    const auto scale = static_cast<std::int64_t>(bit / 8 / width);
    const auto at = static_cast<std::size_t>(place(scale / logical.cols, scale % logical.cols));
    ASSERT_EQ(sources[bit], at * width * 8 + bit % (8 * width) + 1)
        << t.scheme.name << " " << name_of(layout) << " scale " << scale;
  }
  EXPECT_EQ(unused_bits(stored * width, sources) / (8 * width), stored - static_cast<std::size_t>(count(logical)));
}

TEST(Swizzle, OffsetsAreThoseOfTorchaosToBlocked) {
  // torchao-and-ocp.md 2.3, a matrix of 8 columns.
  constexpr std::int64_t kExamples[][3] = {{0, 3, 3},  {0, 4, 512},   {1, 0, 16},     {31, 3, 499},
                                           {32, 0, 4}, {127, 3, 511}, {128, 0, 1024}, {200, 5, 1673}};
  for (const auto& [row, col, offset] : kExamples) EXPECT_EQ(swizzle_offset(row, col, 8), offset) << row << "," << col;
}

TEST(Swizzle, EveryBitComesFromItsOffsetAndTheRestIsZero) {
  // The formula of te.md 7, with the count of tiles in a row written out.
  for (const Extent extent : {Extent{1, 16}, {130, 80}, {128, 64}, {257, 16 * 9}})
    expect_places(tensor(SchemeId::kNvfp4, extent, kRow), k128x4, [&](std::int64_t r, std::int64_t c) {
      const std::int64_t tiles = (extent.cols / 16 + 3) / 4;
      return ((r / 128) * tiles + c / 4) * 512 + (r % 32) * 16 + ((r % 128) / 32) * 4 + c % 4;
    });
}

TEST(Swizzle, IsABijectionOfWholeTilesAndPadsWithZero) {
  const Extent extent{129, 5};
  const Bytes ones(static_cast<std::size_t>(count(extent)), 0xFF);
  const Bytes blocked = swizzle(ones, extent);
  ASSERT_EQ(blocked.size(), 256u * 8);
  EXPECT_EQ(std::count(blocked.begin(), blocked.end(), 0), 256 * 8 - 129 * 5);
  EXPECT_EQ(unswizzle(blocked, extent), ones);
  EXPECT_EQ(nonzero_swizzle_padding(blocked, extent), 0);
  EXPECT_EQ(nonzero_swizzle_padding(Bytes(256 * 8, 1), extent), 256 * 8 - 129 * 5);
}

TEST(Tiles8x4, EveryBitComesFromItsOffsetAndTheRestIsZero) {
  // The formula of flashinfer-vllm-cutlass.md 3.13, as it stands there.
  for (const Extent extent : {Extent{1, 16}, {8, 64}, {9, 80}, {33, 16 * 9}})
    expect_places(tensor(SchemeId::kNvfp4, extent, kRow), k8x4, [&](std::int64_t m, std::int64_t k) {
      const std::int64_t across = (extent.cols / 16 + 3) / 4;
      return (m / 8) * across * 32 + (k / 4) * 32 + (m % 8) * 4 + k % 4;
    });
  expect_places(tensor(SchemeId::kMxfp4, {17, 160}, kRow), k8x4,
                [](std::int64_t m, std::int64_t k) { return (m / 8) * 64 + (k / 4) * 32 + (m % 8) * 4 + k % 4; });
}

TEST(Tiles8x4, AreReadAlongTheLogicalRowsOfAColumnwiseTensor) {
  expect_places(tensor(SchemeId::kMxfp8E4m3, {12, 160}, kColumn), k8x4,
                [](std::int64_t r, std::int64_t c) { return offset_8x4(r, c, 8); });
}

TEST(Tiles8x4, PadWithZeroToWholeTilesAndCountWhatIsNot) {
  const Extent extent{9, 5};
  const Bytes ones(static_cast<std::size_t>(count(extent)), 0xFF);
  const Bytes tiled = tile_8x4(ones, extent);
  ASSERT_EQ(tiled.size(), 16u * 8);
  EXPECT_EQ(std::count(tiled.begin(), tiled.end(), 0), 16 * 8 - 9 * 5);
  EXPECT_EQ(untile_8x4(tiled, extent), ones);
  EXPECT_EQ(nonzero_padding_8x4(tiled, extent), 0);
  EXPECT_EQ(nonzero_padding_8x4(Bytes(16 * 8, 1), extent), 16 * 8 - 9 * 5);
  const Extent stored = stored_scale_extent(scheme_of(SchemeId::kNvfp4), {9, 80}, kRow, k8x4);
  EXPECT_THAT((std::vector<std::int64_t>{stored.rows, stored.cols}), ElementsAre(16, 8));
}

TEST(ScaleLayout, ColumnwiseMxfp8SwizzlesByItsColumns) {
  // r is the column of the data, c the block of rows: the logical matrix of the transposed operand.
  expect_places(tensor(SchemeId::kMxfp8E4m3, {40, 160}, kColumn), k128x4,
                [](std::int64_t r, std::int64_t c) { return swizzle_offset(r, c, 8); });
}

TEST(ScaleLayout, ShapesAreTransformerEngines) {
  const auto shape = [](SchemeId id, Extent extent, Direction direction) {
    const Extent stored = stored_scale_extent(scheme_of(id), extent, direction, kPadded);
    return std::vector<std::int64_t>{stored.rows, stored.cols};
  };
  // M = 200 rows, K = 96 columns; column-wise the tensor is K x M.
  EXPECT_THAT(shape(SchemeId::kNvfp4, {200, 96}, kRow), ElementsAre(256, 8));
  EXPECT_THAT(shape(SchemeId::kNvfp4, {96, 200}, kColumn), ElementsAre(128, 16));
  EXPECT_THAT(shape(SchemeId::kNvfp4TwoD, {200, 96}, kRow), ElementsAre(256, 8));
  EXPECT_THAT(shape(SchemeId::kMxfp8E4m3, {200, 96}, kRow), ElementsAre(256, 4));
  EXPECT_THAT(shape(SchemeId::kMxfp8E4m3, {96, 200}, kColumn), ElementsAre(8, 128));
  EXPECT_THAT(shape(SchemeId::kFp8E4m3Row128, {200, 300}, kRow), ElementsAre(3, 200));
  EXPECT_THAT(shape(SchemeId::kFp8E4m3Row128, {201, 300}, kRow), ElementsAre(3, 204));
  EXPECT_THAT(shape(SchemeId::kFp8E4m3Square128, {200, 300}, kRow), ElementsAre(2, 4));
  EXPECT_THAT(shape(SchemeId::kFp8E4m3, {200, 300}, kRow), ElementsAre(1, 1));
}

TEST(ScaleLayout, EveryBitOfAPaddedMatrixComesFromItsCorner) {
  expect_places(tensor(SchemeId::kNvfp4, {130, 80}, kRow), kPadded,
                [](std::int64_t r, std::int64_t c) { return r * 8 + c; });
  expect_places(tensor(SchemeId::kNvfp4, {130, 80}, kColumn), kPadded,
                [](std::int64_t r, std::int64_t c) { return r * 8 + c; });
  expect_places(tensor(SchemeId::kMxfp8E5m2, {130, 80}, kColumn), kPadded,
                [](std::int64_t r, std::int64_t c) { return c * 256 + r; });
  expect_places(tensor(SchemeId::kFp8E4m3Row128, {5, 300}, kRow), kPadded,
                [](std::int64_t r, std::int64_t c) { return c * 8 + r; });
  expect_places(tensor(SchemeId::kFp8E5m2Square128, {130, 300}, kColumn), kPadded,
                [](std::int64_t r, std::int64_t c) { return r * 4 + c; });
}

TEST(ScaleLayout, LogicalIsAsItLiesButForColumnwiseMxfp8) {
  for (const SchemeId id : {SchemeId::kNvfp4, SchemeId::kFp8E4m3Row128, SchemeId::kMxfp4})
    expect_places(tensor(id, {3, 256}, kColumn), kLogical, [&](std::int64_t r, std::int64_t c) {
      return r * scale_extent(scheme_of(id), {3, 256}).cols + c;
    });
  expect_places(tensor(SchemeId::kMxfp8E4m3, {3, 64}, kColumn), kLogical,
                [](std::int64_t r, std::int64_t c) { return c * 3 + r; });
}

TEST(ScaleLayout, StoringIsTheInverseOfLoadingInEveryLayoutAndDirection) {
  for (const Scheme& scheme : kSchemes) {
    for (const ScaleLayout layout : kScaleLayouts) {
      if (is_values_only(scheme) || !has_layout(scheme, layout)) continue;
      for (const Direction direction : {kRow, kColumn}) {
        for (const Extent extent : {Extent{3, 33}, {130, 300}, {0, 16}, {4, 0}}) {
          QuantizedTensor t = tensor(scheme.id, extent, direction);
          for (std::size_t i = 0; i < scale_count(t.scales); ++i)
            set_scale_bits(t.scales, i, static_cast<std::uint32_t>(i * 7 + 1));
          const Scales stored = store_scales(t, layout);
          const Extent shape = stored_scale_extent(scheme, extent, direction, layout);
          EXPECT_EQ(scale_count(stored), static_cast<std::size_t>(count(shape))) << scheme.name;
          std::int64_t nonzero = 0;
          EXPECT_EQ(load_scales(stored, t, layout, nonzero), t.scales) << scheme.name << " " << name_of(layout);
          EXPECT_EQ(nonzero, 0) << scheme.name;
        }
      }
    }
  }
}

TEST(ScaleLayout, NonzeroPaddingIsCountedByScale) {
  const QuantizedTensor bytes = tensor(SchemeId::kNvfp4, {2, 16}, kRow);
  std::int64_t nonzero = 0;
  load_scales(Bytes(128 * 4, 1), bytes, kPadded, nonzero);
  EXPECT_EQ(nonzero, 128 * 4 - 2);
  const QuantizedTensor floats = tensor(SchemeId::kFp8E4m3Row128, {2, 128}, kRow);
  nonzero = 0;
  load_scales(std::vector<float>{1.0f, 1.0f, -0.0f, 0.0f}, floats, kPadded, nonzero);
  EXPECT_EQ(nonzero, 1);
}

TEST(ScaleLayout, OneByteScalesAndFp8HaveLayoutsAndGgmlHasNone) {
  EXPECT_TRUE(has_layout(scheme_of(SchemeId::kMxfp6E2m3), k128x4));
  EXPECT_TRUE(has_layout(scheme_of(SchemeId::kFp8E4m3Square128), kPadded));
  EXPECT_TRUE(has_layout(scheme_of(SchemeId::kNvfp4), k8x4));
  for (const ScaleLayout layout : {k128x4, k8x4})
    EXPECT_FALSE(has_layout(scheme_of(SchemeId::kFp8E4m3Square128), layout));
  for (const SchemeId id : {SchemeId::kQ8_1, SchemeId::kQ8_1MmqD4, SchemeId::kValues})
    EXPECT_FALSE(has_layout(scheme_of(id), kPadded)) << scheme_of(id).name;
  for (const ScaleLayout layout : kScaleLayouts) EXPECT_EQ(find_scale_layout(name_of(layout)), layout);
  EXPECT_EQ(find_scale_layout("4x4"), std::nullopt);
}

TEST(Nibbles, EveryBitComesFromItsHalfOfItsByte) {
  for (const NibbleOrder order : {NibbleOrder::kLowFirst, NibbleOrder::kHighFirst}) {
    const Extent extent{3, 7};
    const auto sources = sources_of(12, [&](const Bytes& packed) { return unpack_nibbles(packed, extent, order); });
    for (std::size_t bit = 0; bit < sources.size(); ++bit) {
      const std::size_t row = bit / 8 / 7, col = bit / 8 % 7;
      const bool high = (col % 2 == 1) == (order == NibbleOrder::kLowFirst);
      const std::size_t expected = bit % 8 < 4 ? (row * 4 + col / 2) * 8 + (high ? 4 : 0) + bit % 8 + 1 : 0;
      ASSERT_EQ(sources[bit], expected) << bit;
    }
    EXPECT_EQ(unused_bits(12, sources), 3u * 4);
  }
}

TEST(Transpose, RowsBecomeColumns) {
  EXPECT_THAT(transposed(std::vector<int>{1, 2, 3, 4, 5, 6}, {2, 3}), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(transposed(std::vector<int>{}, {0, 3}), ElementsAre());
}

}  // namespace
}  // namespace bitgate::reference
