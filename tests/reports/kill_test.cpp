// The program killed at any moment, and in shards: what it leaves, and what comes of going on.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bitgate/reports/journal.h"
#include "bitgate/tests/reports/program_process.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Files = std::map<std::string, std::string>;

// Of a report, by name; without the journal. A directory that is not there has none.
Files files_of(const fs::path& directory) {
  Files files;
  if (!fs::exists(directory)) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name == kJournalName) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[name] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

class Reports : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "sweep.json") << R"({"panels": [{"name": "p", "recipes": ["te/nvfp4", "ggml/q8_1-cpu-ref",
      "torchao/nvfp4-cpu"], "inputs": ["normal", "gelu"], "extent": [16, 64], "seeds": 40}]})";
    std::ofstream(folder_ / "small.json") << R"({"panels": [{"name": "q", "recipes": ["te/nvfp4"],
      "inputs": ["normal"], "extent": [16, 64]}]})";
  }
  std::vector<std::string> report(const std::string& out, const std::string& sweep = "sweep.json") const {
    return {"report", "--sweep", folder_ / sweep, "--out", folder_ / out};
  }
  std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) const {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  compare::TemporaryDirectory folder_;
};

TEST_F(Reports, OfThreeShardsMergedAreThoseOfOneProcessByteForByte) {
  ASSERT_EQ(run_program(report("whole")), 0);
  for (const char* shard : {"1/3", "2/3", "3/3"})
    ASSERT_EQ(run_program(with(report(std::string("s") + shard[0]), {"--shard", shard})), 0);
  EXPECT_EQ(files_of(folder_ / "s2").size(), 1u);
  ASSERT_EQ(
      run_program({"merge", folder_ / "s2", folder_ / "s3", folder_ / "s1/results.json", "--out", folder_ / "merged"}),
      0);
  EXPECT_GE(files_of(folder_ / "whole").size(), 4u);
  EXPECT_TRUE(files_of(folder_ / "merged") == files_of(folder_ / "whole"));
  EXPECT_EQ(run_program({"merge", folder_ / "s1", folder_ / "s3", "--out", folder_ / "none"}), 3);
  EXPECT_EQ(run_program({"gate", "--results", folder_ / "s1/results.json"}), 3);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

// Every kill leaves the old report or the new one, whole; every run goes on from what the last one left.
TEST_F(Reports, KilledAtFiftyMomentsLoseNothing) {
  ASSERT_EQ(run_program(report("old", "small.json")), 0);
  const Clock::time_point begin = Clock::now();
  ASSERT_EQ(run_program(report("whole")), 0);
  const std::chrono::duration<double, std::micro> once = Clock::now() - begin;
  const Files before = files_of(folder_ / "old"), whole = files_of(folder_ / "whole");
  ASSERT_TRUE(before != whole);

  std::mt19937 random(20240731);
  const auto lay_old = [&] { fs::copy(folder_ / "old", folder_ / "out", fs::copy_options::recursive); };
  int killed = 0, resumed = 0, runs = 0;
  for (lay_old(); killed < 50; ++runs) {
    ASSERT_LT(runs, 500);
    resumed += fs::exists(folder_ / "out" / kJournalName) ? 1 : 0;
    const pid_t child = start_program(with(report("out"), {"--resume"}));
    std::this_thread::sleep_for(once * std::generate_canonical<double, 32>(random));
    const int status = kill_program(child);
    killed += status == -1 ? 1 : 0;
    ASSERT_TRUE(status == -1 || status == 0);
    const Files now = files_of(folder_ / "out");
    ASSERT_TRUE(now == before || now == whole) << "after " << killed << " kills";
    if (now != whole) continue;
    fs::remove_all(folder_ / "out");
    lay_old();
  }
  EXPECT_GT(resumed, 10);
  ASSERT_EQ(run_program(with(report("out"), {"--resume"})), 0);
  EXPECT_TRUE(files_of(folder_ / "out") == whole);
  EXPECT_FALSE(fs::exists(folder_ / "out" / kJournalName));
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"old", "out", "small.json", "sweep.json", "whole"}));
}

TEST_F(Reports, ResumedAcrossSweepsOrBegunAnewOverAJournalFollowTheirOptions) {
  ASSERT_EQ(run_program(report("out", "small.json")), 0);
  std::ofstream(folder_ / "out" / kJournalName) << R"({"journal":{"name":"bitgate-journal","version":1,"bitgate":"0",)"
                                                << R"("commit":"0","sweep":"0","subjects":"0"}})"
                                                << "\n";
  const Files before = files_of(folder_ / "out");
  EXPECT_EQ(run_program(with(report("out"), {"--resume"})), 3);
  EXPECT_TRUE(files_of(folder_ / "out") == before);
  EXPECT_EQ(run_program(report("out")), 0);
  EXPECT_FALSE(fs::exists(folder_ / "out" / kJournalName));
}

}  // namespace
}  // namespace bitgate::reports
