// Worked examples of microxcaling, and where its Python code and its extension part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/device/cpu/microxcaling_log2.h"
#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAreArray;

constexpr const char* kBothPaths[] = {"-ext", "-py"};

// The first `wanted` values that a row of 32 becomes, +0 following `x`.
std::vector<float> values_of(const std::string& recipe, std::vector<float> x) {
  const std::size_t wanted = x.size();
  x.resize(32, 0.0f);
  std::vector<float> values = run(recipe, x).values;
  values.resize(wanted);
  return values;
}

TEST(CpuMicroxcaling, ExampleW8OfE4m3) {
  const std::vector<float> x{485, 475, 400, -485, -475, -450, 0x1p-6f, -0x1p-6f};
  std::vector<float> expected{448, 448, 416, -448, -448, -448, 0x1p-6f, -0x1p-6f};
  for (const std::string path : kBothPaths) EXPECT_EQ(values_of("mx/mxfp8e4m3-nearest" + path, x), expected) << path;
  expected[2] = 384;
  for (const std::string path : kBothPaths) EXPECT_EQ(values_of("mx/mxfp8e4m3-even" + path, x), expected) << path;
}

TEST(CpuMicroxcaling, ExampleW8TiesOfFp4) {
  const std::vector<float> x{6, .25f, .75f, 1.25f, 1.75f, 2.5f, 3.5f, 5};
  for (const std::string path : kBothPaths) {
    EXPECT_EQ(values_of("mx/mxfp4-nearest" + path, x), (std::vector<float>{6, .5f, 1, 1.5f, 2, 3, 4, 6})) << path;
    EXPECT_EQ(values_of("mx/mxfp4-even" + path, x), (std::vector<float>{6, 0, 1, 1, 2, 2, 4, 4})) << path;
    EXPECT_EQ(values_of("mx/mxfp4-floor" + path, x), (std::vector<float>{6, 0, .5f, 1, 1.5f, 2, 3, 4})) << path;
  }
}

TEST(CpuMicroxcaling, ExampleW8PythonMisjudgesJustBelowAPowerOfTwo) {
  const float below_eight = std::bit_cast<float>(0x40FFFFFFu);
  EXPECT_EQ(values_of("mx/mxfp4-nearest-py", {below_eight}), std::vector{8.0f});
  EXPECT_EQ(values_of("mx/mxfp4-nearest-ext", {below_eight}), std::vector{6.0f});
}

// The exponent of an element is misjudged too: just below 8 the step to round down to is that of 8.
TEST(CpuMicroxcaling, PythonMisjudgesElementsToo) {
  const std::vector<float> x{448, std::bit_cast<float>(0x40FFFFFFu)};
  EXPECT_EQ(values_of("mx/mxfp8e4m3-floor-ext", x)[1], 7.5f);
  EXPECT_EQ(values_of("mx/mxfp8e4m3-floor-py", x)[1], 7.0f);
}

TEST(CpuMicroxcaling, ExampleW9OfInt8) {
  const std::vector<float> x{1.9921875f, .0078125f, .0234375f, -.0078125f, 1, -1.984375f};
  const auto in_steps = [](std::vector<float> values) {
    for (float& v : values) v *= 64.0f;
    return values;
  };
  for (const std::string path : kBothPaths) {
    EXPECT_EQ(in_steps(values_of("mx/mxint8-nearest" + path, x)), (std::vector<float>{127, 1, 2, -1, 64, -127}))
        << path;
    EXPECT_EQ(in_steps(values_of("mx/mxint8-even" + path, x)), (std::vector<float>{127, 0, 2, 0, 64, -127})) << path;
  }
}

// 0.5 - 2^-25 plus 0.5 rounds to 1 in binary32.
TEST(CpuMicroxcaling, PythonLiftsTheNumberBelowAHalf) {
  const std::vector<float> x{6, std::bit_cast<float>(0x3E7FFFFFu)};
  EXPECT_EQ(values_of("mx/mxfp4-nearest-py", x)[1], 0.5f);
  EXPECT_EQ(values_of("mx/mxfp4-even-py", x)[1], 0.5f);
  EXPECT_EQ(values_of("mx/mxfp4-nearest-ext", x)[1], 0.0f);
}

