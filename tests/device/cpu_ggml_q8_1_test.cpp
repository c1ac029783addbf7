// Worked examples of ggml Q8_1: sums, ties, flushing, overflow, NaN, ragged rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_ggml_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

struct Q81Line {
  const char* recipe;
  std::uint16_t scale, sum;
  const char* codes;
};

void expect_q8_1(const std::vector<float>& x, const std::vector<Q81Line>& lines) {
  for (const Q81Line& line : lines) {
    const QuantizedTensor t = run(line.recipe, x);
    EXPECT_THAT(halves(t), ElementsAre(line.scale)) << line.recipe;
    EXPECT_THAT(t.extras, ElementsAre(line.sum)) << line.recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(bytes(line.codes))) << line.recipe;
  }
}

TEST(CpuGgmlQ81, ExampleE1Ties) {
  std::vector<float> x = {127, .5f, 1.5f, 2.5f, -.5f, -1.5f, -2.5f, -127, std::bit_cast<float>(0x3EFFFFFFu), -0.0f};
  for (int j = 10; j < 32; ++j) x.push_back(static_cast<float>(j - 20) * 0.75f);
  const char* q = "7f010203fffefd810000f8f9fafbfbfcfdfefeff000102020304050506070808";
  expect_q8_1(x, {{"ggml/q8_1", 0x3C00, 0x4860, q},
                  {"ggml/q8_1-mmq-ds4", 0x3C00, 0x4860, q},
                  {"ggml/q8_1-ieee", 0x3C00, 0x4860, q},
                  {"ggml/q8_1-mmq-ds4-ieee", 0x3C00, 0x4860, q},
                  {"ggml/q8_1-cpu-ref", 0x3C00, 0x4800, q}});
  const char* even = "7f00020200fefe810000f8f9fafbfcfcfdfefeff000102020304040506070808";
  expect_q8_1(x, {{"ggml/q8_1-cpu-avx", 0x3C00, 0x4800, even}, {"ggml/q8_1-cpu-neon", 0x3C00, 0x4800, even}});
}

TEST(CpuGgmlQ81, ExampleE2SumsTheUnquantizedValues) {
  const std::vector<float> x = congruential(1, 0x1p-20f, 32);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(x[0]), 0xC086EF4Eu);
  const char* q = "bbde01368ade480f8125beec1859ba7e5fd33008b5988fd09f3616e0c24271ab";
  expect_q8_1(x, {{"ggml/q8_1", 0x2BCC, 0xCDB8, q},
                  {"ggml/q8_1-mmq-ds4", 0x2BCC, 0xCDB8, q},
                  {"ggml/q8_1-cpu-ref", 0x2BCC, 0xCDB6, q},
                  {"ggml/q8_1-cpu-avx", 0x2BCC, 0xCDB6, q}});
  const QuantizedTensor d4 = run("ggml/q8_1-mmq-d4", x);
  EXPECT_EQ(scale_bits(d4.scales, 0), 0x3D798137u);
  EXPECT_THAT(d4.codes, ElementsAreArray(bytes(q)));
}

TEST(CpuGgmlQ81, ExampleE2bTellsTheSumTreesApart) {
  const std::vector<float> x = congruential(13262, 0x1p-20f, 32);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(x[0]), 0xBFFE62C0u);
  EXPECT_THAT(run("ggml/q8_1", x).extras, ElementsAre(0xA1D8));
  EXPECT_THAT(run("ggml/q8_1-mmq-ds4", x).extras, ElementsAre(0xA1D7));
  EXPECT_THAT(run("ggml/q8_1-cpu-ref", x).extras, ElementsAre(0x0000));
  for (const char* recipe : {"ggml/q8_1", "ggml/q8_1-mmq-ds4", "ggml/q8_1-cpu-ref"})
    EXPECT_THAT(halves(run(recipe, x)), ElementsAre(0x2BA4)) << recipe;
}

