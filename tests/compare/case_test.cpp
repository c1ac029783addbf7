#include "bitgate/compare/case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

void expect_refused(std::string_view name, const char* part) {
  try {
    parse_case(name);
    ADD_FAILURE() << name << " was accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part)) << name;
    EXPECT_THAT(error.what(), testing::HasSubstr(std::string(name)));
  }
}

TEST(CaseName, IsComposedOfAllParts) {
  const Case c{"te/nvfp4", InputType::kBf16, {"normal", -4}, {128, 256}, 7};
  EXPECT_EQ(c.name(), "te/nvfp4/bf16/normal@2^-4/128x256/s7");
}

TEST(CaseName, LeavesOutAnAmplitudeOfOne) {
  const Case c{"ggml/q8_1-mmq-d4", InputType::kF32, {"row_ladder_8", 0}, {1, 32}, 0};
  EXPECT_EQ(c.name(), "ggml/q8_1-mmq-d4/fp32/row_ladder_8/1x32/s0");
}

TEST(CaseName, RoundTrips) {
  for (const char* name : {"te/nvfp4/bf16/normal@2^-4/128x256/s7", "torchao/mxfp8e4m3-rceil/f16/gelu@2^12/0x16/s1",
                           "ggml/q8_1-cpu-ref/fp32/special/1048576x1048576/s18446744073709551615"})
    EXPECT_EQ(parse_case(name).name(), name);
}

TEST(CaseName, ParsesIntoItsParts) {
  const Case want{"te/nvfp4-row", InputType::kF16, {"scale_ties", 12}, {3, 40}, 99};
  EXPECT_EQ(parse_case("te/nvfp4-row/f16/scale_ties@2^12/3x40/s99"), want);
}

TEST(CaseName, NumberOfPartsMustBeRight) {
  expect_refused("", "RECIPE/DTYPE/DISTRIBUTION");
  expect_refused("te/nvfp4/bf16/normal/128x256", "RECIPE/DTYPE/DISTRIBUTION");
  expect_refused("te/nvfp4/bf16/normal/128x256/s7/", "RECIPE/DTYPE/DISTRIBUTION");
  expect_refused("nvfp4/bf16/normal/128x256/s7", "PRODUCER/SCHEME-VARIANT");
}

TEST(CaseName, EachMalformedPartIsNamed) {
  expect_refused("/nvfp4/bf16/normal/128x256/s7", "recipe");
  expect_refused("te/NVFP4/bf16/normal/128x256/s7", "recipe");
  expect_refused("te/nvfp4/fp16/normal/128x256/s7", "type \"fp16\"");
  expect_refused("te/nvfp4/bf16//128x256/s7", "distribution");
  expect_refused("te/nvfp4/bf16/nor mal/128x256/s7", "distribution");
  expect_refused("te/nvfp4/bf16/normal@4/128x256/s7", "amplitude \"4\"");
  expect_refused("te/nvfp4/bf16/normal@2^x/128x256/s7", "amplitude");
  expect_refused("te/nvfp4/bf16/normal@2^128/128x256/s7", "amplitude");
  expect_refused("te/nvfp4/bf16/normal@2^-150/128x256/s7", "amplitude");
  expect_refused("te/nvfp4/bf16/normal/128/s7", "extent \"128\"");
  expect_refused("te/nvfp4/bf16/normal/-1x256/s7", "extent");
  expect_refused("te/nvfp4/bf16/normal/128x256x2/s7", "extent");
  expect_refused("te/nvfp4/bf16/normal/128x256/7", "seed \"7\"");
  expect_refused("te/nvfp4/bf16/normal/128x256/s-7", "seed");
  expect_refused("te/nvfp4/bf16/normal/128x256/s18446744073709551616", "seed");
}

TEST(CaseName, ExtentHoldsAtMostTwoToTheForty) {
  EXPECT_EQ(parse_case("te/nvfp4/bf16/normal/1x1099511627776/s0").extent.cols, kMaxElements);
  expect_refused("te/nvfp4/bf16/normal/1x1099511627777/s0", "2^40");
  expect_refused("te/nvfp4/bf16/normal/4294967296x4294967296/s0", "2^40");
}

TEST(CaseName, OneCaseHasOneName) {
  expect_refused("te/nvfp4/bf16/normal@2^0/128x256/s7", "written as \"te/nvfp4/bf16/normal/128x256/s7\"");
  expect_refused("te/nvfp4/bf16/normal/0128x256/s7", "written as");
  expect_refused("te/nvfp4/bf16/normal/128x256/s07", "written as");
}

}  // namespace
}  // namespace bitgate::compare
