// The probes of matrix instructions: the note's worked vectors are among them, and tiles hold them as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "bitgate/compare/mma_draft.h"
#include "bitgate/compare/mma_fit.h"
#include "bitgate/compare/mma_probes.h"

namespace bitgate::compare {
namespace {

using testing::ElementsAre;

const MmaModel& model_of(std::string_view op) {
  const MmaModel* model = find_mma_model(op);
  if (model == nullptr) throw std::invalid_argument(std::string(op));
  return *model;
}

// What the model gives to the probe of that text.
std::uint32_t answer(std::string_view op, std::string_view family, std::string_view text) {
  const MmaModel& model = model_of(op);
  const std::vector<MmaProbe> probes = mma_probes(model);
  const auto found = std::find_if(probes.begin(), probes.end(),
                                  [&](const MmaProbe& probe) { return probe.family == family && probe.text == text; });
  if (found == probes.end()) throw std::invalid_argument(std::string(text));
  MmaCase one;
  one.flags = found->flags;
  one.a = found->a;
  one.b = found->b;
  one.c = found->c;
  return result_of(model, instruction_of(model), one);
}

constexpr std::string_view kFp16F32 = "mma.sync.m16n8k16.f32.f16.f16.f32",
                           kFp16F16 = "mma.sync.m16n8k16.f16.f16.f16.f16",
                           kBf16F32 = "mma.sync.m16n8k16.f32.bf16.bf16.f32",
                           kTf32F32 = "mma.sync.m16n8k8.f32.tf32.tf32.f32",
                           kGroupE4m3 = "wgmma.m64n64k32.f32.e4m3.e4m3";

// Values of spec/tensor-core.md, parts 7 and 8.2.
TEST(MmaProbes, WorkedExamplesAreAmongThem) {
  EXPECT_EQ(answer(kFp16F32, "P1", "2^0 - 2^0 + 2^-25"), 0x33000000u);
  EXPECT_EQ(answer(kFp16F32, "P1", "2^0 - 2^0 + 2^-26"), 0x00000000u);
  EXPECT_EQ(answer(kFp16F32, "P1", "2.25 2^0 less the same + 1 2^-25"), 0x33000000u);
  EXPECT_EQ(answer(kFp16F32, "P3", "2^0 - 2^0 - 1 2^-26"), 0x00000000u);
  EXPECT_EQ(answer(kFp16F32, "P6", "smallest times smallest"), 0x27800000u);
  EXPECT_EQ(answer(kFp16F32, "P7", "smallest a - the same + 1 2^-39"), 0x2C000000u);
  EXPECT_EQ(answer(kFp16F32, "P7", "smallest a - the same + 1 2^-40"), 0x00000000u);
  EXPECT_EQ(answer(kFp16F32, "P8", "0 times 2^15 + 2^-27"), 0x32000000u);
  EXPECT_EQ(answer(kFp16F16, "P10", "2^-25 + 2^-46"), 0x0001u);
  EXPECT_EQ(answer(kFp16F16, "P10", "2^-25 + 2^-47"), 0x0000u);
  EXPECT_EQ(answer(kFp16F16, "P11", "C 7bff + 2^4"), 0x7C00u);
  EXPECT_EQ(answer(kBf16F32, "P9", "16 of 2^-152"), 0x00000002u);
  EXPECT_EQ(answer(kBf16F32, "P9", "16 of 2^-156"), 0x00000000u);
  EXPECT_EQ(answer(kBf16F32, "P11", "2^127 twice less 2^127"), 0x7F000000u);
  EXPECT_EQ(answer(kBf16F32, "P11", "2^200 less the same + 2^110"), 0x00000000u);
  EXPECT_EQ(answer(kBf16F32, "P11", "2^200 less the same + 2^175"), 0x7F800000u);
  EXPECT_EQ(answer(kBf16F32, "P12", "inf - inf"), 0x7FFFFFFFu);
  EXPECT_EQ(answer(kTf32F32, "P15", "a 3f801fff times 1"), 0x3F800000u);
  EXPECT_EQ(answer(kTf32F32, "P15", "a 3f803fff times 1"), 0x3F802000u);
  EXPECT_EQ(answer(kGroupE4m3, "P1", "2^0 - 2^0 + 2^-13"), 0x39000000u);
  EXPECT_EQ(answer(kGroupE4m3, "P1", "2^0 - 2^0 + 2^-14"), 0x00000000u);
  EXPECT_EQ(answer(kGroupE4m3, "P14", "C 3f800200"), 0x3F800000u);
}

TEST(MmaProbes, EveryInstructionHasEveryFamilyThatItsTypesAllow) {
  for (const MmaModel& model : mma_models()) {
    std::set<std::string_view> families;
    for (const MmaProbe& probe : mma_probes(model)) families.insert(probe.family);
    std::set<std::string_view> expected;
    for (const MmaFamily& family : mma_families()) expected.insert(family.name);
    expected.erase(model.half_result ? "P9" : "P10");
    if (low_bits(model.a) == 0) expected.erase("P15");
    if (model.a.bits != 8) expected.erase("P17");
    // F below the smallest E4M3 numbers there are no products of numbers.
    if (model.b.exponent_bits == 4 && !model.group) expected.erase("P7");
    // Products of FP8 and FP16 are far from the smallest FP32 numbers.
    if (!model.half_result && min_product(model) > min_exponent(kFp32)) expected.erase("P9");
    // The smallest half result less a term: E4M3 products end above it.
    if (min_product(model) - model.a.mantissa_bits - model.b.mantissa_bits > -26) expected.erase("P10");
    EXPECT_EQ(families, expected) << model.op;
  }
}

TEST(MmaProbes, TextsOfAFamilyAreDifferentUnlessTheDotProductsAreTheSame) {
  for (const MmaModel& model : mma_models()) {
    std::map<std::string, MmaProbe> seen;
    for (const MmaProbe& probe : mma_probes(model)) {
      const auto [at, fresh] = seen.try_emplace(std::string(probe.family) + probe.text, probe);
      if (fresh) continue;
      EXPECT_EQ(at->second.a, probe.a) << model.op << ' ' << probe.family << ' ' << probe.text;
      EXPECT_EQ(at->second.c, probe.c) << model.op << ' ' << probe.family << ' ' << probe.text;
    }
  }
}

TEST(MmaProbes, TilesHoldThemOnTheirDiagonals) {
  for (const std::string_view op : {kFp16F32, kGroupE4m3})
    for (const MmaProbePart& each : mma_probe_parts(model_of(op))) {
      std::size_t next = 0;
      for (std::uint64_t i = 0; i < each.part.tiles; ++i) {
        const MmaTile tile = each.part.at(i);
        EXPECT_TRUE(tile.diagonal);
        ASSERT_LE(next + tile.asked, each.probes.size());
        const std::size_t k = each.probes.front().a.size();
        for (std::size_t row = 0; row < tile.asked; ++row, ++next) {
          const MmaProbe& probe = each.probes[next];
          EXPECT_EQ(tile.flags, probe.flags);
          EXPECT_EQ(tile.c[place_of(tile, row)], probe.c);
          EXPECT_TRUE(
              std::equal(probe.a.begin(), probe.a.end(), tile.a.begin() + static_cast<std::ptrdiff_t>(row * k)));
          EXPECT_TRUE(
              std::equal(probe.b.begin(), probe.b.end(), tile.b.begin() + static_cast<std::ptrdiff_t>(row * k)));
        }
      }
      EXPECT_EQ(next, each.probes.size()) << each.part.name;
    }
}

TEST(MmaDraft, TermsOfFp8MmaSyncComeInTheOrderOfItsSteps) {
  MmaDraft draft(model_of("mma.sync.m16n8k32.f32.e4m3.e4m3.f32"), "P1", "three terms");
  draft.codes(1, 1).codes(2, 2).codes(3, 3);
  EXPECT_THAT(std::vector(draft.probe().a.begin(), draft.probe().a.begin() + 6), ElementsAre(1u, 2u, 0u, 0u, 3u, 0u));
}

TEST(MmaDraft, WhatTheTypesCannotExpressIsDropped) {
  std::vector<MmaProbe> probes;
  MmaDraft(model_of(kGroupE4m3), "P1", "2^17").power_of_two(17).into(probes);
  MmaDraft(model_of(kGroupE4m3), "P1", "2^-19").power_of_two(-19).into(probes);
  EXPECT_TRUE(probes.empty());
  MmaDraft(model_of(kGroupE4m3), "P1", "2^16").power_of_two(16).into(probes);
  MmaDraft(model_of(kGroupE4m3), "P1", "2^-18").power_of_two(-18, true).into(probes);
  ASSERT_EQ(probes.size(), 2u);
  EXPECT_EQ(probes[0].a[0], 0x78u);
  EXPECT_EQ(probes[0].b[0], 0x78u);
  EXPECT_EQ(probes[1].a[0], 0x81u);
  EXPECT_EQ(probes[1].b[0], 0x01u);
}

}  // namespace
}  // namespace bitgate::compare
