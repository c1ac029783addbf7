// The program as a user runs it: exit statuses, what it says, what it leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "bitgate/compare/npy.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Runs `bitgate ARGUMENTS` in a folder of its own.
class Program : public testing::Test {
 protected:
  Outcome run(const std::string& arguments) const {
    const std::string command = "cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " " + arguments + " 2>&1";
    return shell(command);
  }

  void write_input(const std::string& name, std::int64_t rows, std::int64_t cols) const {
    std::vector<float> x(static_cast<std::size_t>(rows * cols));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16.0f;
    compare::write_npy(folder_ / name, compare::make_npy({rows, cols}, x));
  }

  std::string text_of(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  compare::TemporaryDirectory folder_;
};

// One sentence, status 3, and nothing new in the folder.
class ProgramRefuses : public Program {
 protected:
  void expect_refusal(const std::string& arguments, const std::string& about) {
    const std::vector<std::string> before = folder_.names();
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 3) << arguments << "\n" << outcome.text;
    EXPECT_THAT(outcome.text, AllOf(StartsWith("bitgate: "), HasSubstr(about))) << arguments;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
    EXPECT_EQ(folder_.names(), before) << arguments;
  }
};

TEST_F(Program, ADumpOfTheReferenceIsBitExactAndAFlippedCodeIsNamed) {
  write_input("x.npy", 4, 64);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d").status, 0);
  EXPECT_EQ(run("verify --recipe te/nvfp4 --input x.npy --from d").status, 0);
  std::string codes = text_of("d/codes.npy");
  codes.back() = static_cast<char>(codes.back() ^ 0x10);
  write("d/codes.npy", codes);
  const Outcome outcome = run("verify --recipe te/nvfp4 --input x.npy --from d");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("codes   from the input, its global and scales  1 of 256 differ"),
                                  HasSubstr("first differing element: (3, 63)"), HasSubstr("S_enc")));
}

TEST_F(Program, ADumpIsReadByOneOptionAFile) {
  write_input("x.npy", 2, 32);
  ASSERT_EQ(run("quantize --recipe torchao/nvfp4-tensorwise --input x.npy --out d").status, 0);
  const std::string files = " --codes d/codes.npy --scales d/scales.npy --dump-global d/global.npy";
  EXPECT_EQ(run("verify --recipe torchao/nvfp4-tensorwise --input x.npy" + files).status, 0);
  EXPECT_EQ(run("verify --recipe torchao/nvfp4-tensorwise --input x.npy --nibble-order high-first" + files).status, 1);
  EXPECT_EQ(run("verify --recipe torchao/nvfp4-tensorwise --input x.npy --nibble-order middle" + files).status, 3);
}

TEST_F(Program, DequantizeWritesTheProducersProducts) {
  const std::vector<float> x{6, -6, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5f};
  compare::write_npy(folder_ / "x.npy", compare::make_npy({1, 16}, x));
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d").status, 0);
  ASSERT_EQ(run("dequantize --from d --out y.npy --json").status, 0);
  const compare::NpyArray y = compare::read_npy(folder_ / "y.npy");
  const auto values = compare::values_of<float>(y.data);
  // fs = fl(fl(448 * 6) * fl(1/2688)) is 1: every element is a code's own value.
  EXPECT_EQ(values, x);
}

TEST_F(Program, ExplainShowsTheBitsOfEveryStage) {
  const Outcome outcome = run("explain --case te/nvfp4/bf16/normal/128x256/s7 --at 4,17 --json");
  ASSERT_EQ(outcome.status, 0);
  const nlohmann::json result = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(result["stages"].front()["name"], "amax");
  EXPECT_EQ(result["stages"].back()["name"], "code");
}

TEST_F(Program, AMisspeltCommandIsNamed) {
  const Outcome outcome = run("quantise");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("unknown command 'quantise'"), HasSubstr("quantize")));
}

