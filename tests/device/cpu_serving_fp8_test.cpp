// FP8 and FP4 under binary32 scales: vLLM, SGLang, TensorRT-LLM, FlashInfer, DeepSeek's family.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

const std::vector<float>& scales_of(const QuantizedTensor& t) { return std::get<std::vector<float>>(t.scales); }
float of_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }

TypedTensor row_of(const Words& first, InputType type = InputType::kBf16) {
  Words x = first;
  x.resize(128, 0);
  return tensor(type, 1, x);
}

struct Line {
  const char* recipe;
  std::uint32_t scale;
  std::vector<int> codes;  // of the first elements
};

void expect_lines(const TypedTensor& input, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    const QuantizedTensor t = run(line.recipe, input);
    EXPECT_EQ(bits_of(scales_of(t))[0], line.scale) << line.recipe;
    const std::vector<int> codes(t.codes.begin(), t.codes.begin() + static_cast<std::ptrdiff_t>(line.codes.size()));
    EXPECT_EQ(codes, line.codes) << line.recipe;
  }
}

constexpr std::uint32_t kOne = 0x3F800000, kTwoToMinus8 = 0x3B800000;

TEST(CpuServingFp8, ScaleOfZeros) {
  const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
  const float one_over_448 = of_bits(0x3B124925);
  expect_lines(row_of({0, 0x8000}), {{"vllm/fp8-tensor", 0, {0x7E, 0x7E}},
                                     {"vllm/fp8-token", 0x36924925, {0, 0x80}},
                                     {"vllm/fp8-group", bits(1e-10f / 448.0f), {0, 0x80}},
                                     {"vllm/fp8-group-ue8m0", 0x2F000000, {0, 0x80}},
                                     {"sglang/fp8-group-v1", bits(1e-10f * one_over_448), {0, 0x80}},
                                     {"sglang/fp8-group-v2-sm90", bits(1e-10f * one_over_448), {0, 0x80}},
                                     {"sglang/fp8-token", 0, {0, 0x80}},
                                     {"sglang/fp8-token-sm90", 0, {0, 0x80}},
                                     {"sglang/fp8-token-small", 0, {0x7E, 0x7E}},
                                     {"sglang/fp8-token-small-sm90", 0, {0x7E, 0x7E}},
                                     {"trtllm/fp8-token", bits(of_bits(0x35860000) / 448.0f), {0, 0x80}},
                                     {"flashinfer/fp8-token", bits(of_bits(0x35860000) * one_over_448), {0, 0x80}},
                                     {"trtllm/fp8-1x128", kOne, {0, 0x80}},
                                     {"flashinfer/fp8-128x128", kOne, {0, 0x80}},
                                     {"deepseek/fp8-1x128", 0, {0x7F, 0x7F}},
                                     {"deepgemm/fp8-1x128", bits(1e-4f * one_over_448), {0, 0x80}},
                                     {"deepgemm/fp4-1x32", 0x38000000, {0, 0}},  // 2^-15, above 1e-4 / 6
                                     {"deepep/fp8-1x128", bits(1e-4f * one_over_448), {0, 0x80}}});
  EXPECT_THAT(scale_bytes(run("vllm/fp8-group-packed", row_of({}))), ElementsAre(0x5E));
}

// 1 and half of it under amax 1; a power of two above 1/448 is 2^-8, of which 1 is 256 times.
TEST(CpuServingFp8, PowersOfTwo) {
  expect_lines(row_of({0x3F80, 0xBF00}), {{"vllm/fp8-group-ue8m0", kTwoToMinus8, {0x78, 0xF0}},
                                          {"sglang/fp8-group-v2-ue8m0-row", kTwoToMinus8, {0x7E, 0xF6}},
                                          {"deepgemm/fp8-1x128-ue8m0", kTwoToMinus8, {0x78, 0xF0}},
                                          {"deepgemm/fp8-128x128-ue8m0", kTwoToMinus8, {0x78, 0xF0}}});
  for (const char* recipe : {"sglang/fp8-group-v1-ue8m0", "sglang/fp8-group-v1-ue8m0-sm90", "sglang/fp8-group-v2-ue8m0",
                             "deepep/fp8-1x128-ue8m0"}) {
    const QuantizedTensor t = run(recipe, row_of({0x3F80, 0xBF00}));
    EXPECT_THAT(scale_bytes(t), ElementsAre(127 - 8)) << recipe;
    EXPECT_EQ(t.codes[0], 0x78) << recipe;
    EXPECT_EQ(t.codes[1], 0xF0) << recipe;
  }
  EXPECT_THAT(scale_bytes(run("vllm/fp8-group-packed", row_of({0x3F80}))), ElementsAre(127 - 8));
}

