// `bitgate mma` where no GPU has to be: the model is asked, with and without a planted fault, and held against the
// recording of an H100.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/mma_model.h"
#include "bitgate/device/mma.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

constexpr const char* kRecording = BITGATE_GOLDEN_DIR "/hardware/h100-mma.json";

Outcome program(const std::string& arguments) {
  const std::string command = "CUDA_VISIBLE_DEVICES= " BITGATE_PROGRAM " " + arguments + " 2>&1";
  return shell(command);
}

TEST(MmaProgram, EveryModelHasAKernelOfTheSameKAndTheOtherWayRound) {
  EXPECT_EQ(compare::mma_models().size(), device::mma_ops().size());
  for (const compare::MmaModel& model : compare::mma_models()) {
    const device::MmaOpInfo* op = device::find_mma_op(model.op);
    ASSERT_NE(op, nullptr) << model.op;
    EXPECT_EQ(op->k, model.k) << model.op;
    EXPECT_EQ(op->element_bits, model.a.bits == kTf32.bits ? 32 : model.a.bits) << model.op;
    EXPECT_EQ(op->needs_sm_90a, model.group) << model.op;
  }
}

TEST(MmaProgram, WithoutAGpuItEndsWithTwoAndOneSentence) {
  const Outcome outcome = program("mma --quick");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, testing::StartsWith("bitgate: "));
  EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
}

TEST(MmaProgram, TheModelPasses) {
  const Outcome outcome = program("mma --quick --model");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex("mma.sync.m16n8k4.f32.tf32.tf32.f32 +[0-9]+ asked +0 differ"));
  EXPECT_THAT(outcome.text, HasSubstr("pass: nothing differs"));
}

TEST(MmaProgram, APlantedFaultIsNamedByOperandsAndExplained) {
  const std::string op = "wgmma.m64n64k32.f32.e4m3.e4m3";
  const Outcome outcome = program("mma --quick --model --op " + op + " --plant " + op);
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("P1 (how many bits are kept below the largest exponent): "));
  EXPECT_THAT(outcome.text, HasSubstr("explained by: F 12"));
  EXPECT_THAT(outcome.text, HasSubstr("fail: the model is not what this GPU does"));
}

TEST(MmaProgram, AnswersToOpenQuestionsArePrinted) {
  const Outcome outcome = program("mma --quick --model --answers --op wgmma.m64n64k16.f32.f16");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("P14 scale-d 0, D was 7fc00000, 1 times 1: 3f800000\n"));
  EXPECT_THAT(outcome.text, HasSubstr("P12 inf - inf: 7fffffff\n"));
}

TEST(MmaProgram, TheModelIsHeldAgainstTheRecordingOfAnH100) {
  const Outcome outcome = program(std::string("mma --quick --model --against ") + kRecording);
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex("h100-mma.json: 0 of [0-9]+ checksums differ"));
  EXPECT_THAT(outcome.text, HasSubstr("kernels that NVIDIA H100 80GB HBM3 ran: "));
  EXPECT_THAT(outcome.text, HasSubstr(" 0 neither\n"));
}

TEST(MmaProgram, AFaultAgainstTheRecordingIsADifferenceInItsChecksums) {
  const std::string op = "mma.sync.m16n8k16.f32.bf16.bf16.f32";
  const Outcome outcome =
      program("mma --quick --model --no-fit --op " + op + " --plant " + op + " --against " + kRecording);
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex(op + ", P1, first [0-9]+: crc32 [0-9a-f]+ here"));
}

TEST(MmaProgram, ARecordingOfOtherKernelsIsStale) {
  std::ifstream file(kRecording);
  nlohmann::json json = nlohmann::json::parse(file);
  for (nlohmann::json& each : json.at("instructions"))
    each.at("code_sha256") = each.at("source_sha256") = std::string(64, '0');
  const compare::TemporaryDirectory directory;
  const std::string stale = (directory / "stale.json").string();
  std::ofstream(stale) << json;
  const Outcome outcome = program("mma --quick --model --op mma.sync.m16n8k8.f32.f16 --against " + stale);
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("record it again"));
}

TEST(MmaProgram, JsonHoldsEveryPart) {
  const Outcome outcome = program("mma --quick --model --json --op mma.sync.m16n8k8.f16");
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  const auto json = nlohmann::json::parse(outcome.text);
  ASSERT_EQ(json["instructions"].size(), 1u);
  const auto& parts = json["instructions"][0]["parts"];
  EXPECT_EQ(parts[0]["part"], "P1");
  EXPECT_EQ(parts.back()["part"], "mix/powers");
  EXPECT_EQ(parts.back()["asked"], 4096);
  EXPECT_EQ(json["instructions"][0]["answers"]["P12"]["7fff"][0], "C 7e00");
  EXPECT_TRUE(json["gpu"].is_null());
}

TEST(MmaProgram, WhatIsMisspeltIsRefused) {
  EXPECT_EQ(program("mma --model --op hmma").status, 3);
  EXPECT_EQ(program("mma --plant wgmma.m64n64k16.f32.f16.f16").status, 3);
  EXPECT_EQ(program("mma --model --plant wgmma").status, 3);
  EXPECT_EQ(program("mma --model --count 0").status, 3);
  EXPECT_THAT(program("mma --quick --model --against nothing.json").text, testing::StartsWith("bitgate: nothing"));
}

}  // namespace
}  // namespace bitgate::reports