TEST_F(ProgramRefuses, UnknownNamesAndWrongInputsInOneSentence) {
  write_input("x.npy", 2, 64);
  write_input("ragged.npy", 2, 33);
  write("short.npy", text_of("x.npy").substr(0, 200));
  expect_refusal("quantize --recipe te/nvpf4 --input x.npy --out o", "the nearest names are 'te/nvfp4'");
  expect_refusal("quantize --recipe te/nvfp4 --input none.npy --out o", "none.npy");
  expect_refusal("quantize --recipe te/nvfp4 --input ragged.npy --out o", "a multiple of 16 expected");
  expect_refusal("quantize --recipe te/nvfp4 --input short.npy --out o", "needs 512 bytes of data");
  expect_refusal("quantize --recipe te/nvfp4 --input x.npy --dtype bf16 --out o", "holds float32");
  expect_refusal("quantize --recipe te/nvfp4 --input x.npy --amax -1 --out o", "not negative");
  expect_refusal("quantize --recipe te/nvfp4 --input x.npy --out /proc/none/o", "cannot be written");
  expect_refusal("quantize --recipe te/nvfp4 --out o", "give either --input with --recipe, or --case");
  expect_refusal("quantize --case te/nvfp4/fp33/normal/4x64/s1 --out o", "expected fp32, bf16 or f16");
  expect_refusal("verify --recipe te/nvfp4 --input x.npy --subject cpu/te/nvpf4", "unknown subject");
  expect_refusal("verify --case te/nvfp4/fp32/normal/4x64/s1 --subject cuda/swizzle/128x4", "quantizes nothing");
  expect_refusal("report --out o --extent 16", "ROWSxCOLS expected");
  expect_refusal("gate --results none.json", "none.json");
  expect_refusal("replay x.npy", "not JSON");
}

TEST_F(Program, ReportIsWrittenToARelativeNameAndGateJudgesIt) {
  const Outcome report = run("report --out rep --extent 16x64 --recipe torchao/nvfp4-cpu");
  ASSERT_EQ(report.status, 0) << report.text;
  for (const char* file : {"rep/index.html", "rep/results.json", "rep/results.csv", "rep/distribution-fp32.png"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / file)) << file;
  EXPECT_EQ(run("gate --results rep/results.json").status, 0);
  const std::string update = "gate --results rep/results.json --thresholds t.json";
  ASSERT_EQ(run(update + " --update --who tests --why first").status, 0);
  EXPECT_EQ(run(update).status, 0);
  EXPECT_EQ(run(update + " --require-cases 100000").status, 2);
  EXPECT_EQ(run(update + " --require-subject cuda").status, 2);

  std::string results = text_of("rep/results.json");
  const std::size_t digest = results.find("\"codes\":\"");
  ASSERT_NE(digest, std::string::npos);
  char& digit = results[digest + 9];
  digit = digit == '0' ? '1' : '0';
  write("rep/results.json", results);
  const Outcome gate = run(update + " --junit j.xml --summary s.md");
  EXPECT_EQ(gate.status, 1);
  EXPECT_THAT(gate.text, AllOf(HasSubstr("the reference's codes changed"), HasSubstr("bitgate verify --case")));
  EXPECT_THAT(text_of("j.xml"), HasSubstr("<failure"));

  ASSERT_EQ(run(update + " --update --who tests --why second").status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "t.json.new"));
  const std::string old = text_of("t.json");
  const std::string review = "gate --review --thresholds t.json";
  EXPECT_EQ(run(review).status, 2);
  const Outcome unexplained = run(review + " --accept all");
  EXPECT_EQ(unexplained.status, 3);
  EXPECT_THAT(unexplained.text, HasSubstr("needs a reason"));
  EXPECT_EQ(text_of("t.json"), old);
  write("base.json", old);
  EXPECT_EQ(run("gate --base base.json --thresholds t.json.new").status, 1);
  EXPECT_EQ(run(review + " --accept all --why 'another code'").status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.json.new"));
  EXPECT_EQ(run("gate --base base.json --thresholds t.json").status, 0);
  EXPECT_EQ(run(update).status, 0);
}

