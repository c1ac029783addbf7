// `bitgate gemm` as a user runs it: what follows an accumulator written, checked byte for byte and explained; products
// by a matrix instruction and by MMVQ; bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/npy.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/epilogue.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/mmvq_operands.h"
#include "bitgate/tests/support/splitmix.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using namespace reference;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kRows = 8, kCols = 16;
const std::string kRow = "--epilogue te/gemm-nvfp4-row --acc acc.npy --a-amax a.npy --b-amax b.npy ";
const std::string kRowBf16 = kRow + "--bias bias.npy --c old.npy --accumulate --dtype bf16 ";
const std::string kVectors =
    "--epilogue cublaslt/fp8-outer-vector --acc acc.npy --a-scale 1.3 --b-scale 0.7 --alpha 1.7 ";

std::uint16_t bf16_of(float x) { return static_cast<std::uint16_t>(encode(kBf16, x, kCvtRnInf)); }

class GemmCommand : public testing::Test {
 protected:
  void SetUp() override {
    oracle::SplitMix random(1);
    const auto number = [&](float size) {
      return size * (static_cast<float>(random.next32() >> 8) * 0x1p-24f + 0.5f) * (random.next32() % 2 ? 1.0f : -1.0f);
    };
    const auto fill = [&](std::vector<float>& all, std::int64_t n, float size) {
      for (std::int64_t i = 0; i < n; ++i) all.push_back(number(size));
    };
    fill(acc_, kRows * kCols, 4e6f);
    fill(a_amax_, kRows, 1.0f);
    fill(b_amax_, kCols, 1.0f);
    for (float& amax : a_amax_) amax = std::abs(amax);
    for (float& amax : b_amax_) amax = std::abs(amax);
    for (std::int64_t i = 0; i < kCols; ++i) bias_.push_back(bf16_of(number(0.5f)));
    for (std::int64_t i = 0; i < kRows * kCols; ++i) old_.push_back(bf16_of(number(1.0f)));
    write("acc.npy", {kRows, kCols}, acc_);
    write("a.npy", {kRows}, a_amax_);
    write("b.npy", {kCols}, b_amax_);
    write("bias.npy", {kCols}, bias_);
    write("old.npy", {kRows, kCols}, old_);
  }

  template <class T>
  void write(const std::string& name, const std::vector<std::int64_t>& shape, const std::vector<T>& values) const {
    compare::write_npy(folder_ / name, compare::make_npy(shape, values));
  }
  void write_d(const std::string& name, const TypedTensor& d) const {
    if (d.type == InputType::kF32)
      write(name, {d.extent.rows, d.extent.cols}, std::get<0>(d.values));
    else
      write(name, {d.extent.rows, d.extent.cols}, std::get<1>(d.values));
  }
  Outcome run(const std::string& arguments) const {
    return shell("cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " gemm " + arguments + " 2>&1");
  }
  void expect_pass(const std::string& arguments, const std::string& says = "") const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr(says)) << arguments;
  }
  // One sentence, and nothing written.
  void expect_refusal(const std::string& arguments, const std::string& about) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 3) << arguments << "\n" << outcome.text;
    EXPECT_THAT(outcome.text, AllOf(StartsWith("bitgate: "), HasSubstr(about))) << arguments;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "o.npy")) << arguments;
  }
  std::vector<std::byte> data(const std::string& name) const { return compare::read_npy(folder_ / name).data; }

  EpilogueOperands row_operands() const {
    EpilogueOperands of;
    of.rows = kRows;
    of.cols = kCols;
    of.accumulator = acc_;
    of.a_amax = a_amax_;
    of.b_amax = b_amax_;
    of.bias = {InputType::kBf16, {1, kCols}, bias_.data()};
    of.c = {InputType::kBf16, {kRows, kCols}, old_.data()};
    of.output = InputType::kBf16;
    of.accumulate = true;
    return of;
  }
  EpilogueOperands vector_operands() const {
    EpilogueOperands of;
    of.rows = kRows;
    of.cols = kCols;
    of.accumulator = acc_;
    of.a_scale = a_scale_;
    of.b_scale = b_scale_;
    of.alpha = 1.7f;
    return of;
  }

  compare::TemporaryDirectory folder_;
  std::vector<float> acc_, a_amax_, b_amax_, a_scale_{1.3f}, b_scale_{0.7f};
  std::vector<std::uint16_t> bias_, old_;
};

