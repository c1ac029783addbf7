#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/kernels/fp8_tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Kernel& kernel_of(std::string_view recipe) {
  for (const auto table : {te_fp8_kernels(), te_mxfp8_kernels()})
    for (const Kernel& kernel : table)
      if (kernel.recipe == recipe) return kernel;
  throw InputError("no kernel of " + std::string(recipe));
}

std::string plan_text(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options) {
  return to_text(kernel_of(recipe).plan(extent, type, options));
}

constexpr PlanOptions kRowwise{};
constexpr PlanOptions kColumnwise{.direction = Direction::kColumnwise};
constexpr PlanOptions kBoth{.direction = Direction::kBoth};

TEST(Fp8Plan, TablesHaveEachRecipeOnce) {
  EXPECT_THAT(te_fp8_kernels(), SizeIs(16));
  EXPECT_THAT(te_mxfp8_kernels(), SizeIs(8));
  for (const auto table : {te_fp8_kernels(), te_mxfp8_kernels()})
    for (const Kernel& kernel : table) {
      EXPECT_EQ(&kernel_of(kernel.recipe), &kernel);
      EXPECT_EQ(kernel.subject, "cuda/" + std::string(kernel.recipe));
      EXPECT_EQ(kernel.global_number, GlobalNumber::kNone);
    }
}

// Hand-worked: a tile has 128 columns and 128 rows (MXFP8: 64), four threads a row.
TEST(Fp8Plan, ConstantsAreThoseOfTheWorkedExamples) {
  EXPECT_EQ(kFp8TileCols, 128);
  EXPECT_EQ(kFp8TileThreads, 512);
  EXPECT_EQ(kMxfp8TileRows, 64);
  EXPECT_EQ(kMxfp8TileThreads, 256);
}

TEST(Fp8Plan, TensorScaleComesAfterAmaxOverOneLongRow) {
  // 64 x 256 = 16384 fp32 = 4096 vectors: one chunk of amax's 256 x 16, four of the quantizer's 256 x 4.
  EXPECT_EQ(plan_text("te/fp8-current-e4m3", {64, 256}, InputType::kF32, kRowwise),
            "bitgate_amax_fp32 grid=1x1x1 block=256x1x1 shared=0 args=input,amax cols=16384 chunks=1; "
            "bitgate_te_fp8_e4m3_fp32 grid=4x1x1 block=256x1x1 shared=0 args=input,amax,codes,scales cols=16384 "
            "chunks=4 scale_mask=4294967295");
}

TEST(Fp8Plan, LastValuesHaveAnAmaxOfTheirOwn) {
  // 3 x 5 bf16: one vector of 8, seven values left over.
  EXPECT_EQ(plan_text("te/fp8-current-e5m2-pow2", {3, 5}, InputType::kBf16, kRowwise),
            "bitgate_amax_bf16 grid=1x1x1 block=32x1x1 shared=0 args=input,amax cols=15 chunks=1; "
            "bitgate_te_fp8_tail_amax_bf16 grid=1x1x1 block=32x1x1 shared=0 args=input,amax cols=15 chunks=1; "
            "bitgate_te_fp8_e5m2_bf16 grid=1x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=15 chunks=1 "
            "scale_mask=4286578688");
}

TEST(Fp8Plan, GivenAmaxLeavesTheAmaxKernelsOut) {
  const PlanOptions given{.amax_given = true};
  EXPECT_THAT(kernel_of("te/fp8-delayed-e4m3").plan({3, 5}, InputType::kF32, given), SizeIs(1));
  // The column-wise side alone looks at its own number.
  const PlanOptions of_rows{.direction = Direction::kColumnwise, .amax_given = true};
  EXPECT_THAT(kernel_of("te/fp8-delayed-e4m3").plan({4, 4}, InputType::kF32, of_rows), SizeIs(2));
  const PlanOptions of_columns{.direction = Direction::kColumnwise, .amax_columnwise_given = true};
  EXPECT_THAT(kernel_of("te/fp8-delayed-e4m3").plan({4, 4}, InputType::kF32, of_columns), SizeIs(1));
}

TEST(Fp8Plan, TransposedCodesTakeTiles) {
  // 130 x 260: two tiles down, three across.
  const PlanOptions given{.direction = Direction::kBoth, .amax_given = true, .amax_columnwise_given = true};
  EXPECT_EQ(plan_text("te/fp8-current-e4m3", {130, 260}, InputType::kF16, given),
            "bitgate_te_fp8_e4m3_both_f16 grid=6x1x1 block=512x1x1 shared=0 "
            "args=input,amax,amax_t,codes,scales,codes_t,scales_t rows=130 cols=260 tiles=3 "
            "scale_mask=4294967295");
  const auto launches = kernel_of("te/fp8-current-e4m3").plan({128, 128}, InputType::kF16, kColumnwise);
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_amax_f16 grid=1x1x1 block=128x1x1 shared=0 args=input,amax_t cols=16384 chunks=1");
  EXPECT_EQ(to_text(launches[1]),
            "bitgate_te_fp8_e4m3_columnwise_f16 grid=1x1x1 block=512x1x1 shared=0 "
            "args=input,amax_t,codes_t,scales_t rows=128 cols=128 tiles=1 "
            "scale_mask=4294967295");
}

