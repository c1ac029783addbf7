// Worked examples of torchao MX, and its byte contract for blocks of one value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ios>
#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

TEST(CpuTorchaoMx, ExampleW6OfMxfp4) {
  std::vector<float> x(32, 0.0f);
  const float block[] = {7, -7, 5, 3.5f, 2.5f, 1.25f, .25f, -.125f};
  std::ranges::copy(block, x.begin());
  const QuantizedTensor t = run("torchao/mxfp4-floor", x);
  EXPECT_THAT(scale_bytes(t), ElementsAre(127));
  Bytes codes = low_first("F7 66 24 80");
  codes.resize(32);
  EXPECT_THAT(t.codes, ElementsAreArray(codes));
}

struct MxLine {
  std::uint32_t bits;  // of all 32 elements
  std::uint8_t floor_scale, floor_code, rceil_scale, rceil_code;
};

TEST(CpuTorchaoMx, Mxfp8BlocksOfOneValue) {
  const MxLine lines[] = {
      {0x00000000, 0, 0x00, 0, 0x00},     {0x00800000, 0, 0x40, 0, 0x40},     {0x43E00000, 127, 0x7E, 127, 0x7E},
      {0x7F7FFFFF, 246, 0x7E, 247, 0x78}, {0x00000001, 0, 0x00, 0, 0x00},     {0x80000001, 0, 0x80, 0, 0x80},
      {0x40600001, 120, 0x7E, 121, 0x76}, {0x43FFFFFF, 127, 0x7E, 128, 0x78}, {0xC3F00000, 127, 0xFE, 128, 0xF7},
      {kNan, 255, 0x7F, 255, 0x7F},       {kInf, 255, 0x7F, 255, 0x7F},       {kMinusZero, 0, 0x80, 0, 0x80},
      {0x3FE00000, 119, 0x7E, 119, 0x7E}, {0x3FE00001, 119, 0x7E, 120, 0x76}, {0x44000000, 128, 0x78, 128, 0x78},
  };
  for (const MxLine& line : lines) {
    const TypedTensor x = tensor(InputType::kF32, 1, Words(32, line.bits));
    const QuantizedTensor down = run("torchao/mxfp8e4m3-floor", x), up = run("torchao/mxfp8e4m3-rceil", x);
    EXPECT_THAT(scale_bytes(down), ElementsAre(line.floor_scale)) << std::hex << line.bits;
    EXPECT_THAT(down.codes, Each(line.floor_code)) << std::hex << line.bits;
    EXPECT_THAT(scale_bytes(up), ElementsAre(line.rceil_scale)) << std::hex << line.bits;
    EXPECT_THAT(up.codes, Each(line.rceil_code)) << std::hex << line.bits;
  }
}

TEST(CpuTorchaoMx, OneNanOrInfinitySpoilsTheBlock) {
  for (const std::uint32_t special : {kNan, kInf}) {
    Words x(32, 0x3F800000);
    x[31] = special;
    for (const char* recipe : {"torchao/mxfp4-floor", "torchao/mxfp8e4m3-floor", "torchao/mxfp8e4m3-rceil"}) {
      const QuantizedTensor t = run(recipe, tensor(InputType::kF32, 1, x));
      EXPECT_THAT(scale_bytes(t), ElementsAre(255)) << recipe;
      EXPECT_THAT(t.codes, Each(t.scheme.id == SchemeId::kMxfp4 ? 4 : 0x7F)) << recipe;
    }
  }
}

TEST(CpuTorchaoMx, SmallBesideLarge) {
  Words x(32, 0x3F800000);
  x[0] = 0x80000001;
  const QuantizedTensor small = run("torchao/mxfp8e4m3-rceil", tensor(InputType::kF32, 1, x));
  EXPECT_THAT(scale_bytes(small), ElementsAre(119));
  EXPECT_EQ(small.codes[0], 0x80);
  EXPECT_EQ(small.codes[1], 0x78);
  const Words subnormal_scale(32, 0x7F7F);  // bf16's largest: the encode scale is 2^(127 - 246)
  const QuantizedTensor large = run("torchao/mxfp8e4m3-floor", tensor(InputType::kBf16, 1, subnormal_scale));
  EXPECT_THAT(scale_bytes(large), ElementsAre(246));
  EXPECT_THAT(large.codes, Each(0x7E));
}

TEST(CpuTorchaoMx, ExampleW6OfTheOtherModes) {
  std::vector<float> x(32, 0.0f);
  const float block[] = {7, -7, 5, 3.5f, 2.5f, 1.25f, .25f, -.125f};
  std::ranges::copy(block, x.begin());
  Bytes codes = low_first("E6 44 12 80");
  codes.resize(32);
  for (const char* recipe : {"torchao/mxfp4-rceil", "torchao/mxfp4-ceil", "torchao/mxfp4-even"}) {
    const QuantizedTensor t = run(recipe, x);
    EXPECT_THAT(scale_bytes(t), ElementsAre(128)) << recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(codes)) << recipe;
  }
}

