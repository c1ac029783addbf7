// Proofs that mutants are equivalent, asked of recipes that are not in the catalog but might be: each differs from a
// catalog recipe in one rule, and an input tells its mutant apart (found by random search), so no proof may apply.
#include <gtest/gtest.h>

#include <limits>
#include <string_view>

#include "bitgate/tests/compare/equivalence_reason.h"

namespace bitgate::compare {
namespace {

using namespace reference;

void without_nan(Recipe& r) { r.accepts.nan = false; }

// GELU makes a NaN of -infinity, the transform one of two infinities.
TEST(Equivalence, AnOperationInFrontMayMakeTheNanThatIsNotTaken) {
  EXPECT_EQ(reason("te/fp8-current-e4m3-gelu", without_nan, "block scale: NaN in amax", "propagates"), "");
  EXPECT_EQ(reason("te/nvfp4-rht", without_nan, "global: NaN in amax", "propagates"), "");
  EXPECT_EQ(reason("te/nvfp4-pyref-rht", unchanged, "global: NaN in amax", "ignored"), "the producer takes no NaN");
}

// The maximum drops a NaN; the sum, stored by the same rule, does not.
TEST(Equivalence, SumsAreEncodedByTheRuleOfTheScale) {
  const auto drops = [](Recipe& r) { r.rules.block.amax_nan = AmaxNan::kIgnore; };
  EXPECT_EQ(reason("ggml/q8_1", drops, "block scale: NaN code", "signed, quiet bit"), "");
}

// An infinite amax, whose scale overflows.
TEST(Equivalence, AScaleThatOverflowsToNanIsNoNumber) {
  const auto overflows = [](Recipe& r) {
    r.rules.block.encode.overflow = Overflow::kNan;
    r.accepts.nan = false;
  };
  EXPECT_EQ(reason("te/mxfp8-e4m3-spec", overflows, "element: under a zero scale", "FLT_MAX"), "");
  EXPECT_EQ(reason("te/mxfp8-e4m3-spec", overflows, "element: multiplier at most", "3.4028235e+38"), "");
}

TEST(Equivalence, AnOverflowIsANanOfTheRule) {
  const auto overflows = [](Recipe& r) { r.rules.block.encode.overflow = Overflow::kNan; };
  EXPECT_EQ(reason("ggml/q4_1-cpu-ref", overflows, "block scale: NaN code", "positive, all ones"), "");
}

// FLT_MAX is no infinity where the scale is stored as it is.
TEST(Equivalence, AScaleOf32BitsDoesNotSaturate) {
  const auto bounded = [](Recipe& r) { r.rules.block.form = ScaleForm::kAmaxOverElementMax; };
  EXPECT_EQ(reason("te/fp8-block128x128-e5m2", bounded, "block scale: at most", "3.4028235e+38"), "");
}

// Of 0x7F800001, which torchao's integer rounding takes for a number.
TEST(Equivalence, APowerThatIsNanHasItsOwnPayload) {
  const auto keeps_payloads = [](Recipe& r) { r.rules.machine = Machine::kArm; };
  EXPECT_EQ(reason("torchao/mxfp6e2m3-floor", keeps_payloads, "element: scaling", "x * (1 / scale)"), "");
  EXPECT_EQ(reason("torchao/mxfp6e2m3-floor", keeps_payloads, "element: multiplier's type", "bf16"), "");
}

TEST(Equivalence, AFlushedReciprocalIsZero) {
  const auto flushes = [](Recipe& r) { r.rules.machine = Machine::kGpuFtz; };
  EXPECT_EQ(reason("te/fp8-current-e4m3-pow2", flushes, "element: under a zero scale", "0"), "");
}

// An amax of 0 over itself.
TEST(Equivalence, AQuotientOfZerosIsNan) {
  const auto divides = [](Recipe& r) { r.rules.element.multiplier = MultiplierForm::kGlobalOverUnroundedScale; };
  EXPECT_EQ(
      reason("torchao/mxfp4-floor", divides, "element: under a zero scale", "0, where it was zero before encoding"),
      "");
}

// A history may hold a NaN that no element is.
TEST(Equivalence, AGivenAmaxOfATensorReachesItsScale) {
  const auto bounded = [](Recipe& r) { r.rules.block.form = ScaleForm::kAmaxOverElementMax; };
  EXPECT_EQ(reason("te/fp8-current-e5m2-gelu", bounded, "block scale: NaN against a bound", "becomes the upper bound"),
            "");
}

// 2^-16 is stored as an E4M3 zero, and 0 / 0 follows.
TEST(Equivalence, ABoundBelowTheSmallestScaleKeepsNothingFromZero) {
  const auto low = [](Recipe& r) {
    r.rules.block.floor = 0x1p-16f;
    r.accepts.nan = false;
  };
  EXPECT_EQ(reason("torchao/nvfp4-cpu", low, "machine", "arm"), "");
  EXPECT_EQ(reason("torchao/nvfp4-cpu", low, "machine", "gpu, subnormals flushed"), "");
  EXPECT_EQ(reason("torchao/nvfp4-cpu", low, "element: multiplier at most", "3.4028235e+38"), "");
}

TEST(Equivalence, AMaximumThatDropsNanLeavesOneInTheBlock) {
  const auto drops = [](Recipe& r) { r.rules.block.amax_nan = AmaxNan::kIgnore; };
  EXPECT_EQ(reason("mx/mxint8-nearest-ext", drops, "machine", "x86"), "");
}

// A NaN scale becomes FLT_MAX, which is no power of two; 2^-127 is flushed to 0.
TEST(Equivalence, WhatIsCutOrFlushedIsNoPowerOfTwo) {
  const auto cut = [](Recipe& r) { r.rules.element.multiplier_ceiling = std::numeric_limits<float>::max(); };
  const auto flushes = [](Recipe& r) { r.rules.machine = Machine::kGpuFtz; };
  EXPECT_EQ(reason("torchao/mxfp8e5m2-even-compile", cut, "element: multiplier's type", "bf16"), "");
  EXPECT_EQ(reason("torchao/mxfp8e4m3-floor", cut, "element: scaling", "x / (scale * s)"), "");
  EXPECT_EQ(reason("torchao/mxfp8e5m2-ceil", flushes, "element: scaling", "x * (1 / scale)"), "");
}

// Rounded up the smallest subnormal scale is no zero.
TEST(Equivalence, SubnormalsShowWhereTheScaleIsRoundedUp) {
  const auto up = [](Recipe& r) { r.rules.block.encode.rounding = Rounding::kUp; };
  EXPECT_EQ(reason("ggml/q8_1", up, "block scale: division", "div.full"), "");
}

// Infinity is cut to 448, whose low byte is no zero.
TEST(Equivalence, AClampMakesANumberOfInfinity) {
  const auto clamps = [](Recipe& r) { r.rules.element.clamp = 448.0f; };
  EXPECT_EQ(reason("ggml/q8_0-cpu-ref", clamps, "element: scaling", "x * (S / scale before encoding)"), "");
}

// amax / max is 0 of an amax that is not.
TEST(Equivalence, AQuotientIsZeroBeforeItsAmaxIs) {
  const auto quotient = [](Recipe& r) { r.rules.block.form = ScaleForm::kAmaxOverElementMax; };
  EXPECT_EQ(reason("torchao/mxfp6e3m2-floor-pre4725", quotient, "element: under a zero scale",
                   "0, where it was zero before encoding"),
            "");
}

// A quick question tells each of these apart: another amax, a -0 by underflow, a NaN that becomes a bound, a divisor
// that is no constant, a power of infinity, a subnormal operand, and axes of fake quantizers.
TEST(Equivalence, WhatAQuestionKillsIsNotProven) {
  struct Killed {
    std::string_view recipe, axis, value;
  };
  constexpr Killed kKilled[] = {
      {"te/mxfp8-e4m3-2d", "block scale: amax of", "rows as far as 32 columns each reach"},
      {"ggml/q8_0-cpu-avx", "block scale: amax at least", "1e-10"},
      {"ggml/q8_0-cpu-avx", "block scale: amax at least", "1e-06"},
      {"te/mxfp8-e4m3-spec", "element: encode", "search of midpoints, -0 gives 0"},
      {"torchao/nvfp4-triton-2025", "block scale: at least", "-448"},
      {"ggml/q4_1-cuda-cpy", "block scale: division", "times MUFU.RCP"},
      {"ggml/rms_norm-mul-q8_1", "machine", "gpu, subnormals kept"},
      {"ggml/rms_norm-mul-q8_1", "machine", "arm"},
      {"trtllm/fp8-1x128", "block scale: division", "IEEE division, 0 by a divisor of 0"},
      {"flashinfer/fp8-1x128", "block scale: division", "times the rounded reciprocal"},
      {"sglang/fp8-group-v1-ue8m0", "machine", "gpu, subnormals flushed"},
      {"sglang/fp8-group-v1-ue8m0", "element: encode", "PyTorch's cast"},
      {"deepgemm/fp8-1x128-ue8m0", "machine", "gpu, subnormals flushed"},
      {"deepgemm/fp8-1x128-ue8m0", "element: encode", "cvt.rn.satfinite"},
      {"deepgemm/fp8-1x128-ue8m0", "element: encode", "cvt.rn.satfinite, a NaN keeps its sign"},
      {"modelopt/nvfp4", "block scale: division", "IEEE division, 0 by a divisor of 0"},
      {"modelopt/nvfp4-fake-triton", "global: at least", "0.015625"},
      {"modelopt/nvfp4-fake-triton", "global: at most", "448"},
      {"modelopt/nvfp4-fake-triton", "block scale: intermediates", "the input's type"},
      {"compressed-tensors/mxfp4", "element: rounded before the code", "binary32"},
  };
  for (const auto& [recipe, axis, value] : kKilled)
    EXPECT_EQ(reason(recipe, unchanged, axis, value), "") << recipe << ": " << axis << ": " << value;
}

}  // namespace
}  // namespace bitgate::compare
