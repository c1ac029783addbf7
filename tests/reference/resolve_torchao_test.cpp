// What flipping one thing does to torchao's answer.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::HasSubstr;

TEST(ResolveTorchao, DatesChangeTheRecipe) {
  const auto at = [](const std::string& words) {
    return answer("torchao", "arch=sm_90 dtype=bf16 level=tensorwise version=" + words);
  };
  EXPECT_EQ(at("2025-06-24"), "rowwise torchao/nvfp4-pr2408");
  EXPECT_EQ(at("2025-07-25"), "rowwise torchao/nvfp4-div-high");
  EXPECT_EQ(at("2025-10-07"), "rowwise torchao/nvfp4-div-high");
  EXPECT_EQ(at("2025-10-08"), "rowwise torchao/nvfp4-div");
  EXPECT_EQ(at("2026-03-12"), "rowwise torchao/nvfp4-div");
  EXPECT_EQ(at("2026-03-13"), "rowwise torchao/nvfp4-tensorwise");
  EXPECT_EQ(answer("torchao", "arch=sm_90 dtype=fp32 level=tensorwise version=0.12.0"), "rowwise torchao/nvfp4-pr2408");
  EXPECT_THAT(why_not("torchao", "arch=sm_90 dtype=bf16 level=tensorwise version=0.12.0"), HasSubstr("no recipe"));
  EXPECT_THAT(why_not("torchao", "arch=sm_90 dtype=bf16 level=single version=2026-04-01"), HasSubstr("#4188"));
  EXPECT_EQ(answer("torchao", "arch=sm_90 dtype=bf16 level=single version=2026-04-02"), "rowwise torchao/nvfp4");
  EXPECT_THAT(why_not("torchao", "arch=sm_90 dtype=bf16 version=2026-08-22"), HasSubstr("up to 2026-08-21"));
  EXPECT_THAT(why_not("torchao", "version=2025-01-01"), HasSubstr("begin with PR 2408"));
  EXPECT_THAT(why_not("torchao", "version=0.99"), HasSubstr("unknown version '0.99'"));
}

TEST(ResolveTorchao, OneProductMixesTwoRecipes) {
  const std::string words = "arch=sm_100 dtype=bf16 level=tensorwise role=gemm ";
  EXPECT_EQ(answer("torchao", words), "input torchao/nvfp4-mslk, weight torchao/nvfp4-tensorwise");
  EXPECT_EQ(answer("torchao", words + "mslk=2026-08-12"),
            "input torchao/nvfp4-mslk-pre486, weight torchao/nvfp4-tensorwise");
  EXPECT_EQ(answer("torchao", words + "use_triton_kernel=0"),
            "input torchao/nvfp4-tensorwise, weight torchao/nvfp4-tensorwise");
  EXPECT_EQ(answer("torchao", "arch=sm_100 dtype=bf16 level=tensorwise path=triton version=2025-12-01"),
            "rowwise torchao/nvfp4-triton-2025");
}

TEST(ResolveTorchao, TheTritonKernelIsKnownSinceItsNibblesTurned) {
  const std::string words = "arch=sm_100 dtype=bf16 level=tensorwise path=triton version=";
  for (const char* old : {"2025-07-03", "2025-07-25", "2025-10-07"})
    EXPECT_THAT(why_not("torchao", words + old), HasSubstr("high nibble")) << old;
  EXPECT_EQ(answer("torchao", words + "2025-10-08"), "rowwise torchao/nvfp4-triton-2025");
  EXPECT_EQ(answer("torchao", words + "2026-03-12"), "rowwise torchao/nvfp4-triton-2025");
}

TEST(ResolveTorchao, CpusDivide) {
  EXPECT_EQ(answer("torchao", "arch=x86 dtype=bf16 level=single"), "rowwise torchao/nvfp4-cpu");
  EXPECT_EQ(answer("torchao", "arch=x86 dtype=bf16 level=tensorwise"), "rowwise torchao/nvfp4-tensorwise-cpu");
  EXPECT_THAT(why_not("torchao", "arch=x86 dtype=bf16 level=tensorwise path=mslk"), HasSubstr("GPUs only"));
}

TEST(ResolveTorchao, CompilingChangesWhatTheCapturesShowed) {
  const std::string words = "arch=sm_90 dtype=bf16 path=compile ";
  EXPECT_EQ(answer("torchao", words + "level=tensorwise amax=inside"), "rowwise torchao/nvfp4-tensorwise-inductor");
  EXPECT_EQ(answer("torchao", words + "level=tensorwise"), "rowwise torchao/nvfp4-tensorwise");
  EXPECT_EQ(answer("torchao", words + "level=tensorwise amax=inside backend=aot_eager"),
            "rowwise torchao/nvfp4-tensorwise");
  const std::string mx = words + "quantizer=mxfp8e4m3 ";
  EXPECT_EQ(answer("torchao", mx), "rowwise torchao/mxfp8e4m3-floor");
  for (const char* backend : {"aot_eager", "cudagraphs"})
    EXPECT_EQ(answer("torchao", mx + "backend=" + backend), "rowwise torchao/mxfp8e4m3-floor-compile");
  EXPECT_EQ(answer("torchao", mx + "backend=aot_eager mode=rceil"), "rowwise torchao/mxfp8e4m3-rceil");
  EXPECT_EQ(answer("torchao", words + "quantizer=mxfp4 backend=aot_eager"), "rowwise torchao/mxfp4-floor");
}

TEST(ResolveTorchao, MxModesAndKernels) {
  const auto mx = [](const std::string& words) { return answer("torchao", "arch=sm_100 dtype=bf16 " + words); };
  EXPECT_EQ(mx("quantizer=mxfp6e2m3"), "rowwise torchao/mxfp6e2m3-floor");
  EXPECT_EQ(mx("quantizer=mxfp6e2m3 config=inference"), "rowwise torchao/mxfp6e2m3-rceil");
  EXPECT_EQ(mx("quantizer=mxfp6e2m3 config=inference mode=even"), "rowwise torchao/mxfp6e2m3-even");
  EXPECT_EQ(mx("quantizer=mxfp8e5m2 version=2026-08-11"), "rowwise torchao/mxfp8e5m2-floor-pre4725");
  EXPECT_EQ(mx("quantizer=mxfp8e4m3 path=cuda mode=rceil"), "rowwise torchao/mxfp8e4m3-rceil");
  EXPECT_THAT(why_not("torchao", "arch=sm_90 dtype=bf16 quantizer=mxfp8e4m3 path=cuda"), HasSubstr("sm_100"));
  EXPECT_THAT(why_not("torchao", "arch=sm_90 dtype=bf16 quantizer=mxfp8e4m3 path=triton mode=ceil"),
              HasSubstr("FLOOR and RCEIL"));
  EXPECT_EQ(mx("path=train 2d=1"), "rowwise torchao/nvfp4-train-2d");
}

}  // namespace
}  // namespace bitgate::reference
