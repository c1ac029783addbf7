// ggml Q4_0, Q4_1, Q5_0, Q5_1: contraction, ends of the range, special values, and what CUDA's copies do otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_ggml_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<float> steps_from(float first, float step) {
  std::vector<float> x;
  for (int i = 0; i < 32; ++i) x.push_back(first + static_cast<float>(i) * step);
  return x;
}

TEST(CpuGgmlQ4Q5, ContractionChangesANibble) {
  std::vector<float> x(32, 0.0f);
  x[0] = number(0x40F4EF04);
  x[1] = number(0xC0191560);
  EXPECT_EQ(run("ggml/q4_0-cpu-ref", x).codes[1], 11);
  EXPECT_EQ(run("ggml/q4_0-cpu-fma", x).codes[1], 10);
  EXPECT_EQ(run("ggml/q4_0-cuda-cpy", x).codes[0], 0);
}

// -8 .. 7.5 in halves: the first largest magnitude is -8, d is +1, and 7.5 + 8.5 is cut to 15.
TEST(CpuGgmlQ4Q5, Q40HalvesRoundUpAndTheTopIsLimited) {
  const std::vector<float> x = steps_from(-8.0f, 0.5f);
  for (const char* recipe : {"ggml/q4_0-cpu-ref", "ggml/q4_0-cpu-fma", "ggml/q4_0-cuda-cpy"}) {
    const QuantizedTensor t = run(recipe, x);
    EXPECT_THAT(halves(t), ElementsAre(0x3C00)) << recipe;
    for (int i = 0; i < 32; ++i)
      EXPECT_EQ(t.codes[static_cast<std::size_t>(i)], std::min((i + 1) / 2, 15)) << recipe << " " << i;
  }
}

TEST(CpuGgmlQ4Q5, Q50HasTheSignOfTheFirstLargest) {
  std::vector<float> x = steps_from(-15.0f, 1.0f);  // -15 .. 16
  x[0] = -16.0f;
  EXPECT_THAT(halves(run("ggml/q5_0-cpu-ref", x)), ElementsAre(0x3C00));
  EXPECT_EQ(run("ggml/q5_0-cpu-ref", x).codes[31], 31);
  x[0] = 0.0f;
  EXPECT_THAT(halves(run("ggml/q5_0-cpu-ref", x)), ElementsAre(0xBC00));
  EXPECT_EQ(run("ggml/q5_0-cpu-ref", x).codes[31], 0);
  EXPECT_EQ(run("ggml/q5_0-cuda-cpy", x).codes[1], 30);  // -14 / -1 + 16
}

TEST(CpuGgmlQ4Q5, AffineTypesSpanTheRange) {
  const std::vector<float> x = steps_from(3.0f, 1.0f);  // 3 .. 34
  for (const std::string end : {"-cpu-ref", "-cpu-fma", "-cuda-cpy"}) {
    const QuantizedTensor t = run("ggml/q5_1" + end, x);
    EXPECT_THAT(halves(t), ElementsAre(0x3C00)) << end;
    EXPECT_THAT(t.extras, ElementsAre(0x4200)) << end;
    for (int i = 0; i < 32; ++i) EXPECT_EQ(t.codes[static_cast<std::size_t>(i)], i) << end;
    const QuantizedTensor four = run("ggml/q4_1" + end, x);
    EXPECT_EQ(four.codes[0], 0) << end;
    EXPECT_EQ(four.codes[31], 15) << end;
    EXPECT_THAT(halves(four), ElementsAre(0x4022)) << end;  // 31 / 15
  }
}

TEST(CpuGgmlQ4Q5, ZeroBlocksHoldTheMiddleOrTheMinimum) {
  const std::vector<float> zero(32, 0.0f);
  for (const std::string end : {"-cpu-ref", "-cpu-fma", "-cuda-cpy"}) {
    EXPECT_THAT(run("ggml/q4_0" + end, zero).codes, Each(8)) << end;
    EXPECT_THAT(run("ggml/q5_0" + end, zero).codes, Each(16)) << end;
    EXPECT_THAT(run("ggml/q4_1" + end, zero).codes, Each(0)) << end;
    EXPECT_THAT(run("ggml/q5_1" + end, zero).codes, Each(0)) << end;
  }
  EXPECT_THAT(halves(run("ggml/q4_0-cpu-ref", zero)), ElementsAre(0x8000));  // 0 / -8
}

TEST(CpuGgmlQ4Q5, NanGetsCodeZeroAndIsLeftOutOfTheRange) {
  std::vector<float> x = steps_from(0.0f, 1.0f);
  x[7] = number(kNan);
  for (const std::string end : {"-cpu-ref", "-cuda-cpy"}) {
    EXPECT_EQ(run("ggml/q4_0" + end, x).codes[7], 0) << end;
    EXPECT_THAT(halves(run("ggml/q5_1" + end, x)), ElementsAre(0x3C00)) << end;
    EXPECT_EQ(run("ggml/q5_1" + end, x).codes[7], 0) << end;
  }
  x[0] = number(kNan);  // only CUDA's Q5_1 begins with it
  EXPECT_THAT(halves(run("ggml/q5_1-cuda-cpy", x)), ElementsAre(0x7FFF));
  EXPECT_THAT(run("ggml/q5_1-cuda-cpy", x).codes, Each(0));
  EXPECT_THAT(run("ggml/q5_1-cpu-ref", x).extras, ElementsAre(0x3C00));
  EXPECT_THAT(run("ggml/q4_1-cuda-cpy", x).extras, ElementsAre(0x3C00));
}

TEST(CpuGgmlQ4Q5, InfinityLeavesOneCodeForFiniteValues) {
  std::vector<float> x(32, 1.0f);
  x[4] = number(kInf);
  EXPECT_THAT(halves(run("ggml/q4_0-cpu-ref", x)), ElementsAre(0xFC00));
  EXPECT_EQ(run("ggml/q4_0-cpu-ref", x).codes[0], 8);
  EXPECT_EQ(run("ggml/q4_0-cpu-ref", x).codes[4], 0);
  EXPECT_EQ(run("ggml/q4_0-cuda-cpy", x).codes[4], 0);
}

TEST(CpuGgmlQ4Q5, CudaFlushesWhatTheHostKeeps) {
  std::vector<float> x(32, 0.0f);
  x[0] = -0x1p-120f;  // d = 2^-123 on both
  x[1] = 0x1p-127f;
  EXPECT_EQ(run("ggml/q4_0-cuda-cpy", x).codes[0], 0);
  x[0] = -0x1p-124f;  // d = 2^-127
  EXPECT_EQ(run("ggml/q4_0-cpu-ref", x).codes[0], 0);
  EXPECT_EQ(run("ggml/q4_0-cpu-ref", x).codes[1], 9);
  EXPECT_THAT(run("ggml/q4_0-cuda-cpy", x).codes, Each(8));
}

TEST(CpuGgmlQ4Q5, BrokenBlocksAreRefused) {
  const std::vector<float> x(40, 1.0f);
  for (const char* recipe : {"ggml/q4_0-cpu-ref", "ggml/q4_1-cuda-cpy", "ggml/q5_1-cpu-fma", "ggml/q8_0-cpu-avx"})
    EXPECT_THROW(run(recipe, x), InputError) << recipe;
}

}  // namespace
}  // namespace bitgate::device
