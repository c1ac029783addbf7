// `bitgate identify` as a user runs it: dumps by one option a file, refusals before any recipe is asked, what it says
// when nothing can be told. Beside it the help and the refusals of the other commands that look into recipes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
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
using testing::Not;

class IdentifyAsRun : public testing::Test {
 protected:
  void write_input(const std::string& name, std::int64_t rows, std::int64_t cols) const {
    std::vector<float> x(static_cast<std::size_t>(rows * cols));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16.0f;
    compare::write_npy(folder_ / name, compare::make_npy({rows, cols}, x));
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

  std::string said_;
  compare::TemporaryDirectory folder_;
};

TEST_F(IdentifyAsRun, AnEmptyDumpTellsNothing) {
  write_input("e.npy", 0, 256);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input e.npy --out d"), 0) << said_;
  EXPECT_THAT(said_, AllOf(HasSubstr("SQNR none"), Not(HasSubstr("nan"))));
  EXPECT_EQ(run("identify --input e.npy --from d"), 2);
  EXPECT_THAT(said_, HasSubstr("could not tell: nothing was compared"));
  EXPECT_EQ(run("identify --input e.npy --from d --json"), 2);
  EXPECT_EQ(nlohmann::json::parse(said_)["could_not_tell"], "nothing was compared");
}

TEST_F(IdentifyAsRun, PaddingIsToldUnlessTheDumpSaysItIsAnything) {
  write_input("x.npy", 8, 32);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --layout padded --out d"), 0) << said_;
  std::vector<std::uint8_t> scales = compare::values_of<std::uint8_t>(compare::read_npy(folder_ / "d/scales.npy").data);
  scales.back() = 1;
  compare::write_npy(folder_ / "d/scales.npy", compare::make_npy({128, 4}, scales));
  EXPECT_EQ(run("identify --input x.npy --from d"), 0);
  EXPECT_THAT(said_, HasSubstr("1 pad bytes or nibbles of the dump are not zero"));
  EXPECT_EQ(run("verify --recipe te/nvfp4 --input x.npy --from d"), 1);

  std::ifstream described(folder_ / "d/tensor.json");
  nlohmann::ordered_json tensor = nlohmann::ordered_json::parse(described);
  tensor["padding"] = "any";
  std::ofstream(folder_ / "d/tensor.json") << tensor;
  EXPECT_EQ(run("identify --input x.npy --from d"), 0);
  EXPECT_THAT(said_, Not(HasSubstr("not zero")));
  EXPECT_EQ(run("verify --recipe te/nvfp4 --input x.npy --from d"), 0) << said_;
}

TEST_F(IdentifyAsRun, ColumnwiseFilesAreReadInAnyOrderOfOptions) {
  const std::vector<std::uint16_t> ones(32 * 64, 0x3F80);
  compare::write_npy(folder_ / "b.npy", compare::make_npy({32, 64}, ones));
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input b.npy --dtype bf16 --columnwise --out d"), 0) << said_;
  const std::string files = " --codes d/codes_t.npy --scales d/scales_t.npy --dump-global d/global_t.npy";
  const std::string rest = " --input b.npy --dtype bf16 --stored-as te/nvfp4";
  for (const std::string& options :
       {" --columnwise" + files + rest, files + " --columnwise" + rest, rest + files + " --columnwise"}) {
    EXPECT_EQ(run("identify" + options), 0) << options << said_;
    EXPECT_THAT(said_, HasSubstr("te/nvfp4 ")) << options;
  }
}

TEST_F(IdentifyAsRun, AnotherShapeAndMissingFieldsAreRefusedByBothNames) {
  write_input("x.npy", 4, 64);
  write_input("y.npy", 8, 64);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d"), 0) << said_;
  EXPECT_EQ(run("identify --input y.npy --from d"), 3);
  EXPECT_EQ(said_, "bitgate: --input y.npy is 8 x 64, and d is a dump of 4 x 64\n");
  std::filesystem::remove(folder_ / "d" / "scales.npy");
  EXPECT_EQ(run("identify --input x.npy --from d"), 3);
  EXPECT_THAT(said_, AllOf(HasSubstr("the dump of --input x.npy"), HasSubstr("d: has no scales.npy")));
}

TEST_F(IdentifyAsRun, OperandsAreCheckedAsThoseOfQuantizeAre) {
  write_input("x.npy", 4, 64);
  ASSERT_EQ(run("quantize --recipe torchao/mxfp8e4m3-floor --input x.npy --out d"), 0) << said_;
  EXPECT_EQ(run("identify --input x.npy --from d --amax=-1"), 3);
  EXPECT_THAT(said_, HasSubstr("--amax -1"));
  EXPECT_EQ(run("identify --input x.npy --from d --amax-columnwise=-1"), 3);
  EXPECT_EQ(run("identify --input x.npy --from d --seed 3"), 3);
  EXPECT_THAT(said_, HasSubstr("draws no random words"));
  EXPECT_EQ(run("identify --input x.npy --from d --rbits x.npy"), 3);
  EXPECT_EQ(run("identify --input x.npy --from d --rbits-columnwise x.npy"), 3);
}

TEST_F(IdentifyAsRun, ReasonsAreCountedUnlessMoreIsAskedFor) {
  write_input("x.npy", 4, 64);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d"), 0) << said_;
  EXPECT_EQ(run("identify --input x.npy --from d"), 0);
  EXPECT_THAT(said_,
              AllOf(HasSubstr("recipes; --json, or --others above 5, tells why"), Not(HasSubstr("not asked: te/"))));
  EXPECT_EQ(run("identify --input x.npy --from d --others 6"), 0);
  EXPECT_THAT(said_, HasSubstr("not asked: te/"));
}

TEST_F(IdentifyAsRun, ACaseBringsItsOwnOperands) {
  EXPECT_EQ(run("quantize --case ggml/rms_norm-mul/fp32/normal/4x64/s1 --out d"), 0) << said_;
  ASSERT_EQ(run("quantize --case te/nvfp4-sr-soft-tuned/bf16/normal/128x128/s1 --out a"), 0) << said_;
  ASSERT_EQ(run("quantize --case te/nvfp4-sr-soft-tuned/bf16/normal/128x128/s1 --seed 1 --out b"), 0) << said_;
  ASSERT_EQ(run("quantize --case te/nvfp4-sr-soft-tuned/bf16/normal/128x128/s1 --seed 2 --out c"), 0) << said_;
  const auto codes = [&](const char* dump) { return compare::read_npy(folder_ / dump / "codes.npy").data; };
  EXPECT_EQ(codes("a"), codes("b"));
  EXPECT_NE(codes("a"), codes("c"));
}

TEST_F(IdentifyAsRun, UnknownNamesListTheKnown) {
  EXPECT_EQ(run("diff te/nvfp4 te/nvfp4-v1 --distribution nope"), 3);
  EXPECT_THAT(said_, AllOf(HasSubstr("--distribution 'nope'"), HasSubstr("laplace")));
  EXPECT_EQ(run("probe write --scheme zz --dtype bf16 --out q.npy"), 3);
  EXPECT_THAT(said_, AllOf(HasSubstr("--scheme 'zz'"), HasSubstr("mxfp8-e4m3")));
}

TEST_F(IdentifyAsRun, HelpShowsAnExampleAndWhatThereIs) {
  for (const std::string name : {"make", "write", "confusion"}) {
    EXPECT_EQ(run("probe " + name + " --help"), 0);
    EXPECT_THAT(said_, HasSubstr("Example: bitgate probe " + name));
  }
  EXPECT_EQ(run("list --help"), 0);
  EXPECT_THAT(said_.substr(0, said_.find('\n')), AllOf(HasSubstr("refusals"), HasSubstr("aliases")));
}

}  // namespace
}  // namespace bitgate::reports
