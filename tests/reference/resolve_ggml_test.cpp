// What flipping one thing does to ggml's answer.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/dispatch/ggml_consumers.h"
#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(ResolveGgml, TheBatchLimitOfEachTypeAndChipMovesTheAnswerToMmq) {
  for (const MmvqLimit& row : mmvq_limits()) {
    const std::string words =
        fmt::format("arch=sm_{} op={} weight_type={} ", row.capability_from, row.operation, row.type);
    EXPECT_EQ(answer("ggml", words + fmt::format("batch={}", row.columns)), "activation ggml/q8_1") << words;
    EXPECT_THAT(answer("ggml", words + fmt::format("batch={}", row.columns + 1)), HasSubstr("ggml/q8_1-mmq-")) << words;
  }
  for (const char* arch : {"sm_75", "sm_86", "sm_90", "sm_100a"}) {
    const std::string words = fmt::format("arch={} weight_type=q4_K ", arch);
    EXPECT_EQ(answer("ggml", words + "batch=8"), "activation ggml/q8_1");
    EXPECT_EQ(answer("ggml", words + "batch=9"), "activation ggml/q8_1-mmq-ds4");
  }
}

TEST(ResolveGgml, TheMmqLayoutFollowsTheWeightType) {
  for (const WeightType& type : weight_types()) {
    const std::string words = fmt::format("arch=sm_90 batch=64 weight_type={}", type.name);
    const std::string expected = type.mmq_layout.empty() ? "none" : fmt::format("ggml/q8_1-mmq-{}", type.mmq_layout);
    EXPECT_EQ(answer("ggml", words), "activation " + expected) << words;
    if (!type.mmq_layout.empty()) {
      EXPECT_EQ(answer("ggml", words + " build=ieee"), "activation " + expected + "-ieee");
    }
  }
  EXPECT_EQ(find_word(ggml_producer().words, "weight_type")->accepts.size(), weight_type_names().size());
}

TEST(ResolveGgml, NativeFp4NeedsTheChipCompiledForToBe12) {
  const std::string words = "weight_type=mxfp4 batch=9 ";
  EXPECT_EQ(answer("ggml", words + "arch=sm_120"), "activation ggml/mxfp4-mmq");
  EXPECT_EQ(answer("ggml", words + "arch=sm_120 compiled_arch=sm_90"), "activation ggml/q8_1-mmq-d4");
  EXPECT_EQ(answer("ggml", words + "arch=sm_120 compiled_arch=sm_90,sm_120a"), "activation ggml/mxfp4-mmq");
  EXPECT_EQ(answer("ggml", words + "arch=sm_100a"), "activation ggml/q8_1-mmq-d4");
  EXPECT_EQ(answer("ggml", words + "arch=sm_100a compiled_arch=sm_100,sm_120"), "activation ggml/q8_1-mmq-d4");
  EXPECT_THAT(why_not("ggml", words + "arch=sm_90 compiled_arch=sm_120"), HasSubstr("no chip that runs"));
  EXPECT_EQ(answer("ggml", "arch=sm_120 weight_type=nvfp4 batch=9"), "activation ggml/nvfp4-mmq-v2");
  EXPECT_EQ(answer("ggml", "arch=sm_120 weight_type=nvfp4 batch=9 version=2026-07-21"), "activation ggml/nvfp4-mmq-v1");
  EXPECT_EQ(answer("ggml", "arch=sm_120 weight_type=nvfp4 batch=9 version=e7059df1"), "activation ggml/nvfp4-mmq-v2");
  EXPECT_EQ(answer("ggml", "arch=sm_120 weight_type=nvfp4 batch=1"), "activation ggml/q8_1");
}

TEST(ResolveGgml, OtherPathsQuantizeNothing) {
  for (const char* words : {"hadamard=1", "bad_padding=1", "dtype=f16", "dst_type=f16"})
    EXPECT_EQ(answer("ggml", std::string("arch=sm_90 weight_type=q4_0 batch=1 ") + words), "activation none") << words;
  EXPECT_EQ(answer("ggml", "arch=sm_70 weight_type=q4_0 batch=64"), "activation none");
  EXPECT_EQ(answer("ggml", "arch=sm_70 weight_type=q4_0 batch=63"), "activation ggml/q8_1-mmq-ds4");
}

TEST(ResolveGgml, TheCpuHasItsOwn) {
  EXPECT_EQ(answer("ggml", "arch=x86 weight_type=q4_0"), "activation ggml/q8_0-cpu-avx");
  EXPECT_EQ(answer("ggml", "arch=neon weight_type=q4_1"), "activation ggml/q8_1-cpu-neon");
  EXPECT_EQ(answer("ggml", "arch=scalar weight_type=q5_1"), "activation ggml/q8_1-cpu-ref");
  EXPECT_THAT(why_not("ggml", "arch=x86 weight_type=q4_K"), HasSubstr("do not state"));
  EXPECT_EQ(answer("ggml", "arch=x86 role=weight weight_type=q4_0"), "weight ggml/q4_0-cpu-ref");
  EXPECT_EQ(answer("ggml", "arch=x86 role=weight weight_type=q4_0 fma=1"), "weight ggml/q4_0-cpu-fma");
  EXPECT_EQ(answer("ggml", "arch=neon role=weight weight_type=q5_1"), "weight ggml/q5_1-cpu-fma");
  EXPECT_EQ(answer("ggml", "arch=neon role=weight weight_type=q5_1 compiler=clang"), "weight ggml/q5_1-cpu-ref");
  EXPECT_EQ(answer("ggml", "arch=x86 role=weight weight_type=nvfp4"), "weight ggml/nvfp4-cpu");
}

TEST(ResolveGgml, CacheAndNorm) {
  EXPECT_EQ(answer("ggml", "arch=sm_90 role=kv-cache weight_type=q8_0"), "cache ggml/q8_0-cuda-cpy");
  EXPECT_THAT(why_not("ggml", "arch=sm_90 role=kv-cache weight_type=iq4_nl"), HasSubstr("no recipe"));
  const std::string norm = "arch=sm_90 role=norm shape=1x1024 norm=rms_norm-mul-add ";
  EXPECT_EQ(answer("ggml", norm), "normalized ggml/rms_norm-mul-add");
  EXPECT_EQ(answer("ggml", norm + "GGML_CUDA_DISABLE_FUSION=1"), "normalized ggml/rms_norm-mul");
  EXPECT_THAT(rules_of("ggml", norm), Contains("ggml.norm.1024"));
  EXPECT_THAT(rules_of("ggml", "arch=sm_90 role=norm shape=1x1023"), Contains("ggml.norm.256"));
}

}  // namespace
}  // namespace bitgate::reference
