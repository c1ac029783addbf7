// The operands of fused operations by the program: a gate and row factors in files, there and back through quantize,
// verify and explain, and what is said of those that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <string>

#include "bitgate/compare/npy.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kRows = 8, kCols = 64;
const std::string kSilu = "--recipe vllm/silu-nvfp4 --input x.npy --dtype bf16 ";
const std::string kNorm = "--recipe flashinfer/nvfp4-cute-rmsnorm --input x.npy --dtype bf16 ";

// x, 64 x and 2 x of bf16; gates of 64, whose SiLU is 64, and of other numbers; factors and weights.
class FusedProgram : public testing::Test {
 protected:
  void SetUp() override {
    write_bf16("x.npy", 1.0f);
    write_bf16("x64.npy", 64.0f);
    write_bf16("x2.npy", 2.0f);
    const std::vector<std::uint16_t> gate(kRows * kCols, 0x4280);
    compare::write_npy(folder_ / "gate.npy", compare::make_npy({kRows, kCols}, gate));
    compare::write_npy(folder_ / "turned.npy", compare::make_npy({kCols, kRows}, gate));
    write("gate32.npy", {kRows, kCols}, 64.0f);
    write("ones.npy", {kCols}, 1.0f);
    write("one.npy", {kRows}, 1.0f);
    write("two.npy", {kRows}, 2.0f);
    write("column.npy", {kRows, 1}, 2.0f);
    write("short.npy", {kRows - 1}, 2.0f);
    write("zero.npy", {kRows}, 0.0f);
  }

  // Sixteenths up to 50 / 16: six bits, which bf16 holds.
  void write_bf16(const char* name, float factor) const {
    std::vector<std::uint16_t> bits;
    for (int i = 0; i < kRows * kCols; ++i) {
      const float x = factor * static_cast<float>(i * 37 % 101 - 50) / 16.0f;
      bits.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16));
    }
    compare::write_npy(folder_ / name, compare::make_npy({kRows, kCols}, bits));
  }
  void write(const char* name, const std::vector<std::int64_t>& shape, float number) const {
    std::size_t n = 1;
    for (const std::int64_t side : shape) n *= static_cast<std::size_t>(side);
    compare::write_npy(folder_ / name, compare::make_npy(shape, std::vector<float>(n, number)));
  }

  Outcome run(const std::string& arguments) const {
    return shell("cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " " + arguments + " 2>&1");
  }
  void expect_pass(const std::string& arguments, const std::string& says = "") const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr(says)) << arguments;
  }
  void expect_refusal(const std::string& options, const std::string& about) const {
    for (const std::string command : {"quantize --out o ", "verify --from d ", "explain --at 1,2 "}) {
      const Outcome outcome = run(command + options);
      EXPECT_EQ(outcome.status, 3) << command << options << "\n" << outcome.text;
      EXPECT_THAT(outcome.text, AllOf(StartsWith("bitgate: "), HasSubstr(about))) << command << options;
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "o")) << options;
  }
  void expect_same(const std::string& one, const std::string& other) const {
    const QuantizedTensor a = compare::read_tensor(folder_ / one).tensor,
                          b = compare::read_tensor(folder_ / other).tensor;
    EXPECT_EQ(a.codes, b.codes);
    EXPECT_EQ(a.scales, b.scales);
    EXPECT_EQ(a.global, b.global);
  }

  compare::TemporaryDirectory folder_;
};

TEST_F(FusedProgram, AGateIsQuantizedVerifiedAndExplained) {
  expect_pass("quantize " + kSilu + "--gate gate.npy --out d");
  expect_pass("quantize --recipe vllm/nvfp4 --input x64.npy --dtype bf16 --out product");
  expect_same("d", "product");
  expect_pass("verify " + kSilu + "--gate gate.npy --from d", "bit-exact");
  expect_pass("explain " + kSilu + "--gate gate.npy --at 1,2", "vllm/silu-nvfp4, element (1, 2)");
  const std::vector<std::uint16_t> ones(kRows * kCols, 0x3F80);
  compare::write_npy(folder_ / "other.npy", compare::make_npy({kRows, kCols}, ones));
  EXPECT_EQ(run("verify " + kSilu + "--gate other.npy --from d").status, 1);
}

