// What the notes state of the MX formats of FlashInfer, TensorRT-LLM, vLLM and CUTLASS by number: over which maxima the
// scale codes of two rules differ, and examples. Facts: flashinfer-vllm-cutlass.md 1.5, 3.2, 3.7, 3.11, 4.2 and T14.
#include <gtest/gtest.h>

#include <vector>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using reference::AmaxNan;
using reference::BlockAnswer;
using reference::Divide;
using reference::mul_rn;
using reference::require_recipe;
using reference::Rules;
using reference::ScaleForm;

BlockAnswer block_of(const Rules& rules, InputType type, const std::vector<float>& x) {
  return reference::quantize_one_block(rules, type, x, 0.0f);
}

std::uint32_t code_of_amax(const Rules& rules, InputType type, float amax) {
  std::vector<float> x(32, 0.0f);
  x[5] = -amax;
  return block_of(rules, type, x).scale_bits;
}

// Every positive finite number of a 16-bit type.
std::vector<float> maxima(InputType type) {
  std::vector<float> all;
  for (std::uint32_t bits = 1; bits < infinity_code(format_of(type)); ++bits)
    all.push_back(widen(type, static_cast<std::uint16_t>(bits)));
  return all;
}

// How many of the 128 significands of bf16 in [1, 2) get another code.
int differing_significands(const Rules& a, const Rules& b) {
  int differing = 0;
  for (std::uint32_t bits = 0x3F80; bits < 0x4000; ++bits) {
    const float amax = widen_bf16(static_cast<std::uint16_t>(bits));
    differing += code_of_amax(a, InputType::kBf16, amax) != code_of_amax(b, InputType::kBf16, amax) ? 1 : 0;
  }
  return differing;
}

Rules divided(Rules rules) {
  rules.block.divide = Divide::kIeee;
  return rules;
}

TEST(InferenceMx, AReciprocalOrADivisionGiveOneCodeForEverySixteenBitMaximum) {
  for (const char* recipe : {"trtllm/mxfp4", "trtllm/mxfp8"})
    for (const InputType type : {InputType::kBf16, InputType::kF16}) {
      const Rules& times = require_recipe(recipe).rules;
      const Rules over = divided(times);
      for (const float amax : maxima(type))
        ASSERT_EQ(code_of_amax(times, type, amax), code_of_amax(over, type, amax)) << recipe << " " << amax;
    }
}

TEST(InferenceMx, AReciprocalOfSixOneUlpUpWouldChangeOnePointFiveTimesPowersOfTwo) {
  int changed = 0;
  for (const float amax : maxima(InputType::kBf16)) {
    const auto code = [&](std::uint32_t sixth) {
      return encode(kE8m0, mul_rn(amax, from_bits(sixth)), kCvtRpSatfinite);
    };
    if (code(0x3E2AAAAB) == code(0x3E2AAAAC)) continue;
    ++changed;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(amax) & 0x7FFFFF, 0x400000u) << amax;
  }
  EXPECT_EQ(changed, 252);
}

TEST(InferenceMx, VllmsTwoFormsDifferFromTheRoundUpInAsManySignificandsAsTheNotesCounted) {
  const Rules& up = require_recipe("trtllm/mxfp4").rules;
  const Rules& current = require_recipe("vllm/mxfp4-new").rules;
  EXPECT_EQ(differing_significands(require_recipe("vllm/mxfp4-old").rules, up), 127);
  EXPECT_EQ(differing_significands(current, up), 31);
  Rules floor = current;
  floor.block.form = ScaleForm::kExponentFloor;
  EXPECT_EQ(differing_significands(current, floor), 32);
}

TEST(InferenceMx, VllmRoundsUpFromOnePointSevenFive) {
  const Rules& rules = require_recipe("vllm/mxfp4-new").rules;
  EXPECT_EQ(code_of_amax(rules, InputType::kBf16, 6.9375f), 127u);
  EXPECT_EQ(code_of_amax(rules, InputType::kBf16, 7.0f), 128u);
}

TEST(InferenceMx, TheLargestBf16NumberHasCode253) {
  const float largest = from_bits(0x7F7F0000);
  for (const char* recipe : {"flashinfer/mxfp4", "flashinfer/mxfp4-cute", "trtllm/mxfp4"})
    EXPECT_EQ(code_of_amax(require_recipe(recipe).rules, InputType::kBf16, largest), 253u) << recipe;
}

