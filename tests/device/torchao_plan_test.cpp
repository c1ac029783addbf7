// What runs for torchao's recipes: symbols, grids and arguments, worked by hand; and what their kernels refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Kernel& kernel_of(std::string_view recipe) {
  const Kernel* kernel = find_kernel("cuda/torchao/" + std::string(recipe));
  if (kernel == nullptr) throw InputError("no kernel for torchao/" + std::string(recipe));
  return *kernel;
}

std::string plan(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options = {}) {
  return to_text(kernel_of(recipe).plan(extent, type, options));
}

std::string symbol(std::string_view recipe, InputType type) {
  const Kernel& kernel = kernel_of(recipe);
  return kernel.plan({kernel.rows_multiple, kernel.cols_multiple}, type, {}).back().kernel;
}

std::string refusal(std::string_view recipe, InputType type, const Extent& extent, Direction direction) {
  Request request;
  request.input = {type, extent, nullptr};
  request.direction = direction;
  try {
    require_accepted(kernel_of(recipe), request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(TorchaoPlan, EachRecipeOfTheGpuHasAKernel) {
  int kernels = 0;
  for (const std::string_view name : cpu_subject_names()) {
    if (!name.starts_with("torchao/") || name.ends_with("-cpu")) continue;
    const Kernel* kernel = find_kernel("cuda/" + std::string(name));
    ASSERT_NE(kernel, nullptr) << name;
    EXPECT_EQ(kernel->recipe, name);
    ++kernels;
  }
  EXPECT_EQ(kernels, 42);
}

TEST(TorchaoPlan, MxLaysAllRowsInALine) {
  // 64 x 544 = 34816 bf16 = 4352 vectors: five chunks of 256 threads with 4, the last one a quarter full.
  EXPECT_EQ(plan("mxfp6e2m3-even", {64, 544}, InputType::kBf16),
            "bitgate_torchao_mxfp6e2m3_even_bf16 grid=5x1x1 block=256x1x1 shared=0 args=input,codes,scales cols=34816 "
            "chunks=5");
  // 3 x 96 = 288 fp32 = 72 vectors: 18 threads' worth, one warp.
  EXPECT_EQ(plan("mxfp4-ceil", {3, 96}, InputType::kF32),
            "bitgate_torchao_mxfp4_ceil_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=288 "
            "chunks=1");
}

TEST(TorchaoPlan, Mxfp4TakesABlockAThreadFromBf16) {
  // 64 x 544 = 1088 blocks of 32: three chunks of 256 threads with 2.
  EXPECT_EQ(plan("mxfp4-rceil", {64, 544}, InputType::kBf16),
            "bitgate_torchao_mxfp4_rceil_bf16 grid=3x1x1 block=256x1x1 shared=0 args=input,codes,scales cols=34816 "
            "chunks=3");
  // The old FLOOR takes vectors: 4352 of them.
  EXPECT_EQ(plan("mxfp4-floor-pre4725", {64, 544}, InputType::kBf16),
            "bitgate_torchao_mxfp4_floor_pre4725_bf16 grid=5x1x1 block=256x1x1 shared=0 args=input,codes,scales "
            "cols=34816 chunks=5");
}

TEST(TorchaoPlan, CompiledModesThatNeedNoClampRunTheEagerKernel) {
  for (const char* recipe : {"mxfp8e4m3-ceil", "mxfp8e5m2-ceil", "mxfp8e5m2-even"})
    EXPECT_EQ(symbol(std::string(recipe) + "-compile", InputType::kF32), symbol(recipe, InputType::kF32));
  for (const char* recipe : {"mxfp8e4m3-floor", "mxfp8e4m3-even", "mxfp8e5m2-floor"})
    EXPECT_NE(symbol(std::string(recipe) + "-compile", InputType::kF32), symbol(recipe, InputType::kF32));
}

TEST(TorchaoPlan, NoOtherMxRecipesShareAKernel) {
  std::set<std::string> symbols;
  int recipes = 0;
  for (const Kernel& kernel : kernels()) {
    if (!kernel.recipe.starts_with("torchao/mx")) continue;
    symbols.insert(kernel.plan({1, 32}, InputType::kBf16, {})[0].kernel);
    ++recipes;
  }
  EXPECT_EQ(recipes, 31);
  EXPECT_THAT(symbols, SizeIs(31 - 3));
}

TEST(TorchaoPlan, OneLevelNvfp4IsOneLaunch) {
  // 16 fp32 are 4 vectors.
  EXPECT_EQ(plan("nvfp4", {1, 16}, InputType::kF32),
            "bitgate_torchao_nvfp4_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=16 chunks=1");
  // 128 x 256 bf16 are 2048 blocks of 16: four chunks of 256 threads with 2.
  EXPECT_EQ(plan("nvfp4", {128, 256}, InputType::kBf16),
            "bitgate_torchao_nvfp4_bf16 grid=4x1x1 block=256x1x1 shared=0 args=input,codes,scales cols=32768 chunks=4");
}

TEST(TorchaoPlan, TwoLevelsRunAmaxThenTheQuantizerThatStoresTheGlobal) {
  // 128 x 256 bf16 are 4096 vectors, which amax takes in one chunk of 256 threads with 16.
  EXPECT_EQ(plan("nvfp4-tensorwise", {128, 256}, InputType::kBf16),
            "bitgate_torchao_amax_bf16 grid=1x1x1 block=256x1x1 shared=0 args=input,amax cols=32768 chunks=1; "
            "bitgate_torchao_nvfp4_tensorwise_bf16 grid=4x1x1 block=256x1x1 shared=0 "
            "args=input,amax,global,codes,scales cols=32768 chunks=4 global_given=0");
}

TEST(TorchaoPlan, GivenNumbersLeaveTheAmaxKernelOut) {
  const std::string launch =
      "bitgate_torchao_nvfp4_mslk_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,amax,global,codes,scales cols=16 "
      "chunks=1 global_given=";
  EXPECT_EQ(plan("nvfp4-mslk", {1, 16}, InputType::kF32, {.amax_given = true}), launch + "0");
  EXPECT_EQ(plan("nvfp4-mslk", {1, 16}, InputType::kF32, {.global_given = true}), launch + "1");
  EXPECT_THAT(kernel_of("nvfp4-train").plan({1, 16}, InputType::kF32, {.amax_given = true}), SizeIs(1));
  EXPECT_THAT(kernel_of("nvfp4-train-2d").plan({16, 16}, InputType::kF32, {.amax_given = true}), SizeIs(1));
}

TEST(TorchaoPlan, NibbleOrderIsNoMatterOfTheKernel) {
  EXPECT_EQ(symbol("nvfp4-div-high", InputType::kBf16), "bitgate_torchao_nvfp4_div_bf16");
  EXPECT_EQ(symbol("nvfp4-div", InputType::kBf16), "bitgate_torchao_nvfp4_div_bf16");
}

TEST(TorchaoPlan, TrainingPassesOverNanInAmax) {
  EXPECT_EQ(plan("nvfp4-train", {128, 256}, InputType::kBf16),
            "bitgate_amax_bf16 grid=1x1x1 block=256x1x1 shared=0 args=input,amax cols=32768 chunks=1; "
            "bitgate_torchao_nvfp4_train_bf16 grid=4x1x1 block=256x1x1 shared=0 args=input,amax,codes,scales "
            "cols=32768 chunks=4");
}

TEST(TorchaoPlan, SquaresTakeOneVectorOfEachOfSixteenRows) {
  // 96 fp32 are 24 vectors, one warp; 32 rows are two rows of squares.
  EXPECT_EQ(plan("nvfp4-train-2d", {32, 96}, InputType::kF32, {.amax_given = true}),
            "bitgate_torchao_nvfp4_train_2d_fp32 grid=2x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=96 "
            "chunks=1");
  // 8192 bf16 are 1024 vectors, four chunks of 256; 512 rows of squares.
  EXPECT_EQ(kernel_of("nvfp4-train-2d").plan({8192, 8192}, InputType::kBf16, {.amax_given = true})[0].grid,
            (Dim3{2048, 1, 1}));
}

TEST(TorchaoPlan, EmptyTensorsLaunchNothing) {
  for (const Kernel& kernel : kernels()) {
    if (!kernel.recipe.starts_with("torchao/")) continue;
    for (const Extent& extent : {Extent{0, 64}, Extent{64, 0}, Extent{0, 0}})
      EXPECT_THAT(kernel.plan(extent, InputType::kF32, {}), IsEmpty()) << kernel.recipe;
  }
}

TEST(TorchaoPlan, KernelsRefuseWhatTheRecipesDo) {
  constexpr Direction kRowwise = Direction::kRowwise;
  EXPECT_EQ(refusal("nvfp4", InputType::kF16, {1, 16}, kRowwise), "cuda/torchao/nvfp4 takes fp32, bf16, not f16");
  EXPECT_EQ(refusal("nvfp4-tensorwise", InputType::kF32, {1, 24}, kRowwise),
            "cuda/torchao/nvfp4-tensorwise takes columns in multiples of 16, not 24");
  EXPECT_EQ(refusal("mxfp8e5m2-ceil", InputType::kF32, {1, 48}, kRowwise),
            "cuda/torchao/mxfp8e5m2-ceil takes columns in multiples of 32, not 48");
  EXPECT_EQ(refusal("nvfp4-train-2d", InputType::kF32, {24, 16}, kRowwise),
            "cuda/torchao/nvfp4-train-2d takes rows in multiples of 16, not 24");
  EXPECT_EQ(refusal("nvfp4-train", InputType::kF32, {16, 16}, Direction::kColumnwise),
            "cuda/torchao/nvfp4-train quantizes row-wise only");
  EXPECT_EQ(refusal("nvfp4-train-2d", InputType::kBf16, {32, 48}, kRowwise), "");
}

}  // namespace
}  // namespace bitgate::device
