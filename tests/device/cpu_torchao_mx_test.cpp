// Worked examples of torchao MX, and its byte contract for blocks of one value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ios>
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

}  // namespace
}  // namespace bitgate::device
