// `bitgate hardware` where no GPU has to be: the models are asked, with and without a planted fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/hardware_model.h"
#include "bitgate/device/hardware.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

Outcome program(const std::string& arguments) {
  const std::string command = "CUDA_VISIBLE_DEVICES= " BITGATE_PROGRAM " " + arguments + " 2>&1";
  return shell(command);
}

TEST(HardwareProgram, EveryModelHasAnOperationOfTheSameOperandsAndTheOtherWayRound) {
  EXPECT_EQ(compare::hardware_models().size(), device::hardware_ops().size());
  for (const compare::HardwareModel& model : compare::hardware_models()) {
    const device::HardwareOpInfo* op = device::find_hardware_op(model.op);
    ASSERT_NE(op, nullptr) << model.op;
    EXPECT_EQ(op->operands, compare::operands_of(model.input)) << model.op;
  }
}

TEST(HardwareProgram, WithoutAGpuItEndsWithTwoAndOneSentence) {
  const Outcome outcome = program("hardware");
  EXPECT_EQ(outcome.status, 2) << outcome.text;
  EXPECT_THAT(outcome.text, testing::StartsWith("bitgate: "));
  EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
}

TEST(HardwareProgram, TheModelsPass) {
  const Outcome outcome = program("hardware --quick --model --suite widen --suite divide");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex("cvt.f32.f16 +65536 asked +0 differ"));
  EXPECT_THAT(outcome.text, HasSubstr("pass: nothing differs"));
}

TEST(HardwareProgram, APlantedFaultIsNamedByInstructionAndBits) {
  const Outcome outcome = program("hardware --quick --model --suite mufu --plant rsqrt.approx.ftz.f32:0x3F800001");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("first: rsqrt.approx.ftz.f32(0x3F800001): expected 0x3F7FFFFE, got 0x3F7FFFFF"));
  EXPECT_THAT(outcome.text, HasSubstr("fail: kernels cannot be judged on this GPU"));
}

TEST(HardwareProgram, ChecksumsAreHeldAgainstThoseOfAnotherRun) {
  const compare::TemporaryDirectory directory;
  const std::string file = (directory / "models.json").string();
  const std::string asked = "hardware --quick --model --suite widen ";
  ASSERT_EQ(program(asked + "--out " + file).status, 0);
  const Outcome equal = program(asked + "--against " + file);
  EXPECT_EQ(equal.status, 0) << equal.text;
  EXPECT_THAT(equal.text, HasSubstr("0 of 6 checksums differ"));
  // One payload of a NaN, which the model lets pass.
  const Outcome nan = program(asked + "--plant cvt.f32.f16:0x7E01 --against " + file);
  EXPECT_EQ(nan.status, 1) << nan.text;
  EXPECT_THAT(nan.text, ContainsRegex("cvt.f32.f16, every input: crc32 [0-9a-f]+ here"));
  EXPECT_EQ(program("hardware --quick --model --suite narrow --against " + file).status, 2);
}

TEST(HardwareProgram, JsonHoldsEveryPart) {
  const Outcome outcome = program("hardware --quick --model --suite divide --json");
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  const auto json = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(json["results"].size(), 16u);
  EXPECT_EQ(json["results"][0]["op"], "div.approx.ftz.f32");
  EXPECT_EQ(json["results"][0]["part"], "special");
  EXPECT_EQ(json["results"][0]["inputs"], 4096);
  EXPECT_TRUE(json["gpu"].is_null());
}

TEST(HardwareProgram, WhatIsMisspeltIsRefused) {
  EXPECT_EQ(program("hardware --model --suite muffu").status, 3);
  EXPECT_EQ(program("hardware --quick --full --model").status, 3);
  EXPECT_EQ(program("hardware --plant rcp.rn.f32:1").status, 3);
  EXPECT_EQ(program("hardware --model --plant rcp.rn.f32:0x3F80000Z").status, 3);
  EXPECT_EQ(program("hardware --model --plant rcp.rn.f32").status, 3);
  EXPECT_EQ(program("hardware --model --plant sin.approx.f32:1").status, 3);
  // Before anything is asked.
  EXPECT_THAT(program("hardware --quick --model --against nothing.json").text, testing::StartsWith("bitgate: nothing"));
}

TEST(HardwareProgram, SuitesOfBothCommandsAreListed) {
  const Outcome outcome = program("list suites");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  for (const char* line : {"check +directed ", "check +exhaustive ", "hardware +mufu ", "hardware +narrow "})
    EXPECT_THAT(outcome.text, ContainsRegex(line));
}

}  // namespace
}  // namespace bitgate::reports
