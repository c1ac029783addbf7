// `bitgate matrix`, `bitgate parity` and `bitgate verify --manifest` as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/npy.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class HeldAgainst : public testing::Test {
 protected:
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
  void dump(const std::string& recipe, const std::string& to, const std::string& shape = "16x64") {
    ASSERT_EQ(run("quantize --case te/nvfp4/fp32/normal/" + shape + "/s1 --recipe " + recipe + " --out " + to), 0)
        << said_;
  }
  nlohmann::json json() const { return nlohmann::json::parse(said_); }
  void expect_refusal(const std::string& arguments, const std::string& about) {
    EXPECT_EQ(run(arguments), 3) << arguments << "\n" << said_;
    EXPECT_THAT(said_, HasSubstr(about));
    EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
  }

  std::string said_;
  compare::TemporaryDirectory folder_;
};

TEST_F(HeldAgainst, EqualDumpsPass) {
  dump("te/nvfp4", "a");
  dump("te/nvfp4", "b");
  EXPECT_EQ(run("matrix --dump a=a --dump b=b"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("equal"));
}

TEST_F(HeldAgainst, AFlippedCodeIsFoundAgainstEachOther) {
  dump("te/nvfp4", "a");
  dump("te/nvfp4", "b");
  std::fstream codes(folder_ / "b/codes.npy", std::ios::in | std::ios::out | std::ios::binary);
  codes.seekg(-1, std::ios::end);
  const char last = static_cast<char>(codes.get() ^ 0x10);
  codes.seekp(-1, std::ios::end);
  codes.put(last);
  codes.close();
  EXPECT_EQ(run("matrix --dump a=a --dump b=b --case te/nvfp4/fp32/normal/16x64/s1 --json"), 1);
  const nlohmann::json pairs = json()["pairs"];
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0]["a"], "te/nvfp4");
  EXPECT_TRUE(pairs[0]["equal"]);
  EXPECT_EQ(pairs[0]["sqnr_db"], "inf");
  EXPECT_FALSE(pairs[2]["equal"]);
  EXPECT_EQ(pairs[2]["different_bytes"], 1);
  EXPECT_EQ(pairs[2]["parts"]["stage"], "codes");
  EXPECT_EQ(pairs[2]["parts"]["row"], 15);
  EXPECT_EQ(pairs[2]["parts"]["col"], 63);
}

TEST_F(HeldAgainst, MatrixRefusesInOneSentence) {
  dump("te/nvfp4", "a");
  dump("te/nvfp4-row", "row");
  dump("te/nvfp4", "wide", "16x128");
  expect_refusal("matrix --dump a=a --dump r=row", "a and r: cannot compare: expected a tensor of scheme nvfp4");
  expect_refusal("matrix --dump a=a --dump w=wide", "expected a tensor of 16 x 64, got 16 x 128");
  dump("te/nvfp4 --columnwise", "columns");
  expect_refusal("matrix --dump a=a --dump c=columns", "a and c: cannot compare: expected tensors of one direction");
  expect_refusal("matrix --dump a=a", "at least twice");
  expect_refusal("matrix --dump a=a --dump a=a", "two tensors have the name 'a'");
  expect_refusal("matrix --dump a --dump b=a", "NAME=DIR expected");
  expect_refusal("matrix --dump a=a --dump b=none", "none");
}

TEST_F(HeldAgainst, NothingComparedIsNoPass) {
  dump("te/nvfp4", "a", "0x64");
  EXPECT_EQ(run("matrix --dump a=a --dump b=a"), 2) << said_;
}

TEST_F(HeldAgainst, ParityTellsEqualDifferentAndUnknownApart) {
  EXPECT_EQ(run("parity te/nvfp4 te:dtype=bf16,shape=128x256,arch=sm_100a"), 0) << said_;
  EXPECT_THAT(said_, AllOf(HasSubstr("te.dispatch.tuned-1d"), HasSubstr("rowwise: te/nvfp4")));
  EXPECT_EQ(run("parity te@99:dtype=bf16 te/nvfp4"), 2);
  EXPECT_THAT(said_, HasSubstr("not known"));
  EXPECT_EQ(run("parity te:dtype=bf16 te/nvfp4"), 2);
  EXPECT_THAT(said_, HasSubstr("the answer depends on arch (e.g. sm_100a): give it"));
  EXPECT_EQ(run("parity te/nvfp4 torchao/nvfp4"), 1);
  EXPECT_THAT(said_, HasSubstr("bf16 1 x 16, all zero\n"));
  EXPECT_EQ(run("parity te/nvfp4 torchao/mxfp8e4m3-floor --json"), 1);
  EXPECT_EQ(json()["likeness"], "different");
  expect_refusal("parity te/nvpf4 te/nvfp4", "te/nvfp4");
  expect_refusal("parity te:dtype=bf17 te/nvfp4", "bf17");
}

TEST_F(HeldAgainst, AManifestNamesTheLayerWhatWasExpectedAndWhatTheBytesAre) {
  std::vector<float> x(64 * 64);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 1009) - 500) / 16.0f;
  for (const char* name : {"run/w.input.npy", "run/g.input.npy"}) {
    std::filesystem::create_directories(folder_ / "run");
    compare::write_npy(folder_ / name, compare::make_npy({64, 64}, x));
  }
  ASSERT_EQ(run("quantize --recipe te/nvfp4-2d --input run/w.input.npy --out run/w"), 0) << said_;
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input run/g.input.npy --out run/g"), 0) << said_;
  std::ofstream(folder_ / "roles.json")
      << R"({"roles": [{"pattern": "*", "role": "weight", "recipe": "te/nvfp4-2d"}]})";
  EXPECT_EQ(run("verify --manifest roles.json run"), 1);
  EXPECT_THAT(said_, AllOf(HasSubstr("g (weight): DIFFERENT, expected te/nvfp4-2d, the bytes are te/nvfp4"),
                           HasSubstr("w (weight): te/nvfp4-2d, bit-exact"), HasSubstr("2 tensors, 1 different")));
  std::ofstream(folder_ / "roles.json")
      << R"({"roles": [{"pattern": "w", "role": "weight", "recipe": "te/nvfp4-2d"}]})";
  EXPECT_EQ(run("verify --manifest roles.json run --json"), 0) << said_;
  EXPECT_EQ(json()["unnamed"], nlohmann::json::array({"g"}));
  std::ofstream(folder_ / "roles.json")
      << R"({"roles": [{"pattern": "z", "role": "weight", "recipe": "te/nvfp4-2d"}]})";
  expect_refusal("verify --manifest roles.json run", "no pattern of the manifest matches");
  expect_refusal("verify --manifest roles.json", "belong together");
  expect_refusal("verify --manifest roles.json run --recipe te/nvfp4", "give no other recipe");
}

}  // namespace
}  // namespace bitgate::reports
