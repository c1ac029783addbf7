#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/kernels/te_nvfp4_tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Direction kRowwise = Direction::kRowwise, kColumnwise = Direction::kColumnwise, kBoth = Direction::kBoth;

std::vector<Kernel> all() {
  std::vector<Kernel> kernels;
  for (const auto table : {te_nvfp4_kernels(), te_nvfp4_variant_kernels(), te_rht_kernels()})
    kernels.insert(kernels.end(), table.begin(), table.end());
  return kernels;
}

Kernel kernel_of(std::string_view recipe) {
  for (const Kernel& kernel : all())
    if (kernel.recipe == recipe) return kernel;
  throw InputError("no kernel of " + std::string(recipe));
}

std::vector<Launch> plan(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options) {
  return kernel_of(recipe).plan(extent, type, options);
}
std::string symbols(const std::vector<Launch>& launches) {
  std::string text;
  for (const Launch& launch : launches) text.append(text.empty() ? "" : " ").append(launch.kernel);
  return text;
}
PlanOptions given(Direction direction, bool amax, bool amax_columnwise) {
  return {.direction = direction, .amax_given = amax, .amax_columnwise_given = amax_columnwise};
}

TEST(Nvfp4Plan, TableHasEachRecipeOnce) {
  EXPECT_THAT(all(), SizeIs(12));
  for (const Kernel& kernel : all()) {
    EXPECT_EQ(kernel_of(kernel.recipe).plan, kernel.plan);
    EXPECT_EQ(kernel.subject, "cuda/" + std::string(kernel.recipe));
  }
}

TEST(Nvfp4Plan, TilesAre128RowsOf256Bytes) {
  EXPECT_EQ(kTileRows, 128);
  EXPECT_EQ(kTileBytes, 256);
  // 144 x 272 bf16: two tiles down, three of 128 columns across.
  EXPECT_EQ(to_text(plan("te/nvfp4", {144, 272}, InputType::kBf16, given(kBoth, true, true))),
            "bitgate_te_nvfp4_both_bf16 grid=6x1x1 block=256x1x1 shared=0 "
            "args=input,amax,codes,scales,amax_t,codes_t,scales_t rows=144 cols=272 tiles=3");
  // fp32: five of 64.
  EXPECT_EQ(to_text(plan("te/nvfp4", {144, 272}, InputType::kF32, given(kColumnwise, true, true))),
            "bitgate_te_nvfp4_columns_fp32 grid=10x1x1 block=256x1x1 shared=0 "
            "args=input,amax_t,codes_t,scales_t rows=144 cols=272 tiles=5");
}

TEST(Nvfp4Plan, OneAmaxServesBothSides) {
  const auto both = plan("te/nvfp4", {16, 64}, InputType::kF16, given(kBoth, false, false));
  EXPECT_EQ(symbols(both), "bitgate_amax_f16 bitgate_te_nvfp4_both_f16");
  EXPECT_EQ(both[0].pointers[1], Buffer::kAmax);
  const auto columns = plan("te/nvfp4", {16, 64}, InputType::kF16, given(kColumnwise, false, false));
  EXPECT_EQ(symbols(columns), "bitgate_amax_f16 bitgate_te_nvfp4_columns_f16");
  EXPECT_EQ(columns[0].pointers[1], Buffer::kAmaxColumnwise);
  EXPECT_EQ(symbols(plan("te/nvfp4", {16, 64}, InputType::kF16, given(kBoth, false, true))),
            "bitgate_amax_f16 bitgate_te_nvfp4_both_f16");
}

TEST(Nvfp4Plan, RowsAndColumnsHaveAmaxOfTheirOwn) {
  // 272 x 80 bf16: two strips of 256 rows down, two of 64 columns across.
  const auto both = plan("te/nvfp4-row", {272, 80}, InputType::kBf16, given(kBoth, false, false));
  ASSERT_EQ(symbols(both), "bitgate_amax_bf16 bitgate_amax_columns_bf16 bitgate_te_nvfp4_row_both_bf16");
  EXPECT_EQ(to_text(both[1]),
            "bitgate_amax_columns_bf16 grid=4x1x1 block=256x1x1 shared=0 args=input,amax_t rows=272 cols=80 "
            "strips=2");
  EXPECT_EQ(symbols(plan("te/nvfp4-row", {272, 80}, InputType::kBf16, given(kBoth, true, false))),
            "bitgate_amax_columns_bf16 bitgate_te_nvfp4_row_both_bf16");
  EXPECT_EQ(symbols(plan("te/nvfp4-row", {272, 80}, InputType::kBf16, given(kBoth, false, true))),
            "bitgate_amax_bf16 bitgate_te_nvfp4_row_both_bf16");
  EXPECT_EQ(symbols(plan("te/nvfp4-row", {272, 80}, InputType::kBf16, given(kColumnwise, true, false))),
            "bitgate_te_nvfp4_row_columns_bf16");
}