class ProgramReplay : public Program {
 protected:
  // Two cases of the committed recording.
  nlohmann::json excerpt() const {
    std::ifstream file(BITGATE_GOLDEN_DIR "/recordings/h100.json");
    nlohmann::json recording = nlohmann::json::parse(file);
    nlohmann::json cases = nlohmann::json::array();
    for (const nlohmann::json& each : recording["cases"])
      if (each.dump().find("/1x64/s3") != std::string::npos) cases.push_back(each);
    recording["cases"] = cases;
    return recording;
  }
};

TEST_F(ProgramReplay, ACommittedRecordingHolds) {
  write("r.json", excerpt().dump());
  const Outcome outcome = run("replay r.json");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("0 differ from the reference"));
}

TEST_F(ProgramReplay, AChangedPlanIsStale) {
  std::string text = excerpt().dump();
  const std::size_t grid = text.find("grid=");
  ASSERT_NE(grid, std::string::npos);
  text.insert(grid + 5, "9");
  write("r.json", text);
  const Outcome outcome = run("replay r.json");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("stale: "));
}

TEST_F(ProgramReplay, ChangedCodeAndSourceAreStaleAndChangedBytesDiffer) {
  nlohmann::json changed = excerpt();
  for (auto& [key, kernel] : changed["kernels"].items())
    for (const char* digest : {"code_sha256", "source_sha256"}) kernel[digest] = std::string(64, 'a');
  write("code.json", changed.dump());
  EXPECT_EQ(run("replay code.json").status, 2);

  nlohmann::json bytes = excerpt();
  bytes["cases"][0]["fields"]["scales"]["sha256"] = std::string(64, 'a');
  write("bytes.json", bytes.dump());
  EXPECT_EQ(run("replay bytes.json").status, 1);
}

TEST_F(Program, RecordWithoutAGpuCannotTell) {
  if (run("list subjects").text.find("NVIDIA driver") == std::string::npos &&
      run("list subjects").text.find("no CUDA") == std::string::npos)
    GTEST_SKIP() << "a GPU is here";
  const Outcome outcome = run("record --out r.json --subject cuda/te/nvfp4");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "r.json"));
  EXPECT_EQ(run("record --out r.json --subject cuda/te/nvfp5").status, 3);
}

// Rows of a list, whose names differ from each other.
class ProgramLists : public Program {
 protected:
  std::set<std::string> names_of(const std::string& what) const {
    const Outcome outcome = run("list " + what + " --json");
    EXPECT_EQ(outcome.status, 0) << what << "\n" << outcome.text;
    const nlohmann::json list = nlohmann::json::parse(outcome.text);
    std::set<std::string> names;
    for (const nlohmann::json& row : list)
      EXPECT_TRUE(names.insert(row["name"].get<std::string>()).second) << what << ": " << row["name"];
    // The text has the same rows below its header.
    const std::string text = run("list " + what).text;
    EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), names.size() + 1) << what;
    return names;
  }
};

// "cuda/ggml/q8_1:fast-math" is a kernel for ggml/q8_1, cuda/dequantize/te/nvfp4 turns its codes back.
std::string recipe_of(const std::string& subject) {
  std::size_t start = subject.find('/') + 1;
  if (subject.starts_with("cuda/dequantize/")) start = subject.find('/', start) + 1;
  return subject.substr(start, subject.find(':') - start);
}
// Those that are of no recipe.
bool is_of_none(const std::string& subject) {
  for (const char* start : {"plugin:FILE:KERNEL", "cuda/swizzle/", "cuda/unswizzle/", "cuda/pack/", "cuda/amax/",
                            "cuda/mmvq/", "cpu/gemm/"})
    if (subject.starts_with(start)) return true;
  return false;
}

