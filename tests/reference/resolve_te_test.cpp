// What flipping one thing does to TransformerEngine's answer.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kTe = "arch=sm_100a dtype=bf16 shape=128x256 ";
std::string te(const std::string& words) { return answer("te", kTe + words); }
std::string te_row(const std::string& words) { return answer("te", kTe + "direction=rowwise " + words); }
std::string te_column(const std::string& words) { return answer("te", kTe + "direction=columnwise " + words); }
std::string te_refuses(const std::string& words) { return why_not("te", kTe + words); }

TEST(ResolveTe, FastMathActsInTheTunedKernelOnly) {
  EXPECT_EQ(te("NVTE_USE_FAST_MATH=1"), "rowwise te/nvfp4-fast, columnwise te/nvfp4-fast");
  EXPECT_EQ(te("NVTE_USE_FAST_MATH=0"), "rowwise te/nvfp4, columnwise te/nvfp4");
  const std::string fast = "arch=sm_100a direction=rowwise NVTE_USE_FAST_MATH=1 ";
  EXPECT_EQ(answer("te", fast + "dtype=bf16 shape=128x240"), "rowwise te/nvfp4");
  EXPECT_EQ(answer("te", fast + "dtype=fp32 shape=128x256"), "rowwise te/nvfp4");
  EXPECT_EQ(answer("te", fast + "dtype=f16 shape=128x256"), "rowwise te/nvfp4");
  EXPECT_EQ(te_row("NVTE_USE_FAST_MATH=1 2d=1"), "rowwise te/nvfp4-2d");
  EXPECT_EQ(te_row("NVTE_USE_FAST_MATH=1 row_scaled=1"), "rowwise te/nvfp4-row-fast");
  EXPECT_EQ(te_row("NVTE_USE_FAST_MATH=1 4over6=1"), "rowwise te/nvfp4-4over6-256-mae");
  EXPECT_EQ(te_row("NVTE_USE_FAST_MATH=1 implementation=jax"), "rowwise te/nvfp4");
  EXPECT_EQ(te_column("NVTE_USE_FAST_MATH=1"), "columnwise te/nvfp4");
  EXPECT_THAT(te_refuses("NVTE_USE_FAST_MATH=1 version=v2.13"),
              AllOf(HasSubstr("te.fast.version"), HasSubstr("v1 form")));
  EXPECT_EQ(te_row("NVTE_USE_FAST_MATH=1 version=v2.14"), "rowwise te/nvfp4-fast");
}

TEST(ResolveTe, TheKernelFollowsFromTypeShapeAndDirection) {
  const auto kernel = [](const std::string& words) { return resolve(situation("te", words)).kernels.at(0); };
  EXPECT_THAT(kernel(kTe), HasSubstr("tuned_1D"));
  EXPECT_THAT(kernel(kTe + "version=v2.12"), HasSubstr("quantize_transpose_nvfp4 (1D)"));
  EXPECT_THAT(kernel(kTe + "2d=1"), HasSubstr("2D_kernel"));
  EXPECT_THAT(kernel(kTe + "2d=1 direction=columnwise"), HasSubstr("2D_kernel"));
  EXPECT_THAT(kernel(kTe + "direction=columnwise"), HasSubstr("vector_blockwise_fp4"));
  EXPECT_THAT(kernel("arch=sm_100a dtype=bf16 shape=48x256"), HasSubstr("vector_blockwise_fp4"));
  EXPECT_THAT(kernel(kTe + "4over6=1"), HasSubstr("4over6"));
}