// A clamp that bounds from above first makes +448 of a NaN of either sign, of groups it is the other way round.
TEST(CpuServingFp8, NanElement) {
  expect_lines(row_of({0x43E0, 0xFFC0, 0xBF80}), {{"vllm/fp8-tensor", kOne, {0x7E, 0x7E, 0xB8}},
                                                  {"vllm/fp8-token", kOne, {0x7E, 0x7E, 0xB8}},
                                                  {"vllm/fp8-group", kOne, {0x7E, 0xFE, 0xB8}},
                                                  {"sglang/fp8-group-v1", kOne, {0x7E, 0x7F, 0xB8}},
                                                  {"sglang/fp8-group-v2", kOne, {0x7E, 0xFE, 0xB8}},
                                                  {"sglang/fp8-token", kOne, {0x7E, 0x7E, 0xB8}},
                                                  {"trtllm/fp8-1x128", kOne, {0x7E, 0x7F, 0xB8}},
                                                  {"deepseek/fp8-1x128", kOne, {0x7E, 0x7F, 0xB8}},
                                                  {"deepep/fp8-1x128", kOne, {0x7E, 0x7F, 0xB8}}});
  EXPECT_THAT(run("deepgemm/fp8-1x128", row_of({0x43E0, 0xFFC0})).codes, Each(0x7F));
}

TEST(CpuServingFp8, InfiniteElement) {
  expect_lines(row_of({0x7F80, 0xFF80, 0xBF80}), {{"vllm/fp8-token", kInf, {0x7E, 0x7E, 0x80}},
                                                  {"vllm/fp8-group", kInf, {0xFE, 0xFE, 0x80}},
                                                  {"sglang/fp8-group-v1", kInf, {0x7F, 0x7F, 0x80}},
                                                  {"trtllm/fp8-1x128", kInf, {0x7F, 0x7F, 0x80}},
                                                  {"deepgemm/fp8-1x128", kInf, {0x7F, 0x7F, 0x80}}});
  EXPECT_THAT(scale_bytes(run("vllm/fp8-group-packed", row_of({0x7F80}))), ElementsAre(255));
}

TEST(CpuServingFp8, GivenScaleAndGivenAmaxOfATensor) {
  const TypedTensor input = row_of({0x3F80, 0xC000});
  Request request;
  request.input = input.view();
  const Scales half = std::vector<float>{0.5f};
  request.scales = &half;
  const QuantizedTensor given = find_cpu_subject("vllm/fp8-static")(request);
  EXPECT_THAT(scales_of(given), ElementsAre(0.5f));
  EXPECT_EQ(given.codes[0], 0x40);
  EXPECT_EQ(given.codes[1], 0xC8);
  EXPECT_THAT(scales_of(run("vllm/fp8-static", input, {448.0f})), ElementsAre(1.0f));
  EXPECT_THAT(scales_of(run("vllm/fp8-tensor", input, {896.0f})), ElementsAre(2.0f));
}

int differences(const QuantizedTensor& a, const QuantizedTensor& b, bool of_scales) {
  int different = 0;
  const std::size_t n = of_scales ? scales_of(a).size() : a.codes.size();
  for (std::size_t i = 0; i < n; ++i)
    different += of_scales ? scales_of(a)[i] != scales_of(b)[i] : a.codes[i] != b.codes[i];
  return different;
}

