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
  const compare::TemporaryDirectory directory;
  const std::string file = (directory / "matmul.json").string();
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

nlohmann::json json_of(const std::string& file) {
  std::ifstream stream(file);
  return nlohmann::json::parse(stream);
}

// What an H100 answered, our kernel and cuBLASLt 13.1, held against the emulation by the digests of all results.
class MatmulRecording : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const compare::TemporaryDirectory directory;
    const std::string file = (directory / "model.json").string();
    ASSERT_EQ(matmul("--model 128 --out " + file).status, 0);
    model_ = json_of(file);
    recorded_ = json_of(BITGATE_GOLDEN_DIR "/hardware/h100-matmul.json");
  }
  static inline nlohmann::json model_, recorded_;
};

TEST_F(MatmulRecording, OfOurKernelHasTheBytesOfTheEmulation) {
  ASSERT_EQ(recorded_["kernel"].size(), 480u);
  EXPECT_EQ(recorded_["kernel"], model_["kernel"]);
}

TEST_F(MatmulRecording, OfTheLibraryHasTheBytesOfOneChainAndOfPromotionEvery128) {
  ASSERT_EQ(recorded_["products"].size(), 48u);
  ASSERT_EQ(model_["products"].size(), 48u);
  for (std::size_t i = 0; i < 48; ++i)
    for (const char* what : {"shape", "draw", "fast", "sha256"})
      EXPECT_EQ(recorded_["products"][i][what], model_["products"][i][what]) << i << ' ' << what;
  EXPECT_EQ(recorded_["readers"], model_["readers"]);
}

TEST_F(MatmulRecording, OfTheEpiloguesIsOneFmaOfBetaTimesC) {
  EXPECT_EQ(recorded_["epilogue"]["models"][0]["different"], 0);
  if (!recorded_["epilogue"]["cases"][0].contains("sha256")) GTEST_SKIP() << "recorded without digests of epilogues";
  ASSERT_EQ(recorded_["epilogue"]["cases"].size(), model_["epilogue"]["cases"].size());
  for (std::size_t i = 0; i < model_["epilogue"]["cases"].size(); ++i)
    EXPECT_EQ(recorded_["epilogue"]["cases"][i]["sha256"], model_["epilogue"]["cases"][i]["sha256"]) << i;
}

}  // namespace
}  // namespace bitgate::reports
