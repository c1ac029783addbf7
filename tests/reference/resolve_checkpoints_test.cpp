// What flipping one thing does to the answers of ModelOpt and compressed-tensors, which write checkpoints.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "bitgate/tests/reference/resolve_words.h"

namespace bitgate::reference {
namespace {

using testing::HasSubstr;

TEST(ResolveModelopt, TheReleaseAndTheDeviceDecide) {
  const auto on = [](const std::string& words) { return answer("modelopt", "dtype=bf16 arch=" + words); };
  EXPECT_EQ(on("sm_90"), "rowwise modelopt/nvfp4-clamp");
  EXPECT_EQ(on("x86"), "rowwise modelopt/nvfp4-clamp-cpu");
  EXPECT_EQ(on("sm_90 version=0.45.0"), "rowwise modelopt/nvfp4-clamp");
  for (const char* version : {"5a4242fa", "0.43.0", "0.44.0"}) {
    EXPECT_EQ(on(fmt::format("sm_90 version={}", version)), "rowwise modelopt/nvfp4");
    EXPECT_EQ(on(fmt::format("x86 version={}", version)), "rowwise modelopt/nvfp4-cpu");
  }
  EXPECT_EQ(on("sm_90 quantizer=mxfp4"), "rowwise modelopt/mxfp4");
  EXPECT_EQ(on("x86 quantizer=mxfp4"), "rowwise modelopt/mxfp4-cpu");
}

TEST(ResolveModelopt, FakeQuantizersByChip) {
  const auto fake = [](const std::string& words) {
    return answer("modelopt", "dtype=bf16 path=fake version=5a4242fa " + words);
  };
  EXPECT_EQ(fake("arch=sm_90"), "rowwise modelopt/nvfp4-fake-triton");
  EXPECT_EQ(fake("arch=sm_86"), "rowwise modelopt/nvfp4-fake-ext");
  EXPECT_EQ(fake("arch=sm_90 triton=0"), "rowwise modelopt/nvfp4-fake-ext");
  EXPECT_EQ(fake("arch=sm_89 triton=0"), "rowwise modelopt/nvfp4-fake-ext");
  for (const char* name : {"mxfp4", "mxfp6e2m3", "mxfp6e3m2", "mxfp8e4m3", "mxfp8e5m2", "mxint8"})
    EXPECT_EQ(fake(fmt::format("arch=sm_90 quantizer={}", name)), fmt::format("rowwise modelopt/{}-fake-ext", name));
}

TEST(ResolveModelopt, WhatIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"fp8", "arch=sm_90 quantizer=fp8"},
      {"real.scheme", "arch=sm_90 quantizer=mxfp8e4m3"},
      {"blocks", "arch=sm_90 shape=16x40"},
      {"trtllm.scheme", "arch=sm_90 quantizer=mxfp4 trtllm=1"},
      {"trtllm.fake", "arch=sm_90 path=fake trtllm=1"},
      {"trtllm", "arch=sm_90 trtllm=1"},
      {"triton", "arch=sm_90 triton=0"},
      {"amax", "arch=sm_90 amax=none"},
      {"amax.scheme", "arch=sm_90 path=fake quantizer=mxfp4 amax=none"},
      {"fake.cpu", "arch=x86 path=fake"},
      {"fake.version", "arch=sm_90 path=fake"},
      {"fake.amax", "arch=sm_90 path=fake version=0.44.0 amax=none"},
      {"fake.blocks", "arch=sm_90 path=fake version=0.44.0 shape=16x40"},
      {"fake.sm89", "arch=sm_89 path=fake version=0.44.0"}};
  for (const auto& [rule, words] : cases)
    EXPECT_THAT(why_not("modelopt", fmt::format("dtype=bf16 {}", words)),
                HasSubstr(fmt::format("(rule modelopt.{},", rule)))
        << words;
}

TEST(ResolveCompressedTensors, TheDtypeOfTheDataDecides) {
  const auto ct = [](const std::string& words) { return answer("compressed-tensors", words); };
  EXPECT_EQ(ct("dtype=bf16"), "rowwise compressed-tensors/nvfp4-bf16");
  EXPECT_EQ(ct("dtype=bf16 arch=x86"), "rowwise compressed-tensors/nvfp4-bf16");
  EXPECT_EQ(ct("dtype=fp32 arch=sm_90"), "rowwise compressed-tensors/nvfp4-fp32");
  EXPECT_EQ(ct("dtype=fp32 arch=x86"), "rowwise compressed-tensors/nvfp4-fp32-cpu");
  EXPECT_EQ(ct("dtype=bf16 quantizer=mxfp4"), "rowwise compressed-tensors/mxfp4");
  EXPECT_EQ(ct("dtype=fp32 quantizer=mxfp8 version=0.20.0"), "rowwise compressed-tensors/mxfp8");
  EXPECT_THAT(why_not("compressed-tensors", "dtype=fp32"), HasSubstr("--arch"));
  EXPECT_THAT(why_not("compressed-tensors", "dtype=f16"), HasSubstr("compressed-tensors.dtype"));
  EXPECT_THAT(why_not("compressed-tensors", "dtype=bf16 backend=triton"), HasSubstr("compressed-tensors.triton"));
  EXPECT_THAT(why_not("compressed-tensors", "dtype=bf16 shape=16x40"), HasSubstr("compressed-tensors.blocks"));
}

}  // namespace
}  // namespace bitgate::reference
