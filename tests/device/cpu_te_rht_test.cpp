// The random Hadamard transform before NVFP4: signs, rounding of the sums, and where the fused kernels part.
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

constexpr Direction kColumn = Direction::kColumnwise;

// 4 in row i alone becomes +-1 in every row: the sign of i times the parity of i & j.
TEST(CpuTeRht, OneElementShowsARowOfTheMatrix) {
  const std::string signs = "+++-+------+-+--";
  for (std::size_t i = 0; i < 16; ++i) {
    Words x(256, 0);
    x[i * 16] = 0x4080;
    Bytes with, without;
    for (std::size_t j = 0; j < 16; ++j) {
      const bool odd = std::popcount(i & j) % 2 == 1;
      without.push_back(odd ? 0xF : 7);
      with.push_back(odd != (signs[i] == '-') ? 0xF : 7);
    }
    const TypedTensor input = tensor(InputType::kBf16, 16, x);
    for (const char* recipe : {"te/nvfp4-rht", "te/nvfp4-rht-fused", "te/nvfp4-pyref-rht"}) {
      const QuantizedTensor t = run_in(kColumn, recipe, input);
      EXPECT_THAT(first_codes(t, 16), ElementsAreArray(with)) << recipe << " row " << i;
      EXPECT_THAT(t.global, ElementsAre(1.0f)) << recipe;
    }
    EXPECT_THAT(first_codes(run_in(kColumn, "te/nvfp4-rht-nosign", input), 16), ElementsAreArray(without)) << i;
  }
}

TEST(CpuTeRht, ConstantColumnsGatherInTheFirstRow) {
  const QuantizedTensor t = run_in(kColumn, "te/nvfp4-rht-nosign", tensor(InputType::kBf16, 16, Words(256, 0x3f80)));
  EXPECT_THAT(t.global, ElementsAre(4.0f));
  EXPECT_THAT(scale_bytes(t), Each(0x7e));
  EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first("07 00 00 00 00 00 00 00")));
}

// (256 + 1) / 4 = 64.25 has nine significant bits.
TEST(CpuTeRht, SumsAreRoundedToBf16OnceButForFloatInput) {
  Words halves(256, 0), floats(256, 0);
  halves[0] = 0x4380, halves[16] = 0x3f80;
  floats[0] = 0x43800000, floats[16] = 0x3f800000;
  for (const char* recipe : {"te/nvfp4-rht", "te/nvfp4-pyref-rht"})
    EXPECT_THAT(run_in(kColumn, recipe, tensor(InputType::kBf16, 16, halves)).global, ElementsAre(64.0f)) << recipe;
  EXPECT_THAT(run_in(kColumn, "te/nvfp4-pyref-rht", tensor(InputType::kF32, 16, floats)).global, ElementsAre(64.25f));
}

TEST(CpuTeRht, RowsOfABothSidedCallArePlain) {
  const TypedTensor x = bf16_zeros_with(16, 16, kE1, Direction::kRowwise);
  const QuantizedTensor t = run_in(Direction::kBoth, "te/nvfp4-rht", x);
  EXPECT_THAT(first_codes(t, 16), ElementsAreArray(low_first("10 32 54 76 a9 cb ed 8f")));
  EXPECT_THAT(t.global, ElementsAre(6.0f));
  EXPECT_THAT(t.columnwise.at(0).global, ElementsAre(1.5f));  // a column holds one element of size 6 at most
}

TEST(CpuTeRht, FusedKernelsKeepNanAndAnInfiniteAmax) {
  const TypedTensor ones = tensor(InputType::kBf16, 16, Words(256, 0x3f80));
  const std::vector<float> infinite = {std::bit_cast<float>(kInf)};
  const QuantizedTensor fused = run_in(kColumn, "te/nvfp4-rht-fused", ones, {}, infinite);
  EXPECT_THAT(scale_bytes(fused), Each(0));
  EXPECT_THAT(fused.codes, Each(7));
  EXPECT_THAT(scale_bytes(run_in(kColumn, "te/nvfp4-rht", ones, {}, infinite)), Each(testing::Ne(0)));
  // A NaN amax counts as none: S is 1, as the other kernels make it of an infinite amax.
  EXPECT_EQ(scale_bytes(run_in(kColumn, "te/nvfp4-rht-fused", ones, {}, {std::bit_cast<float>(kNan)})),
            scale_bytes(run_in(kColumn, "te/nvfp4-rht", ones, {}, infinite)));
  Words with_nan(256, 0x3f80);
  with_nan[0] = 0x7fc0;
  const TypedTensor x = tensor(InputType::kBf16, 16, with_nan);
  EXPECT_EQ(scale_bytes(run_in(kColumn, "te/nvfp4-rht-fused", x))[0], 0x7f);
  EXPECT_EQ(scale_bytes(run_in(kColumn, "te/nvfp4-rht", x))[0], 0);
  EXPECT_EQ(scale_bytes(run_in(Direction::kBoth, "te/nvfp4-rht-fused", x))[0], 0x7e);  // rows are plain
}

TEST(CpuTeRht, RefusesRowsAloneAndOtherTypes) {
  const TypedTensor x = tensor(InputType::kBf16, 16, Words(256, 0)),
                    floats = tensor(InputType::kF32, 16, Words(256, 0));
  EXPECT_THROW(run_in(Direction::kRowwise, "te/nvfp4-rht", x), InputError);
  EXPECT_THROW(run_in(kColumn, "te/nvfp4-rht", floats), InputError);
  EXPECT_THROW(run_in(kColumn, "te/nvfp4-rht", tensor(InputType::kBf16, 8, Words(128, 0))), InputError);
}

}  // namespace
}  // namespace bitgate::device
