// Special values of TransformerEngine's recipes, by hand from te.md 1.2 to 1.6, 2.4, 4.3, 4.5, 5, 6, 9, 14.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// The kernels of NVFP4 and what equals them here: the v1 form, the C++ test's reference and its row form.
constexpr std::string_view kTe = "te/nvfp4 te/nvfp4-row te/nvfp4-v1 te/nvfp4-2d te/nvfp4-ctest te/nvfp4-ctest-row";
constexpr std::string_view kTeBf = "te/nvfp4-v1div", kFast = "te/nvfp4-fast te/nvfp4-row-fast";
constexpr std::string_view kPartial = "te/nvfp4-partialcast";
constexpr std::string_view kCtestOld = "te/nvfp4-ctest-v2.8";
constexpr std::string_view kFrom6 =
    "te/nvfp4 te/nvfp4-row te/nvfp4-v1 te/nvfp4-2d te/nvfp4-ctest te/nvfp4-ctest-row "
    "te/nvfp4-partialcast te/nvfp4-ctest-2d te/nvfp4-ctest-v2.8 te/nvfp4-v1div";
// Random words of zero: codes are cut.
constexpr std::string_view kSr = "te/nvfp4-sr-*", kSrF32 = "te/nvfp4-sr-*-fallback";
constexpr std::string_view kFour448 = "te/nvfp4-4over6-448-* te/nvfp4-row-4over6-448-* te/nvfp4-2d-4over6-448-*";
constexpr std::string_view kFour256 = "te/nvfp4-4over6-256-* te/nvfp4-row-4over6-256-* te/nvfp4-2d-4over6-256-*";
constexpr std::string_view kFour = "te/nvfp4-4over6-* te/nvfp4-row-4over6-* te/nvfp4-2d-4over6-*";
constexpr std::string_view kPyref = "te/nvfp4-pyref te/nvfp4-pyref-row te/nvfp4-pyref-2d";
constexpr std::string_view kPyref448 =
    "te/nvfp4-pyref-4over6-448-* te/nvfp4-pyref-row-4over6-448-* te/nvfp4-pyref-2d-4over6-448-*";
constexpr std::string_view kPyref256 =
    "te/nvfp4-pyref-4over6-256-* te/nvfp4-pyref-row-4over6-256-* te/nvfp4-pyref-2d-4over6-256-*";
constexpr std::string_view kRht = "te/nvfp4-rht te/nvfp4-rht-nosign", kRhtFused = "te/nvfp4-rht-fused";
constexpr std::string_view kRhts = "te/nvfp4-rht te/nvfp4-rht-nosign te/nvfp4-rht-fused te/nvfp4-pyref-rht";
constexpr std::string_view kRhtRef = "te/nvfp4-pyref-rht";
constexpr std::string_view kMx4 = "te/mxfp8-e4m3 te/mxfp8-e4m3-2d", kMx5 = "te/mxfp8-e5m2 te/mxfp8-e5m2-2d";
constexpr std::string_view kSpec4 = "te/mxfp8-e4m3-spec", kSpec5 = "te/mxfp8-e5m2-spec";
constexpr std::string_view kMxs4 = "te/mxfp8-e4m3 te/mxfp8-e4m3-2d te/mxfp8-e4m3-spec";
constexpr std::string_view kMxs5 = "te/mxfp8-e5m2 te/mxfp8-e5m2-2d te/mxfp8-e5m2-spec";
constexpr std::string_view kFp4 =
    "te/fp8-current-e4m3 te/fp8-current-e4m3-pow2 te/fp8-delayed-e4m3 te/fp8-block*-e4m3 "
    "te/fp8-block*-e4m3-fp32";
constexpr std::string_view kFp5 =
    "te/fp8-current-e5m2 te/fp8-current-e5m2-pow2 te/fp8-delayed-e5m2 te/fp8-block*-e5m2 "
    "te/fp8-block*-e5m2-fp32";
constexpr std::string_view kPow4 = "te/fp8-current-e4m3-pow2 te/fp8-block1x128-e4m3 te/fp8-block128x128-e4m3";
constexpr std::string_view kPow5 = "te/fp8-current-e5m2-pow2 te/fp8-block1x128-e5m2 te/fp8-block128x128-e5m2";
constexpr std::string_view kGelu = "te/*-gelu";
constexpr std::string_view kGeluReason = "the quantizer sees the activation's result; its rows are the plain recipe's";

