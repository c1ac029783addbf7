// What runs for ggml's recipes: symbols, grids and arguments, worked by hand; and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/device/kernel.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::HasSubstr;

const Kernel& kernel_of(const std::string& recipe) {
  const Kernel* kernel = kernel_by_key("cuda/ggml/" + recipe);
  if (kernel == nullptr) throw InputError("no kernel for ggml/" + recipe);
  return *kernel;
}

std::string plan(const std::string& recipe, const Extent& extent, const PlanOptions& options = {}) {
  return to_text(kernel_of(recipe).plan(extent, InputType::kF32, options));
}

template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

TEST(GgmlPlan, MmqWithSumsOfSixteenPadsRowsTo128Columns) {
  // 33 columns: one structure of 128 values, 32 vectors, one warp a row.
  EXPECT_EQ(plan("q8_1-mmq-d2s6", {5, 33}),
            "bitgate_ggml_q8_1_mmq_d2s6_fp32 grid=5x1x1 block=32x1x1 shared=0 args=input,codes,scales,extras cols=33 "
            "chunks=1");
  // 64 columns are whole blocks, yet not whole structures: rows stay apart.
  EXPECT_THAT(plan("q8_1-mmq-d2s6-ieee", {5, 64}), HasSubstr("grid=5x1x1"));
  EXPECT_THAT(plan("q8_1-mmq-d2s6-ieee", {5, 128}), HasSubstr("cols=640 chunks=1"));
}

TEST(GgmlPlan, MmqOfFloatScalesHasNoSums) {
  // 2 x 64 = 128 columns in a line: 32 vectors.
  EXPECT_EQ(plan("q8_1-mmq-d4", {2, 64}),
            "bitgate_ggml_q8_1_mmq_d4_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=128 chunks=1");
}

TEST(GgmlPlan, CopiesTakeWholeBlocksInALine) {
  // 3 x 96 = 288 columns: 72 vectors, 18 threads' worth.
  EXPECT_EQ(plan("q4_1-cuda-cpy", {3, 96}),
            "bitgate_ggml_q4_1_cpy_fp32 grid=1x1x1 block=32x1x1 shared=0 args=input,codes,scales,extras cols=288 "
            "chunks=1");
  EXPECT_THAT(plan("q5_0-cuda-cpy", {3, 96}), HasSubstr("bitgate_ggml_q5_0_cpy_fp32"));
  Request ragged;
  ragged.input = {InputType::kF32, {1, 33}, nullptr};
  EXPECT_THAT(refusal([&] { require_accepted(kernel_of("q8_0-cuda-cpy"), ragged); }), HasSubstr("multiples of 32"));
  EXPECT_EQ(refusal([&] { require_accepted(kernel_of("q8_1-ieee"), ragged); }), "taken");
}

TEST(GgmlPlan, NormsBelow1024ColumnsStandForTheProducers256Threads) {
  // 1000 columns: 64 threads of four take 256 columns a round, so four rounds. Four rows by four rounds are few blocks.
  EXPECT_EQ(plan("rms_norm", {4, 1000}),
            "bitgate_ggml_rms_norm_fp32 grid=4x4x1 block=64x1x1 shared=0 args=input,values cols=1000 "
            "epsilon=925353388");  // 0x3727C5AC, 1e-5
  EXPECT_EQ(plan("rms_norm", {4, 1024}),
            "bitgate_ggml_rms_norm_fp32 grid=4x1x1 block=256x1x1 shared=0 args=input,values cols=1024 "
            "epsilon=925353388");
}

TEST(GgmlPlan, FewRowsAreSpreadOverRounds) {
  // 8192 columns: eight rounds of 256 x 4; 33 rows of them are the 264 blocks that count as few.
  EXPECT_THAT(plan("rms_norm", {1, 8192}), HasSubstr("grid=1x8x1"));
  EXPECT_THAT(plan("rms_norm", {33, 8192}), HasSubstr("grid=33x8x1"));
  EXPECT_THAT(plan("rms_norm", {34, 8192}), HasSubstr("grid=34x1x1"));
}

