// What bitgate says of a library that is no plugin, and of a kernel that contradicts itself: one sentence, exit 3; and
// of what the machine lacks, exit 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bitgate/tests/reports/shell.h"

namespace bitgate::reports {
namespace {

using testing::HasSubstr;

const std::string kFile = BITGATE_REFUSED_PLUGIN;

Outcome asked(const std::string& kernel, const std::string& refusal = "", const std::string& options = "") {
  const std::string set = refusal.empty() ? "" : "BITGATE_TEST_REFUSAL=" + refusal + " ";
  return shell(set + BITGATE_PROGRAM " check --suite special --subject plugin:" + kFile + ":" + kernel + " " + options +
               " 2>&1");
}

void expect_refusal(const Outcome& outcome, const std::string& sentence) {
  EXPECT_EQ(outcome.status, 3) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr(sentence));
  EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
}

TEST(PluginRefusals, AMissingSymbolIsNamed) {
  const Outcome outcome = shell(BITGATE_PROGRAM " check --subject plugin:" BITGATE_C_LIBRARY ":x 2>&1");
  expect_refusal(outcome, "is no plugin: it exports no bitgate_plugin()");
}

TEST(PluginRefusals, AnotherVersionIsNamed) {
  expect_refusal(asked("fails", "version"), "is no plugin: it is of plugin version 4, this program reads 1 to 3");
}

TEST(PluginRefusals, StructsThatAreTooSmallAreNamedWithTheirSizes) {
  expect_refusal(asked("fails", "table"), "its table says that it has 8 bytes, a table has 24");
  expect_refusal(asked("fails", "description"), "kernel 9 says that its description has 60 bytes, version 3 has ");
}

TEST(PluginRefusals, ALibraryWithoutKernelsIsNoPlugin) {
  expect_refusal(asked("fails", "null"), "bitgate_plugin() returned null");
  expect_refusal(asked("fails", "none"), "its table has no kernels");
}

TEST(PluginRefusals, WhatContradictsItselfIsNamed) {
  expect_refusal(asked("fails", "name"), "kernel 9 has no name, or one with a colon");
  expect_refusal(asked("fails", "twice"), "it has two kernels 'fails'");
  expect_refusal(asked("fails", "run"), "kernel 'bad': run is null");
  expect_refusal(asked("fails", "neither"), "kernel 'bad': it says neither its recipe nor its scheme");
  expect_refusal(asked("fails", "memory"), "kernel 'bad': memory is 9, none of plugin.h");
  expect_refusal(asked("fails", "capturable"), "kernel 'bad': it is capturable, and its memory is not a device's");
  expect_refusal(asked("fails", "types"), "kernel 'bad': input_types is 0, no set of those of plugin.h");
  expect_refusal(asked("fails", "multiple"), "kernel 'bad': a multiple of its columns or rows is not positive");
  expect_refusal(asked("fails", "vast"), "kernel 'bad': a multiple of its columns or rows is larger than 1048576");
}

TEST(PluginRefusals, UnknownRecipesAndSchemesAreNamed) {
  expect_refusal(asked("unknown-recipe"), "torchao/mxfp5");
  expect_refusal(asked("unknown-scheme"), "kernel 'unknown-scheme': unknown scheme 'mxfp5': expected one of nvfp4, ");
}

TEST(PluginRefusals, WhatARecipeNeedsTheKernelHasToSay) {
  expect_refusal(asked("no-global"),
                 "kernel 'no-global': global_number does not fit the scheme nvfp4, which has a global");
  expect_refusal(asked("no-words"), "which rounds by random words: `random` has to say where it has them from");
  expect_refusal(asked("no-layout"), "kernel 'no-layout': scales of q8_1 have no layout 128x4");
  expect_refusal(asked("one-side"), "kernel 'one-side': q8_1 is quantized row-wise only");
}

// A kernel that was compiled before there was a gate would never read it.
TEST(PluginRefusals, OperandsThatAnOlderPluginDoesNotKnowAreNamed) {
  expect_refusal(asked("gated", "older"),
                 "kernel 'gated' claims vllm/silu-nvfp4, which takes a gate, and plugins have that since version 3");
  expect_refusal(asked("factored", "older"), "claims flashinfer/nvfp4-cute-rmsnorm, which takes a row_factor, and");
}

TEST(PluginRefusals, AStatusOfTheKernelIsAFailure) {
  const Outcome outcome = asked("fails");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("the kernel returned 7"));
}

TEST(PluginRefusals, TooMuchMemoryIsNotTheKernelsFailure) {
  const Outcome outcome = asked("greedy");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("greedy cannot run: there is not enough memory for 1152921504606879744 bytes"));
}

TEST(PluginRefusals, WithoutAGpuAKernelOfDeviceMemoryIsNotJudged) {
  const Outcome hidden = shell(
      "CUDA_VISIBLE_DEVICES= " BITGATE_PROGRAM " check --suite special --subject plugin:" + kFile + ":on-gpu 2>&1");
  EXPECT_EQ(hidden.status, 2) << hidden.text;
  EXPECT_THAT(hidden.text, testing::AnyOf(HasSubstr("on-gpu cannot run: it needs a GPU, and no "),
                                          HasSubstr("on-gpu cannot run: bitgate was built without CUDA")));
}

}  // namespace
}  // namespace bitgate::reports
