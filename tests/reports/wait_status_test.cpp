#include "bitgate/reports/program/wait_status.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace bitgate::program {
namespace {

int status_of_shell(const std::string& script) {
  std::FILE* pipe = ::popen(script.c_str(), "r");
  return pipe == nullptr ? -1 : status_of_wait(::pclose(pipe));
}

TEST(WaitStatus, WhatAProgramSaidStands) {
  for (const int status : {kPass, kDifference, kCouldNotTell, kBadInput})
    EXPECT_EQ(status_of_shell("exit " + std::to_string(status)), status);
}

TEST(WaitStatus, AProgramThatDiedIsADifferenceWhoeverSaysSo) {
  EXPECT_EQ(status_of_shell("kill -SEGV $$"), kDifference);
  EXPECT_EQ(status_of_shell("exit 139"), kDifference);
}

TEST(WaitStatus, WhatNeverRanIsNoPass) {
  EXPECT_EQ(status_of_shell("/nowhere/bitgate 2>/dev/null"), kCouldNotTell);
  EXPECT_EQ(status_of_shell("exit 42"), kCouldNotTell);
  EXPECT_EQ(status_of_wait(-1), kCouldNotTell);
}

}  // namespace
}  // namespace bitgate::program