TEST(GgmlPlan, NormsAreToldHowManyNumbersTheirOperandsHave) {
  const PlanOptions options{.weights = 3, .residuals = 2048, .epsilon = 1.0f};
  EXPECT_EQ(plan("rms_norm-mul-add", {2, 1024}, options),
            "bitgate_ggml_rms_norm_mul_add_fp32 grid=2x1x1 block=256x1x1 shared=0 args=input,weight,residual,values "
            "cols=1024 epsilon=1065353216 weights=3 residuals=2048");
  EXPECT_THAT(refusal([] { plan("rms_norm-mul", {2, 1024}); }), HasSubstr("weight"));
  EXPECT_THAT(refusal([] { plan("rms_norm-mul-add", {2, 1024}, {.weights = 1}); }), HasSubstr("residual"));
}

TEST(GgmlPlan, FusedNormIsOneKernelAndUnfusedTwo) {
  const PlanOptions options{.weights = 1024};
  EXPECT_EQ(plan("rms_norm-mul-q8_1", {2, 1024}, options),
            "bitgate_ggml_rms_norm_mul_q8_1_fp32 grid=2x1x1 block=256x1x1 shared=0 "
            "args=input,weight,codes,scales,extras cols=1024 epsilon=925353388 weights=1024");
  EXPECT_EQ(plan("rms_norm-mul-q8_1:unfused", {2, 1024}, options),
            "bitgate_ggml_rms_norm_mul_fp32 grid=2x1x1 block=256x1x1 shared=0 args=input,weight,workspace cols=1024 "
            "epsilon=925353388 weights=1024; "
            "bitgate_ggml_q8_1_fp32 grid=1x1x1 block=128x1x1 shared=0 args=workspace,codes,scales,extras cols=2048 "
            "chunks=1");
  EXPECT_EQ(kernel_of("rms_norm-mul-q8_1:unfused").workspace({2, 1024}, InputType::kF32), 8192);
}

TEST(GgmlPlan, Mxfp4PadsRaggedRows) {
  EXPECT_EQ(plan("mxfp4-mmq", {5, 33}),
            "bitgate_ggml_mxfp4_mmq_fp32 grid=5x1x1 block=32x1x1 shared=0 args=input,codes,scales cols=33 chunks=1");
}

TEST(GgmlPlan, FirstNvfp4HasAThreadABlock) {
  // 20 columns: two blocks a row, six in all. 64 columns: whole blocks, one row of 16.
  EXPECT_EQ(plan("nvfp4-mmq-v1", {3, 20}),
            "bitgate_ggml_nvfp4_mmq_v1_fp32 grid=1x1x1 block=128x1x1 shared=0 args=input,codes,scales cols=20 blocks=2 "
            "all_blocks=6");
  EXPECT_THAT(plan("nvfp4-mmq-v1", {4, 64}), HasSubstr("cols=256 blocks=16 all_blocks=16"));
}

TEST(GgmlPlan, SecondNvfp4HasAThreadBlockARowAndIsToldWhatIsGiven) {
  // 100 columns: seven blocks, one warp.
  EXPECT_EQ(plan("nvfp4-mmq-v2", {3, 100}),
            "bitgate_ggml_nvfp4_mmq_v2_fp32 grid=3x1x1 block=32x1x1 shared=0 args=input,amax,global,codes,scales "
            "cols=100 given=0");
  EXPECT_THAT(plan("nvfp4-mmq-v2", {3, 100}, {.amax_given = true}), HasSubstr("given=1"));
  EXPECT_THAT(plan("nvfp4-mmq-v2", {3, 100}, {.amax_given = true, .global_given = true}), HasSubstr("given=2"));
  EXPECT_THAT(plan("nvfp4-mmq-v2", {3, 8192}), HasSubstr("block=256x1x1"));
}

TEST(GgmlPlan, EmptyTensorsLaunchNothing) {
  for (const Extent& extent : {Extent{0, 64}, Extent{64, 0}, Extent{0, 0}})
    for (const Kernel& kernel : kernels()) {
      if (!kernel.subject.starts_with("cuda/ggml/")) continue;
      EXPECT_EQ(to_text(kernel.plan(extent, InputType::kF32, {})), "nothing") << key(kernel);
    }
}

}  // namespace
}  // namespace bitgate::device
