// A GPU held against the models of its instructions, without a GPU: the models answer, with and without a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "bitgate/compare/hardware_arithmetic.h"
#include "bitgate/compare/hardware_check.h"
#include "bitgate/compare/hardware_draw.h"
#include "bitgate/compare/hardware_rounding.h"

namespace bitgate::compare {
namespace {

using namespace hardware;

const HardwareModel& model_of(std::string_view op) {
  const HardwareModel* model = find_hardware_model(op);
  if (model == nullptr) throw std::invalid_argument(std::string(op));
  return *model;
}

HardwarePart words_from(std::uint32_t first, std::uint64_t inputs) {
  return {"words", inputs, [first](std::uint64_t begin, std::uint32_t) {
            return HardwareInputs{{{{{}, first + static_cast<std::uint32_t>(begin), 1}, {}, {}}}, {}};
          }};
}

HardwareResult ask(std::string_view op, const HardwarePart& part, HardwareSubject& subject) {
  HardwareResult result;
  ask_hardware(model_of(op), part, subject, result, [](std::uint64_t) {});
  return result;
}

TEST(Hardware, ModelsHaveNamesOfTheirOwnAndAKnownSuite) {
  std::set<std::string_view> names, suites;
  for (const HardwareSuite& suite : hardware_suites()) EXPECT_TRUE(suites.insert(suite.name).second);
  for (const HardwareModel& model : hardware_models()) {
    EXPECT_TRUE(names.insert(model.op).second) << model.op;
    EXPECT_EQ(suites.count(model.suite), 1u) << model.op;
    EXPECT_EQ(find_hardware_model(model.op), &model);
  }
  EXPECT_EQ(find_hardware_model("sqrt.approx.f32"), nullptr);
}

TEST(Hardware, ModelsAgreeWithThemselvesOnEveryPart) {
  const auto subject = model_subject();
  for (const HardwareModel& model : hardware_models())
    for (const HardwarePart& part : hardware_parts(model, HardwareReach::kQuick)) {
      HardwareResult result;
      ask_hardware(model, part, *subject, result, [](std::uint64_t) {});
      EXPECT_EQ(result.asked, part.inputs) << model.op << ' ' << part.name;
      EXPECT_EQ(result.different, 0u) << model.op << ' ' << part.name;
    }
}

TEST(Hardware, APlantedFaultIsCountedOnceAndNamed) {
  const auto subject = model_subject(HardwareFault{"rcp.approx.ftz.f32", 0x3F801234});
  const HardwareResult result = ask("rcp.approx.ftz.f32", words_from(0x3F800000, 1u << 20), *subject);
  EXPECT_EQ(result.different, 1u);
  ASSERT_TRUE(result.first);
  EXPECT_EQ(describe(*result.model, *result.first),
            "rcp.approx.ftz.f32(0x3F801234): expected 0x3F7FDB9D, got 0x3F7FDB9C");
}

TEST(Hardware, TheFirstOfSeveralMismatchesIsTheOneOfTheLowestIndexBeyondOneChunk) {
  // The second operand is fixed, so that the fault of the first comes once in each run through all words.
  const auto subject = model_subject(HardwareFault{"div.full.f32", 0x00000005});
  const HardwarePart twice{"twice", HardwareSubject::kMaxCount + 16u, [](std::uint64_t begin, std::uint32_t) {
                             const auto from = static_cast<std::uint32_t>(begin % HardwareSubject::kMaxCount);
                             const std::uint32_t divisor = begin == 0 ? 0x40C00000 : 0x3F800000;
                             return HardwareInputs{{{{{}, from, 1}, {{}, divisor, 0}, {}}}, {}};
                           }};
  const HardwareResult result = ask("div.full.f32", twice, *subject);
  EXPECT_EQ(result.different, 2u);
  ASSERT_TRUE(result.first);
  EXPECT_EQ(result.first->input[0], 0x00000005u);
  EXPECT_EQ(result.first->input[1], 0x40C00000u);
}

TEST(Hardware, ChecksumsAreThoseOfTheNotes) {
  const auto subject = model_subject();
  const HardwarePart octave = words_from(0x3F800000, 1u << 23), two_octaves = words_from(0x3F800000, 1u << 24);
  EXPECT_EQ(ask("rcp.approx.ftz.f32", octave, *subject).crc32, 0xA9F2ECFCu);
  EXPECT_EQ(ask("rsqrt.approx.ftz.f32", octave, *subject).crc32, 0xEFE1FAF5u);
  EXPECT_EQ(ask("ex2.approx.ftz.f32", octave, *subject).crc32, 0x676486CDu);
  EXPECT_EQ(ask("lg2.approx.ftz.f32", octave, *subject).crc32, 0x15F1D460u);
  EXPECT_EQ(ask("rcp.approx.ftz.f32", two_octaves, *subject).crc32, 0xCDAE2699u);
}

TEST(Hardware, WhichNanItIsCountsOnlyWhereTheModelSaysSo) {
  const auto any = model_subject(HardwareFault{"cvt.f32.f16", 0x7E01, 0x80000002});
  EXPECT_EQ(ask("cvt.f32.f16", words_from(0x7E00, 4), *any).different, 0u);
  const auto number = model_subject(HardwareFault{"cvt.f32.f16", 0x7E01, 0x7F800000});
  EXPECT_EQ(ask("cvt.f32.f16", words_from(0x7E00, 4), *number).different, 1u);
  const auto bits = model_subject(HardwareFault{"rcp.approx.ftz.f32", 0x7F800001, 0x80000002});
  EXPECT_EQ(ask("rcp.approx.ftz.f32", words_from(0x7F800000, 4), *bits).different, 1u);
}

class FailsAtTheThird final : public HardwareSubject {
 public:
  bool has(const HardwareModel&) const override { return true; }
  void start(const HardwareModel& model, const HardwareOperands& operands, std::uint32_t count) override {
    model_->start(model, operands, count);
  }
  std::span<const std::uint32_t> finish() override {
    if (++finished_ == 3) throw std::runtime_error("unspecified launch failure");
    return model_->finish();
  }

