// What flipping one thing does to the answers of vLLM, SGLang, CUTLASS and the DeepSeek family.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <utility>

#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::Contains;
using testing::HasSubstr;

// A rule without its producer's name, and words that it refuses.
using Refusal = std::pair<const char*, const char*>;
void expect_refusals(std::string_view producer, std::string_view given, std::span<const Refusal> cases) {
  for (const auto& [rule, words] : cases)
    EXPECT_THAT(why_not(producer, fmt::format("{} {}", given, words)),
                HasSubstr(fmt::format("(rule {}.{},", producer, rule)))
        << words;
}

TEST(ResolveVllm, Fp4ByKernelAndVersion) {
  const auto vllm = [](const std::string& words) { return answer("vllm", "arch=sm_100a dtype=bf16 " + words); };
  EXPECT_EQ(vllm(""), "rowwise vllm/nvfp4");
  EXPECT_EQ(vllm("op=experts"), "rowwise vllm/nvfp4");
  EXPECT_EQ(vllm("op=silu"), "rowwise vllm/silu-nvfp4");
  EXPECT_EQ(answer("vllm", "op=reference dtype=bf16"), "rowwise vllm/nvfp4-pyref");
  EXPECT_EQ(vllm("quantizer=mxfp4"), "rowwise vllm/mxfp4-new");
  EXPECT_EQ(vllm("quantizer=mxfp4 version=20b4ad8e op=experts"), "rowwise vllm/mxfp4-new");
  EXPECT_EQ(vllm("quantizer=mxfp4 version=bde90062"), "rowwise vllm/mxfp4-old");
  EXPECT_EQ(vllm("quantizer=mxfp4 version=2c9ff65d"), "rowwise vllm/mxfp4-old");
  EXPECT_EQ(vllm("version=bde90062"), "rowwise vllm/nvfp4");
}

TEST(ResolveVllm, Fp8ByWhatAScaleCovers) {
  const auto fp8 = [](const std::string& words) {
    return answer("vllm", "arch=sm_90 dtype=bf16 quantizer=fp8 granularity=" + words);
  };
  EXPECT_EQ(fp8("static"), "rowwise vllm/fp8-static");
  EXPECT_EQ(fp8("tensor"), "rowwise vllm/fp8-tensor");
  EXPECT_EQ(fp8("token"), "rowwise vllm/fp8-token");
  EXPECT_EQ(fp8("group"), "rowwise vllm/fp8-group");
  EXPECT_EQ(fp8("group ue8m0=1"), "rowwise vllm/fp8-group-ue8m0");
  EXPECT_EQ(fp8("group ue8m0=1 packed=1"), "rowwise vllm/fp8-group-packed");
  EXPECT_EQ(answer("vllm", "arch=sm_90 dtype=fp32 quantizer=fp8 granularity=token"), "rowwise vllm/fp8-token");
}

TEST(ResolveVllm, WhatIsRefused) {
  const Refusal cases[] = {{"reference.scheme", "op=reference quantizer=mxfp4"},
                           {"blocks", "shape=16x40"},
                           {"scheme.granularity", "granularity=token"},
                           {"scheme.no-granularity", "quantizer=fp8"},
                           {"group.size", "quantizer=fp8 granularity=group group=64"},
                           {"group.size-elsewhere", "quantizer=fp8 granularity=token group=64"},
                           {"group.ue8m0", "quantizer=fp8 granularity=token ue8m0=1"},
                           {"group.packed", "quantizer=fp8 granularity=tensor packed=1"},
                           {"token.ub-elsewhere", "quantizer=fp8 granularity=group scale_ub=1"},
                           {"token.ub", "quantizer=fp8 granularity=token scale_ub=1"},
                           {"rmsnorm", "op=rmsnorm"},
                           {"mxfp4.op", "quantizer=mxfp4 op=silu"},
                           {"fp8.op", "quantizer=fp8 granularity=token op=rmsnorm"}};
  expect_refusals("vllm", "arch=sm_100a dtype=bf16", cases);
  expect_refusals("vllm", "arch=x86 dtype=bf16", std::array{Refusal{"cpu", ""}});
  expect_refusals("vllm", "arch=sm_90 dtype=bf16", std::array{Refusal{"arch", ""}});
  expect_refusals("vllm", "arch=sm_100a dtype=fp32",
                  std::array{Refusal{"dtype", ""}, Refusal{"dtype-group", "quantizer=fp8 granularity=group"}});
}