TEST(ResolveTe, ReleasesChangeTheRecipe) {
  for (const char* old : {"v2.8", "v2.9", "v2.10", "v2.11", "v2.12", "v2.13"})
    EXPECT_EQ(te_row(std::string("version=") + old), "rowwise te/nvfp4-v1") << old;
  for (const char* today : {"v2.14", "v2.15", "v2.16", "v2.17", "v2.18", "main", "d0067d0d"})
    EXPECT_EQ(te_row(std::string("version=") + today), "rowwise te/nvfp4") << today;
  EXPECT_EQ(te_row("version=pr2412"), "rowwise te/nvfp4-v1div");
  EXPECT_EQ(answer("te", "arch=sm_100a dtype=fp32 direction=rowwise version=pr2412"), "rowwise te/nvfp4-v1");
  EXPECT_EQ(te_row("version=v2.16 row_scaled=1"), "rowwise te/nvfp4-row");
  EXPECT_THAT(te_refuses("version=v2.15 row_scaled=1 direction=rowwise"), HasSubstr("row scaling came with v2.16"));
  EXPECT_EQ(te_row("version=v2.17 4over6=1"), "rowwise te/nvfp4-4over6-256-mae");
  EXPECT_THAT(te_refuses("version=v2.16 4over6=1"), HasSubstr("4over6 came with v2.17"));
  EXPECT_EQ(te_column("row_scaled=1"), "columnwise te/nvfp4-row");
  EXPECT_THAT(te_refuses("version=v2.18 row_scaled=1"), HasSubstr("after v2.18"));
  EXPECT_THAT(te_refuses("version=v2.7"), AllOf(HasSubstr("unknown version 'v2.7'"), HasSubstr("v2.18, main")));
}

TEST(ResolveTe, TheDefaultRecipeChoosesByRole) {
  EXPECT_EQ(te("role=input"), "rowwise te/nvfp4, columnwise te/nvfp4-rht-fused");
  EXPECT_EQ(te("role=activation"), te("role=input"));
  EXPECT_EQ(te("role=weight"), "rowwise te/nvfp4-2d, columnwise te/nvfp4-2d");
  EXPECT_EQ(te_row("role=gradient"), "rowwise te/nvfp4-sr-hw-tuned");
  EXPECT_THAT(te_refuses("role=gradient"), HasSubstr("open question"));
  EXPECT_EQ(te("role=gradient NVTE_NVFP4_DISABLE_RHT=1"),
            "rowwise te/nvfp4-sr-hw-tuned-t, columnwise "
            "te/nvfp4-sr-hw-tuned-t");
  EXPECT_EQ(te("role=gradient NVTE_NVFP4_DISABLE_STOCHASTIC_ROUNDING=1"), te("role=input"));
  EXPECT_EQ(te("role=gemm"), "input te/nvfp4, weight te/nvfp4-2d");
}

TEST(ResolveTe, TheTransformIsFusedWhereItsTileFits) {
  EXPECT_EQ(te_column("rht=1"), "columnwise te/nvfp4-rht-fused");
  EXPECT_EQ(answer("te", "arch=sm_100a dtype=bf16 shape=128x192 direction=columnwise rht=1"),
            "columnwise te/nvfp4-rht");
  EXPECT_EQ(answer("te", "arch=sm_100a dtype=bf16 shape=32x128 direction=columnwise rht=1"), "columnwise te/nvfp4-rht");
  EXPECT_EQ(answer("te", "arch=sm_120 dtype=bf16 shape=128x256 direction=columnwise rht=1"), "columnwise te/nvfp4-rht");
  EXPECT_EQ(answer("te", "arch=sm_120 dtype=bf16 shape=128x256 direction=columnwise rht=1 rht_sign=0"),
            "columnwise te/nvfp4-rht-nosign");
  EXPECT_EQ(te_column("rht=1 NVTE_USE_FAST_MATH=1"), "columnwise te/nvfp4-rht-fast");
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=fp32 shape=128x256 rht=1"), HasSubstr("bf16 only"));
}

