// The forms that TransformerEngine's NVFP4 has had, squares, and the column-wise side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr Direction kRow = Direction::kRowwise, kColumn = Direction::kColumnwise, kBoth = Direction::kBoth;

struct Line {
  const char* name;
  const char* recipe;
  std::uint32_t amax;
  std::uint8_t scale;
  const char* input;
  const char* packed;
};

const Line kLines[] = {
    {"E10v divides by six", "te/nvfp4-v1", 0x40440000, 0x76, kE10, "65 fe e6 1f 03 91 cd 33"},
    {"E11d S over s", "te/nvfp4-v1div", 0x40540000, 0x74, kE11, "53 46 76 3e f6 47 5e 2e"},
    {"v1 has reciprocals", "te/nvfp4-v1", 0x40540000, 0x74, kE11, "53 36 76 3e f6 47 5e 2e"},
    {"v1div divides by six", "te/nvfp4-v1div", 0x40440000, 0x76, kE10, "65 fe e6 1f 03 91 cd 33"},
    {"ctest has M form", "te/nvfp4-ctest", 0x40440000, 0x77, kE10, "65 fe e6 1f 02 81 cc 33"},
    {"ctest has reciprocals", "te/nvfp4-ctest", 0x40540000, 0x74, kE11, "53 36 76 3e f6 47 5e 2e"},
    {"ctest multiplies by zero", "te/nvfp4-ctest", 0x42c80000, 0x00, kE5, "80 80 80 80 80 80 80 80"},
    {"row form of it", "te/nvfp4-ctest-row", 0x42c80000, 0x00, kE5, "80 80 80 80 80 80 80 80"},
};

TEST(CpuTeVariants, Examples) {
  for (const Line& line : kLines) {
    const QuantizedTensor t = run_bf16(line.recipe, line.input, line.amax);
    EXPECT_THAT(scale_bytes(t), ElementsAre(line.scale)) << line.name;
    EXPECT_THAT(t.codes, ElementsAreArray(low_first(line.packed))) << line.name;
  }
}

TEST(CpuTeVariants, FastMathRoundsTheMultiplierAndDropsMinusZero) {
  for (const char* recipe : {"te/nvfp4-fast", "te/nvfp4-row-fast"}) {
    const auto run_fast = [&](const char* block, std::uint32_t amax) {
      const std::size_t count = std::string(recipe) == "te/nvfp4-fast" ? 1 : 32;
      return run_in(kRow, recipe, bf16_zeros_with(32, 32, block, kRow),
                    std::vector<float>(count, std::bit_cast<float>(amax)));
    };
    const QuantizedTensor e12 = run_fast(kE12, 0x40510000);
    EXPECT_EQ(scale_bytes(e12)[0], 0x78) << recipe;
    EXPECT_THAT(first_codes(e12, 16), ElementsAreArray(low_first("fa 11 a3 c2 1f 76 6e 10"))) << recipe;
    EXPECT_THAT(run_fast(kE3, 0x40c00000).codes, Each(0)) << recipe;  // E3f
  }
}

// amax 6, block amax 5: the scale 373.3 is stored as 384, and 448 / 373.3 * 2.09375 = 2.51 where 448 / 384 gives 2.44.
TEST(CpuTeVariants, OldTestReferenceDividesByTheUnroundedScale) {
  const std::string row = "40a0 4006 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000";
  const QuantizedTensor old = run_bf16("te/nvfp4-ctest-v2.8", row, 0x40c00000);
  EXPECT_THAT(scale_bytes(old), ElementsAre(0x7c));
  EXPECT_THAT(first_codes(old, 2), ElementsAre(7, 5));
  EXPECT_THAT(first_codes(run_bf16("te/nvfp4-v1", row, 0x40c00000), 2), ElementsAre(7, 4));
}

TEST(CpuTeVariants, OldTestReferenceKeepsAScaleThatE4m3Loses) {
  const QuantizedTensor t = run_bf16("te/nvfp4-ctest-v2.8", kE5, 0x42c80000);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0));
  EXPECT_THAT(first_codes(t, 3), ElementsAre(0, 0xF, 7));
}

