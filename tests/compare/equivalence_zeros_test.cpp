// Proofs about zeros, powers of two and NaN that is not met: each holds for a catalog recipe, and not where one rule of
// it is another, for there an input tells the mutant apart.
#include <gtest/gtest.h>

#include <limits>

#include "bitgate/tests/compare/equivalence_reason.h"

namespace bitgate::compare {
namespace {

using namespace reference;

constexpr std::string_view kUnderZero = "element: under a zero scale";
constexpr std::string_view kAmaxIsZero = "0, where amax is zero";
constexpr std::string_view kOrZero = "IEEE division, 0 by a divisor of 0";

void flushes(Recipe& r) { r.rules.machine = Machine::kGpuFtz; }
void propagates(Recipe& r) { r.rules.block.amax_nan = AmaxNan::kPropagate; }
void takes_nan(Recipe& r) { r.accepts.nan = true; }
void takes_infinity(Recipe& r) { r.accepts.infinity = true; }

// A NaN restarts the maximum: an amax of 0 stands beside a number.
TEST(EquivalenceSteps, HowAReciprocalIsDividedDoesNotMatterWhereEveryStoredScaleHasOne) {
  constexpr std::string_view kAxis = "element: division", kZero = "IEEE division, 0 by a divisor of 0";
  EXPECT_EQ(reason("torchao/nvfp4", unchanged, kAxis, kZero), "every stored scale has the same reciprocal either way");
  // Without its floor a scale can be zero.
  EXPECT_NE(reason(
                "torchao/nvfp4", [](Recipe& r) { r.rules.block.floor = 0.0f; }, kAxis, kZero),
            "every stored scale has the same reciprocal either way");
}

TEST(EquivalentZeros, AnAmaxOfZeroHoldsZerosAlone) {
  const auto restarts = [](Recipe& r) { r.rules.block.amax_nan = AmaxNan::kRestart; };
  EXPECT_EQ(reason("te/fp8-block1x128-e4m3", unchanged, kUnderZero, kAmaxIsZero),
            "under an amax of zero the multiplier is the same, or zeros of either sign have one code: each was tried");
  EXPECT_EQ(reason("te/fp8-block1x128-e4m3", restarts, kUnderZero, kAmaxIsZero), "");
  // An amax of 0 that is given says nothing of the elements.
  EXPECT_EQ(reason("te/fp8-current-e4m3", unchanged, kUnderZero, kAmaxIsZero), "");
}

// 0 times infinity, packed by saturation, is -128.
TEST(EquivalentZeros, AZeroTimesInfinityHasTheCodeOfItsConversion) {
  const auto packs = [](Recipe& r) { r.rules.element.encode = ElementEncode::kRoundEvenPacked; };
  EXPECT_NE(reason("ggml/q8_1-mmq-d4-ieee", unchanged, kUnderZero, kAmaxIsZero), "");
  EXPECT_EQ(reason("ggml/q8_1-mmq-d4-ieee", packs, kUnderZero, kAmaxIsZero), "");
}

// FLT_MAX rounded to bf16 is infinite; a NaN that is given as amax passes a bound that keeps it.
TEST(EquivalentZeros, TheMultiplierOfZerosIsANumber) {
  const auto to_infinity = [](Recipe& r) { r.rules.element.multiplier_ceiling = std::numeric_limits<float>::max(); };
  const auto keeps_nan = [](Recipe& r) { r.rules.global.min_nan = MinNan::kKeep; };
  EXPECT_NE(reason("te/nvfp4-fast", unchanged, kUnderZero, kAmaxIsZero), "");
  EXPECT_EQ(reason("te/nvfp4-fast", to_infinity, kUnderZero, kAmaxIsZero), "");
  EXPECT_EQ(reason("te/nvfp4-v1div", keeps_nan, kUnderZero, kAmaxIsZero), "");
}

// Under an infinite global the product is a NaN, over which 0 is one; 0 over 0 would be 0.
TEST(EquivalentZeros, AZeroOverItsScaleIsNan) {
  const auto or_zero = [](Recipe& r) { r.rules.element.divide = Divide::kIeeeOrZero; };
  EXPECT_NE(reason("torchao/nvfp4-triton-2025", unchanged, kUnderZero, kAmaxIsZero), "");
  EXPECT_EQ(reason("torchao/nvfp4-triton-2025", or_zero, kUnderZero, kAmaxIsZero), "");
}

TEST(EquivalentZeros, AScaleThatIsFlushedHasCodeZero) {
  EXPECT_NE(reason("te/fp8-current-e4m3", unchanged, kUnderZero, "0, where its code is 0"), "");
  EXPECT_EQ(reason("te/fp8-current-e4m3", flushes, kUnderZero, "0, where its code is 0"), "");
}

TEST(EquivalentZeros, AQuotientByZeroShowsWhereNothingReplacesIt) {
  const auto as_computed = [](Recipe& r) { r.rules.element.zero_scale = ZeroScale::kAsComputed; };
  const auto no_floor = [](Recipe& r) { r.rules.global.floor = 0.0f; };
  EXPECT_NE(reason("te/nvfp4-ctest", unchanged, "element: division", kOrZero), "");
  EXPECT_EQ(reason("te/nvfp4-ctest", as_computed, "element: division", kOrZero), "");
  EXPECT_NE(reason("torchao/nvfp4-pr2408", unchanged, "element: division", kOrZero), "");
  EXPECT_NE(reason("torchao/nvfp4-pr2408", unchanged, "block scale: division by the global", kOrZero), "");
  EXPECT_EQ(reason("torchao/nvfp4-pr2408", no_floor, "element: division", kOrZero), "");
  EXPECT_EQ(reason("torchao/nvfp4-pr2408", no_floor, "block scale: division by the global", kOrZero), "");
}

// A NaN that is given makes S one.
TEST(EquivalentZeros, AnAmaxOfZeroTimesNanIsNan) {
  const auto keeps_nan = [](Recipe& r) { r.rules.global.on_zero = ZeroGlobal::kOneForZeroScale; };
  EXPECT_NE(reason("te/nvfp4-pyref", unchanged, "block scale: zero", "0 where amax is 0"), "");
  EXPECT_NE(reason("te/nvfp4-rht-fused", unchanged, "block scale: zero", "0 where amax is 0"), "");
  EXPECT_EQ(reason("te/nvfp4-rht-fused", keeps_nan, "block scale: zero", "0 where amax is 0"), "");
}

TEST(EquivalentZeros, AFloorOfTheAmaxShowsAboveTheLowerBound) {
  const auto lower = [](Recipe& r) { r.rules.block.floor = 0x1p-12f; };
  EXPECT_NE(reason("torchao/nvfp4-pr2408", unchanged, "block scale: amax at least", "0.0001"), "");
  EXPECT_EQ(reason("torchao/nvfp4-pr2408", lower, "block scale: amax at least", "0.0001"), "");
}

// A NaN becomes the bound, above zero or below.
TEST(EquivalentZeros, ABoundBelowZeroMayBeWhatANanBecomes) {
  const auto to_floor = [](Recipe& r) { r.rules.block.bounds_nan = BoundsNan::kFloor; };
  EXPECT_NE(reason("deepgemm/fp8-1x128", unchanged, "block scale: at least", "-448"), "");
  EXPECT_EQ(reason("deepgemm/fp8-1x128", to_floor, "block scale: at least", "-448"), "");
}

TEST(EquivalentZeros, ANanThatPassesTheBoundsIsEncoded) {
  const auto passes = [](Recipe& r) {
    propagates(r);
    r.rules.block.bounds_nan = BoundsNan::kPasses;
  };
  EXPECT_NE(reason("te/nvfp4-partialcast", unchanged, "block scale: NaN code", "code 0"), "");
  EXPECT_EQ(reason("te/nvfp4-partialcast", passes, "block scale: NaN code", "code 0"), "");
}

TEST(EquivalentPowers, APowerThatIsInfiniteForNanShowsWhereANanIsStored) {
  constexpr std::string_view kInfinityForNan = "x / 2^exponent, infinity for NaN";
  EXPECT_NE(reason("te/mxfp8-e4m3", unchanged, "element: scaling", kInfinityForNan), "");
  EXPECT_EQ(reason("te/mxfp8-e4m3", propagates, "element: scaling", kInfinityForNan), "");
  EXPECT_NE(reason("te/fp8-current-e4m3-pow2", unchanged, "element: scaling", kInfinityForNan), "");
  EXPECT_EQ(reason("te/fp8-current-e4m3-pow2", flushes, "element: scaling", kInfinityForNan), "");
  EXPECT_EQ(reason("gfloat/mxfp4", takes_infinity, "element: scaling", kInfinityForNan), "");
}

// Half a step added to the largest numbers reaches the exponent of infinity.
TEST(EquivalentPowers, FiniteBlocksHaveNoNanUnlessTheirExponentIsRoundedUp) {
  constexpr std::string_view kOfInfinity = "exponent of amax, floor, of infinity too";
  constexpr std::string_view kBits = "integer rounding of the float's bits";
  const auto even = [](Recipe& r) { r.rules.block.form = ScaleForm::kExponentEven; };
  EXPECT_EQ(reason("gfloat/mxfp4", unchanged, "block scale: form", kOfInfinity), "no amax is infinite");
  EXPECT_EQ(reason("gfloat/mxfp4", takes_infinity, "block scale: form", kOfInfinity), "");
  EXPECT_NE(reason("gfloat/mxfp4", unchanged, "element: encode", kBits), "");
  EXPECT_EQ(reason("gfloat/mxfp4", even, "element: encode", kBits), "");
}

TEST(EquivalentPowers, AnEncodeScaleIsCutByEachShapeButOne) {
  EXPECT_NE(reason("te/fp8-current-e4m3-pow2", unchanged, "block scale: shape", "power of two, rounded up"), "");
  EXPECT_EQ(reason("te/fp8-current-e4m3", unchanged, "block scale: shape", "power of two, rounded up"), "");
}

// f16 rounds below 2^-14 to multiples of 2^-24, and half of the smallest E5M2 is 2^-17. Under a given amax it shows.
TEST(EquivalentPowers, RoundingToF16LosesCodesOfE5m2) {
  EXPECT_NE(reason("torchao/mxfp8e5m2-floor", unchanged, "element: rounded before the code", "the input's type"), "");
  EXPECT_NE(reason("te/fp8-current-e4m3-pow2", unchanged, "element: rounded before the code", "the input's type"), "");
  EXPECT_EQ(reason("te/fp8-current-e5m2-pow2", unchanged, "element: rounded before the code", "the input's type"), "");
}

// div.full does not flush what it divides.
TEST(EquivalentPowers, SubnormalElementsTellDivisionsApartWhereOneFlushes) {
  EXPECT_NE(reason("torchao/mxfp4-floor-pre4725", unchanged, "element: division", "div.full"), "");
  EXPECT_EQ(reason("torchao/mxfp4-floor-pre4725", flushes, "element: division", "div.full"), "");
}

TEST(EquivalentPowers, ADivisionOfItsOwnIsAnotherThanAProductByMufu) {
  constexpr std::string_view kOwn = "x * (max / amax), a division of its own";
  const auto by_mufu = [](Recipe& r) { r.rules.block.divide = Divide::kTimesApproxReciprocal; };
  EXPECT_EQ(reason("ggml/q8_1-mmq-d4-ieee", unchanged, "element: scaling", kOwn),
            "both are 127 over amax, divided once");
  EXPECT_EQ(reason("ggml/q8_1-mmq-d4-ieee", by_mufu, "element: scaling", kOwn), "");
}

TEST(EquivalentPowers, AGlobalThatIsAProductIsNotTheOneThatIsGiven) {
  const auto multiplies = [](Recipe& r) { r.rules.global.divide = Divide::kTimesIeeeReciprocal; };
  EXPECT_NE(reason("torchao/nvfp4-tensorwise-cpu", unchanged, "global: form", "g = 1 / S, given"), "");
  EXPECT_EQ(reason("torchao/nvfp4-tensorwise-cpu", multiplies, "global: form", "g = 1 / S, given"), "");
}

TEST(EquivalentNan, ANanShowsAtTheClampWhereOneIsTakenOrMade) {
  constexpr std::string_view kClamp = "element: NaN against the clamp";
  constexpr std::string_view kSearch = "search of midpoints, -0 gives 0";
  const auto unbounded = [](Recipe& r) { r.rules.element.multiplier_ceiling = 0.0f; };
  EXPECT_NE(reason("te/nvfp4-pyref", unchanged, kClamp, "becomes the lower bound"), "");
  EXPECT_EQ(reason("te/nvfp4-pyref", takes_nan, kClamp, "becomes the lower bound"), "");
  EXPECT_EQ(reason("te/nvfp4-pyref", unbounded, kClamp, "becomes the lower bound"), "");
  EXPECT_NE(reason("te/nvfp4-pyref", unchanged, "element: encode", kSearch), "");
  EXPECT_EQ(reason("te/nvfp4-pyref", takes_nan, "element: encode", kSearch), "");
}

// 4 is no 6.
TEST(EquivalentNan, AClampBelowTheLargestElementIsNotTheCodeOfNan) {
  const auto lower = [](Recipe& r) { r.rules.element.clamp = 4.0f; };
  EXPECT_NE(reason("torchao/nvfp4-train", unchanged, "element: NaN against the clamp", "becomes the upper bound"), "");
  EXPECT_EQ(reason("torchao/nvfp4-train", lower, "element: NaN against the clamp", "becomes the upper bound"), "");
}

}  // namespace
}  // namespace bitgate::compare
