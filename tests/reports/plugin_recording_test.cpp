// record, replay and diff-recordings of a user's kernel and of cpu/RECIPE, as a machine without a GPU sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kFile = std::filesystem::path(BITGATE_TEST_PLUGIN).filename().string();

class Recordings : public testing::Test {
 protected:
  // stdout alone unless `both`.
  Outcome run(const std::string& arguments, bool both = true) const {
    const std::string command = "cd '" + (folder_ / "").string() +
                                "' && BITGATE_PLUGIN_SECONDS=20 " BITGATE_PROGRAM " " + arguments +
                                (both ? " 2>&1" : " 2>/dev/null");
    return shell(command);
  }
  Outcome record(const std::string& kernel, const std::string& options = "") const {
    return run("record --cases small --out r.json --subject 'plugin:" BITGATE_TEST_PLUGIN ":" + kernel + "' " +
               options);
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  nlohmann::json recorded() const {
    std::ifstream file(folder_ / "r.json");
    return nlohmann::json::parse(file);
  }

  compare::TemporaryDirectory folder_;
  const std::string subject_ = " --subject 'plugin:" BITGATE_TEST_PLUGIN ":good'";
};

TEST_F(Recordings, ARightKernelHoldsByItsLibraryAndByItsSources) {
  write("mine.cpp", "int x;");
  ASSERT_EQ(record("good", "--source mine.cpp --flags=-O3").status, 0);
  EXPECT_THAT(run("replay r.json" + subject_).text, HasSubstr("hold by machine code; 0 differ"));
  EXPECT_EQ(run("replay r.json" + subject_).status, 0);
  EXPECT_EQ(run("replay r.json --source mine.cpp --flags=-O3").status, 0);
  const Outcome flags = run("replay r.json --source mine.cpp");
  EXPECT_EQ(flags.status, 2);
  EXPECT_THAT(flags.text, HasSubstr("changed (flags: -O3, flags: ; compiler recorded"));
  const Outcome nothing = run("replay r.json");
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.text, HasSubstr("neither the library of"));
}

TEST_F(Recordings, AboutAHundredCasesNoneTwice) {
  ASSERT_EQ(record("good").status, 0);
  const nlohmann::json r = recorded();
  EXPECT_GE(r["cases"].size(), 60u);
  EXPECT_LE(r["cases"].size(), 160u);
  EXPECT_EQ(r["kernels"].begin().key(), "plugin:" + kFile + ":good");
}

TEST_F(Recordings, AWrongKernelAndACrashRecordNothing) {
  EXPECT_EQ(record("off-by-one").status, 1);
  const Outcome crash = record("crash");
  EXPECT_EQ(crash.status, 1);
  EXPECT_THAT(crash.text, HasSubstr("it crashed (Aborted)\nbitgate: nothing was recorded"));
  EXPECT_FALSE(exists("r.json"));
}

TEST_F(Recordings, OtherBytesAreRedEvenWhereTheCodeIsStale) {
  ASSERT_EQ(record("good").status, 0);
  nlohmann::json r = recorded();
  r["cases"][0]["fields"]["codes"]["sha256"] = std::string(64, 'a');
  write("red.json", r.dump());
  EXPECT_EQ(run("replay red.json" + subject_).status, 1);
  EXPECT_EQ(run("replay red.json").status, 1);
  const Outcome diff = run("diff-recordings r.json red.json");
  EXPECT_EQ(diff.status, 1);
  EXPECT_THAT(diff.text, HasSubstr("SHA-256 differs"));
}

TEST_F(Recordings, NothingInItIsNoPass) {
  ASSERT_EQ(record("good").status, 0);
  nlohmann::json r = recorded();
  r["cases"] = nlohmann::json::array();
  write("none.json", r.dump());
  const Outcome outcome = run("replay none.json" + subject_);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text, HasSubstr("holds no case: nothing was held"));
  EXPECT_EQ(run("diff-recordings r.json none.json").status, 2);
  EXPECT_EQ(run("diff-recordings none.json none.json").status, 2);
}

TEST_F(Recordings, EqualRecordingsPassAndJsonSaysSo) {
  ASSERT_EQ(record("good").status, 0);
  const Outcome outcome = run("diff-recordings --json r.json r.json", false);
  EXPECT_EQ(outcome.status, 0);
  const nlohmann::json result = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(result["different"].size(), 0u);
  EXPECT_EQ(result["equal"], recorded()["cases"].size());
}

TEST_F(Recordings, BadInputIsOneSentence) {
  ASSERT_EQ(record("good").status, 0);
  EXPECT_EQ(run("replay r.json --flags=-O3").status, 3);
  EXPECT_EQ(run("replay r.json --source none.cpp").status, 3);
  EXPECT_THAT(run("replay r.json --subject 'plugin:" BITGATE_TEST_PLUGIN ":other'").text,
              HasSubstr("r.json holds no plugin:" + kFile + ":other; its plugins: plugin:" + kFile + ":good"));
  EXPECT_EQ(run("replay r.json --subject cpu/te/nvfp4").status, 3);
  write(kFile, "no library");
  const Outcome text = run("replay r.json --subject 'plugin:" + kFile + ":good'");
  EXPECT_EQ(text.status, 3);
  EXPECT_THAT(text.text, HasSubstr(kFile + ": the ELF header"));
  nlohmann::json newer = recorded(), twice = recorded();
  newer["version"] = 3;
  twice["cases"].push_back(twice["cases"][0]);
  write("newer.json", newer.dump());
  write("twice.json", twice.dump());
  for (const char* file : {"newer.json", "twice.json"}) {
    EXPECT_EQ(run("replay " + std::string(file) + subject_).status, 3) << file;
    EXPECT_EQ(run("diff-recordings r.json " + std::string(file)).status, 3) << file;
  }
}

TEST_F(Recordings, ACpuSubjectHoldsByThisProgram) {
  ASSERT_EQ(run("record --cases small --out r.json --subject cpu/te/nvfp4-v1").status, 0);
  EXPECT_EQ(run("replay r.json").status, 0);
  EXPECT_EQ(run("record --cases small --out r.json --subject cpu/none").status, 3);
  EXPECT_EQ(run("record --cases small --out r.json --subject cpu/te/nvfp4 --source x.cpp").status, 3);
}

TEST_F(Recordings, AFailedSubjectHasItsVerdictInJson) {
  const Outcome outcome = run(
      "verify --json --case torchao/mxfp4-floor/fp32/normal/4x64/s1 --subject 'plugin:" BITGATE_TEST_PLUGIN ":crash'",
      false);
  EXPECT_EQ(outcome.status, 1);
  const nlohmann::json result = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(result["bit_exact"], false);
  EXPECT_THAT(result["failed"].get<std::string>(), HasSubstr("it crashed"));
}

TEST_F(Recordings, AMisspeltCommandNamesThoseOfHelpAlone) {
  const Outcome outcome = run("reply r.json");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.text, HasSubstr("replay"));
  EXPECT_THAT(outcome.text, Not(HasSubstr("plugin-worker")));
}

}  // namespace
}  // namespace bitgate::reports