TEST_F(GemmCommand, WhatItWritesIsTheReferencesAndPasses) {
  expect_pass(kRowBf16 + "--out d.npy");
  write_d("expected.npy", apply_epilogue(require_epilogue("te/gemm-nvfp4-row"), row_operands()));
  EXPECT_EQ(data("d.npy"), data("expected.npy"));
  EXPECT_EQ(compare::read_npy(folder_ / "d.npy").type, compare::NpyType::kUint16);
  expect_pass(kRowBf16 + "--from d.npy", "te/gemm-nvfp4-row: 0 of 128 elements of bf16 differ");
  expect_pass(kRow + "--dtype f16 --out h.npy");
  EXPECT_EQ(compare::read_npy(folder_ / "h.npy").type, compare::NpyType::kFloat16);
  expect_pass(kRow + "--dtype f16 --from h.npy");
  expect_pass(kRow + "--out w.npy");
  expect_pass(kRow + "--from w.npy", "0 of 128 elements of fp32 differ");
}

TEST_F(GemmCommand, AnElementThatDiffersIsNamedWithItsStages) {
  TypedTensor d = apply_epilogue(require_epilogue("te/gemm-nvfp4-row"), row_operands());
  std::get<1>(d.values)[3 * kCols + 5] ^= 1;
  write_d("d.npy", d);
  const Outcome outcome = run(kRowBf16 + "--from d.npy");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("1 of 128 elements of bf16 differ; first (3, 5): expected "));
  EXPECT_THAT(outcome.text, HasSubstr("34149b93"));
  EXPECT_THAT(outcome.text, HasSubstr("old D + D, in D's type"));
  EXPECT_THAT(outcome.text, HasSubstr("no other order that is known here explains the bytes"));
}

TEST_F(GemmCommand, BytesOfAnotherOrderAreExplainedByIt) {
  const Epilogue& row = require_epilogue("te/gemm-nvfp4-row");
  const std::string wide = kRow + "--bias bias.npy ";
  int tried = 0;
  for (const bool narrow : {true, false}) {
    EpilogueOperands operands = row_operands();
    if (!narrow) {
      operands.output = InputType::kF32;
      operands.c = {};
      operands.accumulate = false;
    }
    for (const EpilogueReading& other : one_step_away(row.rules)) {
      const TypedTensor d = apply_rules(other.rules, operands);
      if (d.values == apply_epilogue(row, operands).values) continue;
      write_d("d.npy", d);
      const Outcome outcome = run((narrow ? kRowBf16 : wide) + "--from d.npy");
      EXPECT_EQ(outcome.status, 1) << outcome.text;
      EXPECT_THAT(outcome.text, HasSubstr("explained by te/gemm-nvfp4-row with " + other.words + "\n"));
      ++tried;
    }
  }
  EXPECT_GE(tried, 8);
  write_d("d.npy", apply_epilogue(require_epilogue("te/gemm-nvfp4-row-256"), row_operands()));
  EXPECT_THAT(run(kRowBf16 + "--from d.npy").text, HasSubstr("explained by te/gemm-nvfp4-row-256\n"));
}

TEST_F(GemmCommand, StagesOfOneElementArePrinted) {
  write("one.npy", {1, 1}, std::vector<float>{2.0f});
  const std::string te = "--epilogue te/gemm-nvfp4 --acc one.npy --a-amax 17.5 --b-amax 3.25 --at 0,0 ";
  expect_pass(te, "te/gemm-nvfp4, element (0, 0)\n");
  expect_pass(te, "alpha'       37041041");
  const json stages = json::parse(run(te + "--json").text)["stages"];
  EXPECT_EQ(stages.at(0)["name"], "acc");
  EXPECT_EQ(stages.back()["bits"], "37841041");
  expect_pass("--epilogue te/gemm-nvfp4-row --acc one.npy --a-amax 17.5 --b-amax 3.25 --at 0,0", "42638000");
}

TEST_F(GemmCommand, AnOrderThatIsNotDocumentedIsCheckedByItsReadings) {
  expect_refusal(kVectors + "--out o.npy", "open: in which order cuBLASLt multiplies");
  expect_refusal(kVectors + "--at 0,0", "open: in which order cuBLASLt multiplies");
  const Epilogue& scalar = require_epilogue("cublaslt/fp8-outer-vector");
  for (const EpilogueReading& reading : readings_of(scalar)) {
    write_d("d.npy", apply_rules(reading.rules, vector_operands()));
    expect_pass(kVectors + "--from d.npy", "the bytes are those of the reading: " + reading.words + "\n");
  }
  TypedTensor d = apply_rules(readings_of(scalar).front().rules, vector_operands());
  std::get<0>(d.values)[7] *= 2.0f;
  write_d("d.npy", d);
  const Outcome outcome = run(kVectors + "--from d.npy");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("no reading gives the bytes; the nearest: acc * ((alpha * scale A) * scale B)"));
  // Powers of two: every reading gives the same, and there is nothing to ask.
  expect_pass("--epilogue cublaslt/fp8-outer-vector --acc acc.npy --a-scale 0.5 --b-scale 4 --out p.npy");
}

