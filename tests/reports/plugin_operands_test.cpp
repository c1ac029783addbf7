// Every operand, side and layout of device/plugin.h, there and back: kernels in whose place the reference answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/tests/reports/shell.h"

namespace bitgate::reports {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

Outcome check(const std::string& kernel, const std::string& suites) {
  return shell(BITGATE_PROGRAM " check --subject plugin:" BITGATE_REFERENCE_PLUGIN ":" + kernel + " " + suites +
               " 2>&1");
}

class PluginOperands : public testing::TestWithParam<const char*> {};

TEST_P(PluginOperands, Arrive) {
  const Outcome outcome = check(GetParam(), "--suite special --suite layout --suite metamorphic");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex("special +[0-9]+ asked +0 failed +0 refused"));
}

INSTANTIATE_TEST_SUITE_P(Kernels, PluginOperands,
                         testing::Values("nvfp4", "nvfp4-both", "nvfp4-swizzled", "nvfp4-small-tiles",
                                         "nvfp4-untouched", "nvfp4-row", "rht", "tensorwise", "words", "either", "norm",
                                         "norm-add", "silu", "norm-factor", "fp8", "fp8-lines", "mxfp8"));

TEST(PluginPadding, WhatIsToStayUntouchedMayNotBeWritten) {
  const Outcome outcome = check("nvfp4-untouched-but-written", "--suite special");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the padding of scales: 1 of 480 bytes were written, and are to stay untouched"));
}

TEST(PluginPadding, WhatIsToBeZeroMayNotBeAnythingElse) {
  const Outcome outcome = check("nvfp4-padding-not-zero", "--suite special");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the padding of scales: 1 of 480 bytes are not zero, the first is byte 511"));
}

}  // namespace
}  // namespace bitgate::reports
