// What flipping one thing does to FlashInfer's and TensorRT-LLM's answers.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kFlash = "arch=sm_100a dtype=bf16 ";
const std::string kExact = "FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH=1 ";
const std::string kFour = "FLASHINFER_NVFP4_4OVER6=1 ";

std::string flash(const std::string& words) { return answer("flashinfer", kFlash + words); }
std::string flash_refuses(const std::string& words) { return why_not("flashinfer", kFlash + words); }

TEST(ResolveFlashinfer, TheSwitchOfExactFp4HasTwoNames) {
  EXPECT_EQ(flash(""), "rowwise flashinfer/nvfp4-fast");
  EXPECT_EQ(flash("FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH=0"), "rowwise flashinfer/nvfp4-fast");
  EXPECT_EQ(flash(kExact), "rowwise flashinfer/nvfp4-exact");
  EXPECT_EQ(flash("TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1"), "rowwise flashinfer/nvfp4-exact");
  EXPECT_EQ(flash("scale=row"), "rowwise flashinfer/nvfp4-fast-row");
  EXPECT_EQ(flash("scale=row " + kExact), "rowwise flashinfer/nvfp4-exact-row");
  EXPECT_EQ(flash("inverse=1"), "rowwise flashinfer/nvfp4-fast-inverse");
  EXPECT_EQ(flash("inverse=1 " + kExact), "rowwise flashinfer/nvfp4-exact-inverse");
  EXPECT_EQ(flash("backend=cute-dsl"), "rowwise flashinfer/nvfp4-cute-fast");
  EXPECT_EQ(flash("backend=cute-dsl " + kExact), "rowwise flashinfer/nvfp4-cute-exact");
  EXPECT_EQ(flash("per_token=1"), "rowwise flashinfer/nvfp4-pertoken-fast");
  EXPECT_EQ(flash("per_token=1 " + kExact), "rowwise flashinfer/nvfp4-pertoken-exact");
  EXPECT_EQ(answer("flashinfer", "arch=sm_100a dtype=fp32 per_token=1"), "rowwise flashinfer/nvfp4-pertoken-fp32");
}

TEST(ResolveFlashinfer, EachVariableOf4over6IsAWordOfTheName) {
  EXPECT_EQ(flash(kFour), "rowwise flashinfer/nvfp4-4over6-448-mae-fast");
  EXPECT_EQ(flash(kFour + kExact), "rowwise flashinfer/nvfp4-4over6-448-mae-exact");
  EXPECT_EQ(flash(kFour + "FLASHINFER_NVFP4_4OVER6_E4M3_USE_256=1"), "rowwise flashinfer/nvfp4-4over6-256-mae-fast");
  EXPECT_EQ(flash(kFour + "FLASHINFER_NVFP4_4OVER6_ERR_MODE=MSE"), "rowwise flashinfer/nvfp4-4over6-448-mse-fast");
  EXPECT_EQ(flash(kFour + "FLASHINFER_NVFP4_4OVER6_ERR_USE_FAST_MATH=1"),
            "rowwise flashinfer/nvfp4-4over6-448-mae-errfast-fast");
  EXPECT_EQ(flash(kFour + "nvcc=12.8"), "rowwise flashinfer/nvfp4-4over6-448-mae-fast-8");
  EXPECT_EQ(flash(kFour + "nvcc=12.9"), "rowwise flashinfer/nvfp4-4over6-448-mae-fast");
  EXPECT_EQ(flash(kFour + kExact +
                  "FLASHINFER_NVFP4_4OVER6_E4M3_USE_256=1 FLASHINFER_NVFP4_4OVER6_ERR_MODE=MSE per_token=1 nvcc=12.8"),
            "rowwise flashinfer/nvfp4-pertoken-4over6-256-mse-exact");
  EXPECT_THAT(rules_of("flashinfer", kFlash + kFour), Contains("flashinfer.4over6.16"));
  EXPECT_EQ(flash("FLASHINFER_NVFP4_4OVER6_ERR_MODE=MSE"), "rowwise flashinfer/nvfp4-fast");
}

