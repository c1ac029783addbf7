// The shorter ways to an element's code, against the longer ones that say what is meant.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "bitgate/reference/arith/integer.h"
#include "bitgate/reference/recipe/lanes/element_path.h"
#include "bitgate/reference/recipe/special/ggml_fp4_mmq.h"
#include "bitgate/tests/support/recipe_samples.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

namespace mmq = special_detail::ggml_fp4_mmq;

std::uint32_t bits32(float x) { return std::bit_cast<std::uint32_t>(x); }

// Bit patterns all over, by a stride that is prime, and those around the halves of small numbers.
template <class Hold>
void over_patterns(std::uint32_t stride, Hold hold) {
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride)
    hold(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  for (int half = -600; half <= 600; ++half)
    for (int step = -2; step <= 2; ++step)
      hold(std::bit_cast<float>(bits32(0.25f * static_cast<float>(half)) + static_cast<std::uint32_t>(step)));
}

TEST(Shortcuts, OneSumThatIsCutRoundsHalvesAway) {
  over_patterns(1009, [](float x) {
    for (const Machine machine : {Machine::kGpu, Machine::kX86})
      ASSERT_EQ(to_int32(machine, half_away_to_cut(x)), to_int32(machine, round_half_away(x))) << bits32(x);
  });
}

TEST(Shortcuts, TheLowByteIsThatOfTheInteger) {
  over_patterns(1009, [](float x) {
    for (const Machine machine : {Machine::kGpu, Machine::kGpuFtz, Machine::kX86, Machine::kArm})
      ASSERT_EQ(low_byte_of_int32(machine, x), static_cast<std::uint32_t>(to_int32(machine, x)) & 0xFF) << bits32(x);
  });
}

TEST(Shortcuts, TheNearestNumberOfE2m1IsWhatItsCodeStandsFor) {
  over_patterns(4099, [](float x) {
    const float size = magnitude(x);
    if (is_nan(size)) return;
    ASSERT_EQ(mmq::nearest_e2m1(size).number, decode_float(kE2m1, mmq::e2m1(size))) << bits32(size);
    if (size >= 0x1p20f || (size != 0.0f && size < kFloat32MinNormal)) return;
    ASSERT_EQ(mmq::nearest_e2m1_ties_down(size), decode_float(kE2m1, mmq::e2m1_by_table(size, false))) << bits32(size);
  });
}

// Errors that are tiny, that pass the smallest normal number on their way, and that do not.
TEST(Shortcuts, SquaredErrorsFlushAsTheSumThatFlushesEachTime) {
  const Rules& rules = require_recipe("ggml/nvfp4-mmq-v2").rules;
  oracle::SplitMix random(3);
  int tiny = 0;
  for (int round = 0; round < 20000; ++round) {
    std::array<float, 16> values{};
    const auto exponent = static_cast<std::uint32_t>(127 - 74 + random.next64() % 24);
    for (float& value : values) value = std::bit_cast<float>(exponent << 23 | (random.next32() & 0x7FFFFF));
    std::array<float, 16> off{};
    mmq::leftovers<float>(rules, values, 0x38, off.data());
    float error = 0.0f, kept = 0.0f;
    for (const float one : off) {
      error = fma_rn_ftz(one, one, error);
      kept = fma_rn(one, one, kept);
    }
    tiny += error != kept;
    ASSERT_EQ(bits32(mmq::squared_error<float>(rules, values, 0x38)), bits32(error)) << round;
  }
  EXPECT_GT(tiny, 100);
}

TEST(Shortcuts, AStepAndACountAreTheCodeOfTheirProduct) {
  for (const float step : {0.5f, 1.0f, 2.0f})
    for (std::int32_t count = step == 0.5f ? 0 : 2; count <= (step == 2.0f ? 3 : 4); ++count)
      EXPECT_EQ(e2m1_of_steps(1.0f, false, count, step),
                encode(kE2m1, static_cast<float>(count) * step, kCvtRnSatfinite));
}

// Each rule of the catalog once that leaves out a flush or a clamp.
TEST(Shortcuts, WhatAnElementPathLeavesOutChangesNoCode) {
  std::set<std::string> seen;
  for (const Recipe* recipe : oracle::runnable_recipes()) {
    const Rules& rules = recipe->rules;
    if (!flush_is_unseen(rules) && !clamp_is_unseen(rules)) continue;
    const Rules part = element_rules(rules);
    const std::string name =
        std::to_string(static_cast<int>(rules.scheme)) + " " + std::to_string(static_cast<int>(rules.machine)) + " " +
        std::to_string(static_cast<int>(rules.element.encode)) + " " + std::to_string(rules.element.clamp);
    if (!seen.insert(name).second) continue;
    for (const float factor : {0x1.3p-126f, 0x1.3p-60f, 1.0f, 0x1.7p3f, 0x1.fffffep99f}) {
      MultiplierOf<float> multiplier;
      multiplier.value = factor;
      over_patterns(65537, [&](float x) {
        ASSERT_EQ(element_code(part, multiplier, x, InputType::kF32),
                  element_code(rules, multiplier, x, InputType::kF32))
            << recipe->identity.name << " " << bits32(x) << " times " << factor;
      });
    }
  }
  EXPECT_GE(seen.size(), 5u);
}

}  // namespace
}  // namespace bitgate::reference
