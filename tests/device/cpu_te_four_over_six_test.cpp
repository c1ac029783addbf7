// Worked examples of TransformerEngine's 4 over 6, and what its error sums do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

struct Line {
  const char* name;
  const char* variant;
  std::uint32_t amax;
  std::uint8_t scale;
  const char* input;
  const char* packed;
};

const Line kLines[] = {
    {"E13 absolute: to four", "256-mae", 0x40510000, 0x75, kE12, "ea 00 92 b1 1e 65 5d 10"},
    {"E13 squared: to four", "256-mse", 0x40510000, 0x75, kE12, "ea 00 92 b1 1e 65 5d 10"},
    {"E14 absolute: to six", "256-mae", 0x406a0000, 0x70, kE15, "fe 74 2e 9e e7 59 da 23"},
    {"E14 squared: to four", "256-mse", 0x406a0000, 0x74, kE15, "ed 63 2d 9d d6 49 c9 12"},
    {"E13 fast absolute", "256-mae-errfast", 0x40510000, 0x75, kE12, "ea 00 92 b1 1e 65 5d 10"},
    {"E14 fast absolute", "256-mae-errfast", 0x406a0000, 0x70, kE15, "fe 74 2e 9e e7 59 da 23"},
    {"E14 fast squared", "256-mse-errfast", 0x406a0000, 0x74, kE15, "ed 63 2d 9d d6 49 c9 12"},
};

TEST(CpuTeFourOverSix, Examples) {
  for (const Line& line : kLines)
    for (const char* family :
         {"te/nvfp4-4over6-", "te/nvfp4-row-4over6-", "te/nvfp4-pyref-4over6-", "te/nvfp4-pyref-row-4over6-"}) {
      const QuantizedTensor t = run_bf16(std::string(family) + line.variant, line.input, line.amax);
      EXPECT_THAT(scale_bytes(t), ElementsAre(line.scale)) << family << line.name;
      EXPECT_THAT(t.codes, ElementsAreArray(low_first(line.packed))) << family << line.name;
    }
}

// One row of a square decides for all sixteen: the other rows are zero and have no error in either map.
TEST(CpuTeFourOverSix, SquareAddsTheErrorsOfItsRows) {
  for (const char* family : {"te/nvfp4-2d-4over6-", "te/nvfp4-pyref-2d-4over6-"})
    for (const Line& line : kLines) {
      const TypedTensor x = bf16_zeros_with(16, 16, line.input, Direction::kRowwise);
      const QuantizedTensor t =
          run_in(Direction::kBoth, std::string(family) + line.variant, x, {std::bit_cast<float>(line.amax)});
      EXPECT_THAT(scale_bytes(t), testing::Each(line.scale)) << family << line.name;
      EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first(line.packed))) << family << line.name;
      EXPECT_EQ(t.scheme.id, SchemeId::kNvfp4TwoDE256);
      EXPECT_THAT(scale_bytes(t.columnwise.at(0)), testing::Each(line.scale)) << family << line.name;
    }
}

// E13 times 2^-100: squares of differences of that size are zero, so the exact form ties and keeps the map to six; the
// fast form measures scaled values.
TEST(CpuTeFourOverSix, FastErrorSeesScaledValues) {
  Words tiny = words(kE12);
  for (std::uint32_t& bits : tiny) bits -= 100u << 7;
  const TypedTensor x = tensor(InputType::kBf16, 1, tiny);
  const std::vector<float> amax = {std::bit_cast<float>(0x0e510000u)};
  EXPECT_THAT(scale_bytes(run("te/nvfp4-4over6-256-mse", x, amax)), ElementsAre(0x71));
  EXPECT_THAT(scale_bytes(run("te/nvfp4-4over6-256-mse-errfast", x, amax)), ElementsAre(0x75));
}

TEST(CpuTeFourOverSix, SchemesNameTheLargestScale) {
  EXPECT_EQ(run_bf16("te/nvfp4-4over6-448-mae", kE1, 0x40c00000).scheme.id, SchemeId::kNvfp4);
  EXPECT_EQ(run_bf16("te/nvfp4-4over6-256-mae", kE1, 0x40c00000).scheme.id, SchemeId::kNvfp4E256);
  EXPECT_EQ(run_bf16("te/nvfp4-row-4over6-256-mae", kE1, 0x40c00000).scheme.id, SchemeId::kNvfp4RowE256);
}

// 3 under amax 6 and E = 256: 6 times 128 and 4 times 192 both give it back.
TEST(CpuTeFourOverSix, TieOfExactMapsGoesToSix) {
  const std::string row = "4040 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000";
  for (const char* recipe : {"te/nvfp4-4over6-256-mae", "te/nvfp4-4over6-256-mse", "te/nvfp4-pyref-4over6-256-mae"}) {
    const QuantizedTensor t = run_bf16(recipe, row, 0x40c00000);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x70)) << recipe;
    EXPECT_EQ(t.codes[0], 7) << recipe;
  }
}

// Both are exact when the maximum is mapped to 4, also under E = 256: 6 * 384 and 4.5 -> 3 * 384, where 6 * 256 would
// leave 4.5 out.
TEST(CpuTeFourOverSix, ScalesAreLimitedTo448AlsoForE256) {
  const std::string row = "40c0 4090 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000";
  const QuantizedTensor t = run_bf16("te/nvfp4-4over6-256-mae", row, 0x40c00000);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7c));
  EXPECT_THAT(first_codes(t, 2), ElementsAre(6, 5));
}

// The maximum and amax of E10: maximum / 6 * S is the tie 232, which goes to 224; maximum * 1/6 * S lies above it. The
// second element lies at 4 of the map to six and between two values of the other.
TEST(CpuTeFourOverSix, BaseDividesBySix) {
  const std::string row = "3fcb 3f83 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000";
  const QuantizedTensor t = run_bf16("te/nvfp4-4over6-448-mae", row, 0x40440000);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x76));
  EXPECT_THAT(first_codes(t, 2), ElementsAre(7, 6));
}

// E13 with a NaN in the place of a small element: neither error is less than the other.
TEST(CpuTeFourOverSix, ErrorsThatAreNanGoToSix) {
  Words x = words(kE12);
  x[2] = 0x7fc0;
  const QuantizedTensor t = run("te/nvfp4-4over6-256-mae", tensor(InputType::kBf16, 1, x), {3.265625f});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x71));
  EXPECT_EQ(t.codes[2], 7);
}

TEST(CpuTeFourOverSix, ZerosKeepTheirSignInTheKernelsOnly) {
  EXPECT_THAT(run_bf16("te/nvfp4-4over6-448-mse", kE3, 0x40c00000).codes,
              ElementsAreArray(low_first("80 80 80 80 80 80 80 80")));
  EXPECT_THAT(run_bf16("te/nvfp4-pyref-4over6-448-mse", kE3, 0x40c00000).codes, testing::Each(0));
}

TEST(CpuTeFourOverSix, RowScaledKernelsMakeRowsOnly) {
  const TypedTensor x = tensor(InputType::kBf16, 32, Words(32 * 32, 0));
  EXPECT_THROW(run_in(Direction::kColumnwise, "te/nvfp4-row-4over6-448-mae", x), InputError);
  EXPECT_EQ(run_in(Direction::kColumnwise, "te/nvfp4-pyref-row-4over6-448-mae", x).global.size(), 32u);
}

}  // namespace
}  // namespace bitgate::device