TEST(ResolveFlashinfer, NvFp4InsideAnotherKernel) {
  EXPECT_EQ(flash("op=kv"), "rowwise flashinfer/nvfp4-kv");
  EXPECT_EQ(flash("op=allreduce"), "rowwise flashinfer/nvfp4-allreduce");
  EXPECT_EQ(flash("op=moe-allreduce"), "rowwise flashinfer/nvfp4-moe-allreduce");
  EXPECT_EQ(flash("op=vecmax " + kExact), "rowwise flashinfer/nvfp4-vecmax-exact");
  EXPECT_EQ(flash("op=silu"), "rowwise flashinfer/silu-nvfp4-fast");
  EXPECT_EQ(flash("op=silu backend=cute-dsl"), "rowwise flashinfer/silu-nvfp4-cute");
  EXPECT_EQ(flash("op=rmsnorm backend=cute-dsl"), "rowwise flashinfer/nvfp4-cute-rmsnorm");
  EXPECT_EQ(flash("op=rmsnorm backend=cute-dsl quantizer=mxfp4"), "rowwise flashinfer/rmsnorm-mxfp4-cute");
}

TEST(ResolveFlashinfer, MxByBackend) {
  EXPECT_EQ(flash("quantizer=mxfp4"), "rowwise flashinfer/mxfp4");
  EXPECT_EQ(flash("quantizer=mxfp8"), "rowwise flashinfer/mxfp8");
  EXPECT_EQ(flash("quantizer=mxfp4 backend=cute-dsl"), "rowwise flashinfer/mxfp4-cute");
  EXPECT_EQ(flash("quantizer=mxfp8 backend=cute-dsl"), "rowwise flashinfer/mxfp8-cute");
  EXPECT_EQ(answer("flashinfer", "quantizer=mxfp8 backend=host dtype=fp32"), "rowwise flashinfer/mxfp8-host");
}

TEST(ResolveFlashinfer, Fp8) {
  const std::string fp8 = "quantizer=fp8 block=";
  EXPECT_EQ(flash(fp8 + "token"), "rowwise flashinfer/fp8-token");
  EXPECT_EQ(flash(fp8 + "token min_scale=1"), "rowwise flashinfer/fp8-token-minscale");
  EXPECT_EQ(flash(fp8 + "token cast=direct"), "rowwise flashinfer/fp8-token-direct");
  EXPECT_EQ(flash(fp8 + "1x128"), "rowwise flashinfer/fp8-1x128");
  EXPECT_EQ(flash(fp8 + "128x128"), "rowwise flashinfer/fp8-128x128");
  EXPECT_EQ(flash(fp8 + "group"), "rowwise flashinfer/fp8-cutile-row");
  EXPECT_EQ(flash(fp8 + "group layout=column"), "rowwise flashinfer/fp8-cutile-column");
  EXPECT_EQ(flash(fp8 + "group layout=column ue8m0=1"), "rowwise flashinfer/fp8-cutile-ue8m0");
  EXPECT_EQ(flash(fp8 + "group path=packed"), "rowwise flashinfer/fp8-group-packed");
  EXPECT_EQ(answer("flashinfer", "arch=sm_90 dtype=f16 " + fp8 + "1x128"), "rowwise flashinfer/fp8-1x128");
}