TEST(CpuGgmlQ81, ExampleE3FlushesOnCuda) {
  std::vector<float> x;
  for (int j = 0; j < 32; ++j) x.push_back(static_cast<float>(j % 2 == 0 ? j + 1 : -j - 1) * 0x1p-126f);
  const char* kept = "04f80cf014e81ce024d82cd034c83cc043b94bb153a95ba163996b9173897b81";
  expect_q8_1(x, {{"ggml/q8_1", 0x0000, 0x8000, "ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00"},
                  {"ggml/q8_1-mmq-ds4", 0x0000, 0x8000, kept},
                  {"ggml/q8_1-ieee", 0x0000, 0x8000, kept},
                  {"ggml/q8_1-cpu-ref", 0x0000, 0x8000, kept},
                  {"ggml/q8_1-cpu-avx", 0x0000, 0x8000, kept}});
}

TEST(CpuGgmlQ81, ExampleE4OverflowsTheHalfSum) {
  const std::vector<float> x(32, 3000.0f);
  for (const char* recipe : {"ggml/q8_1", "ggml/q8_1-mmq-ds4", "ggml/q8_1-cpu-ref", "ggml/q8_1-cpu-avx"}) {
    const QuantizedTensor t = run(recipe, x);
    EXPECT_THAT(halves(t), ElementsAre(0x4DE8)) << recipe;
    EXPECT_THAT(t.extras, ElementsAre(0x7C00)) << recipe;
    EXPECT_THAT(t.codes, Each(0x7F)) << recipe;
  }
  EXPECT_EQ(scale_bits(run("ggml/q8_1-mmq-d4", x).scales, 0), 0x41BCF9F3u);
  EXPECT_THAT(run("ggml/q8_1-bf16", x).extras, ElementsAre(0x47BC));  // 96000 to eight bits, where half has infinity
  EXPECT_THAT(halves(run("ggml/q8_1-bf16", x)), ElementsAre(0x41BD));
}

TEST(CpuGgmlQ81, ExampleE5Nan) {
  std::vector<float> x;
  for (int j = 0; j < 32; ++j) x.push_back(static_cast<float>(j - 10));
  std::vector<float> last = x;
  x[5] = std::bit_cast<float>(kNan);
  const char* q = "c4cad0d6dc00e8eef4fa00060c12181e242a30363c43494f555b61676d73797f";
  expect_q8_1(x, {{"ggml/q8_1", 0x314B, 0x7FFF, q}, {"ggml/q8_1-cpu-ref", 0x314B, 0x59AB, q}});
  const QuantizedTensor avx = run("ggml/q8_1-cpu-avx", x);
  EXPECT_EQ(avx.codes[5], 0x80);
  EXPECT_THAT(avx.extras, ElementsAre(0xFC00));
  last[31] = std::bit_cast<float>(kNan);
  const QuantizedTensor t = run("ggml/q8_1-cpu-ref", last);
  EXPECT_THAT(halves(t), ElementsAre(0x7E00));
  EXPECT_THAT(t.extras, ElementsAre(0x7E00));
  EXPECT_THAT(t.codes, Each(0));
}

TEST(CpuGgmlQ81, ZerosNansAndInfinitiesOnly) {
  const std::vector<float> minus(32, -0.0f), nan(32, std::bit_cast<float>(kNan));
  EXPECT_THAT(run("ggml/q8_1", minus).extras, ElementsAre(0x8000));
  EXPECT_THAT(run("ggml/q8_1-cpu-ref", minus).extras, ElementsAre(0x0000));
  for (const char* recipe : {"ggml/q8_1", "ggml/q8_1-mmq-ds4"}) {
    EXPECT_THAT(run(recipe, minus).codes, Each(0)) << recipe;
    EXPECT_THAT(halves(run(recipe, minus)), ElementsAre(0)) << recipe;
    EXPECT_THAT(halves(run(recipe, nan)), ElementsAre(0x7FFF)) << recipe;
    EXPECT_THAT(run(recipe, nan).extras, ElementsAre(0x7FFF)) << recipe;
    EXPECT_THAT(run(recipe, nan).codes, Each(0)) << recipe;
  }
  std::vector<float> x(32, 1.0f);
  x[0] = std::bit_cast<float>(kInf);
  for (const char* recipe : {"ggml/q8_1", "ggml/q8_1-mmq-ds4", "ggml/q8_1-cpu-ref"}) {
    EXPECT_THAT(halves(run(recipe, x)), ElementsAre(0x7C00)) << recipe;
    EXPECT_THAT(run(recipe, x).codes, Each(0)) << recipe;
  }
  EXPECT_THAT(run("ggml/q8_1", x).extras, ElementsAre(0x7C00));
  EXPECT_THAT(run("ggml/q8_1-cpu-ref", x).extras, ElementsAre(0xFE00));  // 0 * Inf, negative on x86
}

