// `bitgate quantize` and `dequantize` as a user runs them: directions, layouts and the operands beside the input.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/npy.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Quantize : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<float> x(64 * 32);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16.0f;
    compare::write_npy(folder_ / "x.npy", compare::make_npy({64, 32}, x));
    for (std::size_t i = 0; i < x.size(); ++i) turned_.push_back(x[i % 64 * 32 + i / 64]);
    compare::write_npy(folder_ / "xt.npy", compare::make_npy({32, 64}, turned_));
  }

  int run(const std::string& arguments) {
    const std::string command = "cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " " + arguments + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return -1;
    std::array<char, 4096> buffer{};
    said_.clear();
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) said_.append(buffer.data(), n);
    const int raw = ::pclose(pipe);
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  }
  void expect_refusal(const std::string& options, const std::string& about) {
    EXPECT_EQ(run("quantize --out o " + options), 3) << options << "\n" << said_;
    EXPECT_THAT(said_, HasSubstr(about)) << options;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "o")) << options;
  }
  compare::LoadedTensor tensor(const std::string& name) const { return compare::read_tensor(folder_ / name); }
  std::vector<std::int64_t> shape(const std::string& name) const { return compare::read_npy(folder_ / name).shape; }

  compare::TemporaryDirectory folder_;
  std::vector<float> turned_;
  std::string said_;
};

TEST_F(Quantize, ColumnwiseIsRowwiseOfTheTransposedOperand) {
  for (const std::string recipe : {"te/nvfp4", "te/mxfp8-e4m3", "te/nvfp4-2d", "te/fp8-block1x128-e4m3"}) {
    ASSERT_EQ(run("quantize --recipe " + recipe + " --input x.npy --columnwise --out c"), 0) << recipe << said_;
    ASSERT_EQ(run("quantize --recipe " + recipe + " --input xt.npy --out r"), 0) << recipe << said_;
    ASSERT_EQ(run("quantize --recipe " + recipe + " --input x.npy --both --out b"), 0) << recipe << said_;
    const QuantizedTensor columnwise = tensor("c").tensor, rowwise = tensor("r").tensor, both = tensor("b").tensor;
    EXPECT_EQ(columnwise.direction, Direction::kColumnwise);
    EXPECT_EQ(columnwise.codes, rowwise.codes) << recipe;
    EXPECT_EQ(columnwise.scales, rowwise.scales) << recipe;
    ASSERT_EQ(both.columnwise.size(), 1u) << recipe;
    EXPECT_EQ(both.columnwise[0].codes, columnwise.codes) << recipe;
    EXPECT_EQ(tensor("b").description.extent, (Extent{64, 32}));
  }
}

TEST_F(Quantize, DequantizeWritesAColumnwiseTensorAsTheOperandLies) {
  ASSERT_EQ(run("quantize --recipe te/mxfp8-e4m3 --input x.npy --columnwise --out c"), 0) << said_;
  ASSERT_EQ(run("dequantize --from c --out y.npy"), 0) << said_;
  ASSERT_EQ(run("quantize --recipe te/mxfp8-e4m3 --input xt.npy --out r"), 0) << said_;
  ASSERT_EQ(run("dequantize --from r --out yt.npy"), 0) << said_;
  EXPECT_THAT(shape("y.npy"), ElementsAre(64, 32));
  const auto y = compare::values_of<float>(compare::read_npy(folder_ / "y.npy").data);
  const auto yt = compare::values_of<float>(compare::read_npy(folder_ / "yt.npy").data);
  for (std::size_t i = 0; i < yt.size(); ++i) ASSERT_EQ(yt[i], y[i % 64 * 32 + i / 64]) << i;
}

// The scales make 6 of the code 6, so 0.75 alone is off: a tie, to the even code of 1. d = 0.25, sum y^2 = 82.
TEST_F(Quantize, PeersMetricsStandBesideOurs) {
  const std::vector<float> x{6, -6, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.75f};
  compare::write_npy(folder_ / "p.npy", compare::make_npy({1, 16}, x));
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input p.npy --out d --json"), 0) << said_;
  const nlohmann::json result = nlohmann::json::parse(said_);
  const double sqnr_db = result["sqnr_db"], torchao_db = result["peers"]["torchao_db"];
  EXPECT_NEAR(sqnr_db, 31.156, 1e-3);  // 10 log10(81.5625 / 0.0625)
  EXPECT_NEAR(torchao_db, sqnr_db, 1e-4);
  EXPECT_NEAR(result["peers"]["ggml_nmse"].get<double>(), 0.0625 / 82, 1e-8);
  EXPECT_NEAR(result["peers"]["ggml_rmse"].get<double>(), 0.25 / 16, 1e-7);
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input p.npy --out d"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("ggml array RMSE 0.015625"));
}

