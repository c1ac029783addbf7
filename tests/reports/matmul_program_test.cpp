// `bitgate matmul` where no GPU has to be: the emulation answers in place of the kernel and of cuBLASLt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::HasSubstr;

Outcome matmul(const std::string& arguments) {
  const std::string command = "CUDA_VISIBLE_DEVICES= " BITGATE_PROGRAM " matmul " + arguments + " 2>&1";
  return shell(command);
}

TEST(MatmulProgram, WithoutAGpuItEndsWithTwoAndOneSentence) {
  const Outcome outcome = matmul("--quick");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, testing::StartsWith("bitgate: "));
  EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
}

TEST(MatmulProgram, TheExpectedLibraryPasses) {
  const Outcome outcome = matmul("--quick --model 128");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("T2 fast 0: 44c19800"));
  EXPECT_THAT(outcome.text, HasSubstr("pass: every byte is explained"));
  EXPECT_THAT(outcome.text, testing::Not(HasSubstr("all, fast 0")));
}

TEST(MatmulProgram, AnotherIntervalIsNamedOverAllProducts) {
  const Outcome outcome = matmul("--quick --model 64");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("T2 fast 0: 44c1b800  wgmma, promotion every 64 k\n"));
  EXPECT_THAT(outcome.text, HasSubstr("all, fast 0: 0 differ from wgmma, promotion every 64 k\n"));
}

TEST(MatmulProgram, AnIntervalBeyondAllCandidatesIsNotExplained) {
  const Outcome outcome = matmul("--quick --model 544");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("fail: some bytes are not explained"));
}

TEST(MatmulProgram, AnIntervalIsAMultipleOf32) {
  const Outcome outcome = matmul("--model 48");
  EXPECT_EQ(outcome.status, 3) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("a promotion interval is a multiple of 32 k"));
}

TEST(MatmulProgram, TheJsonSaysWhatTheTextSays) {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "matmul.json").string();
  ASSERT_EQ(matmul("--quick --model 64 --out " + file).status, 0);
  std::ifstream stream(file);
  const nlohmann::json json = nlohmann::json::parse(stream);
  EXPECT_EQ(json["status"], 0);
  EXPECT_EQ(json["fits_fast_0"][0]["model"], "wgmma, promotion every 64 k");
  EXPECT_EQ(json["fits_fast_0"][0]["different"], 0);
  EXPECT_GT(json["fits_fast_0"][1]["different"], 0);
  EXPECT_EQ(json["fits_fast_1"].size(), 0u);
  EXPECT_EQ(json["epilogue"]["models"][0]["different"], 0);
  EXPECT_EQ(json["products"].size(), 16u);
}

}  // namespace
}  // namespace bitgate::reports