// After a NaN the CPU's maximum restarts at 1: d = 1/127 and 3 becomes 381, whose low byte is 0x7D.
TEST(CpuGgmlQ81, CpuMaximumRestartsAfterANanAndTheCodeWraps) {
  std::vector<float> x(32, 1.0f);
  x[0] = 3.0f;
  x[1] = std::bit_cast<float>(kNan);
  const QuantizedTensor t = run("ggml/q8_1-cpu-ref", x);
  EXPECT_EQ(t.codes[0], 0x7D);
  EXPECT_EQ(t.codes[1], 0x00);
  EXPECT_EQ(t.codes[2], 0x7F);
}

TEST(CpuGgmlQ81, ScaleIsAProductOnCudaAndAQuotientOnTheCpu) {
  std::vector<float> x(32, 0.0f);
  x[0] = std::bit_cast<float>(0x3FFE1FC1u);
  EXPECT_THAT(halves(run("ggml/q8_1", x)), ElementsAre(0x2400));
  EXPECT_THAT(halves(run("ggml/q8_1-cpu-ref", x)), ElementsAre(0x2401));
}

TEST(CpuGgmlQ81, RaggedRowsReadZerosAndHaveWholeStructuresOfExtras) {
  const std::vector<float> x(40, 1.0f);
  const QuantizedTensor t = run("ggml/q8_1", x);
  EXPECT_THAT(halves(t), ElementsAre(0x2008, 0x2008));
  EXPECT_THAT(t.extras, ElementsAre(0x5000, 0x4800));  // 32 and 8
  EXPECT_THAT(t.codes, testing::SizeIs(40));
  const QuantizedTensor d2s6 = run("ggml/q8_1-mmq-d2s6", x);
  EXPECT_THAT(halves(d2s6), ElementsAre(0x2008));
  EXPECT_THAT(d2s6.extras, ElementsAre(0x4C00, 0x4C00, 0x4800, 0, 0, 0));  // 16, 16, 8
  EXPECT_THAT(d2s6.codes, Each(0x7F));
}

TEST(CpuGgmlQ81, D2s6SumsTheFirst96Of128AndScales64) {
  std::vector<float> x;
  for (int i = 0; i < 256; ++i) x.push_back(static_cast<float>(i / 16 + 1));
  const QuantizedTensor t = run("ggml/q8_1-mmq-d2s6", x);
  // Sums 16 * (1 .. 6) and 16 * (9 .. 14).
  EXPECT_THAT(t.extras, ElementsAre(0x4C00, 0x5000, 0x5200, 0x5400, 0x5500, 0x5600, 0x5880, 0x5900, 0x5980, 0x5A00,
                                    0x5A80, 0x5B00));
  EXPECT_THAT(halves(t), testing::SizeIs(4));
  EXPECT_EQ(t.codes[63], 0x7F);
  EXPECT_EQ(t.codes[0], 32);  // 1 / 4 of 127 = 31.75
}

TEST(CpuGgmlQ81, IeeeBuildDividesAndKeepsSubnormals) {
  std::vector<float> x(32, 0.0f);
  x[0] = std::bit_cast<float>(0x3FFE1FC1u);
  EXPECT_THAT(halves(run("ggml/q8_1", x)), ElementsAre(0x2400));
  EXPECT_THAT(halves(run("ggml/q8_1-ieee", x)), ElementsAre(0x2401));
  const std::vector<float> thousands(32, 3000.0f);
  EXPECT_EQ(scale_bits(run("ggml/q8_1-mmq-d4-ieee", thousands).scales, 0), 0x41BCF9F4u);
  const std::vector<float> subnormal(32, 0x1p-140f);
  EXPECT_THAT(run("ggml/q8_1", subnormal).codes, Each(0x00));
  EXPECT_THAT(run("ggml/q8_1-ieee", subnormal).codes, Each(0x80));  // 2^9 / 4 steps of 2^-149
}

}  // namespace
}  // namespace bitgate::device