// The note's table: FLOOR, RCEIL, CEIL, EVEN of E4M3, E5M2, E2M3, E3M2, E2M1.
TEST(CpuTorchaoMx, ScaleOfEachModeAndElement) {
  const struct {
    std::uint32_t amax;
    int scales[5][4];
  } lines[] = {
      {0x3F800000,
       {{119, 119, 119, 119}, {112, 112, 112, 112}, {125, 125, 125, 125}, {123, 123, 123, 123}, {125, 125, 125, 125}}},
      {0x3FC00000,
       {{119, 119, 120, 119}, {112, 112, 113, 112}, {125, 125, 126, 125}, {123, 123, 124, 123}, {125, 125, 126, 125}}},
      {0x3FC00001,
       {{119, 119, 120, 119}, {112, 112, 113, 112}, {125, 125, 126, 125}, {123, 123, 124, 123}, {125, 126, 126, 125}}},
      {0x3FE00000,
       {{119, 119, 120, 119}, {112, 112, 113, 112}, {125, 125, 126, 125}, {123, 123, 124, 123}, {125, 126, 126, 126}}},
      {0x3FE00001,
       {{119, 120, 120, 119}, {112, 113, 113, 112}, {125, 125, 126, 125}, {123, 124, 124, 123}, {125, 126, 126, 126}}},
      {0x3FF00000,
       {{119, 120, 120, 119}, {112, 113, 113, 113}, {125, 125, 126, 125}, {123, 124, 124, 124}, {125, 126, 126, 126}}},
      {0x3FF80000,
       {{119, 120, 120, 120}, {112, 113, 113, 113}, {125, 126, 126, 126}, {123, 124, 124, 124}, {125, 126, 126, 126}}},
      {0x7F7FFFFF,
       {{246, 247, 247, 255}, {239, 240, 240, 255}, {252, 253, 253, 255}, {250, 251, 251, 255}, {252, 253, 253, 255}}},
  };
  const char* elements[] = {"mxfp8e4m3", "mxfp8e5m2", "mxfp6e2m3", "mxfp6e3m2", "mxfp4"};
  const char* modes[] = {"floor", "rceil", "ceil", "even"};
  for (const auto& line : lines)
    for (int e = 0; e < 5; ++e)
      for (int m = 0; m < 4; ++m) {
        Words x(32, 0);
        x[7] = line.amax;
        const std::string recipe = std::string("torchao/") + elements[e] + "-" + modes[m];
        const QuantizedTensor t = run(recipe, tensor(InputType::kF32, 1, x));
        EXPECT_THAT(scale_bytes(t), ElementsAre(line.scales[e][m])) << recipe << " " << std::hex << line.amax;
      }
}

// The note's byte contract, for blocks of more than one value and for bf16.
TEST(CpuTorchaoMx, Mxfp8BlocksOfTwoValues) {
  const struct {
    std::uint32_t first, rest;
    int floor_scale, floor_first, floor_rest, rceil_scale, rceil_first, rceil_rest;
  } lines[] = {{0x00000001, 0x3F800000, 119, 0x00, 0x78, 119, 0x00, 0x78},
               {0x80000001, 0x3F800000, 119, 0x80, 0x78, 119, 0x80, 0x78},
               {0x7F7FFFFF, 0x3F800000, 246, 0x7E, 0x00, 247, 0x78, 0x00}};
  for (const auto& line : lines) {
    Words x(32, line.rest);
    x[0] = line.first;
    const TypedTensor input = tensor(InputType::kF32, 1, x);
    const QuantizedTensor down = run("torchao/mxfp8e4m3-floor", input), up = run("torchao/mxfp8e4m3-rceil", input);
    EXPECT_THAT(scale_bytes(down), ElementsAre(line.floor_scale)) << std::hex << line.first;
    EXPECT_EQ(down.codes[0], line.floor_first) << std::hex << line.first;
    EXPECT_EQ(down.codes[31], line.floor_rest) << std::hex << line.first;
    EXPECT_THAT(scale_bytes(up), ElementsAre(line.rceil_scale)) << std::hex << line.first;
    EXPECT_EQ(up.codes[0], line.rceil_first) << std::hex << line.first;
    EXPECT_EQ(up.codes[31], line.rceil_rest) << std::hex << line.first;
  }
}
TEST(CpuTorchaoMx, Mxfp8BlocksOfOneBf16Value) {
  const struct {
    std::uint32_t bits;
    int floor_scale, floor_code, rceil_scale, rceil_code;
  } lines[] = {{0x0001, 0, 0x08, 0, 0x08},     {0x8001, 0, 0x88, 0, 0x88},     {0x4060, 120, 0x7E, 120, 0x7E},
               {0x4400, 128, 0x78, 128, 0x78}, {0x7F7F, 246, 0x7E, 247, 0x78}, {0xFF7F, 246, 0xFE, 247, 0xF8}};
  for (const auto& line : lines) {
    const TypedTensor input = tensor(InputType::kBf16, 1, Words(32, line.bits));
    const QuantizedTensor down = run("torchao/mxfp8e4m3-floor", input), up = run("torchao/mxfp8e4m3-rceil", input);
    EXPECT_THAT(scale_bytes(down), ElementsAre(line.floor_scale)) << std::hex << line.bits;
    EXPECT_THAT(down.codes, Each(line.floor_code)) << std::hex << line.bits;
    EXPECT_THAT(scale_bytes(up), ElementsAre(line.rceil_scale)) << std::hex << line.bits;
    EXPECT_THAT(up.codes, Each(line.rceil_code)) << std::hex << line.bits;
  }
}