TEST(ResolveTe, StochasticRoundingFollowsChipKernelAndDirections) {
  const std::string sr = "dtype=bf16 shape=128x256 sr=1 ";
  EXPECT_EQ(answer("te", sr + "arch=sm_103a direction=rowwise"), "rowwise te/nvfp4-sr-hw-tuned");
  EXPECT_EQ(answer("te", sr + "arch=sm_120 direction=rowwise"), "rowwise te/nvfp4-sr-soft-tuned");
  EXPECT_THAT(answer("te", sr + "arch=sm_121"), StartsWith("rowwise te/nvfp4-sr-soft-tuned-t"));
  EXPECT_THAT(answer("te", sr + "arch=sm_110 2d=1"), StartsWith("rowwise te/nvfp4-sr-soft-2d"));
  EXPECT_EQ(answer("te", "dtype=fp32 sr=1 arch=sm_100a direction=rowwise"), "rowwise te/nvfp4-sr-hw-fallback");
  EXPECT_THAT(why_not("te", sr + "arch=sm_120 version=v2.18"), HasSubstr("after v2.18 (PR #3281)"));
  EXPECT_THAT(te_refuses("sr=1 NVTE_BUILD_NUM_PHILOX_ROUNDS=7"), HasSubstr("10 rounds"));
  EXPECT_EQ(te_row("NVTE_BUILD_NUM_PHILOX_ROUNDS=7"), "rowwise te/nvfp4");
}

TEST(ResolveTe, EveryKnobOf4Over6ChangesTheName) {
  const std::string all = "role=input rht=0 NVTE_NVFP4_4OVER6=all ";
  EXPECT_EQ(te_row(all), "rowwise te/nvfp4-4over6-256-mae");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_4OVER6_E4M3_USE_256=none"), "rowwise te/nvfp4-4over6-448-mae");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_4OVER6_E4M3_USE_256=weights"), "rowwise te/nvfp4-4over6-448-mae");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_4OVER6_E4M3_USE_256=activations"), "rowwise te/nvfp4-4over6-256-mae");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_4OVER6_ERR_MODE=MSE"), "rowwise te/nvfp4-4over6-256-mse");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_4OVER6_ERR_USE_FAST_MATH=1"), "rowwise te/nvfp4-4over6-256-mae-errfast");
  EXPECT_EQ(te_row(all + "NVTE_NVFP4_ROW_SCALED_ACTIVATION=1"), "rowwise te/nvfp4-row-4over6-256-mae");
  EXPECT_EQ(te_row("role=weight NVTE_NVFP4_4OVER6=weights"), "rowwise te/nvfp4-2d-4over6-256-mae");
  EXPECT_EQ(te_row("role=weight NVTE_NVFP4_4OVER6=activations"), "rowwise te/nvfp4-2d");
  EXPECT_EQ(te_row("role=gradient NVTE_NVFP4_4OVER6=all"), "rowwise te/nvfp4-sr-hw-tuned");
  EXPECT_THAT(te_refuses("NVTE_NVFP4_4OVER6=all"), HasSubstr("give --role"));
  EXPECT_THAT(te_refuses("role=input NVTE_NVFP4_4OVER6=all"), HasSubstr("4over6 refuses the Hadamard transform"));
}

// Every variable of te.md 12 is a word, and setting it leaves a rule that speaks of it, or refuses.
TEST(ResolveTe, EveryKnobIsARowAndIsSpokenOf) {
  int knobs = 0;
  for (const Word& word : te_producer().words) {
    if (word.kind != WordKind::kEnvironment && word.kind != WordKind::kBuild) continue;
    ++knobs;
    EXPECT_THAT(word.name, StartsWith(te_producer().environment_prefix));
    std::string value(word.accepts == "*" ? "high" : word.accepts == "#" ? "7" : "");
    if (value.empty())
      for (const std::string_view choice : split(word.accepts, '|'))
        if (choice != word.initial && choice != "unset") value = choice;
    bool spoken = false;
    for (const char* role : {"none", "input", "weight"}) {
      const std::string words = kTe + "direction=rowwise role=" + role + " ";
      const std::string with = words + std::string(word.name) + "=" + value;
      if (why_not("te", with).empty()) spoken = spoken || rules_of("te", with) != rules_of("te", words);
    }
    EXPECT_TRUE(spoken) << word.name << "=" << value;
  }
  EXPECT_EQ(knobs, 19);
}

