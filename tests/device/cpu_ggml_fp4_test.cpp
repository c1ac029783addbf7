// ggml MXFP4 and NVFP4: the worked examples of the notes, searches, ties, special values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_ggml_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

void expect_mxfp4(const char* recipe, const std::vector<float>& x, std::uint8_t scale, const char* codes) {
  const QuantizedTensor t = run(recipe, x);
  EXPECT_THAT(scale_bytes(t), ElementsAre(scale)) << recipe;
  EXPECT_THAT(t.codes, ElementsAreArray(halves_apart(codes, 32))) << recipe;
}

TEST(CpuGgmlMxfp4, ExampleE6) {
  std::vector<float> x = {-5.0f, -0.1f, 0.75f, 3.5f, 1.75f};
  for (int j = 5; j <= 30; ++j) x.push_back(static_cast<float>(j - 15) * 0.25f);
  x.push_back(7.0f);
  expect_mxfp4("ggml/mxfp4-cpu", x, 0x7F, "0e101125233c3c4c4b4b5a5a59596070");
  expect_mxfp4("ggml/mxfp4-mmq", x, 0x80, "0c081114122a2a2a2a2a393939484860");
}

TEST(CpuGgmlMxfp4, ExampleE6TiesAndSignOfZero) {
  std::vector<float> x;
  for (int j = 0; j < 32; ++j) x.push_back(static_cast<float>(j % 2 == 0 ? j + 1 : -j - 1) * 0x1p-5f);
  expect_mxfp4("ggml/mxfp4-cpu", x, 0x7D, "40c041c951d952da52da53db63eb64ec");
  expect_mxfp4("ggml/mxfp4-mmq", x, 0x7D, "40c841c951da52da52da53eb63ec64ec");
}

TEST(CpuGgmlMxfp4, ExampleE6LogarithmRoundsUpToThePower) {
  std::vector<float> x(32, 0.0f);
  x[9] = number(0x437FFFFF);
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0x85));
  x[9] = number(0x437FFFFE);
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0x85));
  x[9] = number(0x437FFFFD);  // three steps below 256, where 4 * ln 2 = 2.8 round up
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0x84));
  x[9] = number(0x3F7FFFFF);
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0x7C));
}

TEST(CpuGgmlMxfp4, ExampleE6ScaleBelowRange) {
  std::vector<float> x(32, 0.0f);
  x[0] = 0x1.8p-126f;
  x[16] = -0x1.8p-126f;
  x[1] = 0.0f;
  const QuantizedTensor host = run("ggml/mxfp4-cpu", x);
  EXPECT_THAT(scale_bytes(host), ElementsAre(0xFF));
  EXPECT_THAT(host.codes, Each(0));
  const QuantizedTensor gpu = run("ggml/mxfp4-mmq", x);
  EXPECT_THAT(scale_bytes(gpu), ElementsAre(0x00));
  EXPECT_EQ(gpu.codes[0], 7);
  EXPECT_EQ(gpu.codes[16], 15);
  EXPECT_EQ(gpu.codes[1], 7);  // 0 times infinity
}

TEST(CpuGgmlMxfp4, ExtremesOfTheHost) {
  std::vector<float> x(32, 0.0f);
  x[0] = 0x1.fffffep+127f;
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0xFD));
  EXPECT_EQ(run("ggml/mxfp4-cpu", x).codes[0], 5);  // 4 and 6 times 2^126 overflow
  x[0] = number(kInf);
  x[1] = 1.0f;
  x[2] = number(kNan);
  EXPECT_THAT(scale_bytes(run("ggml/mxfp4-cpu", x)), ElementsAre(0x00));
  EXPECT_THAT(run("ggml/mxfp4-cpu", x).codes, Each(0));
}

TEST(CpuGgmlMxfp4, InfinityAndNanOnTheGpu) {
  std::vector<float> x(32, -1.0f);
  x[3] = number(kInf);
  x[4] = number(kNan);
  const QuantizedTensor t = run("ggml/mxfp4-mmq", x);
  EXPECT_THAT(scale_bytes(t), ElementsAre(254));
  EXPECT_EQ(t.codes[0], 8);
  EXPECT_EQ(t.codes[3], 7);
  EXPECT_EQ(t.codes[4], 7);
  EXPECT_THAT(run("ggml/mxfp4-mmq", std::vector<float>(40, -0.0f)).codes, Each(8));
}

TEST(CpuGgmlNvfp4, ExampleE7) {
  std::vector<float> x;
  for (int j = 0; j < 16; ++j) x.push_back(static_cast<float>(j - 7) * 100.0f);
  for (int j = 0; j < 16; ++j) x.push_back(static_cast<float>(j - 7) * 0x1p-3f);
  for (int j = 0; j < 16; ++j) x.push_back(static_cast<float>(j - 7) * 0x1p-7f);
  x.resize(64, 0.0f);
  x[15] = 1800.0f;
  x[47] = number(0x3DB00000);
  const QuantizedTensor t = run("ggml/nvfp4-cpu", x);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7E, 0x23, 0x07, 0x00));
  EXPECT_THAT(t.codes, ElementsAreArray(halves_apart("0b1b1a2a29393060"
                                                     "1f3e4e5d6c6b7970"
                                                     "1e2d3d4c5b5a6970"
                                                     "0000000000000000",
                                                     16)));
  EXPECT_THROW(run("ggml/nvfp4-cpu", std::vector<float>(32, 1.0f)), InputError);
}