// W7: torchao's first test vector of RCEIL has subnormals of binary32.
TEST(CpuTorchaoMx, ExampleW7RceilOfSubnormals) {
  Words x(32, 0);
  x[0] = 6142315;
  x[1] = 5096174;
  x[2] = 3345704;
  const QuantizedTensor t = run("torchao/mxfp8e4m3-rceil", tensor(InputType::kF32, 1, x));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0));
  EXPECT_THAT(std::vector(t.codes.begin(), t.codes.begin() + 3), ElementsAre(60, 58, 53));
}

TEST(CpuTorchaoMx, CompiledFloorOverflowsWhereEagerSaturates) {
  std::vector<float> x(32, 0.0f);
  x[0] = -511.0f;
  x[1] = 464.0f;
  const QuantizedTensor eager = run("torchao/mxfp8e4m3-floor", x), compiled = run("torchao/mxfp8e4m3-floor-compile", x);
  EXPECT_THAT(scale_bytes(compiled), ElementsAre(127));
  EXPECT_EQ(eager.codes[0], 0xFE);
  EXPECT_EQ(compiled.codes[0], 0xFF);
  EXPECT_EQ(compiled.codes[1], 0x7E);
  x[0] = 61440.0f;
  const QuantizedTensor e5m2 = run("torchao/mxfp8e5m2-floor-compile", x);
  EXPECT_THAT(scale_bytes(e5m2), ElementsAre(127));
  EXPECT_EQ(e5m2.codes[0], 0x7C);
  EXPECT_EQ(run("torchao/mxfp8e5m2-floor", x).codes[0], 0x7B);
}

// 2^-127 is stored, but until #4725 the elements were divided by 2^-126.
TEST(CpuTorchaoMx, BeforePr4725SmallBlocksWereHalved) {
  const TypedTensor x = tensor(InputType::kF32, 1, Words(32, 0x00800000));
  const QuantizedTensor before = run("torchao/mxfp8e4m3-floor-pre4725", x);
  EXPECT_THAT(scale_bytes(before), ElementsAre(0));
  EXPECT_THAT(before.codes, Each(0x38));
  EXPECT_THAT(run("torchao/mxfp8e4m3-floor", x).codes, Each(0x40));
}

TEST(CpuTorchaoMx, BeforePr4725InfinityHadAnExponent) {
  Words x(32, 0x3F800000);
  x[0] = 0xFF800000;
  const QuantizedTensor t = run("torchao/mxfp8e4m3-floor-pre4725", tensor(InputType::kF32, 1, x));
  EXPECT_THAT(scale_bytes(t), ElementsAre(247));
  EXPECT_EQ(t.codes[0], 0xFE);
  EXPECT_EQ(t.codes[1], 0x00);
}

// The scale byte 255 moved into an exponent field is an infinity.
TEST(CpuTorchaoMx, BeforePr4725NumbersOfANanBlockWereZero) {
  Words x(32, 0xBF800000);
  x[0] = kNan;
  x[1] = kInf;
  const QuantizedTensor t = run("torchao/mxfp8e4m3-floor-pre4725", tensor(InputType::kF32, 1, x));
  EXPECT_THAT(scale_bytes(t), ElementsAre(255));
  EXPECT_EQ(t.codes[0], 0x7F);
  EXPECT_EQ(t.codes[1], 0x7F);
  EXPECT_EQ(t.codes[2], 0x80);
}

TEST(CpuTorchaoMx, NanBlockOfFp6HasTheCodeOfTheMachinesNan) {
  for (const char* recipe : {"torchao/mxfp6e2m3-even", "torchao/mxfp6e3m2-ceil"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kF32, 1, Words(32, kNan)));
    EXPECT_THAT(scale_bytes(t), ElementsAre(255)) << recipe;
    EXPECT_THAT(t.codes, Each(0x10)) << recipe;
  }
}

}  // namespace
}  // namespace bitgate::device
