#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/kernels/te_block16.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Kernel& kernel_of(std::string_view recipe) {
  for (const Kernel& kernel : te_four_over_six_kernels())
    if (kernel.recipe == recipe) return kernel;
  throw InputError("no kernel of " + std::string(recipe));
}

std::string plan_text(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options) {
  return to_text(kernel_of(recipe).plan(extent, type, options));
}

constexpr PlanOptions given(Direction direction) {
  return {.direction = direction, .amax_given = true, .amax_columnwise_given = true};
}

TEST(FourOverSixPlan, ConstantsAreThoseOfTheWorkedExamples) {
  EXPECT_EQ(kBlocks16PerThread, 4);
  EXPECT_EQ(kThreads16, 256);
  EXPECT_EQ(kColumns16Cols, 32);
  EXPECT_EQ(kColumns16Blocks, 8);
  EXPECT_EQ(kSquares16Side, 64);
  EXPECT_EQ(kTiles16, 4);
}

TEST(FourOverSixPlan, TableHasEachRecipeOnce) {
  EXPECT_THAT(te_four_over_six_kernels(), SizeIs(24));
  for (const Kernel& kernel : te_four_over_six_kernels()) {
    EXPECT_EQ(&kernel_of(kernel.recipe), &kernel);
    EXPECT_EQ(kernel.subject, "cuda/" + std::string(kernel.recipe));
  }
}

TEST(FourOverSixPlan, SchemesFollowTheNames) {
  EXPECT_EQ(kernel_of("te/nvfp4-4over6-448-mae").scheme, SchemeId::kNvfp4);
  EXPECT_EQ(kernel_of("te/nvfp4-4over6-256-mse-errfast").scheme, SchemeId::kNvfp4E256);
  EXPECT_EQ(kernel_of("te/nvfp4-row-4over6-448-mse").scheme, SchemeId::kNvfp4Row);
  EXPECT_EQ(kernel_of("te/nvfp4-row-4over6-256-mae").scheme, SchemeId::kNvfp4RowE256);
  EXPECT_EQ(kernel_of("te/nvfp4-2d-4over6-448-mae-errfast").scheme, SchemeId::kNvfp4TwoD);
  EXPECT_EQ(kernel_of("te/nvfp4-2d-4over6-256-mae").scheme, SchemeId::kNvfp4TwoDE256);
}

TEST(FourOverSixPlan, TensorIsOneLongRow) {
  // 128 x 256 = 2048 blocks: 512 threads of 4, two thread blocks of 256.
  const auto launches = kernel_of("te/nvfp4-4over6-256-mae").plan({128, 256}, InputType::kBf16, {});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(launches[0].kernel, "bitgate_amax_bf16");
  EXPECT_EQ(to_text(launches[1]),
            "bitgate_te_four_over_six_mae_bf16 grid=2x1x1 block=256x1x1 shared=0 args=input,amax,codes,scales "
            "cols=32768 chunks=2 scale_max=256");
}

TEST(FourOverSixPlan, RowsHaveTheirThreadBlocks) {
  // 8192 columns are 512 blocks a row: 128 threads of 4.
  EXPECT_EQ(plan_text("te/nvfp4-row-4over6-448-mse-errfast", {3, 8192}, InputType::kF32, given(Direction::kRowwise)),
            "bitgate_te_four_over_six_mse_errfast_fp32 grid=3x1x1 block=128x1x1 shared=0 args=input,amax,codes,scales "
            "cols=8192 chunks=1 scale_max=448");
}

TEST(FourOverSixPlan, ColumnsComeInTilesOfEightBlocks) {
  // 144 rows: 9 blocks, two tiles down; 144 columns: five tiles of 32, two strips of four.
  EXPECT_EQ(plan_text("te/nvfp4-4over6-448-mse", {144, 144}, InputType::kF16, given(Direction::kColumnwise)),
            "bitgate_te_four_over_six_columnwise_mse_f16 grid=4x1x1 block=256x1x1 shared=0 "
            "args=input,amax_t,codes_t,scales_t rows=144 cols=144 strips_across=2 "
            "scale_max=448");
}

TEST(FourOverSixPlan, SquaresSearchEachSideOnItsOwn) {
  // 80 x 272: two tiles of 64 down, five across, two strips of four.
  EXPECT_EQ(plan_text("te/nvfp4-2d-4over6-256-mae-errfast", {80, 272}, InputType::kBf16, given(Direction::kBoth)),
            "bitgate_te_four_over_six_2d_mae_errfast_bf16 grid=4x1x1 block=256x1x1 shared=0 "
            "args=input,amax,codes,scales rows=80 cols=272 strips_across=2 scale_max=256; "
            "bitgate_te_four_over_six_2d_columnwise_mae_errfast_bf16 grid=4x1x1 block=256x1x1 shared=0 "
            "args=input,amax_t,codes_t,scales_t rows=80 cols=272 strips_across=2 "
            "scale_max=256");
}

TEST(FourOverSixPlan, BothSidesShareOneAmax) {
  const auto launches =
      kernel_of("te/nvfp4-4over6-448-mae").plan({16, 16}, InputType::kF32, {.direction = Direction::kBoth});
  ASSERT_THAT(launches, SizeIs(3));
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_amax_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,amax cols=256 chunks=1");
}

TEST(FourOverSixPlan, ColumnsAloneRaiseTheirOwnAmax) {
  const auto launches =
      kernel_of("te/nvfp4-2d-4over6-448-mae").plan({16, 16}, InputType::kF32, {.direction = Direction::kColumnwise});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(launches[0].pointers.back(), Buffer::kAmaxColumnwise);
}

TEST(FourOverSixPlan, EmptyTensorRunsNothing) {
  for (const Kernel& kernel : te_four_over_six_kernels()) {
    EXPECT_THAT(kernel.plan({0, 16}, InputType::kF32, {}), IsEmpty());
    EXPECT_THAT(kernel.plan({16, 0}, InputType::kBf16, {}), IsEmpty());
  }
}

TEST(FourOverSixPlan, TooManyThreadBlocksAreRefused) {
  const Extent huge{std::int64_t{1} << 40, 64};
  EXPECT_THROW(kernel_of("te/nvfp4-2d-4over6-448-mae").plan(huge, InputType::kBf16, given(Direction::kRowwise)),
               InputError);
  EXPECT_THROW(kernel_of("te/nvfp4-4over6-448-mae").plan(huge, InputType::kBf16, given(Direction::kColumnwise)),
               InputError);
}

TEST(FourOverSixPlan, RefusesWhatTheProducerDoes) {
  Request request;
  request.input = {InputType::kF32, {16, 24}, nullptr};
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-4over6-448-mae"), request), InputError);
  request.input.extent = {8, 32};
  EXPECT_NO_THROW(require_accepted(kernel_of("te/nvfp4-row-4over6-448-mae"), request));
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-2d-4over6-448-mae"), request), InputError);
  request.direction = Direction::kColumnwise;
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-4over6-448-mae"), request), InputError);
  request.input.extent = {16, 32};
  EXPECT_NO_THROW(require_accepted(kernel_of("te/nvfp4-4over6-448-mae"), request));
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-row-4over6-448-mae"), request), InputError);
}

}  // namespace
}  // namespace bitgate::device