TEST(ResolveTe, KnobsThatChangeNoBitsSaySo) {
  for (const char* knob :
       {"NVTE_FUSED_GROUP_REQUANTIZE=0", "NVTE_UNFUSED_FP8_UPDATE=1", "NVTE_CUDNN_MXFP8_NORM_OUTPUT_IN_INPUT_DTYPE=1",
        "NVTE_CUTEDSL_FUSED_GROUPED_MLP_FC1_GLU_RHT_AMAX_TMEM=1", "NVTE_FP8_GEMM_HIGH_PRECISION_ACCUMULATION=1",
        "NVTE_BACKWARD_OVERRIDE=high", "NVTE_BUILD_ACTIVATION_WITH_FAST_MATH=1"}) {
    EXPECT_EQ(te(knob), te("")) << knob;
    EXPECT_EQ(rules_of("te", kTe + knob).size(), rules_of("te", kTe).size() + 1) << knob;
  }
  EXPECT_THAT(te_refuses("role=gradient NVTE_BACKWARD_OVERRIDE=high"), HasSubstr("another precision"));
}

TEST(ResolveTe, Mxfp8IsSpecialisedWhereItsConditionsHold) {
  const std::string mx = "arch=sm_100a quantizer=mxfp8 fp8=e4m3 ";
  const std::string spec = "rowwise te/mxfp8-e4m3-spec";
  const std::string generic = "rowwise te/mxfp8-e4m3";
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x128 direction=rowwise"), spec);
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x96 direction=rowwise"), generic);
  EXPECT_EQ(answer("te", mx + "dtype=f16 shape=64x96"), spec + ", columnwise te/mxfp8-e4m3-spec");
  EXPECT_EQ(answer("te", mx + "dtype=fp32 shape=64x128 direction=rowwise"), generic);
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x128 direction=rowwise noop=1"), generic);
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x128 direction=rowwise activation=fused"), generic);
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x128 direction=rowwise version=v2.15"), generic);
  EXPECT_THAT(why_not("te", mx + "dtype=bf16 shape=64x128 direction=rowwise version=v2.17"), HasSubstr("which tag"));
  EXPECT_EQ(answer("te", mx + "dtype=bf16 shape=64x128 direction=rowwise version=v2.17 specialized=1"), spec);
  EXPECT_EQ(answer("te", mx + "2d=1 direction=rowwise"), "rowwise te/mxfp8-e4m3-2d");
  EXPECT_THAT(why_not("te", "arch=sm_100a quantizer=mxfp8 dtype=fp32 shape=32x32"), HasSubstr("depends on fp8"));
}

TEST(ResolveTe, Fp8FollowsItsKnobs) {
  const auto fp8 = [](const std::string& words) { return answer("te", "direction=rowwise fp8=e5m2 " + words); };
  EXPECT_EQ(fp8("quantizer=fp8-current"), "rowwise te/fp8-current-e5m2");
  EXPECT_EQ(fp8("quantizer=fp8-current NVTE_FP8_CURRENT_SCALING_POWER_2_SCALES=1"), "rowwise te/fp8-current-e5m2-pow2");
  EXPECT_EQ(fp8("quantizer=fp8-delayed NVTE_FP8_CURRENT_SCALING_POWER_2_SCALES=1"), "rowwise te/fp8-delayed-e5m2");
  EXPECT_EQ(fp8("quantizer=fp8-block1x128"), "rowwise te/fp8-block1x128-e5m2");
  EXPECT_EQ(fp8("quantizer=fp8-block1x128 NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1"),
            "rowwise te/fp8-block1x128-e5m2-fp32");
  EXPECT_EQ(fp8("quantizer=fp8-block128x128 NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1"),
            "rowwise te/fp8-block128x128-e5m2-fp32");
  EXPECT_THAT(why_not("te", "quantizer=fp8-current fp8=e5m2 sr=1"), HasSubstr("option of quantizer nvfp4"));
}

