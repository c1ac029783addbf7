// A chip that computes otherwise than the model: the harness names what it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/compare/mma_fit.h"
#include "bitgate/compare/mma_probes.h"

namespace bitgate::compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;

const MmaModel& model_of(std::string_view op) {
  const MmaModel* model = find_mma_model(op);
  if (model == nullptr) throw std::invalid_argument(std::string(op));
  return *model;
}

// What a chip with another row gives: cases that differ and that agree, as the command collects them.
std::vector<MmaCase> cases_of(const MmaModel& model, const reference::MmaInstruction& row) {
  const auto subject = mma_model_subject(MmaFault{std::string(model.op), row});
  std::vector<MmaCase> cases;
  const auto collect = [&](const MmaPart& part) {
    MmaFindings result;
    ask_mma(model, part, *subject, result, [](std::uint64_t) {});
    cases.insert(cases.end(), result.first.begin(), result.first.end());
    cases.insert(cases.end(), result.agreeing.begin(), result.agreeing.end());
  };
  for (const MmaProbePart& probes : mma_probe_parts(model)) collect(probes.part);
  for (const MmaPart& part : mma_mix_parts(model, 1, 1)) collect(part);
  return cases;
}

void expect_named(std::string_view op, const std::vector<std::string>& changes, const reference::MmaInstruction& row) {
  const MmaModel& model = model_of(op);
  const std::vector<MmaFit> fits = fit_mma(model, cases_of(model, row));
  EXPECT_THAT(fits, Contains(Field(&MmaFit::changes, changes))) << op;
  for (const MmaFit& fit : fits) EXPECT_EQ(fit.changes.size(), changes.size()) << op;
}

TEST(MmaFit, WhatTheModelExplainsNeedsNoChange) {
  const MmaModel& model = model_of("mma.sync.m16n8k16.f32.f16.f16.f32");
  MmaCase one;
  one.a = one.b = {0x3C00};
  one.actual = 0x3F800000;
  const std::vector<MmaFit> fits = fit_mma(model, std::vector{one});
  ASSERT_EQ(fits.size(), 1u);
  EXPECT_TRUE(fits[0].changes.empty());
}

TEST(MmaFit, WhatNothingExplainsHasNoFit) {
  const MmaModel& model = model_of("mma.sync.m16n8k16.f32.f16.f16.f32");
  MmaCase one;
  one.a = one.b = {0x3C00};
  one.actual = 0x40000000;
  EXPECT_TRUE(fit_mma(model, std::vector{one}, 1).empty());
}

TEST(MmaFit, EachChangeOfOnePartIsNamed) {
  for (const std::string_view op :
       {"mma.sync.m16n8k16.f32.bf16.bf16.f32", "mma.sync.m16n8k16.f16.f16.f16.f16", "wgmma.m64n64k32.f32.e4m3.e4m3"})
    for (const MmaFit& fit : changed_rows(model_of(op))) {
      const std::string& change = fit.changes.front();
      // The floors are many and alike: a few of them.
      if (change.find("floor") != std::string::npos && change != "floor -132" && change != "floor -22") continue;
      const std::vector<MmaCase> cases = cases_of(model_of(op), fit.row);
      if (std::all_of(cases.begin(), cases.end(), [](const MmaCase& one) { return one.expected == one.actual; }))
        continue;  // no operands show it: mma_recording_test.cpp says why
      expect_named(op, fit.changes, fit.row);
    }
}

TEST(MmaFit, TwoChangesTogetherAreNamed) {
  const std::string_view op = "wgmma.m64n64k32.f32.e4m3.e4m3";
  reference::MmaInstruction row = instruction_of(model_of(op));
  row.fraction_bits = 14;
  row.result = reference::MmaResult::kFp32TowardZero;
  expect_named(op, {"F 14", "23 fraction bits in D"}, row);
}

TEST(MmaFit, FusedFp8OfMmaSyncIsNamedAsAChain) {
  // What MMA models of other chips say of FP8: no conversion to FP16, C inside the sum.
  const std::string_view op = "mma.sync.m16n8k32.f32.e4m3.e4m3.f32";
  reference::MmaInstruction row = instruction_of(model_of(op));
  row.order = reference::MmaOrder::kChain;
  expect_named(op, {"one chain"}, row);
}

}  // namespace
}  // namespace bitgate::compare
