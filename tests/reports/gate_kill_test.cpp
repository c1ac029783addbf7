// `bitgate gate --update` and `--review` killed at any moment: thresholds are the old ones or the new ones, whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "bitgate/tests/reports/program_process.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using testing::AnyOf;
using testing::Eq;

constexpr int kKills = 20;
constexpr const char* kNone = "no file";

std::string text_of(const fs::path& file) {
  if (!fs::exists(file)) return kNone;
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// Thresholds of three runs: `first_` in t.json, whose proposals from the second and the third are `second_`, `third_`.
class Thresholds : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(make_results("first", "normal"));
    ASSERT_NO_FATAL_FAILURE(make_results("second", "gelu"));
    ASSERT_NO_FATAL_FAILURE(make_results("third", "uniform"));
    ASSERT_EQ(run_program(update("first")), 0);
    first_ = text_of(file_);
    for (const auto& [run, text] : {std::pair("second", &second_), std::pair("third", &third_)}) {
      ASSERT_EQ(run_program(update(run)), 0);
      *text = text_of(proposal_);
      fs::remove(proposal_);
    }
    ASSERT_EQ(text_of(file_), first_);
    ASSERT_NE(second_, third_);
  }

  void make_results(const std::string& name, const std::string& input) {
    write(folder_ / "sweep.json", R"({"panels": [{"name": "p", "recipes": ["ggml/q8_1-cpu-ref",
      "torchao/nvfp4-cpu"], "inputs": [")" +
                                      input + R"("], "extent": [1, 32], "seeds": 200}]})");
    ASSERT_EQ(run_program({"report", "--sweep", folder_ / "sweep.json", "--out", folder_ / name}), 0);
  }
  std::vector<std::string> update(const std::string& run) const {
    return {"gate",  "--update", "--results", folder_ / run / "results.json", "--thresholds", file_, "--who",
            "tests", "--why",    "a test"};
  }
  std::vector<std::string> review(const std::vector<std::string>& decisions) const {
    std::vector<std::string> all{"gate", "--review", "--thresholds", file_, "--why", "a test"};
    all.insert(all.end(), decisions.begin(), decisions.end());
    return all;
  }

  // Kills at moments that divide what one run takes; `lay` before each, `look` after each.
  void kill_often(const std::vector<std::string>& arguments, const std::function<void()>& lay,
                  const std::function<void()>& look) {
    lay();
    const Clock::time_point begin = Clock::now();
    ASSERT_EQ(run_program(arguments), 0);
    const auto once = Clock::now() - begin;
    int killed = 0;
    for (int i = 0; killed < kKills; ++i) {
      ASSERT_LT(i, 20 * kKills);
      lay();
      const pid_t child = start_program(arguments);
      std::this_thread::sleep_for(once * (i % kKills + 1) / kKills);
      const int status = kill_program(child);
      killed += status == -1 ? 1 : 0;
      ASSERT_THAT(status, AnyOf(-1, 0));
      ASSERT_NO_FATAL_FAILURE(look()) << "after " << killed << " kills";
    }
  }

  compare::TemporaryDirectory folder_;
  std::string file_ = folder_ / "t.json", proposal_ = folder_ / "t.json.new";
  std::string first_, second_, third_;
};

TEST_F(Thresholds, OfAnUpdateThatIsKilledAreTheOldProposalOrTheNewOne) {
  kill_often(
      update("third"), [&] { write(proposal_, second_); },
      [&] {
        ASSERT_EQ(text_of(file_), first_);
        ASSERT_THAT(text_of(proposal_), AnyOf(Eq(second_), Eq(third_)));
      });
}

TEST_F(Thresholds, OfAReviewThatIsKilledAreTheOldOnesOrTheAcceptedOnes) {
  const std::vector<std::string> accept = review({"--accept", "ggml/*", "--reject", "torchao/*"});
  const auto lay = [&] {
    write(file_, first_);
    write(proposal_, second_);
  };
  lay();
  ASSERT_EQ(run_program(accept), 0);
  const std::string accepted = text_of(file_);
  ASSERT_NE(accepted, first_);
  std::string rejected;  // the proposal between the two
  kill_often(accept, lay, [&] {
    const std::string now = text_of(file_), left = text_of(proposal_);
    ASSERT_THAT(now, AnyOf(Eq(first_), Eq(accepted)));
    ASSERT_TRUE(left == second_ || now == accepted) << "the proposal went first";
    if (left != second_ && left != kNone) {
      if (rejected.empty()) rejected = left;
      ASSERT_EQ(left, rejected);
    }
    ASSERT_EQ(run_program(accept), 0) << "made again";
    ASSERT_EQ(text_of(file_), accepted);
    ASSERT_EQ(text_of(proposal_), kNone);
  });
}

}  // namespace
}  // namespace bitgate::reports
