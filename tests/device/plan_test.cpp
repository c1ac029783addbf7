#include "bitgate/device/launch/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/kernel.h"
#include "bitgate/device/kernels/tile.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PlanOptions kAmaxGiven{.amax_given = true};

std::vector<Launch> plan(std::string_view key, const Extent& extent, InputType type, const PlanOptions& options) {
  const Kernel* kernel = kernel_by_key(key);
  if (kernel == nullptr) throw InputError("no kernel " + std::string(key));
  return kernel->plan(extent, type, options);
}

// Hand-worked: a vector is 16 bytes; a quantizer's thread takes 4 vectors, so 256 threads take 1024; amax 16 and 4096.
TEST(Plan, ConstantsAreThoseOfTheWorkedExamples) {
  EXPECT_EQ(kVectorBytes, 16);
  EXPECT_EQ(kVectorsPerThread, 4);
  EXPECT_EQ(kAmaxVectorsPerThread, 16);
  EXPECT_EQ(kMaxThreads, 256);
}

TEST(Plan, TensorScaledNvfp4RunsAmaxThenTheQuantizerOnOneLongRow) {
  // 128 x 256 = 32768 bf16 = 4096 vectors: one chunk of amax's 256 x 16, four of the quantizer's 256 x 4.
  const auto launches = plan("cuda/te/nvfp4", {128, 256}, InputType::kBf16, {});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_amax_bf16 grid=1x1x1 block=256x1x1 shared=0 args=input,amax cols=32768 chunks=1");
  EXPECT_EQ(to_text(launches[1]),
            "bitgate_te_nvfp4_bf16 grid=4x1x1 block=256x1x1 shared=0 args=input,amax,codes,scales cols=32768 chunks=4");
}

TEST(Plan, RowScaledNvfp4GivesEachRowItsThreadBlocks) {
  // 256 bf16 = 32 vectors a row: one warp, one chunk, one thread block a row for either kernel.
  const auto launches = plan("cuda/te/nvfp4-row", {128, 256}, InputType::kBf16, {});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_amax_bf16 grid=128x1x1 block=32x1x1 shared=0 args=input,amax cols=256 chunks=1");
  EXPECT_EQ(to_text(launches[1]),
            "bitgate_te_nvfp4_bf16 grid=128x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=256 chunks=1");
}

TEST(Plan, LongRowsTakeSeveralThreadBlocks) {
  // 8192 fp32 = 2048 vectors a row: 128 threads of 16 for amax; two chunks of 1024 for the quantizer.
  const auto launches = plan("cuda/te/nvfp4-row", {8192, 8192}, InputType::kF32, {});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(launches[0].grid, (Dim3{8192, 1, 1}));
  EXPECT_EQ(launches[0].block, (Dim3{128, 1, 1}));
  EXPECT_EQ(launches[1].grid, (Dim3{16384, 1, 1}));
  EXPECT_EQ(launches[1].block, (Dim3{256, 1, 1}));
  EXPECT_THAT(launches[1].scalars, ElementsAre(Scalar{"cols", 8192}, Scalar{"chunks", 2}));
}

TEST(Plan, GivenAmaxLeavesTheAmaxKernelOut) {
  const auto launches = plan("cuda/te/nvfp4", {1, 16}, InputType::kF32, kAmaxGiven);
  ASSERT_THAT(launches, SizeIs(1));
  EXPECT_EQ(to_text(launches[0]),
            "bitgate_te_nvfp4_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=16 chunks=1");
}

TEST(Plan, InputTypesHaveKernelsOfTheirOwn) {
  EXPECT_EQ(plan("cuda/te/nvfp4", {1, 16}, InputType::kF16, kAmaxGiven)[0].kernel, "bitgate_te_nvfp4_f16");
  EXPECT_EQ(plan("cuda/torchao/mxfp4-floor", {1, 32}, InputType::kBf16, {})[0].kernel,
            "bitgate_torchao_mxfp4_floor_bf16");
}

TEST(Plan, MxLaysAllRowsInALine) {
  // 3 x 96 = 288 fp32 = 72 vectors: 18 threads' worth, one warp.
  EXPECT_EQ(
      to_text(plan("cuda/torchao/mxfp4-floor", {3, 96}, InputType::kF32, {})),
      "bitgate_torchao_mxfp4_floor_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=288 chunks=1");
  // 64 x 544 = 34816 bf16 = 4352 vectors: five chunks of 1024, the last one a quarter full.
  EXPECT_EQ(to_text(plan("cuda/torchao/mxfp8e4m3-rceil", {64, 544}, InputType::kBf16, {})),
            "bitgate_torchao_mxfp8e4m3_rceil_bf16 grid=5x1x1 block=256x1x1 shared=0 args=input,codes,scales cols=34816 "
            "chunks=5");
}

TEST(Plan, RaggedQ8RowsStayApartAndArePadded) {
  // 33 columns: two blocks, 64 padded values, 16 vectors a row, one warp each.
  EXPECT_EQ(to_text(plan("cuda/ggml/q8_1", {5, 33}, InputType::kF32, {})),
            "bitgate_ggml_q8_1_fp32 grid=5x1x1 block=32x1x1 shared=0 args=input,codes,scales,extras cols=33 chunks=1");
}