 private:
  std::unique_ptr<HardwareSubject> model_ = model_subject();
  int finished_ = 0;
};

TEST(Hardware, WhatWasComparedBeforeAFailureIsKept) {
  FailsAtTheThird subject;
  HardwareResult result;
  const HardwarePart part = words_from(0, std::uint64_t{4} * HardwareSubject::kMaxCount);
  EXPECT_THROW(ask_hardware(model_of("rcp.rn.f32"), part, subject, result, [](std::uint64_t) {}), std::runtime_error);
  EXPECT_EQ(result.asked, std::uint64_t{2} * HardwareSubject::kMaxCount);
  EXPECT_EQ(result.different, 0u);
}

TEST(HardwareParts, FullAsksEveryWordInOrder) {
  const std::vector<HardwarePart> parts = hardware_parts(model_of("rcp.approx.f32"), HardwareReach::kFull);
  ASSERT_EQ(parts.back().name, "every input");
  EXPECT_EQ(parts.back().inputs, std::uint64_t{1} << 32);
  EXPECT_EQ(parts.back().at(0xFFFFFF00, 16).operands[0].at(3), 0xFFFFFF03u);
}

TEST(HardwareParts, EachHalfOfAPairRunsThroughAllWords) {
  const std::vector<HardwarePart> parts =
      hardware_parts(model_of("cvt.rn.satfinite.e4m3x2.f32"), HardwareReach::kDefault);
  EXPECT_EQ(parts.back().inputs, std::uint64_t{1} << 32);
  const HardwareOperands operands = parts.back().at(0x12345600, 256).operands;
  EXPECT_EQ(operands[0].at(0x78), 0x12345678u);
  EXPECT_EQ(operands[1].at(0x78), ~0x12345678u);
  const std::vector<HardwarePart> positive =
      hardware_parts(model_of("cvt.rp.satfinite.ue8m0x2.f32"), HardwareReach::kDefault);
  EXPECT_EQ(positive.front().inputs, std::uint64_t{1} << 31);
  EXPECT_EQ(positive.front().at(0, 16).operands[1].at(1), 0x7FFFFFFEu);
}

TEST(HardwareParts, ChunksOfDrawnWordsDoNotDependOnHowTheyAreCut) {
  const std::vector<HardwarePart> parts = hardware_parts(model_of("fma.rn.f32"), HardwareReach::kQuick);
  const HardwareInputs whole = parts.back().at(0, 64), tail = parts.back().at(40, 24);
  for (std::uint32_t i = 0; i < 24; ++i)
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(whole.operands[k].at(40 + i), tail.operands[k].at(i));
}

TEST(HardwareDraw, DrawnWordsLandWhereRoundingIsHard) {
  constexpr int kDrawn = 60000;
  int subnormal_products = 0, subnormal_quotients = 0, overflows = 0, residues = 0;
  for (std::uint64_t i = 0; i < kDrawn; ++i) {
    const auto [a, b, c] = drawn_words(i);
    const float product = reference::mul_rn(to_float(a), to_float(b));
    const float quotient = reference::div_rn(to_float(a), to_float(b));
    subnormal_products += product != 0 && is_subnormal_or_zero(product);
    subnormal_quotients += quotient != 0 && is_subnormal_or_zero(quotient);
    overflows += std::isinf(product) && std::isfinite(to_float(a)) && std::isfinite(to_float(b));
    const float residue = reference::fma_rn(to_float(a), to_float(b), to_float(c));
    residues += residue != 0 && reference::magnitude(residue) < reference::magnitude(product) * 0x1p-23f;
  }
  EXPECT_GT(subnormal_products, kDrawn / 20);
  EXPECT_GT(subnormal_quotients, kDrawn / 20);
  EXPECT_GT(overflows, kDrawn / 20);
  EXPECT_GT(residues, kDrawn / 40);
}

TEST(HardwareDraw, SpecialWordsComeEachWithEach) {
  std::set<std::array<std::uint32_t, 3>> seen;
  for (std::uint64_t i = 0; i < kSpecialWords * kSpecialWords; ++i) {
    std::array<std::uint32_t, 3> words = special_words(i);
    words[2] = 0;
    seen.insert(words);
  }
  EXPECT_EQ(seen.size(), kSpecialWords * kSpecialWords);
}

TEST(HardwareArithmetic, UnflushedApproximationsReachSubnormals) {
  EXPECT_EQ(rcp_approx(0x1p127f), 0x1p-127f);
  EXPECT_EQ(rcp_approx(0x1p-127f), 0x1p127f);
  EXPECT_EQ(to_bits(rcp_approx(-0.0f)), 0xFF800000u);
  EXPECT_EQ(rsqrt_approx(0x1p-140f), 0x1p70f);
  EXPECT_EQ(to_bits(rsqrt_approx(-0x1p-140f)), 0x7FFFFFFFu);
  EXPECT_EQ(ex2_approx(-130.0f), 0x1p-130f);
  EXPECT_EQ(ex2_approx(-126.0f), 0x1p-126f);
  EXPECT_EQ(lg2_approx(0x1p-140f), -140.0f);
  EXPECT_EQ(to_bits(lg2_approx(0.0f)), 0xFF800000u);
}

TEST(HardwareArithmetic, ApproximateQuotientsDifferAtTheEndsOfTheRange) {
  EXPECT_EQ(div_approx(0x1p-130f, 0x1p-140f), 0x1p10f);
  EXPECT_EQ(to_bits(div_approx_ftz(0x1p-130f, 0x1p-140f)), 0x7FFFFFFFu);  // 0 times infinity
  EXPECT_EQ(div_approx(1.0f, 0x1p127f), 0.0f);
  EXPECT_EQ(reference::div_full(1.0f, 0x1p127f), 0x1p-127f);
  EXPECT_EQ(div_full_ftz(1.0f, 0x1p127f), 0.0f);
  EXPECT_EQ(div_full_ftz(0x1p10f, 0x1p127f), 0x1p-117f);
}

TEST(HardwareArithmetic, DirectedRoundingsStepFromTheNearest) {
  constexpr float kMax = reference::kFloat32Max;
  EXPECT_EQ(fma_rz(1.0f, 1.0f, -0x1p-30f), 0x1.fffffep-1f);
  EXPECT_EQ(fma_rz(-1.0f, 1.0f, 0x1p-30f), -0x1.fffffep-1f);
  EXPECT_EQ(fma_rz(kMax, 2.0f, 0.0f), kMax);
  EXPECT_EQ(to_bits(fma_rz(-0x1p-149f, 0.75f, 0.0f)), 0x80000000u);
  EXPECT_EQ(fma_rp(1.0f, 1.0f, 0x1p-60f), 0x1.000002p0f);
  EXPECT_EQ(fma_rp(0x1p-149f, 0x1p-149f, 0.0f), 0x1p-149f);
  EXPECT_EQ(fma_rp(-kMax, 2.0f, 0.0f), -kMax);
  EXPECT_EQ(add_rz_ftz(1.0f, -0x1p-30f), 0x1.fffffep-1f);
  EXPECT_EQ(add_rz_ftz(0x1.8p-126f, -0x1p-126f), 0.0f);
  for (const float infinity : {HUGE_VALF, -HUGE_VALF}) {
    EXPECT_EQ(fma_rz(infinity, 1.0f, 1.0f), infinity);
    EXPECT_EQ(fma_rp(infinity, 1.0f, 1.0f), infinity);
    EXPECT_EQ(to_bits(fma_rz(infinity, 0.0f, 1.0f)), 0x7FFFFFFFu);
  }
}

TEST(HardwareArithmetic, Bf16PairsRoundOnce) {
  // 1 + 2^-8 is a tie and goes to the even 1; the smallest addend beyond it does not.
  EXPECT_EQ(fma_rn_bf16x2(0x3F803F80, 0x3F803F80, 0x3B813B80), 0x3F813F80u);
  // 2^-133 times 1.5 is a tie between subnormals; times 2^-133 nothing is left.
  EXPECT_EQ(mul_rn_bf16x2(0x00010001, 0x3FC00001, 0), 0x00020000u);
  EXPECT_EQ(mul_rn_bf16x2(0x7F7F7F80, 0x40000000, 0), 0x7F807FFFu);
}

TEST(HardwareArithmetic, MinAndMaxOrderZerosAndDropNans) {
  const float nan = to_float(0x7FC12345);
  EXPECT_EQ(to_bits(min_number(0.0f, -0.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(max_number(-0.0f, 0.0f)), 0x00000000u);
  EXPECT_EQ(min_number(nan, 3.0f), 3.0f);
  EXPECT_EQ(max_number(-3.0f, nan), -3.0f);
  EXPECT_EQ(to_bits(min_number(nan, nan)), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(min_nan(nan, 3.0f)), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(max_number_ftz(-0x1p-127f, -1.0f)), 0x80000000u);
  EXPECT_EQ(min_magnitude(-3.0f, 2.0f), -2.0f);
  EXPECT_EQ(min_magnitude(-3.0f, -2.0f), 2.0f);
}

TEST(HardwareArithmetic, PairsHaveTheirFirstOperandInTheLowHalf) {
  const std::uint32_t one = to_bits(1.0f), minus_two = to_bits(-2.0f);
  EXPECT_EQ(e4m3_pair(one, minus_two), 0xC038u);
  EXPECT_EQ(e5m2_pair(one, minus_two), 0xC03Cu);
  EXPECT_EQ(fp16_pair(one, minus_two), 0xC0003C00u);
  EXPECT_EQ(bf16_pair(one, minus_two), 0xC0003F80u);
  EXPECT_EQ(e2m1_pair(one, minus_two), 0xC2u);
  EXPECT_EQ(e2m3_pair(one, minus_two), 0x3008u);
  EXPECT_EQ(e8m0_pair_up(one, to_bits(2.5f)), 0x817Fu);
  EXPECT_EQ(e8m0_pair_toward_zero(one, to_bits(2.5f)), 0x807Fu);
  EXPECT_EQ(widened_e4m3_pair(0xC038, 0, 0), 0xC0003C00u);
  EXPECT_EQ(widened_e2m1_pair(0x8F, 0, 0), 0x8000C600u);
  EXPECT_EQ(widened_e8m0_pair(0xFF00, 0, 0), 0x7FFF0040u);
}

}  // namespace
}  // namespace bitgate::compare
