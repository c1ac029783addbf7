// Proofs by trial of every amax and, by bisection, of every element: they end where one block differs.
#include <gtest/gtest.h>

#include "bitgate/tests/compare/equivalence_reason.h"

namespace bitgate::compare {
namespace {

using namespace reference;

constexpr std::string_view kTried =
    "every amax of 16 bits has one scale, and under it every element one code: all were compared";

// Of f16 alone, of one amax in hundreds, one element of which is rounded twice.
TEST(EquivalentBlocks, OneElementUnderOneAmaxEndsATrial) {
  EXPECT_EQ(reason("trtllm/fp8-token", unchanged, "element: scaling", "x * (1 / scale)"), "");
  EXPECT_EQ(reason("trtllm/fp8-token", unchanged, "element: scaling", "x / scale"), kTried);
  const auto takes_bf16_alone = [](Recipe& r) { r.accepts.f16 = false; };
  EXPECT_EQ(reason("trtllm/fp8-token", takes_bf16_alone, "element: scaling", "x * (1 / scale)"), kTried);
}

// Of f16 alone, where amax over the largest element is subnormal; and of the largest binade of bf16.
TEST(EquivalentBlocks, OneScaleEndsATrial) {
  EXPECT_EQ(reason("deepgemm/fp8-128x128-ue8m0", unchanged, "block scale: intermediates", "the input's type"), "");
  EXPECT_EQ(reason("deepgemm/fp8-128x128-ue8m0", unchanged, "block scale: amax at least, in", "the input's type"),
            kTried);
  EXPECT_EQ(reason("deepep/fp8-1x128-ue8m0", unchanged, "block scale: form", "1 / (max / amax), 1 for amax 0 alone"),
            "");
}

// Where part of a tile is looked at a number stands beside an amax of zero.
TEST(EquivalentBlocks, ElementsExceedAnAmaxOfPartOfTheTile) {
  EXPECT_NE(reason("trtllm/fp8-128x128", unchanged, "element: under a zero scale", "0, where amax is zero"), "");
  EXPECT_EQ(reason("trtllm/fp8-128x128-2025", unchanged, "element: under a zero scale", "0, where amax is zero"), "");
}

// A NaN's sign shows where codes keep it, an infinity's overflow where it is taken.
TEST(EquivalentBlocks, NanAndInfinityAreTriedWhereTheyAreTaken) {
  const auto takes_both = [](Recipe& r) { r.accepts.nan = r.accepts.infinity = true; };
  EXPECT_EQ(reason("deepgemm/fp8-1x128-cpu", unchanged, "element: encode", "integer rounding of the float's bits"),
            kTried);
  EXPECT_EQ(reason("deepgemm/fp8-1x128-cpu", takes_both, "element: encode", "integer rounding of the float's bits"),
            "");
  EXPECT_EQ(reason("deepgemm/fp8-1x128-cpu", takes_both, "element: encode", "cvt.rn.satfinite"), "");
}

// Of binary32 not every amax can be tried, and sums see more than codes.
TEST(EquivalentBlocks, OnlyAmaxesOf16BitsAreTried) {
  const auto takes_f32 = [](Recipe& r) { r.accepts.f32 = true; };
  EXPECT_EQ(reason("trtllm/fp8-token", takes_f32, "element: scaling", "x / scale"), "");
}

}  // namespace
}  // namespace bitgate::compare