// 448 / infinity is zero, and infinity times zero a NaN.
TEST(CpuTeVariants, OldTestReferenceLosesTheBlockOfAnInfinity) {
  const QuantizedTensor t =
      run_bf16("te/nvfp4-ctest-v2.8", "ff80 3f80 bf80 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000",
               0x40c00000);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7e));
  EXPECT_THAT(first_codes(t, 3), ElementsAre(7, 0, 8));
}

TEST(CpuTeVariants, SquaresShareOneScaleInEveryRow) {
  Words x(2 * 256, 0);
  x[0] = 0x4040;             // 3
  x[15 * 16 + 15] = 0x40c0;  // 6
  x[31 * 16 + 2] = 0x3f80;   // 1, in the second square
  for (const char* recipe : {"te/nvfp4-2d", "te/nvfp4-pyref-2d", "te/nvfp4-partialcast", "te/nvfp4-ctest-2d"}) {
    const QuantizedTensor t = run_in(kBoth, recipe, tensor(InputType::kBf16, 32, x));
    Bytes scales(16, 0x7e);
    scales.insert(scales.end(), 16, 0x69);  // 448 / 6 = 74.7: 72
    EXPECT_THAT(scale_bytes(t), ElementsAreArray(scales)) << recipe;
    EXPECT_EQ(t.codes[0], 5) << recipe;
    EXPECT_EQ(t.codes[255], 7) << recipe;
    EXPECT_EQ(t.codes[31 * 16 + 2], 7) << recipe;
    ASSERT_EQ(t.columnwise.size(), 1u) << recipe;
    const QuantizedTensor& twin = t.columnwise[0];
    EXPECT_EQ(twin.extent, (Extent{16, 32})) << recipe;
    EXPECT_EQ(twin.direction, kColumn) << recipe;
    for (std::size_t c = 0; c < 16; ++c) {
      EXPECT_EQ(scale_bytes(twin)[2 * c], 0x7e) << recipe;
      EXPECT_EQ(scale_bytes(twin)[2 * c + 1], 0x69) << recipe;
    }
    EXPECT_EQ(twin.codes[2 * 32 + 31], 7) << recipe;
  }
}

TEST(CpuTeVariants, SquareOfTheTestReferenceDividesSByS) {
  const QuantizedTensor t = run_in(kRow, "te/nvfp4-ctest-2d", bf16_zeros_with(16, 16, kE11, kRow), {3.3125f});
  EXPECT_EQ(scale_bytes(t)[0], 0x74);
  EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first("53 46 76 3e f6 47 5e 2e")));
  const std::vector<float> amax = {std::bit_cast<float>(0x40440000u)};
  EXPECT_EQ(scale_bytes(run_in(kRow, "te/nvfp4-ctest-2d", bf16_zeros_with(16, 16, kE10, kRow), amax))[0], 0x76);
  EXPECT_EQ(scale_bytes(run_in(kRow, "te/nvfp4-2d", bf16_zeros_with(16, 16, kE10, kRow), amax))[0], 0x77);
}

// S is 0, so every scale is 0; the cast then takes S = 1 and, for the zero scale, the largest float.
TEST(CpuTeVariants, PartialCastOfAnInfiniteAmaxHasZeroScales) {
  const TypedTensor x = bf16_zeros_with(16, 16, kE1, kRow);
  const std::vector<float> infinite = {std::bit_cast<float>(kInf)};
  const QuantizedTensor t = run_in(kRow, "te/nvfp4-partialcast", x, infinite);
  EXPECT_THAT(scale_bytes(t), Each(0));
  EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first("70 77 77 77 ff ff ff ff")));
  EXPECT_THAT(scale_bytes(run_in(kRow, "te/nvfp4-2d", x, infinite)), Each(0x38));
  // Infinity times 0 is limited to the largest float, 448; 2688 / 448 is 6 and 448 / 448 is 1.
  const QuantizedTensor with_infinity =
      run_in(kRow, "te/nvfp4-partialcast", bf16_zeros_with(16, 16, "7f80 4528 43e0", kRow), infinite);
  EXPECT_THAT(scale_bytes(with_infinity), Each(0x7e));
  EXPECT_THAT(first_codes(with_infinity, 3), ElementsAre(7, 7, 2));
}

