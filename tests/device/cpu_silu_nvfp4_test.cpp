// SiLU in front of NVFP4 and of SGLang's FP8. The SiLU of 64 is 64 to the bit, which brings golden vectors of the plain
// quantizers to the fused ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr const char* kFused[] = {"flashinfer/silu-nvfp4-fast", "flashinfer/silu-nvfp4-cute", "vllm/silu-nvfp4"};

QuantizedTensor run_gated(const char* recipe, const Words& bf16, const std::vector<float>& gate,
                          const std::vector<float>& global = {}) {
  const TypedTensor input = tensor(InputType::kBf16, 1, bf16);
  Request request;
  request.input = input.view();
  request.fused.gate = gate;
  request.global = global;
  return find_cpu_subject(recipe)(request);
}

// Elements 0 and 1 of a block of zeros, under one gate.
QuantizedTensor run_block(const char* recipe, std::uint32_t first, std::uint32_t second, float gate,
                          const std::vector<float>& global = {}) {
  Words x(16, 0);
  x[0] = first;
  x[1] = second;
  return run_gated(recipe, x, std::vector<float>(16, gate), global);
}

TEST(CpuSilu, GoldenVectorsOfTheFastRecipe) {
  const struct {
    std::uint32_t encode, amax, x;
    int scale, code;
  } rows[] = {{0x436EEEEF, 0x4087, 0x3F4D, 0x72, 2}, {0x44DB6DB7, 0x3F2F, 0x3E81, 0x75, 4},
              {0x43E00000, 0x3F90, 0x3EC8, 0x6A, 4}, {0x43400000, 0x40C8, 0x409C, 0x75, 6},
              {0x44EEEEEF, 0x3FB0, 0x3F96, 0x7E, 7}, {0x43BBCED0, 0x3FE9, 0x3E65, 0x6E, 1},
              {0x446C4EC5, 0x3FDD, 0x3F25, 0x79, 4}, {0x43AAAAAB, 0x3FFE, 0x3ED2, 0x6E, 2},
              {0x432B58BC, 0x405D, 0x3F7B, 0x6C, 3}, {0x436C4EC5, 0x4126, 0x3FA9, 0x7D, 2},
              {0x43914C1C, 0x40DE, 0x3F97, 0x7A, 2}, {0x4419999A, 0x3FD2, 0x3E35, 0x72, 1}};
  for (const auto& row : rows)
    for (const char* recipe : kFused) {
      const std::uint32_t divided_by_64 = 6 * 0x80;
      const QuantizedTensor t =
          run_block(recipe, row.amax - divided_by_64, row.x - divided_by_64, 64.0f, {std::bit_cast<float>(row.encode)});
      EXPECT_THAT(scale_bytes(t), ElementsAre(row.scale)) << recipe << " " << std::hex << row.amax;
      EXPECT_EQ(t.codes[1], row.code) << recipe << " " << std::hex << row.amax;
      EXPECT_EQ(t.global_number, GlobalNumber::kDivisor);
    }
}

TEST(CpuSilu, TensorOfZerosHasAnInfiniteEncodeScale) {
  for (const char* recipe : kFused) {
    const QuantizedTensor t = run_block(recipe, 0, 0, 1.0f);
    EXPECT_EQ(bits_of(t.global), Words{kInf}) << recipe;
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7F)) << recipe;
  }
  EXPECT_THAT(run_block(kFused[0], 0, 0, 1.0f).codes, Each(0));
  EXPECT_THAT(run_block(kFused[1], 0, 0, 1.0f).codes, Each(7));
  EXPECT_THAT(run_block(kFused[2], 0, 0, 1.0f).codes, Each(7));
}

// amax 2^-10 under encode scale 1: a sixth rounds to a scale of zero.
TEST(CpuSilu, ScaleThatUnderflows) {
  for (const char* recipe : kFused) EXPECT_THAT(scale_bytes(run_block(recipe, 0x3780, 0xB780, 64.0f, {1.0f})), Each(0));
  const Bytes fast = run_block(kFused[0], 0x3780, 0xB780, 64.0f, {1.0f}).codes;
  EXPECT_EQ(fast[0], 7);
  EXPECT_EQ(fast[1], 0xF);
  EXPECT_EQ(fast[2], 7);
  for (const char* recipe : {kFused[1], kFused[2]}) {
    const Bytes codes = run_block(recipe, 0x3780, 0xB780, 64.0f, {1.0f}).codes;
    EXPECT_EQ(codes[0], 0) << recipe;
    EXPECT_EQ(codes[1], 8) << recipe;
    EXPECT_EQ(codes[2], 0) << recipe;
  }
}

// 1 + e^88 is beyond 2^126, where div.approx gives zero; CuTe divides exactly.
TEST(CpuSilu, DenominatorBeyondTheApproximateDivision) {
  const Words thousands(16, 0x447A);
  const std::vector<float> gate(16, -88.0f);
  EXPECT_THAT(run_gated(kFused[0], thousands, gate).codes, Each(8));
  EXPECT_THAT(run_gated(kFused[2], thousands, gate).codes, Each(7));  // encode scale infinite, multiplier NaN
  const QuantizedTensor cute = run_gated(kFused[1], thousands, gate);
  EXPECT_THAT(cute.codes, Each(0xF));
  EXPECT_THAT(scale_bytes(cute), ElementsAre(0x7E));
}

TEST(CpuSilu, MinusInfinityIsNan) {
  for (const char* recipe : kFused)
    EXPECT_EQ(
        run_gated(recipe, Words(16, 0x3F80), std::vector<float>(16, -std::bit_cast<float>(kInf)), {1.0f}).codes[0], 7)
        << recipe;
}

TEST(CpuSilu, GateOfOtherSizeIsRefused) {
  for (const char* recipe : kFused) EXPECT_THROW(run_gated(recipe, Words(16, 0), {1.0f}), InputError) << recipe;
  EXPECT_THROW(run_gated("sglang/silu-fp8-group-sm90", Words(16, 0), {1.0f}), InputError);
}

// 64 times 7: amax 448 and so scale 448 * (1/448) = 1.
TEST(CpuSilu, SglangGroup) {
  Words x(128, 0x3C80);  // 1/64
  x[0] = 0x40E0;
  const QuantizedTensor t = run_gated("sglang/silu-fp8-group-sm90", x, std::vector<float>(128, 64.0f));
  EXPECT_THAT(bits_of(std::get<std::vector<float>>(t.scales)), ElementsAre(0x3F800000));
  EXPECT_EQ(t.codes[0], 0x7E);
  EXPECT_EQ(t.codes[1], 0x38);
}

// SiLU is stored in bfloat16 ahead of the product: silu(1) = 0.7310586 becomes 0.73046875.
TEST(CpuSilu, SglangStoresSiluInTheInputsType) {
  const QuantizedTensor t = run_gated("sglang/silu-fp8-group-sm90", Words(128, 0x4380), std::vector<float>(128, 1.0f));
  const float amax = 0.73046875f * 256.0f;
  EXPECT_EQ(std::get<std::vector<float>>(t.scales)[0], amax * std::bit_cast<float>(0x3B124925u));
}

}  // namespace
}  // namespace bitgate::device