TEST(Nvfp4Plan, SquaresHaveKernelsOfEachDirection) {
  for (const auto& [direction, symbol] :
       {std::pair{kRowwise, "bitgate_te_nvfp4_2d_rows_fp32"},
        std::pair{kColumnwise, "bitgate_te_nvfp4_2d_columns_fp32"}, std::pair{kBoth, "bitgate_te_nvfp4_2d_both_fp32"}})
    EXPECT_EQ(symbols(plan("te/nvfp4-2d", {16, 16}, InputType::kF32, given(direction, true, true))), symbol);
}

TEST(Nvfp4Plan, TransformedColumnsHaveAnAmaxOfTheirOwn) {
  const Extent extent{256, 128};
  EXPECT_EQ(to_text(plan("te/nvfp4-rht", extent, InputType::kBf16, given(kBoth, false, false))[0]),
            "bitgate_te_rht_amax_both_bf16 grid=2x1x1 block=256x1x1 shared=0 args=input,amax,amax_t rows=256 "
            "cols=128 strips=2");
  EXPECT_EQ(symbols(plan("te/nvfp4-rht", extent, InputType::kBf16, given(kBoth, true, false))),
            "bitgate_te_rht_amax_columns_bf16 bitgate_te_rht_both_bf16");
  EXPECT_EQ(symbols(plan("te/nvfp4-rht-nosign", extent, InputType::kBf16, given(kBoth, false, true))),
            "bitgate_amax_bf16 bitgate_te_rht_nosign_both_bf16");
  EXPECT_EQ(symbols(plan("te/nvfp4-rht-fused", extent, InputType::kBf16, given(kColumnwise, false, false))),
            "bitgate_te_rht_amax_columns_bf16 bitgate_te_rht_fused_columns_bf16");
  EXPECT_EQ(symbols(plan("te/nvfp4-rht-fused", extent, InputType::kBf16, given(kColumnwise, true, true))),
            "bitgate_te_rht_fused_columns_bf16");
}

TEST(Nvfp4Plan, GeluGoesThroughTheWorkspace) {
  const auto launches = plan("te/nvfp4-gelu", {16, 64}, InputType::kBf16, given(kBoth, false, false));
  ASSERT_EQ(symbols(launches), "bitgate_te_gelu_bf16 bitgate_amax_bf16 bitgate_te_nvfp4_both_bf16");
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_te_gelu_bf16 grid=1x1x1 block=32x1x1 shared=0 args=input,workspace cols=1024 chunks=1");
  EXPECT_EQ(launches[1].pointers[0], Buffer::kWorkspace);
  EXPECT_EQ(launches[2].pointers[0], Buffer::kWorkspace);
  EXPECT_EQ(kernel_of("te/nvfp4-gelu").workspace({16, 64}, InputType::kBf16), 2048);
}

TEST(Nvfp4Plan, EmptyTensorsLaunchNothing) {
  for (const Kernel& kernel : all())
    for (const Extent& extent : {Extent{0, 64}, Extent{64, 0}})
      for (const Direction direction : {kRowwise, kColumnwise, kBoth}) {
        if (!makes(kernel.directions, direction)) continue;
        EXPECT_THAT(kernel.plan(extent, kernel.types[0], given(direction, false, false)), IsEmpty());
      }
}

TEST(Nvfp4Plan, TooManyTilesAreRefused) {
  // 2^32 tiles of 128 rows and 64 columns.
  const Extent extent{std::int64_t{1} << 30, std::int64_t{1} << 15};
  try {
    plan("te/nvfp4-2d", extent, InputType::kF32, given(kBoth, true, true));
    FAIL() << "2^32 thread blocks were planned";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("needs more thread blocks"));
  }
}

}  // namespace
}  // namespace bitgate::device