TEST(ResolveSglang, OneSourceIsBuiltTwice) {
  const auto on = [](const std::string& arch, const std::string& words) {
    return answer("sglang", "dtype=bf16 quantizer=fp8 granularity=" + words + " arch=" + arch);
  };
  for (const char* arch : {"sm_90", "sm_90a"}) {
    EXPECT_EQ(on(arch, "group v=1"), "rowwise sglang/fp8-group-v1-sm90");
    EXPECT_EQ(on(arch, "group"), "rowwise sglang/fp8-group-v2-sm90");
  }
  for (const char* arch : {"sm_89", "sm_100a", "sm_120"}) {
    EXPECT_EQ(on(arch, "group v=1"), "rowwise sglang/fp8-group-v1");
    EXPECT_EQ(on(arch, "group"), "rowwise sglang/fp8-group-v2");
  }
  EXPECT_EQ(on("sm_90", "group v=1 ue8m0=1"), "rowwise sglang/fp8-group-v1-ue8m0-sm90");
  EXPECT_EQ(on("sm_100a", "group ue8m0=1 layout=column"), "rowwise sglang/fp8-group-v2-ue8m0");
  EXPECT_EQ(on("sm_90", "group ue8m0=1 layout=row"), "rowwise sglang/fp8-group-v2-ue8m0-row-sm90");
  EXPECT_THAT(why_not("sglang", "arch=sm_90 dtype=bf16 quantizer=fp8 granularity=group ue8m0=1"),
              HasSubstr("depends on layout"));
  EXPECT_EQ(on("sm_90", "group op=silu"), "rowwise sglang/silu-fp8-group-sm90");
  EXPECT_EQ(on("sm_100a", "group op=silu"), "rowwise sglang/silu-fp8-group");
}

TEST(ResolveSglang, FewRowsHaveAKernelOfTheirOwn) {
  const std::string token = "arch=sm_100a dtype=bf16 quantizer=fp8 granularity=token multiprocessors=8 shape=";
  EXPECT_EQ(answer("sglang", token + "128x256"), "rowwise sglang/fp8-token");
  EXPECT_EQ(answer("sglang", token + "127x256"), "rowwise sglang/fp8-token-small");
  const std::string hopper = "arch=sm_90 dtype=bf16 quantizer=fp8 granularity=token multiprocessors=132 shape=";
  EXPECT_EQ(answer("sglang", hopper + "2112x256"), "rowwise sglang/fp8-token-sm90");
  EXPECT_EQ(answer("sglang", hopper + "2111x256"), "rowwise sglang/fp8-token-small-sm90");
  EXPECT_THAT(why_not("sglang", "arch=sm_90 dtype=bf16 quantizer=fp8 granularity=token"),
              HasSubstr("--shape ROWSxCOLS and multiprocessors=N"));
}

TEST(ResolveSglang, NvFp4AndWhatIsRefused) {
  EXPECT_EQ(answer("sglang", "arch=sm_100a dtype=bf16"), "rowwise sglang/nvfp4");
  EXPECT_EQ(answer("sglang", "arch=sm_120a dtype=f16 op=experts"), "rowwise sglang/nvfp4");
  const Refusal cases[] = {{"mxfp4", "quantizer=mxfp4"},
                           {"blocks", "shape=16x40"},
                           {"scheme.granularity", "granularity=token"},
                           {"scheme.no-granularity", "quantizer=fp8"},
                           {"group.ue8m0", "quantizer=fp8 granularity=token ue8m0=1"},
                           {"group.v", "quantizer=fp8 granularity=token v=1"},
                           {"nvfp4.silu", "op=silu"},
                           {"fp8.experts", "quantizer=fp8 granularity=group op=experts"},
                           {"silu.token", "quantizer=fp8 granularity=token op=silu"},
                           {"silu.v1", "quantizer=fp8 granularity=group op=silu v=1"},
                           {"silu.ue8m0", "quantizer=fp8 granularity=group op=silu ue8m0=1"}};
  expect_refusals("sglang", "arch=sm_100a dtype=bf16", cases);
  expect_refusals("sglang", "arch=x86 dtype=bf16", std::array{Refusal{"cpu", ""}});
  expect_refusals("sglang", "arch=sm_90 dtype=bf16", std::array{Refusal{"arch", ""}});
  expect_refusals("sglang", "arch=sm_90 dtype=fp32", std::array{Refusal{"dtype", ""}});
}