constexpr std::uint32_t k57344 = 0x47600000, k1792 = 0x44E00000, kMinus896 = 0xC4600000;
constexpr std::uint32_t kBfTwo = 0x3FC00000;  // 1.5
constexpr Three kBfSmallAnd6{kMinusBf1st, k2m127, k6}, kBfTiny{kMinusBf1st, k2m128, k2m127};
constexpr Three kBfTinyAnd0{kMinusBf1st, kPlus0, k2m127}, kBfMaxAnd3{kMinusBfMax, k3, kBfMax};
constexpr Three bf_small_and(std::uint32_t m) { return {kMinusBf1st, k2m127, m}; }
constexpr Three kHotTiny{0x80400000, kPlus0, kPlus0}, kHotMax{kMinusBfMax, kPlus0, kPlus0};
constexpr Three kAbove448{kMinus896, k3, k1792};

constexpr SpecialRow kRows[] = {
    // clang-format off
    // --- NVFP4. amax 6: S = 448, 1/S = 3b124925, sd = 448, so the multiplier is 1. NaN: +6, and no amax (1.4).
    answers(kFrom6, kNan, kNone, nan_and(k6), k6, 0x7E, {0x7, 0x5, 0xF}),
    answers(kFast, kNan, kNone, nan_and(k6), k6, 0x7E, {0x7, 0x5, 0xF}),
    answers(kSr, kNan, kNone, nan_and(k6), k6, 0x7E, {0x7, 0x5, 0xF}),
    // 4over6: an error of NaN is not smaller: map6. With E = 256, S = 256 and s6 = 256 = 78.
    answers(kFour448, kNan, kNone, nan_and(k6), k6, 0x7E, {0x7, 0x5, 0xF}),
    answers(kFour256, kNan, kNone, nan_and(k6), k6, 0x78, {0x7, 0x5, 0xF}),
    refuses("te/nvfp4-pyref*", kNan, kNone, nan_and(k6)),
    // The transform spreads a NaN over its group; every group has one. The amax ignores them: 0, S = 1. Fused: the
    // block amax is NaN, and so the scale (4.3).
    answers(kRht, kNan, kNone, nan_and(k6), 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kRhtFused, kNan, kNone, nan_and(k6), 0, 0x7F, {0x7, 0x7, 0x7}),
    // A block of NaN only has block amax 0, scale 0, codes 7 (1.4).
    answers(kFrom6, kAllNan, kNone, kNans, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kFast, kAllNan, kNone, kNans, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kSr, kAllNan, kNone, kNans, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kFour, kAllNan, kNone, kNans, 0, 0x00, {0x7, 0x7, 0x7}),
    refuses("te/nvfp4-pyref*", kAllNan, kNone, kNans),
    answers(kRht, kAllNan, kNone, kNans, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kRhtFused, kAllNan, kNone, kNans, 0, 0x7F, {0x7, 0x7, 0x7}),
    // amax Inf: 2688 / Inf = 0, so S = 1; sd is Inf, then 448; 3 / 448 and 6 / 448 round to zeros of their sign. The
    // old C++ test's multiplier is S / Inf = 0, and Inf * 0 NaN.
    answers(kCtestOld, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0x7, 0x0, 0x8}),
    answers(kFrom6, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    answers(kFast, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    answers(kSr, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    answers(kFour, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    // All 16 sums hold the infinity with the sign of element 0. Fused: S = 0, sd = Inf * 0 = NaN, and all after it.
    answers(kRht, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0xF, 0xF}),
    answers(kRhtFused, kInfinity, kNone, inf_and(k6), kInf, 0x7F, {0x7, 0x7, 0x7}),
    refuses(kRhtRef, kInfinity, kNone, inf_and(k6)),
    answers("te/nvfp4-pyref*", kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    // -0 keeps its sign in the kernels, not in the fma of fast math; the reference's comparisons send it to 0.
    answers(kFrom6, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kFast, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x0, 0x0, 0x7}),
    answers(kSr, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kFour448, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    // Both candidates are exact: a tie, map6.
    answers(kFour256, kMinusZero, kNone, zeros_and(k6), k6, 0x78, {0x8, 0x0, 0x7}),
    answers(kPyref, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x0, 0x0, 0x7}),
    answers(kPyref448, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x0, 0x0, 0x7}),
    answers(kPyref256, kMinusZero, kNone, zeros_and(k6), k6, 0x78, {0x0, 0x0, 0x7}),
    unstated(kRhts, kMinusZero, "the sums of the transform mix all 16 numbers: see OneHot"),
    answers(kFrom6, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x8, 0x8, 0x8}),
    answers(kFast, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers(kSr, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x8, 0x8, 0x8}),
    answers(kFour, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x8, 0x8, 0x8}),
    // A sum of zeros of both signs is +0. Without signs the first sum is of -0 alone; the accumulator starts at +0.
    answers(kRhts, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers("te/nvfp4-pyref*", kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers(kFrom6, kZeroBlock, k6, kZeros, k6, 0x00, {0x8, 0x0, 0x0}),
    answers(kFast, kZeroBlock, k6, kZeros, k6, 0x00, {0x0, 0x0, 0x0}),
    answers(kSr, kZeroBlock, k6, kZeros, k6, 0x00, {0x8, 0x0, 0x0}),
    answers(kFour, kZeroBlock, k6, kZeros, k6, 0x00, {0x8, 0x0, 0x0}),
    answers(kRhts, kZeroBlock, k6, kZeros, k6, 0x00, {0x0, 0x0, 0x0}),
    answers("te/nvfp4-pyref*", kZeroBlock, k6, kZeros, k6, 0x00, {0x0, 0x0, 0x0}),
    answers(kTeBf, kSubnormal, kNone, kBfSmallAnd6, k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kFrom6, kSubnormal, kNone, small_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    // A nonzero negative product keeps its sign through the fma.
    answers(kFast, kSubnormal, kNone, kBfSmallAnd6, k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kSr, kSubnormal, kNone, kBfSmallAnd6, k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kFour448, kSubnormal, kNone, small_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kFour256, kSubnormal, kNone, small_and(k6), k6, 0x78, {0x8, 0x0, 0x7}),
    unstated(kRhts, kSubnormal, "the sums of the transform mix all 16 numbers: see TinyBlock"),
    answers(kPyref256, kSubnormal, kNone, small_and(k6), k6, 0x78, {0x8, 0x0, 0x7}),
    answers("te/nvfp4-pyref*", kSubnormal, kNone, small_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    // amax 2^-127: S = FLT_MAX, 1/S = 2^-128; sd = 0.3333 -> 0.34375 = 2B. The reciprocal of 0.34375 * 2^-128 overflows:
    // FLT_MAX. 2^-127 FLT_MAX = 2 - 2^-23 -> 2; 2^-128 FLT_MAX = 1 - 2^-24 -> 1. Unclamped the multiplier is infinite
    // (partial cast, the C++ test's 2D and old forms).
    answers("te/nvfp4-partialcast te/nvfp4-ctest-2d te/nvfp4-ctest-v2.8", kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0xF, 0x7, 0x7}),
    answers(kTeBf, kTinyBlock, kNone, kBfTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    answers(kTe, kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    answers(kPyref, kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    // BF16_MAX * 2^-127 = 1.992 -> 2.
    answers(kFast, kTinyBlock, kNone, kBfTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    // Cut: 1 - 2^-24 to 0.5, 2 - 2^-23 to 1.5.
    answers(kSr, kTinyBlock, kNone, kBfTiny, k2m127, 0x2B, {0x8, 0x1, 0x3}),
    // map4: 0.5 = 30, the same codes; 2 * 0.5 errs less than 2 * 0.34375 (val is divided by 6 E, so both err by almost
    // all). Squares underflow: a tie.
    answers("te/nvfp4*-4over6-*-mse", kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    answers("te/nvfp4*-4over6-*", kTinyBlock, kNone, kTiny, k2m127, 0x30, {0x8, 0x2, 0x4}),
    // One -2^-127 in the group: all sums are -2^-129. sd = 2^-129 FLT_MAX / 6 = 0.0833 -> 0.0859 = 1B; v is just below
    // -0.5.
    answers(kRhts, kTinyBlock, kNone, kHotTiny, 0x00100000, 0x1B, {0x9, 0x9, 0x9}),
    // S = 1.3125 * 2^-117, one ulp up; sd is 448 but for 1e-7, the multiplier 1.5 * 2^-126 but for 1e-7.
    answers(kTeBf, kLargest, kNone, kBfMaxAnd3, kBfMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFrom6, kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFast, kLargest, kNone, kBfMaxAnd3, kBfMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kSrF32, kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kSr, kLargest, kNone, kBfMaxAnd3, kBfMax, 0x7E, {0xF, 0x0, 0x7}),
    // val overflows under both candidates: infinite errors tie. Err-fast: both are exact.
    answers(kFour448, kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFour256, kLargest, kNone, kMaxAnd3, kMax, 0x78, {0xF, 0x0, 0x7}),
    answers(kPyref256, kLargest, kNone, kMaxAnd3, kMax, 0x78, {0xF, 0x0, 0x7}),
    // A quarter of it in every sum.
    answers(kRhts, kLargest, kNone, kHotMax, 0x7E7F0000, 0x7E, {0xF, 0xF, 0xF}),
    answers("te/nvfp4-pyref*", kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFrom6, kOneHot, kNone, hot(k6), k6, 0x7E, {0xF, 0x0, 0x0}),
    answers(kFast, kOneHot, kNone, hot(k6), k6, 0x7E, {0xF, 0x0, 0x0}),
    answers(kSr, kOneHot, kNone, hot(k6), k6, 0x7E, {0xF, 0x0, 0x0}),
    // -6 * 0.25 in every sum.
    answers(kRhts, kOneHot, kNone, hot(k6), kBfTwo, 0x7E, {0xF, 0xF, 0xF}),
    answers(kFour256, kOneHot, kNone, hot(k6), k6, 0x78, {0xF, 0x0, 0x0}),
    answers(kPyref256, kOneHot, kNone, hot(k6), k6, 0x78, {0xF, 0x0, 0x0}),
    answers("te/nvfp4-4over6-448-* te/nvfp4-row-4over6-448-* te/nvfp4-2d-4over6-448-* te/nvfp4-pyref*", kOneHot, kNone, hot(k6), k6, 0x7E, {0xF, 0x0, 0x0}),
    answers(kFrom6, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kFast, kZeroAmax, kNone, kZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers(kSr, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kFour, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kRhts, kZeroAmax, kNone, kZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers("te/nvfp4-pyref*", kZeroAmax, kNone, kZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    // sd = 4 * 448 saturates; the multiplier stays 1. The old C++ test's follows the unrounded 1792: 0.25.
    answers(kCtestOld, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xD, 0x2, 0x7}),
    answers(kFrom6, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    answers(kFast, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    answers(kSr, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    // E = 256: both are held at 448, whose multiplier is 256 / 448.
    answers(kFour256, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x3, 0x7}),
    answers(kPyref256, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x3, 0x7}),
    unstated(kRhts, kAboveAmax, "the sums of the transform mix all 16 numbers"),
    answers("te/nvfp4-4over6-448-* te/nvfp4-row-4over6-448-* te/nvfp4-2d-4over6-448-* te/nvfp4-pyref*", kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    // S = 1: sd = 1/6 -> 0.171875 = 23, multiplier 5.818 (5.8125 in bf16; 6 unrounded): 2.909, -1.4545, 5.818.
    answers(kFrom6, kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x5, 0xB, 0x7}),
    answers(kFast, kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x5, 0xB, 0x7}),
    answers(kSr, kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x4, 0xA, 0x6}),
    // Exact errors are of val = 0: a tie. Err-fast sees that map4 (0.25 = 28) is exact.
    answers("te/nvfp4-4over6-*-errfast te/nvfp4-row-4over6-*-errfast te/nvfp4-2d-4over6-*-errfast", kGivenZeroAmax, 0, kUnit, 0, 0x28, {0x4, 0xA, 0x6}),
    answers(kFour, kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x5, 0xB, 0x7}),
    unstated(kRhts, kGivenZeroAmax, "the sums of the transform mix all 16 numbers"),
    // The reference's S is FLT_MAX instead: sd saturates, and the multiplier is 2^120 / 1.75.
    answers("te/nvfp4-pyref*", kGivenZeroAmax, 0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // fminf drops the NaN: S = FLT_MAX. The partial cast compares: 1.
    answers(kPartial, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x23, {0x5, 0xB, 0x7}),
    answers(kCtestOld, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x7E, {0x5, 0xB, 0x7}),
    answers(kFrom6, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x7E, {0x7, 0xF, 0x7}),
    answers(kFast, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x7E, {0x7, 0xF, 0x7}),
    answers(kSr, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x7E, {0x7, 0xF, 0x7}),
    answers(kFour, kGivenNanAmax, kNanBits, kUnit, kNanBits, 0x7E, {0x7, 0xF, 0x7}),
    refuses("te/nvfp4-pyref*", kGivenNanAmax, kNanBits, kUnit),
    unstated(kRhts, kGivenNanAmax, "the sums of the transform mix all 16 numbers"),

    // --- MXFP8 (6.1): amax 448 or 57344 gives p = 1, scale 7F. The amax ignores NaN; Inf: p = Inf, FE, 2^-127.
    answers(kMxs4, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7F, 0x44, 0xFE}),
    answers(kMxs5, kNan, kNone, nan_and(k57344), kNone, 0x7F, {0x7F, 0x42, 0xFB}),
    answers(kMxs4, kAllNan, kNone, kNans, kNone, 0x00, {0x7F, 0x7F, 0x7F}),
    answers(kMxs5, kAllNan, kNone, kNans, kNone, 0x00, {0x7F, 0x7F, 0x7F}),
    answers(kMxs4, kInfinity, kNone, inf_and(k448), kNone, 0xFE, {0xFE, 0x00, 0x80}),
    answers(kMxs5, kInfinity, kNone, inf_and(k57344), kNone, 0xFE, {0xFB, 0x00, 0x80}),
    // The specialised kernel's fma loses the sign of a zero, not of what underflows.
    answers(kMx4, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kSpec4, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x00, 0x00, 0x7E}),
    answers(kMx5, kMinusZero, kNone, zeros_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    answers(kSpec5, kMinusZero, kNone, zeros_and(k57344), kNone, 0x7F, {0x00, 0x00, 0x7B}),
    answers("te/mxfp8-*-spec", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x00, 0x00, 0x00}),
    answers("te/mxfp8-e4m3 te/mxfp8-e5m2 te/mxfp8-*-2d", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers("te/mxfp8-*-spec", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x00, 0x00, 0x00}),
    answers("te/mxfp8-e4m3 te/mxfp8-e5m2 te/mxfp8-*-2d", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kMx4, kSubnormal, kNone, small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kSpec4, kSubnormal, kNone, bf_small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kMx5, kSubnormal, kNone, small_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    answers(kSpec5, kSubnormal, kNone, bf_small_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    // Scale 2^-127: 2^-127 is 1, -2^-149 is -2^-22, -2^-133 is -2^-6.
    answers(kMx4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers(kSpec4, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x00, {0x88, 0x00, 0x38}),
    answers(kMx5, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x3C}),
    answers(kSpec5, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x00, {0xA4, 0x00, 0x3C}),
    // 2^128 / 448 is above 2^119: F7 = 2^120, and 256; 2^128 / 57344 above 2^112: F0 = 2^113, and 2^15.
    answers(kMx4, kLargest, kNone, kMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kSpec4, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kMx5, kLargest, kNone, kMaxAnd3, kNone, 0xF0, {0xF8, 0x00, 0x78}),
    answers(kSpec5, kLargest, kNone, kBfMaxAnd3, kNone, 0xF0, {0xF8, 0x00, 0x78}),
    answers(kMxs4, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kMxs5, kOneHot, kNone, hot(k57344), kNone, 0x7F, {0xFB, 0x00, 0x00}),

    // --- FP8 (6.2 to 6.5): an amax of 448 or 57344 scales by 1, and so does one of 0, Inf or NaN.
    answers(kFp4, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    answers(kFp5, kNan, kNone, nan_and(k57344), kNone, kOne, {0x7F, 0x42, 0xFB}),
    answers(kFp4, kAllNan, kNone, kNans, kNone, kOne, {0x7F, 0x7F, 0x7F}),
    answers(kFp5, kAllNan, kNone, kNans, kNone, kOne, {0x7F, 0x7F, 0x7F}),
    answers(kFp4, kInfinity, kNone, inf_and(k448), kNone, kOne, {0xFE, 0x44, 0xFE}),
    answers(kFp5, kInfinity, kNone, inf_and(k57344), kNone, kOne, {0xFB, 0x42, 0xFB}),
    answers(kFp4, kMinusZero, kNone, zeros_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kFp5, kMinusZero, kNone, zeros_and(k57344), kNone, kOne, {0x80, 0x00, 0x7B}),
    answers(kFp4, kAllMinusZero, kNone, kMinusZeros, kNone, kOne, {0x80, 0x80, 0x80}),
    answers(kFp5, kAllMinusZero, kNone, kMinusZeros, kNone, kOne, {0x80, 0x80, 0x80}),
    answers(kFp4, kZeroBlock, kNone, kZeros, kNone, kOne, {0x80, 0x00, 0x00}),
    answers(kFp5, kZeroBlock, kNone, kZeros, kNone, kOne, {0x80, 0x00, 0x00}),
    answers(kFp4, kSubnormal, kNone, small_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kFp5, kSubnormal, kNone, small_and(k57344), kNone, kOne, {0x80, 0x00, 0x7B}),
    // The scale overflows: FLT_MAX, its inverse 2^-128; cut to a power of two 2^127, inverse 2^-127.
    answers(kPow4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00400000, {0x80, 0x00, 0x38}),
    answers(kFp4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00200000, {0x80, 0x00, 0x40}),
    answers(kPow5, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00400000, {0x80, 0x00, 0x3C}),
    answers(kFp5, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00200000, {0x80, 0x00, 0x40}),
    // 448 / FLT_MAX = 1.75 * 2^-120 and an ulp; cut 2^-120, where FLT_MAX is 256. 57344: 1.75 * 2^-113, 2^15.
    answers(kPow4, kLargest, kNone, kMaxAnd3, kNone, 0x7B800000, {0xF8, 0x00, 0x78}),
    answers(kFp4, kLargest, kNone, kMaxAnd3, kNone, 0x7B124924, {0xFE, 0x00, 0x7E}),
    answers(kPow5, kLargest, kNone, kMaxAnd3, kNone, 0x78000000, {0xF8, 0x00, 0x78}),
    answers(kFp5, kLargest, kNone, kMaxAnd3, kNone, 0x77924924, {0xFB, 0x00, 0x7B}),
    answers(kFp4, kOneHot, kNone, hot(k448), kNone, kOne, {0xFE, 0x00, 0x00}),
    answers(kFp5, kOneHot, kNone, hot(k57344), kNone, kOne, {0xFB, 0x00, 0x00}),
    // A history's amax below the tensor's: saturated.
    answers("te/fp8-current-e4m3 te/fp8-delayed-e4m3", kAboveAmax, k448, kAbove448, kNone, kOne, {0xFE, 0x44, 0x7E}),
    // clang-format on
    unstated(kGelu, kNan, kGeluReason),
    unstated(kGelu, kAllNan, kGeluReason),
    unstated(kGelu, kInfinity, kGeluReason),
    unstated(kGelu, kMinusZero, kGeluReason),
    unstated(kGelu, kAllMinusZero, kGeluReason),
    unstated(kGelu, kZeroBlock, kGeluReason),
    unstated(kGelu, kSubnormal, kGeluReason),
    unstated(kGelu, kTinyBlock, kGeluReason),
    unstated(kGelu, kLargest, kGeluReason),
    unstated(kGelu, kOneHot, kGeluReason),
    unstated(kGelu, kZeroAmax, kGeluReason),
    unstated(kGelu, kAboveAmax, kGeluReason),
    unstated(kGelu, kGivenZeroAmax, kGeluReason),
    unstated(kGelu, kGivenNanAmax, kGeluReason),
};

}  // namespace

std::span<const SpecialRow> te_special_rows() { return kRows; }

namespace {

class SpecialValuesTe : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesTe,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesTe, HaveTheseBytesOrAreRefused) { expect_rows(te_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
