// Proofs about numbers given or of a row, scales stored whole and codes tried at their steps: where each holds, and a
// recipe that differs in one rule for which it must not.
#include <gtest/gtest.h>

#include "bitgate/tests/compare/equivalence_reason.h"

namespace bitgate::compare {
namespace {

using namespace reference;

void with_infinity(Recipe& r) { r.accepts.infinity = true; }
void with_nan(Recipe& r) { r.accepts.nan = true; }

// Of an infinite amax G is 0, and every divisor infinite; with NaN one is met.
TEST(EquivalenceGiven, DividesByAPositiveNumber) {
  constexpr const char* kName = "compressed-tensors/nvfp4-fp32";
  EXPECT_NE(reason(kName, unchanged, "element: multiplier at most", "3.4028235e+38"), "");
  EXPECT_EQ(reason(kName, with_infinity, "element: multiplier at most", "3.4028235e+38"), "");
  EXPECT_NE(reason(kName, unchanged, "element: NaN against the clamp", "becomes the upper bound"), "");
  EXPECT_EQ(reason(kName, with_nan, "element: NaN against the clamp", "becomes the upper bound"), "");
  EXPECT_NE(reason(kName, unchanged, "machine", "arm"), "");
  EXPECT_EQ(reason(kName, with_nan, "machine", "arm"), "");
}

// Without the rule that makes 0.125 of it, a scale may be stored as zero.
TEST(EquivalenceGiven, AScaleThatMayBeZeroShows) {
  const auto zero = [](Recipe& r) { r.rules.block.on_zero = ZeroBlockScale::kKeep; };
  EXPECT_NE(reason("compressed-tensors/nvfp4-fp32", unchanged, "element: under a zero scale", "0"), "");
  EXPECT_EQ(reason("compressed-tensors/nvfp4-fp32", zero, "element: under a zero scale", "FLT_MAX"), "");
  EXPECT_EQ(reason("compressed-tensors/nvfp4-fp32", zero, "element: division", "IEEE division, 0 by a divisor of 0"),
            "");
}

// A NaN's code, 0, is that of 0 by 0; a clamp that takes the NaN for a number gives its bound's.
TEST(EquivalenceGiven, ZeroByZeroIsAZeroUnlessTheClampTakesIt) {
  const auto takes = [](Recipe& r) { r.rules.element.clamp_nan = BoundsNan::kCeiling; };
  EXPECT_NE(reason("compressed-tensors/nvfp4-bf16", unchanged, "element: under a zero scale", "0, where amax is zero"),
            "");
  EXPECT_EQ(reason("compressed-tensors/nvfp4-bf16", takes, "element: under a zero scale", "0, where amax is zero"), "");
}

// bf16 hides the last bit of amax / 6, binary32 does not.
TEST(EquivalenceGiven, QuotientsAreTriedInTheTypeThatKeepsThem) {
  const auto whole = [](Recipe& r) { r.rules.block.intermediate = Intermediate::kBinary32; };
  EXPECT_NE(reason("compressed-tensors/nvfp4-bf16", unchanged, "block scale: division", "IEEE division"), "");
  EXPECT_EQ(reason("compressed-tensors/nvfp4-bf16", whole, "block scale: division", "IEEE division"), "");
}

// An S of 0 that stays, and a maximum that a NaN restarts.
TEST(EquivalenceGiven, RowsHaveAFiniteS) {
  constexpr const char* kName = "flashinfer/nvfp4-pertoken-exact";
  const auto stays = [](Recipe& r) { r.rules.global.on_zero = ZeroGlobal::kZeroForZeroAmax; };
  const auto restarts = [](Recipe& r) { r.rules.block.amax_nan = AmaxNan::kRestart; };
  EXPECT_NE(reason(kName, unchanged, "global: useless S", "as computed"), "");
  EXPECT_EQ(reason(kName, stays, "global: useless S", "as computed"), "");
  EXPECT_NE(reason(kName, unchanged, "element: under a zero scale", "FLT_MAX"), "");
  EXPECT_EQ(reason(kName, restarts, "element: under a zero scale", "FLT_MAX"), "");
  EXPECT_NE(reason(kName, unchanged, "block scale: zero", "as computed"), "");
}

// Above 2^126 MUFU.RCP is flushed and div.full is not.
TEST(EquivalenceGiven, DivisorsOfRowsAreSmall) {
  const auto large = [](Recipe& r) { r.rules.global.given_inverse = 1.0f; };
  EXPECT_NE(reason("flashinfer/nvfp4-pertoken-fast", unchanged, "element: division", "div.full"), "");
  EXPECT_EQ(reason("flashinfer/nvfp4-pertoken-fast", large, "element: division", "div.full"), "");
}

// A NaN that passes is encoded, and is no 448 under an infinite S.
TEST(EquivalenceGiven, TheBoundTakesTheNan) {
  constexpr const char* kName = "flashinfer/nvfp4-cute-rmsnorm";
  const auto passes = [](Recipe& r) { r.rules.block.bounds_nan = BoundsNan::kPasses; };
  EXPECT_NE(reason(kName, unchanged, "block scale: NaN code", "code 0"), "");
  EXPECT_EQ(reason(kName, passes, "block scale: NaN code", "code 0"), "");
  EXPECT_NE(reason(kName, unchanged, "element: under a zero scale", "0, where its code is 0"), "");
  EXPECT_EQ(reason(kName, passes, "element: under a zero scale", "0, where its code is 0"), "");
}

// A zero that is not made 1 is stored under an infinite s, and 0 times infinity is NaN.
TEST(EquivalenceGiven, AZeroScaleHasAFiniteFactor) {
  const auto zero = [](Recipe& r) { r.rules.block.on_zero = ZeroBlockScale::kKeep; };
  EXPECT_NE(reason("modelopt/nvfp4", unchanged, "element: under a zero scale", "0"), "");
  EXPECT_EQ(reason("modelopt/nvfp4", zero, "element: under a zero scale", "0"), "");
  const auto saturates = [](Recipe& r) { r.rules.block.ceiling = 240.0f; };
  EXPECT_NE(reason("modelopt/nvfp4", unchanged, "block scale: at most", "3.4028235e+38"), "");
  EXPECT_EQ(reason("modelopt/nvfp4", saturates, "block scale: at most", "3.4028235e+38"), "");
}

// The norm's operand is binary32: nothing is rounded to it.
TEST(EquivalenceGiven, TheNormLeavesBinary32) {
  EXPECT_NE(reason("flashinfer/nvfp4-cute-rmsnorm", unchanged, "element: rounded before the code", "the input's type"),
            "");
  const auto plain = [](Recipe& r) { r.rules.fusion = Fusion::kNone; };
  EXPECT_EQ(reason("flashinfer/nvfp4-cute-rmsnorm", plain, "element: rounded before the code", "the input's type"), "");
}

// Of 1e-10 / 448 up to the bound, and past it.
TEST(EquivalencePlain, AFloorOfAmaxBelowTheBound) {
  const auto unbounded = [](Recipe& r) { r.rules.block.floor = 0.0f; };
  EXPECT_NE(reason("vllm/fp8-token", unchanged, "block scale: amax at least", "0.0001"), "");
  EXPECT_EQ(reason("vllm/fp8-token", unbounded, "block scale: amax at least", "0.0001"), "");
  EXPECT_NE(reason("vllm/fp8-token", unchanged, "machine", "gpu, subnormals flushed"), "");
  EXPECT_EQ(reason("vllm/fp8-token", unbounded, "machine", "gpu, subnormals flushed"), "");
  EXPECT_EQ(reason("vllm/fp8-token", unbounded, "element: division", "IEEE division, 0 by a divisor of 0"), "");
}

// A NaN that becomes the lower bound shows where that is.
TEST(EquivalencePlain, NoScaleIsNegative) {
  const auto lifted = [](Recipe& r) {
    r.rules.block.bounds_nan = BoundsNan::kFloor;
    r.rules.block.amax_nan = AmaxNan::kPropagate;
  };
  EXPECT_EQ(reason("vllm/fp8-tensor", unchanged, "block scale: at least", "-448"), "no scale is negative");
  EXPECT_EQ(reason("vllm/fp8-tensor", lifted, "block scale: at least", "-448"), "");
}

TEST(EquivalencePlain, ABlockOfNanHasTheCodeOfZero) {
  const auto rounded = [](Recipe& r) { r.rules.block.form = ScaleForm::kExponentEven; };
  EXPECT_NE(reason("vllm/mxfp4-new", unchanged, "block scale: NaN in amax", "ignored"), "");
  EXPECT_EQ(reason("vllm/mxfp4-new", rounded, "block scale: NaN in amax", "ignored"), "");
}

// From code 254 on a power is subnormal; a bound between the powers is met.
TEST(EquivalencePlain, LogarithmsOfAmaxHaveNormalPowers) {
  EXPECT_NE(reason("flashinfer/rmsnorm-mxfp4-cute", unchanged, "element: multiplier's type", "bf16"), "");
  EXPECT_EQ(reason("flashinfer/rmsnorm-mxfp4-cute", unchanged, "element: multiplier at most", "229376"), "");
}

// Infinity over infinity is a NaN, whose sign is the machine's.
TEST(EquivalencePlain, TheFakeKernelMeetsNoNan) {
  EXPECT_NE(reason("modelopt/nvfp4-fake-triton", unchanged, "machine", "x86"), "");
  EXPECT_EQ(reason("modelopt/nvfp4-fake-triton", with_infinity, "machine", "x86"), "");
}

// Of binary32 the codes are compared at their steps: 448 is as far as an element comes, 240 is not.
TEST(EquivalencePlain, CodesAreComparedAtTheirSteps) {
  EXPECT_NE(reason("compressed-tensors/mxfp8", unchanged, "element: clamp", "none"), "");
  const auto low = [](Recipe& r) { r.rules.element.clamp = 240.0f; };
  EXPECT_EQ(reason("compressed-tensors/mxfp8", low, "element: clamp", "none"), "");
  EXPECT_NE(reason("compressed-tensors/mxfp4", unchanged, "element: scaling", "x * 2^-exponent"), "");
  EXPECT_EQ(reason("compressed-tensors/mxfp4", with_nan, "element: encode", "cvt.rn.satfinite"), "");
  EXPECT_EQ(reason("modelopt/mxfp4", unchanged, "element: encode", "cvt.rn.satfinite"), "");
}

}  // namespace
}  // namespace bitgate::compare