TEST(ResolveCutlass, EpiloguesAndTheHost) {
  const auto cutlass = [](const std::string& words) { return answer("cutlass", "arch=sm_100a " + words); };
  EXPECT_EQ(cutlass(""), "rowwise cutlass/nvfp4-epilogue");
  EXPECT_EQ(cutlass("block=16"), "rowwise cutlass/nvfp4-epilogue");
  EXPECT_EQ(cutlass("block=32"), "rowwise cutlass/nvfp4-epilogue-32");
  EXPECT_EQ(cutlass("block=64"), "rowwise cutlass/nvfp4-epilogue-64");
  EXPECT_EQ(cutlass("dtype=bf16"), "rowwise cutlass/nvfp4-epilogue");
  EXPECT_THAT(rules_of("cutlass", "arch=sm_120 dtype=bf16"), Contains("cutlass.dtype"));
  EXPECT_EQ(answer("cutlass", "path=host"), "rowwise cutlass/nvfp4-host");
  for (const char* name : {"mxfp4", "mxfp6e2m3", "mxfp6e3m2", "mxfp8e4m3", "mxfp8e5m2"})
    EXPECT_EQ(cutlass(fmt::format("quantizer={}", name)), fmt::format("rowwise cutlass/{}-epilogue", name));
  const Refusal cases[] = {{"column", "direction=columnwise"},
                           {"host.mx", "path=host quantizer=mxfp4"},
                           {"host.block", "path=host block=64"},
                           {"mx.block", "quantizer=mxfp4 block=16"},
                           {"mx.norm", "quantizer=mxfp4 norm=other"},
                           {"mx.dtype", "quantizer=mxfp4 dtype=bf16"},
                           {"nvfp4.norm", "norm=other"},
                           {"blocks", "shape=16x48 block=32"}};
  expect_refusals("cutlass", "arch=sm_100a", cases);
  expect_refusals("cutlass", "arch=sm_90a", std::array{Refusal{"arch", ""}});
}

TEST(ResolveDeepseek, OneLibraryASituation) {
  const auto on = [](const std::string& words) { return answer("deepseek", "dtype=bf16 library=" + words); };
  EXPECT_EQ(on("v3 arch=sm_90"), "rowwise deepseek/fp8-1x128");
  EXPECT_EQ(on("deepgemm arch=sm_90"), "rowwise deepgemm/fp8-1x128");
  EXPECT_EQ(on("deepgemm arch=sm_90 block=128x128"), "rowwise deepgemm/fp8-128x128");
  EXPECT_EQ(on("deepgemm arch=sm_100 ue8m0=1"), "rowwise deepgemm/fp8-1x128-ue8m0");
  EXPECT_EQ(on("deepgemm arch=sm_100 block=128x128 ue8m0=1"), "rowwise deepgemm/fp8-128x128-ue8m0");
  EXPECT_EQ(on("deepgemm arch=x86"), "rowwise deepgemm/fp8-1x128-cpu");
  EXPECT_EQ(on("deepgemm arch=x86 block=128x128"), "rowwise deepgemm/fp8-128x128-cpu");
  EXPECT_EQ(on("deepgemm arch=sm_100 quantizer=fp4 block=1x32 ue8m0=1"), "rowwise deepgemm/fp4-1x32");
  EXPECT_EQ(on("deepgemm arch=sm_100 quantizer=fp4 ue8m0=1"), "rowwise deepgemm/fp4-1x128");
  EXPECT_EQ(on("deepep arch=sm_90"), "rowwise deepep/fp8-1x128");
  EXPECT_EQ(on("deepep arch=sm_90 ue8m0=1"), "rowwise deepep/fp8-1x128-ue8m0");
  EXPECT_EQ(on("deepep arch=sm_90 version=01cc84a9"), "rowwise deepep/fp8-1x128");
  EXPECT_THAT(why_not("deepseek", "dtype=bf16 arch=sm_90"), HasSubstr("library"));
}

TEST(ResolveDeepseek, WhatIsRefused) {
  const Refusal cases[] = {{"version.v3", "library=deepep version=06231633"},
                           {"version.deepgemm", "library=v3 version=38939a4c"},
                           {"version.deepep", "library=deepgemm version=01cc84a9"},
                           {"fp4", "library=deepep quantizer=fp4"},
                           {"block", "library=v3 block=128x128"},
                           {"blocks", "library=deepep shape=32x48"},
                           {"fast-math", "library=deepgemm fast_math=1"},
                           {"v3.ue8m0", "library=v3 ue8m0=1"},
                           {"deepgemm.torch", "library=deepgemm torch=2.13"},
                           {"deepgemm.fp4-block", "library=deepgemm quantizer=fp4 block=128x128"},
                           {"deepgemm.fp4-ue8m0", "library=deepgemm quantizer=fp4"},
                           {"deepgemm.fp8-block", "library=deepgemm block=1x32"},
                           {"deepep.fast-math", "library=deepep fast_math=1"}};
  expect_refusals("deepseek", "arch=sm_90 dtype=bf16", cases);
  expect_refusals("deepseek", "arch=x86 dtype=bf16",
                  std::array{Refusal{"cpu", "library=v3"}, Refusal{"deepgemm.cpu-ue8m0", "library=deepgemm ue8m0=1"}});
  expect_refusals("deepseek", "arch=sm_89 dtype=bf16", std::array{Refusal{"v3.arch", "library=v3"}});
  expect_refusals("deepseek", "arch=sm_90 dtype=f16", std::array{Refusal{"deepep.dtype", "library=deepep"}});
  expect_refusals("deepseek", "arch=sm_90 dtype=fp32", std::array{Refusal{"dtype", "library=v3"}});
}

}  // namespace
}  // namespace bitgate::reference