TEST(CpuMicroxcaling, OnlyPythonKeepsTheSignOfWhatRoundsToZero) {
  const std::vector<float> x{6, -0.1f, -0.0f};
  EXPECT_EQ(bits_of(values_of("mx/mxfp4-nearest-py", x)), (Words{0x40C00000, 0x80000000, 0}));
  EXPECT_EQ(bits_of(values_of("mx/mxfp4-nearest-ext", x)), (Words{0x40C00000, 0, 0}));
}

TEST(CpuMicroxcaling, SubnormalBlocksAreKeptUnlessFlushed) {
  const float x = std::bit_cast<float>(0x00600000u);  // 1.5 * 2^-127
  EXPECT_EQ(values_of("mx/mxfp8e4m3-nearest-ext", {x}), std::vector{x});
  EXPECT_EQ(values_of("mx/mxfp8e4m3-nearest-py", {x}), std::vector{x});
  EXPECT_EQ(bits_of(values_of("mx/mxfp8e4m3-nearest-py-flush", {-x})), Words{0});
  EXPECT_EQ(values_of("mx/mxfp8e4m3-nearest-py-flush", {0x1p-126f}), std::vector{0x1p-126f});
}

TEST(CpuMicroxcaling, NanOrInfinitySpoilsTheBlock) {
  for (const std::uint32_t special : {kNan, kInf, 0xFF800000u}) {
    std::vector<float> x(32, 1.0f);
    x[5] = std::bit_cast<float>(special);
    EXPECT_THAT(bits_of(run("mx/mxint8-even-ext", x).values), Each(0x7FFFFFFFu));
    EXPECT_THAT(bits_of(run("mx/mxint8-even-py", x).values), Each(0x7FC00000u));
  }
}

// log2 of 2^128 less up to 44 ulp is 128, and that exponent is more than E8M0 has.
TEST(CpuMicroxcaling, PythonLosesInt8NearTheTop) {
  const float top = std::bit_cast<float>(0x7F7FFFFFu - 43), lower = std::bit_cast<float>(0x7F7FFFFFu - 44);
  EXPECT_TRUE(std::isnan(values_of("mx/mxint8-floor-py", {top})[0]));
  EXPECT_FALSE(std::isnan(values_of("mx/mxint8-floor-py", {lower})[0]));
  EXPECT_FALSE(std::isnan(values_of("mx/mxint8-floor-ext", {top})[0]));
}

TEST(CpuMicroxcaling, RaggedRowsCountAsFollowedByZeros) {
  for (const std::string path : kBothPaths) {
    const QuantizedTensor t =
        run("mx/mxfp4-nearest" + path, tensor(InputType::kF32, 1, bits_of(std::vector<float>(33, 5.0f))));
    EXPECT_EQ(t.values, std::vector<float>(33, 6.0f)) << path;
    EXPECT_TRUE(t.codes.empty());
  }
}

// The note's counts of ulps below 2^n that a correctly rounded log2 loses.
TEST(CpuMicroxcalingLog2, LosesTheUlpsOfTheNote) {
  const struct {
    int n, ulps;
  } lines[] = {{1, 0},   {2, 0},   {3, 1},   {4, 1},   {5, 2},   {8, 2},    {9, 5},   {16, 5},
               {17, 11}, {32, 11}, {33, 22}, {64, 22}, {65, 44}, {127, 44}, {0, 0},   {-1, 0},
               {-2, 1},  {-3, 1},  {-4, 2},  {-5, 2},  {-8, 5},  {-17, 11}, {-64, 44}};
  for (const auto& [n, ulps] : lines) {
    const std::uint32_t power = std::bit_cast<std::uint32_t>(std::ldexp(1.0f, n));
    const auto ulps_below = [&](int k) { return std::bit_cast<float>(power - static_cast<std::uint32_t>(k)); };
    EXPECT_EQ(cpu::floor_of_rounded_log2(ulps_below(ulps)), n) << n;
    EXPECT_EQ(cpu::floor_of_rounded_log2(ulps_below(ulps + 1)), n - 1) << n;
  }
}

}  // namespace
}  // namespace bitgate::device