TEST_F(ProgramLists, AreJsonWithNamesThatDiffer) {
  const std::set<std::string> recipes = names_of("recipes"), subjects = names_of("subjects");
  EXPECT_GE(recipes.size(), 230u);
  EXPECT_EQ(names_of("formats").size(), 23u);
  EXPECT_GE(names_of("conversions").size(), 70u);
  EXPECT_GE(names_of("distributions").size(), 17u);
  EXPECT_TRUE(names_of("aliases").contains("per-token"));
  EXPECT_EQ(names_of("instructions").size(), 120u);
  EXPECT_TRUE(names_of("epilogues").contains("te/gemm-nvfp4-row"));
  for (const char* recipe : {"te/nvfp4", "torchao/nvfp4", "mx/mxfp4-nearest-ext", "ggml/q8_1"})
    EXPECT_TRUE(recipes.contains(recipe)) << recipe;
  for (const std::string& subject : subjects)
    EXPECT_TRUE(is_of_none(subject) || recipes.contains(recipe_of(subject))) << subject;
  // Of each recipe that states the order of its products, values-only ones apart.
  const auto dequantize = [](const std::string& subject) { return subject.starts_with("cuda/dequantize/"); };
  EXPECT_EQ(std::count_if(subjects.begin(), subjects.end(), dequantize), 141);
  EXPECT_TRUE(subjects.contains("plugin:FILE:KERNEL"));
}

class ProgramIdentify : public Program {
 protected:
  void SetUp() override {
    ASSERT_EQ(run("probe write --scheme nvfp4 --dtype fp32 --out p.npy --from " BITGATE_GOLDEN_DIR "/probes").status,
              0);
    for (const std::string& name : folder_.names()) probes_.push_back(name);
    ASSERT_FALSE(probes_.empty());
  }
  // The options that give each probe with its dump by `recipe`.
  std::string dumps_of(const std::string& recipe) const {
    std::string options;
    for (const std::string& probe : probes_) {
      const std::string dump = "d-" + probe.substr(0, probe.find('.'));
      EXPECT_EQ(run("quantize --recipe " + recipe + " --input " + probe + " --out " + dump).status, 0);
      // A dump says nothing of its recipe.
      nlohmann::json description = nlohmann::json::parse(text_of(dump + "/tensor.json"));
      description.erase("recipe");
      write(dump + "/tensor.json", description.dump());
      options += " --input " + probe + " --from " + dump;
    }
    return options;
  }
  std::vector<std::string> probes_;
};

TEST_F(ProgramIdentify, NamesTheRecipeOfADumpAlone) {
  const Outcome outcome = run("identify --json" + dumps_of("te/nvfp4-v1"));
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  const nlohmann::json found = nlohmann::json::parse(outcome.text);
  ASSERT_EQ(found["exact"].size(), 1u) << found["exact"].dump(1);
  EXPECT_EQ(found["exact"][0]["recipe"], "te/nvfp4-v1");
}

TEST_F(ProgramIdentify, WithoutAMatchTheNearestIsNamedAndTheStatusIsOne) {
  const std::string options = dumps_of("te/nvfp4");
  const std::string codes_file = "d-" + probes_[0].substr(0, probes_[0].find('.')) + "/codes.npy";
  std::string codes = text_of(codes_file);
  codes.back() = static_cast<char>(codes.back() ^ 0x10);
  write(codes_file, codes);
  const Outcome outcome = run("identify" + options);
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(StartsWith("no recipe explains every byte"), HasSubstr("te/nvfp4: 1 bytes differ")));
}

TEST_F(ProgramIdentify, SwappedNibblesAreNamedAsTheMistake) {
  const std::string options = dumps_of("te/nvfp4");
  for (const std::string& probe : probes_) {
    const std::string file = "d-" + probe.substr(0, probe.find('.')) + "/codes.npy";
    std::string codes = text_of(file);
    for (std::size_t i = 128; i < codes.size(); ++i) {  // behind the header
      const auto byte = static_cast<unsigned char>(codes[i]);
      codes[i] = static_cast<char>(byte << 4 | byte >> 4);
    }
    write(file, codes);
  }
  const Outcome outcome = run("identify" + options);
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("explains every byte if the two 4-bit codes of each byte are swapped"));
}

