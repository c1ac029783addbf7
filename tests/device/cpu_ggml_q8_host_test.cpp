// ggml Q8_1 and Q8_0 beside the portable reference: AVX, NEON, and CUDA's copy kernel at their edges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_ggml_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

// Where the maximum lies below 127 * 2^-128 the AVX reciprocal overflows, and infinities pack to -128.
TEST(CpuGgmlQ8, AvxPacksWhatInt32CannotHoldToMinus128) {
  std::vector<float> x(32, 0.0f);
  x[3] = 0x1p-140f;
  const QuantizedTensor t = run("ggml/q8_1-cpu-avx", x);
  EXPECT_THAT(t.codes, Each(0x80));            // 0 times infinity is NaN
  EXPECT_THAT(t.extras, ElementsAre(0x0000));  // 32 times INT_MIN wraps to 0
  const QuantizedTensor neon = run("ggml/q8_1-cpu-neon", x);
  EXPECT_EQ(neon.codes[3], 0xFF);  // saturated at INT_MAX
  EXPECT_EQ(neon.codes[4], 0x00);
}

// maxps returns its second operand: of all values only that in lane 3 of the last vector stays second to the end.
TEST(CpuGgmlQ8, AvxMaximumLosesAllNansButOne) {
  std::vector<float> x(32, 1.0f);
  for (std::size_t i = 0; i < 32; ++i)
    if (i != 27) x[i] = std::bit_cast<float>(kNan);
  EXPECT_THAT(halves(run("ggml/q8_0-cpu-avx", x)), ElementsAre(0x2008));
  x.assign(32, 1.0f);
  x[27] = std::bit_cast<float>(kNan);
  EXPECT_THAT(halves(run("ggml/q8_0-cpu-avx", x)), ElementsAre(0x7E00));
  EXPECT_THAT(run("ggml/q8_0-cpu-avx", x).codes, Each(0x80));
}

TEST(CpuGgmlQ8, NeonMaximumPassesNanOn) {
  std::vector<float> x(32, 1.0f);
  x[5] = std::bit_cast<float>(kNan);
  EXPECT_THAT(halves(run("ggml/q8_0-cpu-neon", x)), ElementsAre(0x7E00));
  EXPECT_THAT(run("ggml/q8_0-cpu-neon", x).codes, Each(0x00));
}

// The copy kernel tests the flushed scale for zero, quantize_q8_1 the maximum.
TEST(CpuGgmlQ8, CopyKernelGivesZerosWhereTheScaleIsFlushed) {
  const std::vector<float> tiny(32, 0x1p-122f), ones(32, 1.0f), nan(32, std::bit_cast<float>(kNan));
  EXPECT_THAT(run("ggml/q8_1", tiny).codes, Each(0xFF));
  EXPECT_THAT(run("ggml/q8_0-cuda-cpy", tiny).codes, Each(0x00));
  EXPECT_THAT(run("ggml/q8_0-cuda-cpy", ones).codes, Each(0x7F));
  EXPECT_THAT(halves(run("ggml/q8_0-cuda-cpy", ones)), ElementsAre(0x2008));
  EXPECT_THAT(halves(run("ggml/q8_0-cuda-cpy", nan)), ElementsAre(0x0000));
}

}  // namespace
}  // namespace bitgate::device