// 4.5 * 2^-126 is normal, and a sixth of it is 1.5 * 2^-127.
TEST(InferenceMx, ASubnormalScaleIsZeroInCudaAndOneStepInCute) {
  std::vector<float> x(32, 0.0f);
  x[0] = 4.5f * 0x1p-126f;
  x[1] = -3.0f * 0x1p-126f;
  const BlockAnswer cuda = block_of(require_recipe("flashinfer/mxfp4").rules, InputType::kBf16, x);
  EXPECT_EQ(cuda.scale_bits, 0u);
  EXPECT_EQ(cuda.codes[0], 0x0);
  EXPECT_EQ(cuda.codes[1], 0x8);
  const BlockAnswer cute = block_of(require_recipe("flashinfer/mxfp4-cute").rules, InputType::kBf16, x);
  EXPECT_EQ(cute.scale_bits, 1u);
  EXPECT_EQ(cute.codes[0], 0x6);
  EXPECT_EQ(cute.codes[1], 0xD);
}

// The ternary at the end of TensorRT-LLM's maximum returns its second operand, the odd half, where either is NaN.
TEST(InferenceMx, OddPlacesOfNothingButNanGiveANanScaleAndEvenOnesDoNot) {
  const float nan = from_bits(0x7FC00000);
  for (const bool odd : {false, true}) {
    std::vector<float> x(32, 6.0f);
    for (std::size_t i = odd ? 1 : 0; i < x.size(); i += 2) x[i] = nan;
    for (const char* recipe : {"flashinfer/mxfp4", "trtllm/mxfp4", "trtllm/mxfp4-2025"})
      EXPECT_EQ(block_of(require_recipe(recipe).rules, InputType::kBf16, x).scale_bits, odd ? 255u : 127u) << recipe;
    for (const char* recipe : {"flashinfer/mxfp4-cute", "vllm/mxfp4-new", "vllm/mxfp4-old"})
      EXPECT_EQ(block_of(require_recipe(recipe).rules, InputType::kBf16, x).scale_bits, 127u) << recipe;
    x[odd ? 3 : 2] = 1.0f;
    for (const char* recipe : {"flashinfer/mxfp4", "trtllm/mxfp4"})
      EXPECT_EQ(block_of(require_recipe(recipe).rules, InputType::kBf16, x).scale_bits, 127u) << recipe;
  }
}

// The host's std::max takes a NaN and lets the next element take its place: only the last one's NaN stays.
TEST(InferenceMx, TheHostsMaximumForgetsWhatStandsBeforeANan) {
  const Rules& rules = require_recipe("flashinfer/mxfp8-host").rules;
  std::vector<float> x(32, 1.0f);
  x[0] = 448.0f;
  x[1] = from_bits(0xFFC00000);
  EXPECT_EQ(block_of(rules, InputType::kF32, x).scale_bits, 119u);
  x[31] = from_bits(0x7FC00000);
  EXPECT_EQ(block_of(rules, InputType::kF32, x).scale_bits, 0u);
  EXPECT_EQ(block_of(rules, InputType::kF32, x).codes[2], 0x38);
}

// Code 0 with max|x| not zero: TensorRT-LLM's newer test looks at max|x|, the one of 2025 at the scale before rounding.
TEST(InferenceMx, TensorRtLlmTellsZeroInTwoWays) {
  std::vector<float> x(32, 0.0f);
  x[0] = 0x1p-133f;
  const BlockAnswer now = block_of(require_recipe("trtllm/mxfp8").rules, InputType::kBf16, x);
  EXPECT_EQ(now.scale_bits, 0u);
  EXPECT_EQ(now.codes[0], 0x7E);
  EXPECT_EQ(now.codes[1], 0x7F);  // 0 * infinity
  // 2^16 / 448 = 146.3 units of 2^-149: not zero either.
  EXPECT_EQ(block_of(require_recipe("trtllm/mxfp8-2025").rules, InputType::kBf16, x).codes[1], 0x7F);
}

}  // namespace
}  // namespace bitgate