TEST_F(Quantize, LayoutsHoldTheSameScales) {
  ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d"), 0) << said_;
  EXPECT_THAT(shape("d/scales.npy"), ElementsAre(64, 2));
  const Scales logical = tensor("d").tensor.scales;
  for (const std::string layout : {"padded", "128x4", "8x4"}) {
    ASSERT_EQ(run("quantize --recipe te/nvfp4 --input x.npy --out d --layout " + layout), 0) << said_;
    EXPECT_THAT(shape("d/scales.npy"), ElementsAre(layout == "8x4" ? 64 : 128, 4)) << layout;
    EXPECT_EQ(tensor("d").tensor.scales, logical) << layout;
  }
  expect_refusal("--recipe te/nvfp4 --input x.npy --layout 4x4", "logical, padded, 128x4 or 8x4 expected");
  expect_refusal("--recipe ggml/q8_1 --input x.npy --layout padded", "scheme q8_1 has no scales laid out so");
}

TEST_F(Quantize, BlocksAreThoseOfTheRecipe) {
  for (const auto& [recipe, bytes] : {std::pair{"ggml/q8_1", 36}, {"ggml/q4_0-cpu-ref", 18}, {"ggml/mxfp4-mmq", 144}}) {
    ASSERT_EQ(run(fmt::format("quantize --recipe {} --input x.npy --out d", recipe)), 0) << said_;
    EXPECT_EQ(shape("d/packed.npy").back(), bytes) << recipe;
  }
}

TEST_F(Quantize, AProducerOfValuesWritesNothingElse) {
  ASSERT_EQ(run("quantize --recipe mx/mxfp4-nearest-py --input x.npy --out d"), 0) << said_;
  EXPECT_THAT(shape("d/values.npy"), ElementsAre(64, 32));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "d/codes.npy"));
}

TEST_F(Quantize, WeightAndEpsilonReachAFusedNorm) {
  compare::write_npy(folder_ / "w.npy", compare::make_npy({32}, std::vector<float>(32, 2.0f)));
  ASSERT_EQ(run("quantize --recipe ggml/rms_norm --input x.npy --out one"), 0) << said_;
  ASSERT_EQ(run("quantize --recipe ggml/rms_norm-mul --input x.npy --weight w.npy --out two"), 0) << said_;
  ASSERT_EQ(run("quantize --recipe ggml/rms_norm --input x.npy --eps 1e6 --out small"), 0) << said_;
  const auto one = tensor("one").tensor.values, two = tensor("two").tensor.values;
  for (std::size_t i = 0; i < one.size(); ++i) ASSERT_EQ(two[i], 2 * one[i]) << i;
  EXPECT_NE(one, tensor("small").tensor.values);
  expect_refusal("--recipe ggml/rms_norm --input x.npy --eps -1", "--eps -1: a number that is not negative expected");
  expect_refusal("--recipe ggml/rms_norm --input x.npy --eps nan", "--eps nan: a number that is not negative expected");
  expect_refusal("--recipe ggml/rms_norm --input x.npy --eps x", "--eps 'x': a number expected");
  expect_refusal("--recipe ggml/rms_norm-mul --input x.npy --weight none.npy", "none.npy");
}

TEST_F(Quantize, GivenWordsReachStochasticRounding) {
  std::vector<float> x(128 * 128);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 97) / 16.0f;
  compare::write_npy(folder_ / "big.npy", compare::make_npy({128, 128}, x));
  const std::string start = "quantize --recipe te/nvfp4-sr-soft-fallback --input big.npy --out ";
  compare::write_npy(folder_ / "low.npy", compare::make_npy({128, 32}, std::vector<std::uint32_t>(128 * 32)));
  compare::write_npy(folder_ / "high.npy", compare::make_npy({128, 32}, std::vector<std::uint32_t>(128 * 32, ~0u)));
  ASSERT_EQ(run(start + "low --rbits low.npy"), 0) << said_;
  ASSERT_EQ(run(start + "high --rbits high.npy"), 0) << said_;
  EXPECT_NE(tensor("low").tensor.codes, tensor("high").tensor.codes);
  ASSERT_EQ(run(start + "one --seed 1"), 0) << said_;
  ASSERT_EQ(run(start + "two --seed 2"), 0) << said_;
  ASSERT_EQ(run(start + "moved --seed 1 --offset 4"), 0) << said_;
  EXPECT_NE(tensor("one").tensor.codes, tensor("two").tensor.codes);
  EXPECT_NE(tensor("one").tensor.codes, tensor("moved").tensor.codes);
  expect_refusal("--recipe te/nvfp4-sr-soft-fallback --input big.npy --rbits big.npy",
                 "holds float32 of (128, 128), and 128 x 128 values take uint32 of (128, 32)");
  const std::string recipe = "--recipe te/nvfp4-sr-soft-fallback --input big.npy ";
  expect_refusal(recipe + "--seed -1", "--seed '-1': a number from 0 to 2^64 - 1 expected");
  expect_refusal(recipe + "--offset 18446744073709551616", "a number from 0 to 2^64 - 1 expected");
  expect_refusal(recipe + "--seed 1 --rbits low.npy", "give --rbits, or --seed and --offset");
  expect_refusal("--recipe te/nvfp4 --input big.npy --seed 1", "--seed: te/nvfp4 draws no random words");
}

TEST_F(Quantize, DirectionsThatExcludeEachOtherOrTheRecipeAreRefused) {
  expect_refusal("--recipe te/nvfp4 --input x.npy --both --columnwise", "give --columnwise or --both");
  expect_refusal("--recipe ggml/q8_1 --input x.npy --columnwise", "ggml/q8_1");
}

}  // namespace
}  // namespace bitgate::reports