TEST_F(Program, DiffPrintsTheAxesAndTheFrequencies) {
  const Outcome outcome = run("diff te/nvfp4 te/nvfp4-v1 --extent 64x256");
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("te/nvfp4"), HasSubstr("te/nvfp4-v1"), HasSubstr("normal")));
  const nlohmann::json diff = nlohmann::json::parse(run("diff te/nvfp4 te/nvfp4-v1 --extent 64x256 --json").text);
  ASSERT_FALSE(diff["axes"].empty());
  EXPECT_THAT(outcome.text, HasSubstr(diff["axes"][0]["axis"].get<std::string>()));
  EXPECT_NE(diff["axes"][0]["a"], diff["axes"][0]["b"]);
  EXPECT_EQ(run("diff te/nvfp4 te/nvpf4-v1").status, 3);
}

TEST_F(Program, ProbeWriteGivesInputsThatQuantizeReads) {
  const std::string from = " --from " BITGATE_GOLDEN_DIR "/probes";
  const Outcome outcome = run("probe write --scheme q8_0 --dtype fp32 --out p.npy --json" + from);
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  const nlohmann::json summary = nlohmann::json::parse(outcome.text);
  ASSERT_FALSE(summary["files"].empty());
  for (const nlohmann::json& file : summary["files"])
    EXPECT_EQ(run("quantize --recipe ggml/q8_0-cpu-ref --out d --input " + file.get<std::string>()).status, 0) << file;
  EXPECT_EQ(run("probe write --scheme q9_0 --dtype fp32 --out p.npy" + from).status, 3);
}

TEST_F(Program, ResolveNamesTheRecipeOfASituation) {
  const Outcome fast = run("resolve te --env NVTE_USE_FAST_MATH=1 --dtype bf16 --shape 128x256 --arch sm_100a");
  EXPECT_EQ(fast.status, 0) << fast.text;
  EXPECT_THAT(fast.text, HasSubstr("te/nvfp4-fast"));
  const Outcome unknown = run("resolve te --env NVTE_FOO=1");
  EXPECT_EQ(unknown.status, 3) << unknown.text;
  EXPECT_THAT(unknown.text, HasSubstr("NVTE_FOO"));
}

TEST_F(Program, VerifyJudgesTheColumnwiseTwin) {
  write_input("x.npy", 32, 64);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --both --out d").status, 0);
  const std::string verify = "verify --recipe te/nvfp4 --input x.npy --from d";
  const Outcome whole = run(verify);
  EXPECT_EQ(whole.status, 0) << whole.text;
  EXPECT_THAT(whole.text, HasSubstr("its column-wise twin: bit-exact"));
  std::string codes = text_of("d/codes_t.npy");
  ASSERT_FALSE(codes.empty());
  codes.back() = static_cast<char>(codes.back() ^ 0x10);
  write("d/codes_t.npy", codes);
  const Outcome broken = run(verify);
  EXPECT_EQ(broken.status, 1) << broken.text;
  EXPECT_THAT(broken.text, HasSubstr("its column-wise twin: DIFFERENT"));
  const nlohmann::json result = nlohmann::json::parse(run(verify + " --json").text);
  EXPECT_EQ(result["codes"]["different"], 0);
  EXPECT_EQ(result["columnwise"]["codes"]["different"], 1);
  EXPECT_EQ(result["bit_exact"], false);
}

TEST_F(Program, ReportShowsWhomIdentifyNames) {
  std::filesystem::create_directory(folder_ / "sets");
  std::filesystem::copy(BITGATE_GOLDEN_DIR "/probes/q8_0-fp32.npz", folder_ / "sets");
  const Outcome report = run("report --out rep --extent 16x64 --recipe torchao/nvfp4-cpu --probes sets");
  ASSERT_EQ(report.status, 0) << report.text;
  const nlohmann::json results = nlohmann::json::parse(text_of("rep/results.json"));
  ASSERT_EQ(results["identify"].size(), 1u);
  EXPECT_EQ(results["identify"][0]["set"], "q8_0-fp32");
  EXPECT_THAT(text_of("rep/index.html"), HasSubstr("for 4 of 4</p>"));
  EXPECT_EQ(run("report --out rep --probes none").status, 3);
}

}  // namespace
}  // namespace bitgate::reports