TEST_F(FusedProgram, RowFactorsAreQuantizedVerifiedAndExplained) {
  expect_pass("quantize " + kNorm + "--weight ones.npy --row-factor two.npy --out d");
  expect_pass("quantize " + kNorm + "--weight ones.npy --row-factor column.npy --out column");
  expect_pass(
      "quantize --recipe flashinfer/nvfp4-cute-rmsnorm --input x2.npy --dtype bf16 --weight ones.npy "
      "--row-factor one.npy --out twice");
  expect_same("d", "column");
  expect_same("d", "twice");
  expect_pass("verify " + kNorm + "--weight ones.npy --row-factor two.npy --from d", "bit-exact");
  expect_pass("explain " + kNorm + "--weight ones.npy --row-factor two.npy --at 7,63",
              "flashinfer/nvfp4-cute-rmsnorm, element (7, 63)");
  EXPECT_EQ(run("verify " + kNorm + "--weight ones.npy --row-factor one.npy --from d").status, 1);
}

// A case brings its own, and an option outranks it.
TEST_F(FusedProgram, ACaseBringsItsOperands) {
  for (const std::string recipe : {"vllm/silu-nvfp4", "flashinfer/nvfp4-cute-rmsnorm"}) {
    const std::string name = "--case " + recipe + "/bf16/normal/8x64/s7 ";
    expect_pass("quantize " + name + "--out d");
    expect_pass("verify " + name + "--from d", "bit-exact");
    expect_pass("explain " + name, recipe);
  }
  EXPECT_EQ(run("verify --case flashinfer/nvfp4-cute-rmsnorm/bf16/normal/8x64/s7 --row-factor two.npy --from d").status,
            1);
}

TEST_F(FusedProgram, GatesThatDoNotFitAreNamed) {
  expect_pass("quantize " + kSilu + "--gate gate.npy --out d");
  expect_refusal(kSilu, "a gate is needed: one number an element");
  expect_refusal(kSilu + "--gate none.npy", "none.npy");
  expect_refusal(kSilu + "--gate gate32.npy", "gate32.npy: holds float32, expected uint16 bit patterns for dtype bf16");
  expect_refusal(kSilu + "--gate turned.npy",
                 "--gate turned.npy: holds bf16 of 64 x 8, and the input is bf16 of 8 x 64");
  expect_refusal(kSilu + "--gate gate.npy --row-factor two.npy", "a factor a row was given");
  expect_refusal("--recipe vllm/nvfp4 --input x.npy --dtype bf16 --gate gate.npy", "a gate was given");
}

TEST_F(FusedProgram, RowFactorsThatDoNotFitAreNamed) {
  const std::string weighted = kNorm + "--weight ones.npy ";
  expect_pass("quantize " + weighted + "--row-factor two.npy --out d");
  expect_refusal(weighted, "0 row factors given, one a row (8) expected");
  expect_refusal(kNorm + "--row-factor two.npy", "a weight is needed");
  expect_refusal(weighted + "--row-factor none.npy", "none.npy");
  expect_refusal(weighted + "--row-factor short.npy",
                 "--row-factor short.npy: holds float32 of (7,), and 8 rows take float32 of (8,)");
  expect_refusal(weighted + "--row-factor gate.npy", "--row-factor gate.npy: holds uint16 of (8, 64)");
  expect_refusal(weighted + "--row-factor zero.npy", "a row factor is not a positive finite number");
  expect_refusal("--recipe vllm/nvfp4 --input x.npy --dtype bf16 --row-factor two.npy", "a factor a row was given");
}

TEST_F(FusedProgram, HelpShowsThemByExample) {
  const Outcome help = run("quantize --help");
  EXPECT_THAT(help.text, AllOf(HasSubstr("--gate"), HasSubstr("vllm/silu-nvfp4"), HasSubstr("--row-factor"),
                               HasSubstr("flashinfer/nvfp4-cute-rmsnorm")));
}

}  // namespace
}  // namespace bitgate::reports