TEST(Fp8Plan, RowsOfWholeBlocksLieInALine) {
  // 4 x 256 fp32 = 256 vectors: 64 threads. 130 columns are two blocks, 64 vectors a row: one warp.
  EXPECT_EQ(plan_text("te/fp8-block1x128-e4m3", {4, 256}, InputType::kF32, kRowwise),
            "bitgate_te_fp8_block1x128_e4m3_fp32 grid=1x1x1 block=64x1x1 shared=0 args=input,codes,scales cols=1024 "
            "chunks=1 scale_mask=4286578688");
  EXPECT_EQ(plan_text("te/fp8-block1x128-e4m3-fp32", {4, 130}, InputType::kF32, kRowwise),
            "bitgate_te_fp8_block1x128_e4m3_fp32 grid=4x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=130 "
            "chunks=1 scale_mask=4294967295");
  // 33 columns are two blocks of 32, eight bf16 vectors.
  EXPECT_EQ(plan_text("te/mxfp8-e5m2", {2, 33}, InputType::kBf16, kRowwise),
            "bitgate_te_mxfp8_e5m2_bf16 grid=2x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=33 chunks=1");
}

TEST(Fp8Plan, SquaresTakeTilesInEveryDirection) {
  EXPECT_EQ(plan_text("te/fp8-block128x128-e5m2", {129, 128}, InputType::kBf16, kRowwise),
            "bitgate_te_fp8_block128x128_e5m2_bf16 grid=2x1x1 block=512x1x1 shared=0 args=input,codes,scales rows=129 "
            "cols=128 tiles=1 scale_mask=4286578688");
  EXPECT_EQ(plan_text("te/mxfp8-e4m3-2d", {96, 160}, InputType::kF32, kBoth),
            "bitgate_te_mxfp8_e4m3_2d_both_fp32 grid=4x1x1 block=256x1x1 shared=0 "
            "args=input,codes,scales,codes_t,scales_t rows=96 cols=160 tiles=2");
}

TEST(Fp8Plan, SpecialisedKernelTakesHalvesAndWholeBlocks) {
  const Kernel& kernel = kernel_of("te/mxfp8-e4m3-spec");
  EXPECT_THAT(kernel.types, SizeIs(2));
  EXPECT_EQ(kernel.cols_multiple, 32);
  EXPECT_EQ(kernel.rows_multiple_columnwise, 32);
  EXPECT_EQ(plan_text("te/mxfp8-e4m3-spec", {32, 32}, InputType::kBf16, kColumnwise),
            "bitgate_te_mxfp8_e4m3_spec_columnwise_bf16 grid=1x1x1 block=256x1x1 shared=0 "
            "args=input,codes_t,scales_t rows=32 cols=32 tiles=1");
}

TEST(Fp8Plan, GeluGoesThroughTheWorkspace) {
  // 33 fp32: eight vectors, one value left over.
  EXPECT_EQ(plan_text("te/mxfp8-e4m3-gelu", {1, 33}, InputType::kF32, kRowwise),
            "bitgate_te_gelu_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,workspace cols=33 chunks=1; "
            "bitgate_te_gelu_tail_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,workspace cols=33 chunks=1; "
            "bitgate_te_mxfp8_e4m3_fp32 grid=1x1x1 block=32x1x1 shared=0 args=workspace,codes,scales cols=33 chunks=1");
  EXPECT_EQ(kernel_of("te/mxfp8-e4m3-gelu").workspace({1, 33}, InputType::kF32), 132);
  const auto launches = kernel_of("te/fp8-current-e4m3-gelu").plan({2, 8}, InputType::kBf16, kRowwise);
  ASSERT_THAT(launches, SizeIs(3));
  EXPECT_EQ(launches[1].pointers.front(), Buffer::kWorkspace);
  EXPECT_EQ(launches[2].pointers.front(), Buffer::kWorkspace);
}

TEST(Fp8Plan, EmptyTensorsLaunchNothing) {
  for (const auto table : {te_fp8_kernels(), te_mxfp8_kernels()})
    for (const Kernel& kernel : table)
      for (const Extent& extent : {Extent{0, 128}, Extent{128, 0}, Extent{0, 0}})
        for (const PlanOptions& options : {kRowwise, kColumnwise, kBoth})
          EXPECT_THAT(kernel.plan(extent, kernel.types[0], options), IsEmpty()) << key(kernel);
}

TEST(Fp8Plan, MoreTilesThanAGridHasAreRefused) {
  constexpr std::int64_t kMaxBlocks = 2147483647;
  const Kernel& kernel = kernel_of("te/mxfp8-e4m3");
  EXPECT_EQ(kernel.plan({kMaxBlocks * 64, 128}, InputType::kF32, kColumnwise)[0].grid.x, 2147483647u);
  try {
    kernel.plan({kMaxBlocks * 64 + 1, 128}, InputType::kF32, kColumnwise);
    FAIL() << "2^31 tiles were planned";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("137438953409 rows"));
  }
}

}  // namespace
}  // namespace bitgate::device