TEST_F(GemmCommand, JsonSaysWhatTextDoes) {
  EpilogueRules rules = require_epilogue("te/gemm-nvfp4-row").rules;
  rules.bias = Bias::kOutputType;
  write_d("d.npy", apply_rules(rules, row_operands()));
  const Outcome outcome = run(kRowBf16 + "--from d.npy --json");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  const json found = json::parse(outcome.text);
  EXPECT_EQ(found["epilogue"], "te/gemm-nvfp4-row");
  EXPECT_EQ(found["elements"], 128);
  EXPECT_GT(found["different"], 0);
  EXPECT_EQ(found["first"]["stages"].at(0)["name"], "acc");
  EXPECT_THAT(found["explained_by"].dump(), HasSubstr("the bias added after the cast"));
  EXPECT_NE(found["first"]["expected"], found["first"]["actual"]);
}

TEST_F(GemmCommand, ProducersRefuseInOneSentence) {
  expect_refusal(kRow + "--with row-scaled-flag --out o.npy", "still carries the row-scaled flag");
  expect_refusal(kRow + "--with gelu --out o.npy", "no fused GELU");
  expect_refusal(kRow + "--with grouped-tensor --out o.npy", "grouped tensor");
  expect_refusal(kRow + "--with quantized-output --out o.npy", "no quantized output");
  expect_refusal(kRow + "--with tanh --out o.npy", "expected one of row-scaled-flag, grouped");
  const std::string te = "--epilogue te/gemm-nvfp4 --acc acc.npy --b-amax 3.25 ";
  expect_refusal(te + "--a-amax 17.5 --dtype f16 --out o.npy", "refuses FP16 output");
  expect_refusal(te + "--a-amax a.npy --out o.npy", "te/gemm-nvfp4-row");
  expect_refusal(te + "--out o.npy", "needs the amax of A");
  expect_refusal(te + "--a-amax 17.5 --a-scale 2 --out o.npy", "takes no scale of A");
}

TEST_F(GemmCommand, BadInputIsOneSentence) {
  expect_refusal("", "give one of --epilogue, --instruction and --mmvq");
  expect_refusal("--epilogue te/gemm --acc acc.npy --out o.npy", "unknown epilogue 'te/gemm'");
  expect_refusal(kRow, "give --out FILE or --at ROW,COL to compute, or --from OUT.npy to check");
  expect_refusal(kRow + "--out o.npy --from acc.npy", "give --out FILE");
  expect_refusal("--epilogue te/gemm-nvfp4 --a-amax 1 --b-amax 1 --out o.npy", "needs --acc");
  expect_refusal("--epilogue te/gemm-nvfp4 --acc none.npy --a-amax 1 --b-amax 1 --out o.npy", "none.npy");
  expect_refusal("--epilogue te/gemm-nvfp4 --acc old.npy --a-amax 1 --b-amax 1 --out o.npy", "holds uint16");
  expect_refusal("--epilogue te/gemm-nvfp4 --acc acc.npy --a-amax x --b-amax 1 --out o.npy", "--a-amax 'x'");
  expect_refusal("--epilogue te/gemm-nvfp4 --acc acc.npy --a-amax -1 --b-amax 1 --out o.npy", "not negative");
  expect_refusal(kRow + "--dtype fp8 --out o.npy", "--dtype 'fp8'");
  expect_refusal(kRow + "--at 8,0", "element (8, 0) lies outside the 8 x 16 product");
  expect_refusal(kRow + "--at 1", "--at '1': ROW,COL expected");
  expect_refusal(kRow + "--alpha a.npy --out o.npy", "one number expected, 8 found");
  expect_refusal(kRow + "--bias a.npy --out o.npy", "the bias is 1 x 8, expected 1 x 16");
  expect_refusal(kRow + "--from bias.npy --dtype bf16", "holds 1 x 16, and the product is 8 x 16");
  expect_refusal(kRow + "--from old.npy", "old.npy");
  expect_refusal("--epilogue te/gemm-nvfp4-row --acc acc.npy --a-amax b.npy --b-amax 1 --out o.npy", "1 or 8 expected");
}