TEST(CpuGgmlNvfp4, HostScalesRoundHalfUpAndSaturateFrom248) {
  const auto scale_of = [](float amax) {
    std::vector<float> x(64, 0.0f);
    x[0] = amax;
    return scale_bytes(run("ggml/nvfp4-cpu", x))[0];
  };
  EXPECT_EQ(scale_of(6.0f * 1.0625f), 0x39);  // a tie, up from the even code
  EXPECT_EQ(scale_of(6.0f * 247.0f), 0x77);
  EXPECT_EQ(scale_of(6.0f * 248.0f), 0x7E);
  EXPECT_EQ(scale_of(number(kInf)), 0x7E);
  EXPECT_EQ(scale_of(6.0f * 0x1p-10f), 0x01);   // half the least subnormal
  EXPECT_EQ(scale_of(6.0f * 0x1.fp-7f), 0x07);  // not 8
}

TEST(CpuGgmlNvfp4, ExampleE8SearchesNeighbours) {
  std::vector<float> x = congruential(7, 0x1p-20f, 64);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(x[0]), 0xC085BE86u);
  for (std::size_t i = 16; i < 32; ++i) x[i] *= 0x1p-4f;
  for (std::size_t i = 32; i < 48; ++i) x[i] *= 0x1p-12f;
  const QuantizedTensor t = run("ggml/nvfp4-mmq-v2", x);
  EXPECT_THAT(bits_of(t.global), ElementsAre(0x3B424000u));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7D, 0x5F, 0x1B, 0x7E));
  EXPECT_THAT(t.codes, ElementsAreArray(halves_apart("fd7773179f163c6f"
                                                     "65bae976eb989ee5"
                                                     "cfd4065fd3f77e43"
                                                     "eba7e8fe4d57e218",
                                                     16)));
}

TEST(CpuGgmlNvfp4, RowScaleIsGivenOrComputedFromAmax) {
  const std::vector<float> x = congruential(7, 0x1p-20f, 64);
  const TypedTensor input = tensor(InputType::kF32, 1, bits_of(x));
  const QuantizedTensor t = run("ggml/nvfp4-mmq-v2", input);
  float amax = 0.0f;
  for (const float value : x) amax = std::max(amax, std::abs(value));
  EXPECT_EQ(run("ggml/nvfp4-mmq-v2", input, {amax}).codes, t.codes);
  EXPECT_EQ(run("ggml/nvfp4-mmq-v2", input, {}, {t.global[0]}).codes, t.codes);
  EXPECT_NE(scale_bytes(run("ggml/nvfp4-mmq-v2", input, {amax + amax})), scale_bytes(t));
}

TEST(CpuGgmlNvfp4, V2ZeroRowsKeepSignsAndInfinityDecodesToNothing) {
  std::vector<float> x(20, 0.0f);
  x[1] = -0.0f;
  const QuantizedTensor zero = run("ggml/nvfp4-mmq-v2", x);
  EXPECT_THAT(zero.global, ElementsAre(0.0f));
  EXPECT_THAT(scale_bytes(zero), ElementsAre(0, 0));
  EXPECT_EQ(zero.codes[0], 0);
  EXPECT_EQ(zero.codes[1], 8);
  x[2] = number(kInf);
  x[3] = 5.0f;
  const QuantizedTensor t = run("ggml/nvfp4-mmq-v2", x);
  EXPECT_THAT(bits_of(t.global), ElementsAre(kInf));
  EXPECT_EQ(t.codes[2], 7);  // infinity times 0
  EXPECT_EQ(t.codes[3], 0);
}

// A NaN makes every error NaN, so the first code stays in v2; v1 begins with no code at all.
TEST(CpuGgmlNvfp4, NanStopsTheSearch) {
  std::vector<float> x(16, 6.0f);
  x[3] = number(kNan);
  const QuantizedTensor v2 = run("ggml/nvfp4-mmq-v2", x);
  EXPECT_THAT(scale_bytes(v2), ElementsAre(0x7E));
  EXPECT_EQ(v2.codes[0], 7);
  EXPECT_EQ(v2.codes[3], 7);
  const QuantizedTensor v1 = run("ggml/nvfp4-mmq-v1", x);
  EXPECT_THAT(scale_bytes(v1), ElementsAre(0x00));
  EXPECT_THAT(v1.codes, Each(0));
}

TEST(CpuGgmlNvfp4, V1EncodesInSoftwareWithTiesDown) {
  std::vector<float> x(16, 0.0f);
  x[0] = 6.0f;
  x[1] = 0.75f;
  x[2] = -0.75f;
  x[3] = -0.0f;
  x[4] = -0.1f;
  const QuantizedTensor t = run("ggml/nvfp4-mmq-v1", x);
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x38));
  EXPECT_EQ(t.codes[0], 7);
  EXPECT_EQ(t.codes[1], 1);  // nearest-even would be 2
  EXPECT_EQ(t.codes[2], 9);
  EXPECT_EQ(t.codes[3], 0);
  EXPECT_EQ(t.codes[4], 8);  // less than zero, magnitude 0
}

TEST(CpuGgmlNvfp4, V1GivesUpWhenErrorsOverflow) {
  const QuantizedTensor t = run("ggml/nvfp4-mmq-v1", std::vector<float>(16, -1e30f));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x00));
  EXPECT_THAT(t.codes, Each(8));
}

}  // namespace
}  // namespace bitgate::device