TEST(ResolveTe, ItsOwnReferencesHaveNamesOfTheirOwn) {
  EXPECT_EQ(te_row("implementation=pyref row_scaled=1"), "rowwise te/nvfp4-pyref-row");
  EXPECT_EQ(te("implementation=pyref rht=1"), "rowwise te/nvfp4-pyref, columnwise te/nvfp4-pyref-rht");
  EXPECT_EQ(te_row("implementation=pyref 2d=1 4over6=1 e4m3_max=448"), "rowwise te/nvfp4-pyref-2d-4over6-448-mae");
  EXPECT_EQ(te_row("implementation=ctest version=v2.11"), "rowwise te/nvfp4-ctest-v2.8");
  EXPECT_EQ(te_row("implementation=ctest version=v2.16 2d=1"), "rowwise te/nvfp4-ctest-2d");
  EXPECT_THAT(te_refuses("implementation=ctest version=v2.14"), HasSubstr("te.ctest.between"));
  EXPECT_EQ(te_row("implementation=jaxref"), "rowwise te/nvfp4-jaxref");
}

TEST(ResolveTe, NoKernelRunsOnACpu) {
  for (const char* quantizer :
       {"nvfp4", "nvfp4-partialcast", "mxfp8", "fp8-current", "fp8-delayed", "fp8-block1x128", "fp8-block128x128"})
    for (const char* arch : {"x86", "neon"}) {
      const std::string words = fmt::format("dtype=bf16 shape=128x256 fp8=e4m3 quantizer={} arch={}", quantizer, arch);
      EXPECT_THAT(why_not("te", words), HasSubstr(fmt::format("arch {} is a CPU", arch))) << quantizer;
    }
  EXPECT_EQ(answer("te", "arch=x86 direction=rowwise implementation=pyref"), "rowwise te/nvfp4-pyref");
  EXPECT_EQ(answer("te", "arch=sm_90 direction=rowwise quantizer=fp8-current fp8=e4m3"), "rowwise te/fp8-current-e4m3");
}

TEST(ResolveTe, Mxfp8BeforeBlackwellIsInNoNote) {
  const std::string words = "dtype=bf16 shape=128x256 quantizer=mxfp8 fp8=e4m3 ";
  EXPECT_THAT(why_not("te", words + "arch=sm_90"), AllOf(HasSubstr("notes do not state"), HasSubstr("sm_90")));
  EXPECT_THAT(why_not("te", words + "arch=sm_89 2d=1"), HasSubstr("te.mxfp8.arch"));
  EXPECT_THAT(why_not("te", words), HasSubstr("--arch"));
}

TEST(ResolveTe, AnEmptyShapeIsRefusedWhereAShapeDecides) {
  for (const char* shape : {"0x0", "0x256", "128x0"}) {
    const std::string words = fmt::format("arch=sm_100a shape={} direction=rowwise ", shape);
    EXPECT_THAT(why_not("te", words + "dtype=bf16"), HasSubstr("--shape ROWSxCOLS (not empty)")) << shape;
    EXPECT_THAT(why_not("te", words + "dtype=bf16 quantizer=mxfp8 fp8=e4m3"), HasSubstr("(not empty)")) << shape;
    EXPECT_EQ(answer("te", words + "dtype=fp32"), "rowwise te/nvfp4") << shape;
    EXPECT_EQ(answer("te", words + "quantizer=fp8-current fp8=e4m3"), "rowwise te/fp8-current-e4m3") << shape;
  }
}

TEST(ResolveTe, HopperHasNoNvfp4) {
  EXPECT_THAT(why_not("te", "arch=sm_90 dtype=bf16 shape=128x256"), HasSubstr("sm_90 has no kernel"));
}

}  // namespace
}  // namespace bitgate::reference