TEST_F(GemmCommand, AnInstructionMultipliesTwoDumps) {
  const auto quantize = [&](const std::string& recipe, const std::string& seed, const std::string& to) {
    const std::string named = recipe + "/bf16/normal/16x256/s" + seed;
    const Outcome made = shell("cd '" + (folder_ / "").string() + "' && " BITGATE_PROGRAM " quantize --case " + named +
                               " --out " + to + " 2>&1");
    ASSERT_EQ(made.status, 0) << made.text;
  };
  quantize("te/nvfp4-row", "1", "qa");
  quantize("te/nvfp4-row", "2", "qb");
  quantize("te/mxfp8-e4m3", "1", "mx");
  quantize("te/fp8-current-e4m3", "1", "f8");
  const std::string fp4 = "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32";
  const std::string by = "--instruction " + fp4 + " --a qa --b qb ";
  expect_pass(by + "--out d.npy");
  expect_pass(by + "--from d.npy", fp4 + ": 0 of 256 elements of fp32 differ");
  const QuantizedTensor a = compare::read_tensor(folder_ / "qa").tensor,
                        b = compare::read_tensor(folder_ / "qb").tensor;
  const std::vector<std::uint32_t> a_codes(a.codes.begin(), a.codes.end()), b_codes(b.codes.begin(), b.codes.end());
  const std::vector<std::uint32_t> bits = mma_product(
      {&require_mma_instruction(fp4), 0}, {kE2m1, 16, 256, a_codes, std::get<std::vector<std::uint8_t>>(a.scales)},
      {kE2m1, 16, 256, b_codes, std::get<std::vector<std::uint8_t>>(b.scales)});
  EXPECT_EQ(compare::values_of<std::uint32_t>(data("d.npy")), bits);
  write("e.npy", {16, 16}, std::vector<float>(256, 1.0f));
  EXPECT_EQ(run(by + "--from e.npy").status, 1);
  expect_refusal(by, "give --out FILE to compute or --from FILE to check");
  expect_refusal(by + "--promote 100 --out o.npy", "--promote 100");
  expect_refusal("--instruction " + fp4 + " --a qa --out o.npy", "--instruction needs --b");
  expect_refusal("--instruction " + fp4 + " --a qa --b mx --out o.npy",
                 "mx: mxfp8-e4m3 has a scale of e8m0 for 1 x 32 elements");
  expect_refusal("--instruction sm_90a/wgmma --a qa --b qb --out o.npy", "sm_90a/wgmma");
  quantize("te/fp8-block1x128-e4m3", "1", "by128");
  expect_refusal("--instruction sm_90a/wgmma.k32/fp8/f32 --a by128 --b f8 --out o.npy",
                 "takes codes without block scales");
  const std::string fp8 = "--instruction sm_90a/wgmma.k32/fp8/f32 --a f8 --b f8 ";
  expect_pass(fp8 + "--out chain.npy");
  expect_pass(fp8 + "--promote 128 --out promoted.npy");
  EXPECT_NE(data("chain.npy"), data("promoted.npy"));
}

TEST_F(GemmCommand, MmvqMultipliesRawBlocks) {
  oracle::mmvq::Operands operands("q4_0", {2, 64}, 1);
  for (std::size_t block = 0; block < 4; ++block) operands.put_weights(block, 0x3C00, 0x9A);
  for (std::size_t block = 0; block < 2; ++block) operands.put_q8(block, 0x3C00, 0x4E00, 3);
  write("w.npy", {static_cast<std::int64_t>(operands.weights.size())}, operands.weights);
  write("x.npy", {static_cast<std::int64_t>(operands.activations.size())}, operands.activations);
  const std::string by = "--mmvq q4_0 --weights w.npy --activations x.npy --rows 2 --cols 64 ";
  expect_pass(by + "--out y.npy");
  EXPECT_EQ(compare::values_of<float>(data("y.npy")), ggml_mmvq(operands.product()));
  expect_pass(by + "--from y.npy", "ggml MMVQ q4_0: 0 of 2 elements of fp32 differ");
  expect_refusal("--mmvq q3_k --weights w.npy --activations x.npy --rows 2 --cols 64 --out o.npy", "unknown weights");
  expect_refusal("--mmvq q4_0 --weights w.npy --activations x.npy --rows 3 --cols 64 --out o.npy", "q4_0");
  expect_refusal("--mmvq q4_0 --weights acc.npy --activations x.npy --rows 2 --cols 64 --out o.npy", "uint8 expected");
  expect_refusal(by + "--columns 9 --out o.npy", "9");
}

TEST_F(GemmCommand, EveryEpilogueIsListed) {
  const Outcome outcome = shell(BITGATE_PROGRAM " list epilogues --json 2>&1");
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  const json rows = json::parse(outcome.text);
  ASSERT_EQ(rows.size(), epilogues().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["name"], epilogues()[i].identity.name);
    EXPECT_EQ(rows[i]["open_question"], epilogues()[i].open_question);
    EXPECT_FALSE(rows[i]["output"].get<std::string>().empty());
  }
}

}  // namespace
}  // namespace bitgate::reports