// Rule and words that it refuses, in pairs.
TEST(ResolveFlashinfer, WhatIsRefused) {
  const std::pair<const char*, std::string> cases[] = {
      {"host.scheme", "backend=host"},
      {"host.op", "quantizer=mxfp8 backend=host op=silu"},
      {"host.dtype", "quantizer=mxfp8 backend=host"},
      {"blocks", "shape=16x40"},
      {"scheme.per-token", "quantizer=mxfp4 per_token=1"},
      {"scheme.scale", "quantizer=mxfp8 scale=row"},
      {"scheme.inverse", "quantizer=mxfp4 inverse=1"},
      {"scheme.block", "block=token"},
      {"scheme.no-block", "quantizer=fp8"},
      {"token.min-scale", "quantizer=fp8 block=1x128 min_scale=1"},
      {"token.cast", "cast=direct"},
      {"token.clamp", "clamp=1"},
      {"group.path", "path=packed"},
      {"group.layout", "layout=column"},
      {"group.ue8m0", "ue8m0=1"},
      {"op.fp8", "quantizer=fp8 block=token op=allreduce"},
      {"op.mxfp8", "quantizer=mxfp8 op=layernorm"},
      {"op.mxfp4", "quantizer=mxfp4 op=silu"},
      {"op.fp8-to-fp4", "op=fp8-to-fp4"},
      {"op.other", "op=smooth"},
      {"op.norm-backend", "op=rmsnorm"},
      {"op.cuda", "op=kv backend=cute-dsl"},
      {"op.fp8-backend", "quantizer=fp8 block=token backend=cute-dsl"},
      {"op.scale", "op=silu scale=row"},
      {"op.inverse", "op=kv inverse=1"},
      {"op.per-token", "op=silu per_token=1"},
      {"per-token.scale", "per_token=1 scale=row"},
      {"per-token.inverse", "per_token=1 inverse=1"},
      {"scale.both", "scale=row inverse=1"},
      {"cute.scale", "backend=cute-dsl scale=row"},
      {"cute.inverse", "backend=cute-dsl inverse=1"},
      {"cute.per-token", "backend=cute-dsl per_token=1"},
      {"exact.mx", "quantizer=mxfp8 " + kExact},
      {"exact.op", "op=silu " + kExact},
      {"fast.vecmax", "op=vecmax"},
      {"4over6.op", "op=kv " + kFour},
      {"4over6.cute", "backend=cute-dsl " + kFour},
      {"4over6.row", "scale=row " + kFour},
      {"4over6.inverse", "inverse=1 " + kFour},
      {"fp8.tensor", "quantizer=fp8 block=tensor"},
      {"fp8.clamp", "quantizer=fp8 block=token clamp=1"},
      {"fp8.min-direct", "quantizer=fp8 block=token min_scale=1 cast=direct"},
      {"fp8.tile-row-ue8m0", "quantizer=fp8 block=group ue8m0=1"}};
  for (const auto& [rule, words] : cases)
    EXPECT_THAT(flash_refuses(words), HasSubstr(fmt::format("(rule flashinfer.{},", rule))) << words;
  EXPECT_THAT(why_not("flashinfer", "arch=x86 dtype=bf16"), HasSubstr("flashinfer.cpu"));
  EXPECT_THAT(why_not("flashinfer", "arch=sm_90 dtype=bf16"), HasSubstr("flashinfer.arch"));
  EXPECT_EQ(answer("flashinfer", "arch=sm_90 dtype=bf16 op=kv"), "rowwise flashinfer/nvfp4-kv");
  const std::string fp32 = "arch=sm_100a dtype=fp32 ";
  EXPECT_THAT(why_not("flashinfer", fp32), HasSubstr("flashinfer.dtype"));
  EXPECT_THAT(why_not("flashinfer", fp32 + "per_token=1 " + kExact), HasSubstr("flashinfer.exact.fp32"));
  EXPECT_THAT(why_not("flashinfer", fp32 + "per_token=1 " + kFour), HasSubstr("flashinfer.4over6.fp32"));
  EXPECT_THAT(why_not("flashinfer", "dtype=bf16"), HasSubstr("--arch"));
}

// Every variable is a word of one of its two families, and setting it changes what one situation or another answers.
TEST(ResolveFlashinfer, EveryVariableIsSpokenOf) {
  int variables = 0;
  for (const Word& word : flashinfer_producer().words) {
    if (word.kind != WordKind::kEnvironment) continue;
    ++variables;
    EXPECT_TRUE(word.name.starts_with("FLASHINFER_") || word.name.starts_with("TRTLLM_")) << word.name;
    const std::string set = fmt::format("{}={} ", word.name, split(word.accepts, '|').back());
    const std::string others = word.name == "FLASHINFER_NVFP4_4OVER6" ? "" : kFour;
    EXPECT_NE(flash(others + set), flash(others)) << word.name;
  }
  EXPECT_EQ(variables, 6);
}

