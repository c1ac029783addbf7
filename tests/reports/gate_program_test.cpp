// `bitgate gate --update`, `--review` and `--base` as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPropose = "gate --update --results r/results.json --thresholds t.json --who tests --why ";
constexpr const char* kReview = "gate --review --thresholds t.json ";

// Thresholds of two recipes, and a proposal whose digests of ggml/q8_1-cpu-ref are others.
class GateProgram : public testing::Test {
 protected:
  void SetUp() override {
    write("sweep.json", R"({"panels": [{"name": "p", "recipes": ["ggml/q8_1-cpu-ref", "torchao/nvfp4-cpu"],
                            "inputs": ["normal"], "extent": [1, 32]}]})");
    ASSERT_EQ(run("report --sweep sweep.json --out r"), 0) << said_;
    ASSERT_EQ(run(kPropose + std::string("first")), 0) << said_;
    old_ = text_of("t.json");
    change("\"codes\":\"", 9, 'e');
    ASSERT_EQ(run(kPropose + std::string("second")), 0) << said_;
    ASSERT_TRUE(std::filesystem::exists(folder_ / "t.json.new"));
  }

  // Exit status; what was printed is in said_.
  int run(const std::string& arguments) {
    const std::string command = "cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " " + arguments + " 2>&1";
    said_.clear();
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return -1;
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) said_.append(buffer.data(), n);
    const int raw = ::pclose(pipe);
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  }
  void expect_refusal(const std::string& arguments, const std::string& about) {
    EXPECT_EQ(run(arguments), 3) << arguments << "\n" << said_;
    EXPECT_THAT(said_, AllOf(StartsWith("bitgate: "), HasSubstr(about))) << arguments;
    EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
    EXPECT_EQ(text_of("t.json"), old_) << arguments;
  }

  std::string text_of(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // The first digit behind `key` in the results becomes another.
  void change(const std::string& key, std::size_t behind, char digit) const {
    std::string results = text_of("r/results.json");
    char& at = results.at(results.find(key) + behind);
    at = at == digit ? '0' : digit;
    write("r/results.json", results);
  }

  std::string said_, old_;
  compare::TemporaryDirectory folder_;
};

TEST_F(GateProgram, ABaseIsHeldInOneSentence) {
  EXPECT_EQ(run("gate --base t.json --thresholds t.json.new"), 1);
  EXPECT_THAT(said_, AllOf(HasSubstr("ggml/q8_1-cpu-ref/fp32/normal/1x32/s4\n"), HasSubstr("looser: codes changed"),
                           HasSubstr("t.json.new: 1 threshold is looser than in t.json without a new reason; ")));
  EXPECT_EQ(run("gate --base t.json --thresholds t.json"), 0);
  EXPECT_EQ(said_, "t.json: nothing is looser than in t.json without a new reason\n");
  EXPECT_EQ(run("gate --base t.json --thresholds t.json.new --json"), 1);
  EXPECT_THAT(said_, HasSubstr("\"looser_without_reason\""));
}

TEST_F(GateProgram, ALooserOneIsRefusedWithoutAReasonAndCountedWithOne) {
  expect_refusal(kReview + std::string("--accept all"), "t.json.new: a looser threshold needs a reason (--why): ggml/");
  EXPECT_EQ(run(kReview + std::string("--accept tighter")), 2);
  EXPECT_THAT(said_, HasSubstr("t.json: 1 change left to review, 1 of them looser"));
  EXPECT_EQ(run(kReview + std::string("--accept 'ggml/*' --why because")), 0);
  EXPECT_THAT(said_, AllOf(HasSubstr("1 change accepted, 0 rejected"), HasSubstr("0 changes left to review")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.json.new"));
}

TEST_F(GateProgram, APatternThatNoCaseHasIsRefused) {
  expect_refusal(kReview + std::string("--accept 'gmgl/*' --why because"), "--accept 'gmgl/*': t.json and t.json.new");
  expect_refusal(kReview + std::string("--reject te/nvfp4"), "--reject 'te/nvfp4'");
  EXPECT_EQ(run(kReview + std::string("--accept 'torchao/*'")), 2) << "a case, though none that changes";
}

TEST_F(GateProgram, OptionsOfAnotherJobAreRefused) {
  const std::string judge = "gate --results r/results.json --thresholds t.json ";
  expect_refusal(kReview + std::string("--update"), "--update proposes and --review decides");
  expect_refusal(kReview + std::string("--base t.json"), "--review judges nothing");
  expect_refusal(kPropose + std::string("x --require-cases 5"), "--update judges nothing");
  expect_refusal(kReview + std::string("--results r/results.json"), "--results are for the --update");
  expect_refusal(judge + "--accept all", "belong to --review");
  expect_refusal(judge + "--who me", "belong to --update");
  expect_refusal(judge + "--why so", "--why belongs to");
  expect_refusal(judge + "--require-cases -3", "--require-cases -3: a number of cases expected");
  expect_refusal("gate --base t.json --thresholds t.json --require-cases 5", "need --results");
}

TEST_F(GateProgram, NothingIsRecordedFromARunWithSkipsOrMismatches) {
  const std::string equal = text_of("r/results.json");
  for (const char* outcome : {"\"outcome\":\"different\"", "\"outcome\":\"not run\""}) {
    std::string results = equal;
    const std::string word = "\"outcome\":\"equal\"";
    results.replace(results.find(word), word.size(), outcome);
    write("r/results.json", results);
    expect_refusal(kPropose + std::string("third"), "r/results.json: thresholds are not recorded from a run with");
  }
}

TEST_F(GateProgram, AProposalForAFileThatIsGoneGoesToo) {
  std::filesystem::remove(folder_ / "t.json");
  EXPECT_EQ(run(kPropose + std::string("again")), 0);
  EXPECT_THAT(said_, HasSubstr("t.json: thresholds of"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.json.new"));
  EXPECT_EQ(run(kPropose + std::string("again --json")), 0);
  EXPECT_THAT(said_, HasSubstr("\"changes\": 0"));
}

}  // namespace
}  // namespace bitgate::reports
