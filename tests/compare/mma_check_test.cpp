// A GPU's matrix instructions held against their model, without a GPU: the model answers, with and without a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/compare/mma_check.h"
#include "bitgate/compare/mma_fit.h"
#include "bitgate/compare/mma_probes.h"

namespace bitgate::compare {
namespace {

using testing::HasSubstr;

constexpr std::string_view kOp = "wgmma.m64n64k32.f32.e4m3.e4m3";

const MmaModel& model_of(std::string_view op) {
  const MmaModel* model = find_mma_model(op);
  if (model == nullptr) throw std::invalid_argument(std::string(op));
  return *model;
}

MmaFindings ask(const MmaModel& model, const MmaPart& part, MmaSubject& subject) {
  MmaFindings result;
  ask_mma(model, part, subject, result, [](std::uint64_t) {});
  return result;
}

MmaFault one_bit_less(std::string_view op) {
  MmaFault fault{std::string(op), instruction_of(model_of(op))};
  --fault.row.fraction_bits;
  return fault;
}

// 1 - 1 + 2^-13 in one tile of several, at row 3 and column 5: the last bit that E4M3 keeps on Hopper.
MmaPart with_one_telling_case(std::uint64_t tiles, std::uint64_t telling) {
  return {"telling", tiles, [=](std::uint64_t i) {
            MmaTile tile = empty_tile(model_of(kOp));
            if (i != telling) return tile;
            const std::size_t a = 3 * 32, b = 5 * 32;
            tile.a[a] = 0x38, tile.a[a + 1] = 0xB8, tile.a[a + 2] = 0x08;
            tile.b[b] = 0x38, tile.b[b + 1] = 0x38, tile.b[b + 2] = 0x04;
            return tile;
          }};
}

TEST(MmaModels, HaveNamesOfTheirOwnAndARowThatCoversThem) {
  std::set<std::string_view> names;
  for (const MmaModel& model : mma_models()) {
    EXPECT_TRUE(names.insert(model.op).second) << model.op;
    EXPECT_EQ(find_mma_model(model.op), &model);
    const reference::MmaInstruction& row = instruction_of(model);
    EXPECT_EQ(why_not_modelled(row, model.a, model.b), "") << model.op;
    EXPECT_EQ(row.k, model.k) << model.op;
    EXPECT_EQ(is_fp16(row.result), model.half_result) << model.op;
    EXPECT_EQ(row.architecture, model.group ? "sm_90a" : "sm_90") << model.op;
  }
  EXPECT_EQ(find_mma_model("mma.sync.m16n8k32"), nullptr);
}

TEST(MmaCheck, TheModelAgreesWithItselfOnEveryProbeAndOneTileOfEveryMix) {
  const auto subject = mma_model_subject();
  for (const MmaModel& model : mma_models()) {
    for (const MmaProbePart& probes : mma_probe_parts(model)) {
      const MmaFindings result = ask(model, probes.part, *subject);
      EXPECT_EQ(result.asked, probes.probes.size()) << model.op << ' ' << result.part;
      EXPECT_EQ(result.results.size(), probes.probes.size());
      EXPECT_EQ(result.different, 0u) << model.op << ' ' << result.part;
    }
    for (const MmaPart& part : mma_mix_parts(model, 3, 1)) {
      const MmaFindings result = ask(model, part, *subject);
      EXPECT_EQ(result.asked, kMmaDots);
      EXPECT_EQ(result.different, 0u) << model.op << ' ' << result.part;
    }
  }
}

TEST(MmaCheck, AFaultIsCountedOnceAndNamedWithItsOperands) {
  const auto subject = mma_model_subject(one_bit_less(kOp));
  const MmaFindings result = ask(model_of(kOp), with_one_telling_case(2, 1), *subject);
  EXPECT_EQ(result.asked, 2 * kMmaDots);
  EXPECT_EQ(result.different, 1u);
  ASSERT_EQ(result.first.size(), 1u);
  EXPECT_EQ(describe(model_of(kOp), result.first[0]),
            "tile 1 (3, 5): a 38 b8 08 b 38 38 04 c 00000000: expected 39000000, got 00000000");
}

TEST(MmaCheck, TheFirstOfSeveralIsTheOneOfTheLowestTileBeyondOneBatch) {
  const auto subject = mma_model_subject(one_bit_less(kOp));
  const MmaFindings result =
      ask(model_of(kOp), with_one_telling_case(MmaSubject::kMaxTiles + 2, MmaSubject::kMaxTiles + 1), *subject);
  ASSERT_EQ(result.first.size(), 1u);
  EXPECT_EQ(result.first[0].tile, MmaSubject::kMaxTiles + 1);
  EXPECT_EQ(result.agreeing.size(), MmaFindings::kKeptCases);
}

TEST(MmaCheck, FaultsOfAnotherInstructionChangeNothing) {
  const auto subject = mma_model_subject(one_bit_less("wgmma.m64n64k32.f32.e5m2.e4m3"));
  EXPECT_EQ(ask(model_of(kOp), with_one_telling_case(1, 0), *subject).different, 0u);
}

TEST(MmaCheck, ChecksumsAreThoseOfTheResultsInOrder) {
  const auto subject = mma_model_subject();
  const MmaFindings result = ask(model_of(kOp), with_one_telling_case(3, 1), *subject);
  std::vector<std::uint32_t> d(3 * kMmaDots);
  d[kMmaDots + 3 * 64 + 5] = 0x39000000;
  const auto crc = [](const std::uint32_t* words, std::size_t count) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(words), count * 4));
  };
  EXPECT_EQ(result.crc32, crc(d.data(), d.size()));
  EXPECT_EQ(result.first_asked, kMmaDots);
  EXPECT_EQ(result.first_crc32, crc(d.data(), kMmaDots));
}

