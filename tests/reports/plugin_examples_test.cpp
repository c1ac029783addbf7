// tests/plugins on host memory: each fault is found and named by one command. On a GPU: tests/plugins/check_on_gpu.sh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/tests/reports/shell.h"

namespace bitgate::reports {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

Outcome check(const std::string& kernel, const std::string& options = "") {
  return shell("BITGATE_PLUGIN_SECONDS=1 " BITGATE_PROGRAM " check --subject plugin:" BITGATE_EXAMPLES_PLUGIN ":" +
               kernel + " " + options + " 2>&1");
}

TEST(PluginExamples, TheRightOnePasses) {
  const Outcome outcome = check("right");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("pass: nothing differs"));
}

TEST(PluginExamples, TheRoundingFaultIsADifferenceWithItsPlace) {
  const Outcome outcome = check("ties-away");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, ContainsRegex("elements differ; first \\([0-9]+, [0-9]+\\): expected 0x"));
}

TEST(PluginExamples, ABlockBehindTheEndIsNamed) {
  const Outcome outcome = check("block-behind");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the kernel wrote behind the end of codes: 16 bytes, from 0 to 15 bytes away"));
}

TEST(PluginExamples, PaddingThatIsLeftUnwrittenIsNamed) {
  const Outcome outcome = check("no-padding");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the padding of scales: 496 of 496 bytes were not written"));
}

TEST(PluginExamples, TheHangIsKilledAndNamed) {
  const Outcome outcome = check("hang", "--suite special");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("no answer within 1 s; it was killed"));
}

TEST(PluginExamples, AKernelThatFollowsNoRecipeIsAskedForItsLaws) {
  const std::string kernel = "--subject plugin:" BITGATE_CHECK_PLUGIN ":no-recipe";
  const Outcome laws = shell(BITGATE_PROGRAM " check --no-recipe " + kernel + " 2>&1");
  EXPECT_EQ(laws.status, 0) << laws.text;
  EXPECT_THAT(laws.text, ContainsRegex("metamorphic +[0-9]+ asked +0 failed +0 refused"));
  const Outcome held = shell(BITGATE_PROGRAM " check --recipe torchao/mxfp4-floor " + kernel + " 2>&1");
  EXPECT_EQ(held.status, 1) << held.text;
  const Outcome unheld = shell(BITGATE_PROGRAM " check " + kernel + " 2>&1");
  EXPECT_EQ(unheld.status, 3);
  EXPECT_THAT(unheld.text, HasSubstr("claims no recipe: hold it against one with --recipe"));
  const Outcome recorded = shell(BITGATE_PROGRAM " record --out /dev/null " + kernel + " 2>&1");
  EXPECT_EQ(recorded.status, 3);
  EXPECT_THAT(recorded.text, HasSubstr("claims no recipe"));
}

#ifdef BITGATE_CUDA_PLUGIN
TEST(PluginExamples, OfDeviceMemoryOneIsTakenAndNotJudgedWithoutAGpu) {
  const Outcome outcome =
      shell("CUDA_VISIBLE_DEVICES= " BITGATE_PROGRAM " check --subject plugin:" BITGATE_CUDA_PLUGIN ":mine 2>&1");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("mine cannot run: it needs a GPU, and no "));
}
#endif

}  // namespace
}  // namespace bitgate::reports