// amax / 448 against amax * (1 / 448): the last bit differs for 71 of 128 significands, of float16 562 of 1024.
TEST(CpuServingFp8, QuotientAndProductScales) {
  for (const auto& [type, first, significands, wanted] :
       {std::tuple{InputType::kBf16, 0x3F80u, 128u, 71}, std::tuple{InputType::kF16, 0x3C00u, 1024u, 562}}) {
    Words x;
    for (std::uint32_t i = 0; i < significands; ++i) x.resize(x.size() + 128, first + i);
    const TypedTensor input = tensor(type, significands, x);
    const QuantizedTensor quotient = run("vllm/fp8-group", input);
    for (const char* recipe : {"sglang/fp8-group-v1", "sglang/fp8-group-v2-sm90", "deepgemm/fp8-1x128"})
      EXPECT_EQ(differences(quotient, run(recipe, input), true), wanted) << recipe;
    EXPECT_EQ(differences(quotient, run("deepgemm/fp8-1x128-cpu", input), true), 0);
    EXPECT_EQ(differences(quotient, run("trtllm/fp8-token", input), true), 0);
  }
}

// 221,248 pairs of bfloat16: amax in [1, 2), x from 2^-13 to amax. Rows of 2048: amax, then every such x, then zeros.
TypedTensor pairs_of_amax_and_element() {
  Words x;
  for (std::uint32_t amax = 0x3F80; amax < 0x4000; ++amax) {
    for (std::uint32_t each = 0x3F80 - 13 * 0x80, at = 0; at < 2048; ++at) {
      const bool heads_a_block = at % 128 == 0;
      x.push_back(heads_a_block ? amax : each <= amax ? each : 0);
      each += heads_a_block ? 0 : 1;
    }
  }
  return tensor(InputType::kBf16, 128, x);
}

TEST(CpuServingFp8, OrdersOfScalingDifferAsOftenAsTheNoteCounts) {
  const TypedTensor input = pairs_of_amax_and_element();
  const QuantizedTensor quotient = run("vllm/fp8-group", input);
  EXPECT_EQ(differences(quotient, run("deepgemm/fp8-1x128-cpu", input), false),
            108);  // 488 ppm: x * (1 / (amax / 448))
  for (const char* recipe : {"trtllm/fp8-1x128", "sglang/fp8-group-v1", "sglang/fp8-group-v2", "deepep/fp8-1x128"})
    EXPECT_EQ(differences(quotient, run(recipe, input), false), 69) << recipe;  // 312 ppm: x * (448 / amax)
}

// A boundary belongs to the lower code, and code 0 has no sign.
TEST(CpuServingFp8, DeepGemmFp4) {
  const TypedTensor input =
      row_of({0x40C0, 0x3E80, 0x3F40, 0x3FA0, 0x3FE0, 0x4020, 0x4060, 0x40A0, 0xBF40, 0x8000, 0xBDCD, 0x40A1});
  for (const char* recipe : {"deepgemm/fp4-1x32", "deepgemm/fp4-1x128"})
    expect_lines(input, {{recipe, kOne, {7, 0, 1, 2, 3, 4, 5, 6, 9, 0, 0, 7}}});
  EXPECT_EQ(scales_of(run("deepgemm/fp4-1x32", input)).size(), 4u);
  EXPECT_EQ(scales_of(run("deepgemm/fp4-1x128", input)).size(), 1u);
}

TEST(CpuServingFp8, SquareBlocksAreRaggedAtTheEdges) {
  std::vector<float> x(130 * 256, 1.0f);
  x[0] = 448.0f;
  x[129 * 256 + 128] = -896.0f;
  Words bf16;
  for (const float each : x) bf16.push_back(std::bit_cast<std::uint32_t>(each) >> 16);
  for (const char* recipe : {"trtllm/fp8-128x128", "flashinfer/fp8-128x128", "deepgemm/fp8-128x128"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 130, bf16));
    ASSERT_EQ(scales_of(t).size(), 4u);
    EXPECT_EQ(scales_of(t)[0], 1.0f) << recipe;
    EXPECT_EQ(scales_of(t)[3], 2.0f) << recipe;
    EXPECT_EQ(t.codes[1], 0x38) << recipe;
    EXPECT_EQ(t.codes[129 * 256 + 128], 0xFE) << recipe;
  }
}

}  // namespace
}  // namespace bitgate::device