TEST(MmaCheck, FlagsChangeSignsAndLeaveCOut) {
  const MmaModel& model = model_of("wgmma.m64n64k16.f32.f16.f16");
  MmaCase one;
  one.a = {0x3C00};
  one.b = {0x4000};
  one.c = 0x3F000000;  // 0.5
  const auto result = [&](std::uint32_t flags) {
    one.flags = flags;
    return result_of(model, instruction_of(model), one);
  };
  EXPECT_EQ(result(0), 0x40200000u);  // 2 + 0.5
  EXPECT_EQ(result(kMmaFromRegisters), 0x40200000u);
  EXPECT_EQ(result(kMmaMinusA), 0xBFC00000u);  // -2 + 0.5
  EXPECT_EQ(result(kMmaMinusB), 0xBFC00000u);
  EXPECT_EQ(result(kMmaMinusA | kMmaMinusB), 0x40200000u);
  EXPECT_EQ(result(kMmaMinusB | kMmaWithoutC), 0xC0000000u);
}

TEST(MmaCheck, FlagsAreNamedInADifference) {
  MmaCase one;
  one.a = {0x3C00, 0};
  one.b = {0, 0};
  one.flags = 15;
  EXPECT_EQ(describe(model_of("wgmma.m64n64k16.f16.f16.f16"), one),
            "tile 0 (0, 0), a from registers, -a, -b, scale-d 0: a 3c00 b 0000 c 0000: expected 0000, got 0000");
}

// Whole tiles go over the model's lanes, diagonals an element at a time.
TEST(MmaCheck, ATileIsItsDotProductsOneByOne) {
  for (const MmaModel& model : mma_models())
    for (std::size_t mix = 0; mix < kMmaMixNames.size(); ++mix) {
      const MmaTile tile = stress_tile(model, static_cast<MmaMix>(mix), 11, mix);
      std::vector<std::uint32_t> d(kMmaDots);
      mma_expected(model, instruction_of(model), tile, d);
      const auto k = static_cast<std::ptrdiff_t>(model.k);
      for (std::size_t i = 0; i < kMmaDots; i += 37) {
        MmaCase one;
        one.flags = tile.flags;
        const auto a = tile.a.begin() + static_cast<std::ptrdiff_t>(i / kMmaRows) * k;
        const auto b = tile.b.begin() + static_cast<std::ptrdiff_t>(i % kMmaRows) * k;
        one.a.assign(a, a + k);
        one.b.assign(b, b + k);
        one.c = tile.c[i];
        one.actual = d[i];
        one.expected = result_of(model, instruction_of(model), one);
        ASSERT_EQ(one.actual, one.expected) << model.op << ' ' << kMmaMixNames[mix] << ' ' << describe(model, one);
      }
    }
}

class FailsAtTheThird final : public MmaSubject {
 public:
  bool has(const MmaModel&) const override { return true; }
  void start(const MmaModel& model, std::span<const MmaTile> tiles) override { model_->start(model, tiles); }
  std::span<const std::uint32_t> finish() override {
    if (++finished_ == 3) throw std::runtime_error("unspecified launch failure");
    return model_->finish();
  }

 private:
  std::unique_ptr<MmaSubject> model_ = mma_model_subject();
  int finished_ = 0;
};

TEST(MmaCheck, WhatWasComparedBeforeAFailureIsKept) {
  FailsAtTheThird subject;
  MmaFindings result;
  const MmaPart part = with_one_telling_case(4 * MmaSubject::kMaxTiles, 0);
  EXPECT_THROW(ask_mma(model_of(kOp), part, subject, result, [](std::uint64_t) {}), std::runtime_error);
  EXPECT_EQ(result.asked, 2 * MmaSubject::kMaxTiles * kMmaDots);
}

}  // namespace
}  // namespace bitgate::compare
