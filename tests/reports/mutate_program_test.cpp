// README's table of faults is what the program measures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "bitgate/tests/reports/shell.h"

namespace bitgate::reports {
namespace {

Outcome run(const std::string& arguments) { return shell(BITGATE_PROGRAM " " + arguments + " 2>&1"); }

TEST(MutateProgram, ReadmesTableOfFaultsIsWhatIsMeasured) {
  const Outcome outcome = run("mutate --faults --markdown");
  EXPECT_EQ(outcome.status, 0);
  std::ifstream file(BITGATE_SOURCE_DIR "/README.md", std::ios::binary);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(readme, testing::HasSubstr(outcome.text)) << "run `bitgate mutate --faults --markdown`";
}

TEST(MutateProgram, ASubjectThatIsWrongWithoutAFaultIsBadInput) {
  const Outcome outcome = run("mutate --faults --recipe te/nvfp4 --subject cpu/te/nvfp4-v1");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.text, testing::HasSubstr("differs without a fault"));
}

TEST(MutateProgram, ARecipeWithoutSurvivorsPasses) {
  const Outcome outcome = run("mutate --recipe te/nvfp4");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.text, testing::HasSubstr("0 survived (100.00 % killed)"));
}

}  // namespace
}  // namespace bitgate::reports
