// A user's kernel under `bitgate verify --subject plugin:FILE:KERNEL`: what is right, and each way to be wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/tests/reports/shell.h"

namespace bitgate::reports {
namespace {

using testing::HasSubstr;

Outcome verify(const std::string& subject) {
  return shell("BITGATE_PLUGIN_SECONDS=1 " BITGATE_PROGRAM
               " verify --case torchao/mxfp4-floor/fp32/normal/4x64/s1 --subject '" +
               subject + "' 2>&1");
}
Outcome verify_kernel(const std::string& kernel) { return verify("plugin:" BITGATE_TEST_PLUGIN ":" + kernel); }

TEST(PluginProgram, ARightKernelPasses) {
  const Outcome outcome = verify_kernel("good");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
}

TEST(PluginProgram, OneWrongCodeIsADifference) {
  const Outcome outcome = verify_kernel("off-by-one");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
}

TEST(PluginProgram, ACrashIsADifferenceWithItsSignal) {
  const Outcome outcome = verify_kernel("crash");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("it crashed (Aborted)"));
}

TEST(PluginProgram, AHangIsKilledAndADifference) {
  const Outcome outcome = verify_kernel("hang");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("no answer within 1 s"));
}

// A library under a name of its own, so that its worker can be told from others.
TEST(PluginProgram, AHangingKernelEndsWithTheProcessThatAskedItEvenIfThatIsKilled) {
  const Outcome outcome =
      shell("library=$(mktemp -d)/hangs.so && cp " BITGATE_TEST_PLUGIN
            " $library && { timeout --foreground -s KILL 1 " BITGATE_PROGRAM
            " verify --case torchao/mxfp4-floor/fp32/normal/4x64/s1 --subject plugin:$library:hang; "
            "alive() { cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c \"plugin-worke[r] $library\"; }; "
            "alive; for i in 1 2 3 4 5 6 7 8 9 10; do [ $(alive) = 0 ] && break; sleep 0.5; done; "
            "echo left: $(alive); } 2>&1");
  EXPECT_THAT(outcome.text, HasSubstr("1\nleft: 0"));
}

TEST(PluginProgram, AnAnswerThatClaimsToBeHugeIsNotReadAndADifference) {
  const Outcome outcome = verify_kernel("shout");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("it answered more bytes than it was asked for; it was killed"));
}

TEST(PluginProgram, AnUnwrittenByteIsNamed) {
  const Outcome outcome = verify_kernel("last-byte");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("codes: 1 of 128 bytes were not written, the first is byte 127"));
}

TEST(PluginProgram, AWriteBehindTheEndIsNamed) {
  const Outcome outcome = verify_kernel("behind-the-end");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the kernel wrote behind the end of codes: 1 bytes, from 7 to 7 bytes away"));
}

TEST(PluginProgram, AnUnknownKernelIsBadInputAndTheKnownOnesAreNamed) {
  const Outcome outcome = verify_kernel("other");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.text, HasSubstr("has no kernel 'other'; it has good, off-by-one"));
}

TEST(PluginProgram, AMissingFileAndAFileThatIsNoPluginAreBadInput) {
  EXPECT_EQ(verify("plugin:no-such-file.so:good").status, 3);
  EXPECT_EQ(verify("plugin:" BITGATE_PROGRAM ":good").status, 3);
}

}  // namespace
}  // namespace bitgate::reports
