// Every row of the table against a second opinion in exact arithmetic (tests/support/mma_oracle.h), over operands that
// cancel, tie, underflow, overflow and are special (tests/support/mma_draws.h); and that the two part where they
// should.
#include <gtest/gtest.h>

#include <cstdint>

#include "bitgate/reference/mma/instruction.h"
#include "bitgate/tests/support/mma_dots.h"
#include "bitgate/tests/support/mma_draws.h"

namespace bitgate::oracle {
namespace {

using reference::mma_instructions;
using reference::MmaInstruction;

constexpr int kDotsOfADraw = 120;

TEST(MmaOracle, EveryRowAgreesWithExactArithmetic) {
  std::uint64_t seed = 0;
  for (const MmaInstruction& each : mma_instructions()) {
    const Differing found = differing(each, each, ++seed, kDotsOfADraw);
    EXPECT_EQ(found.count, 0) << found.story;
  }
}

// The corners that sources disagree about, set otherwise on both sides.
TEST(MmaOracle, OtherRulesOfZerosAndOverflowAgreeAsWell) {
  std::uint64_t seed = 1000;
  for (const MmaInstruction& each : mma_instructions()) {
    MmaInstruction other = each;
    other.rules.zero_c = reference::MmaZero::kNominal;
    other.rules.zero_operand = reference::MmaZero::kFp32;
    other.rules.zero_sign = reference::MmaZeroSign::kMinusIfAllAre;
    other.rules.underflow = reference::MmaUnderflow::kMinusZero;
    other.rules.overflow = reference::MmaOverflow::kLargest;
    other.rules.groups = reference::MmaGroups::kAll;
    other.rules.tf32_nan_of_register = true;
    if (each.order != reference::MmaOrder::kPtxasFp8) other.rules.nan_fp32 = 0x7FC00000;
    const Differing found = differing(other, other, ++seed, kDotsOfADraw);
    EXPECT_EQ(found.count, 0) << found.story;
  }
}

// One bit more or less of F, of every row with results of 32 bits; of 11 bits it takes what is below.
TEST(MmaOracle, TheDrawsSeeAnotherNumberOfFractionBits) {
  std::uint64_t seed = 2000;
  for (const MmaInstruction& each : mma_instructions()) {
    if (each.order == reference::MmaOrder::kExact || is_fp16(each.result)) continue;
    for (const int change : {-1, 1}) {
      MmaInstruction other = each;
      other.fraction_bits = static_cast<std::uint8_t>(each.fraction_bits + change);
      EXPECT_GT(differing(other, each, ++seed, kDotsOfADraw, 1).count, 0) << each.name << " " << change;
    }
  }
}

TEST(MmaOracle, TheDrawsSeeAnotherRule) {
  std::uint64_t seed = 3000;
  for (const MmaInstruction& each : mma_instructions()) {
    if (each.order == reference::MmaOrder::kExact || is_fp16(each.result)) continue;
    const auto seen = [&](const char* change, const MmaInstruction& other) {
      EXPECT_GT(differing(other, each, ++seed, kDotsOfADraw, 1).count, 0) << each.name << ": " << change;
    };
    MmaInstruction other = each;
    other.rules.rounding = reference::MmaRounding::kNearestEven;
    seen("nearest", other);
    other = each;
    other.rules.cut = reference::MmaCut::kFloor;
    seen("floor", other);
    other = each;
    other.rules.nan_fp32 = 0x7FC00000;
    seen("NaN", other);
    if (each.order != reference::MmaOrder::kChain) continue;
    other = each;
    other.rules.addend = reference::MmaAddend::kAfterwards;
    seen("late C", other);
    other = each;
    other.rules.product_exponent = reference::MmaProductExponent::kOfProduct;
    seen("the product's own exponent", other);
    if (each.products / 2 >= each.k) continue;
    other = each;
    other.products /= 2;
    seen("half G", other);
  }
}

// Every pair of codes of 8 bits and fewer: one product alone is exact in binary32.
TEST(MmaOracle, OneProductOfEveryPairOfCodesIsExact) {
  for (const char* name :
       {"sm_90a/wgmma.k32/fp8/f32", "sm_90/mma.m16n8k32/fp8/f32", "sm_100a/tcgen05.f8f6f4.k32/fp6fp4/f32"}) {
    const MmaInstruction of = instruction(name);
    std::int64_t wrong = 0;
    for (const Format& a : operand_formats(of))
      for (const Format& b : operand_formats(of))
        for (std::uint32_t i = 0; i < code_count(a); ++i)
          for (std::uint32_t j = 0; j < code_count(b); ++j) {
            const double product = decode(a, i) * decode(b, j);
            const std::uint32_t exact = product != product ? 0x7FFFFFFFu
                                        : product == 0.0   ? 0u
                                                           : to_bits(static_cast<float>(product));
            if (multiply_accumulate(of, {a, b, {&i, 1}, {&j, 1}, {}, {}, 0u}) != exact) ++wrong;
          }
    EXPECT_EQ(wrong, 0) << name;
  }
}

// 16 - 16 + 2^-21 is there with 25 bits, 2^-22 is not.
TEST(MmaOracle, Fp16ResultsOf25BitsKeepTheLastAndNoMore) {
  for (const MmaInstruction& each : mma_instructions()) {
    if (!is_fp16(each.result) || each.fraction_bits != 25) continue;
    MmaInstruction less = each, more = each;
    --less.fraction_bits;
    ++more.fraction_bits;
    const bool half = each.inputs == reference::MmaInputs::kFp16;
    const Format& f = half ? kFp16 : kE5m2;
    // Places 0, 1 and 4 are of one step in every order.
    const char *a = half ? "4400 c400 0 0 1400" : "44 c4 0 0 14", *b = half ? "4400 4400 0 0 1000" : "44 44 0 0 10";
    const char* smaller = half ? "4400 c400 0 0 1000" : "44 c4 0 0 10";
    EXPECT_EQ(dot(less, f, a, b), 0x0000u) << each.name;
    EXPECT_EQ(dot(each, f, a, b), 0x0008u) << each.name;
    EXPECT_EQ(dot(each, f, smaller, b), 0x0000u) << each.name;
    EXPECT_EQ(dot(more, f, smaller, b), 0x0004u) << each.name;
  }
}

}  // namespace
}  // namespace bitgate::oracle