TEST(CpuTeVariants, ColumnwiseIsRowwiseOfTheTranspose) {
  for (const char* recipe : {"te/nvfp4", "te/nvfp4-v1", "te/nvfp4-ctest", "te/nvfp4-pyref"}) {
    const QuantizedTensor t = run_in(kColumn, recipe, bf16_zeros_with(16, 32, kE1, kColumn));
    EXPECT_EQ(t.extent, (Extent{32, 16})) << recipe;
    EXPECT_EQ(t.direction, kColumn) << recipe;
    EXPECT_EQ(scale_bytes(t)[0], 0x7e) << recipe;
    EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first("10 32 54 76 a9 cb ed 8f"))) << recipe;
    EXPECT_THAT(t.global, ElementsAre(6.0f)) << recipe;
  }
}

TEST(CpuTeVariants, EachSideTakesItsOwnAmaxOrTheOneGiven) {
  const TypedTensor x = bf16_zeros_with(16, 16, kE1, kColumn);
  const QuantizedTensor two = run_in(kBoth, "te/nvfp4", x, {6.0f}, {12.0f});
  EXPECT_THAT(two.global, ElementsAre(6.0f));
  EXPECT_THAT(two.columnwise.at(0).global, ElementsAre(12.0f));
  EXPECT_THAT(run_in(kBoth, "te/nvfp4", x, {7.0f}).columnwise.at(0).global, ElementsAre(7.0f));
}

TEST(CpuTeVariants, RowScaledColumnsHaveTheirOwnAmax) {
  Words x(32 * 32, 0);
  x[0] = 0x40c0;       // (0, 0) = 6
  x[32 + 1] = 0x3f80;  // (1, 1) = 1
  const QuantizedTensor t = run_in(kBoth, "te/nvfp4-row", tensor(InputType::kBf16, 32, x));
  const QuantizedTensor& twin = t.columnwise.at(0);
  EXPECT_EQ(twin.global.size(), 32u);
  EXPECT_THAT(std::vector<float>(twin.global.begin(), twin.global.begin() + 3), ElementsAre(6.0f, 1.0f, 0.0f));
  EXPECT_EQ(scale_bytes(twin)[0], 0x7e);
  EXPECT_EQ(scale_bytes(twin)[2], 0x7e);
  EXPECT_EQ(twin.codes[32 + 1], 7);
}

TEST(CpuTeVariants, ColumnwiseRowScalingIsBf16In32By32) {
  const TypedTensor floats = tensor(InputType::kF32, 32, Words(32 * 32, 0));
  EXPECT_EQ(run_in(kRow, "te/nvfp4-row", floats).global.size(), 32u);
  EXPECT_THROW(run_in(kColumn, "te/nvfp4-row", floats), InputError);
  EXPECT_THROW(run_in(kColumn, "te/nvfp4-row", tensor(InputType::kBf16, 16, Words(16 * 32, 0))), InputError);
}

TEST(CpuTeVariants, ShapesThatTheKernelsDoNotTakeAreRefused) {
  EXPECT_THROW(run_in(kColumn, "te/nvfp4", tensor(InputType::kBf16, 17, Words(17 * 16, 0))), InputError);
  EXPECT_EQ(run_in(kRow, "te/nvfp4", tensor(InputType::kBf16, 17, Words(17 * 16, 0))).codes.size(), 17u * 16u);
  EXPECT_THROW(run_in(kRow, "te/nvfp4-fast", tensor(InputType::kBf16, 16, Words(16 * 32, 0))), InputError);
  EXPECT_THROW(run_in(kRow, "te/nvfp4-fast", tensor(InputType::kF32, 32, Words(32 * 32, 0))), InputError);
}

}  // namespace
}  // namespace bitgate::device