TEST(ResolveTrtllm, TheFormOf2025AndWhatCameAfter) {
  const auto trtllm = [](const std::string& words) { return answer("trtllm", "arch=sm_100a dtype=bf16 " + words); };
  EXPECT_EQ(trtllm("version=0193dbd4"), "rowwise trtllm/nvfp4-2025");
  EXPECT_EQ(trtllm("version=0193dbd4 zero_test=rounded"), "rowwise trtllm/nvfp4-2025-rounded");
  EXPECT_EQ(trtllm("version=0193dbd4 quantizer=mxfp4"), "rowwise trtllm/mxfp4-2025");
  EXPECT_EQ(trtllm("version=0193dbd4 quantizer=mxfp8"), "rowwise trtllm/mxfp8-2025");
  EXPECT_EQ(trtllm("quantizer=mxfp4"), "rowwise trtllm/mxfp4");
  EXPECT_EQ(trtllm("quantizer=mxfp8"), "rowwise trtllm/mxfp8");
  const std::string fp8 = "quantizer=fp8 block=";
  EXPECT_EQ(trtllm(fp8 + "token"), "rowwise trtllm/fp8-token");
  EXPECT_EQ(trtllm(fp8 + "token min_scale=1"), "rowwise trtllm/fp8-token-minscale");
  EXPECT_EQ(trtllm(fp8 + "token cast=direct"), "rowwise trtllm/fp8-token-direct");
  EXPECT_EQ(trtllm(fp8 + "1x128"), "rowwise trtllm/fp8-1x128");
  EXPECT_EQ(trtllm(fp8 + "128x128 kernels=blockscale_gemm"), "rowwise trtllm/fp8-128x128");
  EXPECT_EQ(trtllm(fp8 + "128x128 kernels=fp8_blockscale_gemm"), "rowwise trtllm/fp8-128x128-2025");
  EXPECT_THAT(why_not("trtllm", "arch=sm_90 dtype=bf16 " + fp8 + "128x128"), HasSubstr("depends on kernels"));
}

TEST(ResolveTrtllm, WhatIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"fast-math", "FAST_MATH=ON"},
      {"blocks", "shape=16x40"},
      {"scheme.zero-test", "quantizer=mxfp4 zero_test=rounded"},
      {"scheme.block", "block=token"},
      {"scheme.no-block", "quantizer=fp8"},
      {"token.min-scale", "quantizer=fp8 block=1x128 min_scale=1"},
      {"token.cast", "quantizer=fp8 block=1x128 cast=direct"},
      {"token.clamp", "quantizer=fp8 block=1x128 clamp=1"},
      {"exact.2025", "version=0193dbd4 TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1"},
      {"exact", "TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1"},
      {"nvfp4.new", ""},
      {"fp8.clamp", "quantizer=fp8 block=token clamp=1"},
      {"fp8.min-direct", "quantizer=fp8 block=token min_scale=1 cast=direct"}};
  for (const auto& [rule, words] : cases)
    EXPECT_THAT(why_not("trtllm", std::string("arch=sm_100a dtype=bf16 ") + words),
                HasSubstr(fmt::format("(rule trtllm.{},", rule)))
        << words;
  EXPECT_THAT(why_not("trtllm", "arch=x86 dtype=bf16"), HasSubstr("trtllm.cpu"));
  EXPECT_THAT(why_not("trtllm", "arch=sm_90 dtype=bf16"), HasSubstr("trtllm.arch"));
  EXPECT_THAT(why_not("trtllm", "arch=sm_100a dtype=fp32"), HasSubstr("trtllm.dtype"));
  EXPECT_THAT(why_not("trtllm", "version=1.0"), StartsWith("trtllm: unknown version '1.0', expected one of 0193dbd4"));
}

}  // namespace
}  // namespace bitgate::reference