TEST(Plan, WholeQ8RowsLieInALine) {
  // 96 x 1024 = 98304 fp32 = 24576 vectors: 24 chunks of 1024.
  EXPECT_EQ(to_text(plan("cuda/ggml/q8_1:fast-math", {96, 1024}, InputType::kF32, {})),
            "bitgate_ggml_q8_1_fast_math_fp32 grid=24x1x1 block=256x1x1 shared=0 args=input,codes,scales,extras "
            "cols=98304 chunks=24");
}

TEST(Plan, UnitNamesTheSourceFile) {
  EXPECT_EQ(plan("cuda/te/nvfp4", {1, 16}, InputType::kF32, {})[0].unit, "amax");
  EXPECT_EQ(plan("cuda/te/nvfp4", {1, 16}, InputType::kF32, {})[1].unit, "te_nvfp4");
  EXPECT_EQ(plan("cuda/ggml/q8_1", {1, 16}, InputType::kF32, {})[0].unit, "ggml_q8_1");
  EXPECT_EQ(plan("cuda/ggml/q8_1:fast-math", {1, 16}, InputType::kF32, {})[0].unit, "ggml_q8_1_fast_math");
}

TEST(Plan, EmptyTensorsLaunchNothing) {
  for (const Extent& extent : {Extent{0, 64}, Extent{64, 0}, Extent{0, 0}}) {
    EXPECT_THAT(plan("cuda/te/nvfp4", extent, InputType::kF32, {}), IsEmpty());
    EXPECT_THAT(plan("cuda/te/nvfp4-row", extent, InputType::kF32, {}), IsEmpty());
    EXPECT_THAT(plan("cuda/torchao/mxfp4-floor", extent, InputType::kF32, {}), IsEmpty());
    EXPECT_THAT(plan("cuda/torchao/mxfp8e4m3-rceil", extent, InputType::kF32, {}), IsEmpty());
    EXPECT_THAT(plan("cuda/ggml/q8_1", extent, InputType::kF32, {}), IsEmpty());
  }
  EXPECT_EQ(to_text(plan("cuda/ggml/q8_1", {0, 64}, InputType::kF32, {})), "nothing");
}

TEST(Plan, LargestGridIsTakenAndOneMoreRowRefused) {
  constexpr std::int64_t kMaxBlocks = 2147483647;
  EXPECT_EQ(plan("cuda/te/nvfp4-row", {kMaxBlocks, 16}, InputType::kF32, kAmaxGiven)[0].grid.x, 2147483647u);
  try {
    plan("cuda/te/nvfp4-row", {kMaxBlocks + 1, 16}, InputType::kF32, kAmaxGiven);
    FAIL() << "2^31 rows were planned";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("2147483648 rows"));
  }
}

TEST(Plan, TextJoinsLaunchesInOrder) {
  const Launch launch{"unit", "name", {1, 2, 3}, {4, 5, 6}, 7, {Buffer::kInput, Buffer::kExtras}, {{"a", -8}}};
  EXPECT_EQ(to_text(launch), "name grid=1x2x3 block=4x5x6 shared=7 args=input,extras a=-8");
  EXPECT_EQ(to_text(std::vector{launch, launch}), to_text(launch) + "; " + to_text(launch));
}

// The buffers that are there, as "name=bytes".
std::vector<std::string> buffers(std::string_view key, Request request, const Extent& extent, InputType type) {
  request.input = {type, extent, nullptr};
  const BufferBytes bytes = buffer_bytes(*kernel_by_key(key), request);
  std::vector<std::string> text;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != 0) text.push_back(std::string(name_of(static_cast<Buffer>(i))) + "=" + std::to_string(bytes[i]));
  return text;
}

TEST(BufferBytes, CodesArePackedAndScalesFollowTheirFormat) {
  EXPECT_THAT(buffers("cuda/te/nvfp4", {}, {128, 256}, InputType::kBf16),
              ElementsAre("input=65536", "amax=4", "codes=16384", "scales=2048"));
  EXPECT_THAT(buffers("cuda/te/nvfp4-row", {}, {128, 256}, InputType::kF32),
              ElementsAre("input=131072", "amax=512", "codes=16384", "scales=2048"));
  EXPECT_THAT(buffers("cuda/torchao/mxfp8e4m3-rceil", {}, {2, 64}, InputType::kF32),
              ElementsAre("input=512", "codes=128", "scales=4"));
}

TEST(BufferBytes, RaggedRowsHaveWholeBlocks) {
  EXPECT_EQ(padded_cols(scheme_of(SchemeId::kQ8_1), 33), 64);
  EXPECT_EQ(padded_cols(scheme_of(SchemeId::kFp8E4m3Row128), 33), 33);
  EXPECT_EQ(padded_cols(scheme_of(SchemeId::kNvfp4TwoD), 48), 48);
  EXPECT_THAT(buffers("cuda/ggml/q8_1", {}, {5, 33}, InputType::kF32),
              ElementsAre("input=660", "codes=320", "scales=20", "extras=20"));
}

}  // namespace
}  // namespace bitgate::device
