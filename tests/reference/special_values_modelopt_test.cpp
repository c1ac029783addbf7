// Special values of ModelOpt's recipes, by hand from torchao-and-ocp.md 4.1 to 4.4 and W5.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// As stored. s = 1 for an amax of 2688, so that a block of 6 has the scale 1 = 38.
constexpr std::string_view kStored = "modelopt/nvfp4 modelopt/nvfp4-cpu modelopt/nvfp4-clamp modelopt/nvfp4-clamp-cpu";
constexpr std::string_view kGpu = "modelopt/nvfp4 modelopt/nvfp4-clamp";
constexpr std::string_view kCpu = "modelopt/nvfp4-cpu modelopt/nvfp4-clamp-cpu";
constexpr std::string_view kFree = "modelopt/nvfp4 modelopt/nvfp4-cpu";
constexpr std::string_view kClamped = "modelopt/nvfp4-clamp modelopt/nvfp4-clamp-cpu";
constexpr std::string_view kMx = "modelopt/mxfp4 modelopt/mxfp4-cpu";
constexpr std::string_view kTriton = "modelopt/nvfp4-fake-triton", kExt = "modelopt/nvfp4-fake-ext";
constexpr std::string_view kMxExt = "modelopt/mx*-fake-ext", kExts = "modelopt/*-fake-ext";
constexpr std::string_view kMx4 = "modelopt/mxfp4-fake-ext", kMx63 = "modelopt/mxfp6e2m3-fake-ext";
constexpr std::string_view kMx62 = "modelopt/mxfp6e3m2-fake-ext", kMx84 = "modelopt/mxfp8e4m3-fake-ext";
constexpr std::string_view kMx85 = "modelopt/mxfp8e5m2-fake-ext", kMx8 = "modelopt/mxint8-fake-ext";

constexpr std::uint32_t k7and5 = 0x40F00000, k28 = 0x41E00000, k57344 = 0x47600000;
// Of FLT_MAX: s, of which 6 s and 448 s are exact.
constexpr std::uint32_t kLargestS = 0x79C30C30;

constexpr SpecialRow kRows[] = {
    // clang-format off
    // --- NVFP4 as stored. A NaN reaches s; code 7 is what the search of the midpoints gives it.
    answers(kGpu, kNan, kNone, nan_and(k6), kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    refuses(kCpu, kNan, kNone, nan_and(k6)),
    answers(kGpu, kAllNan, kNone, kNans, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    refuses(kCpu, kAllNan, kNone, kNans),
    // Inf / Inf: x86's own NaN is negative, and E4M3 keeps its sign.
    answers(kGpu, kInfinity, kNone, inf_and(k6), kInf, 0x7F, {0x7, 0x7, 0x7}),
    answers(kCpu, kInfinity, kNone, inf_and(k6), kInf, 0xFF, {0x7, 0x7, 0x7}),
    // The sign is that of x < 0: -0 loses it, a number that rounds to zero keeps it.
    answers(kStored, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x0, 0x0, 0x7}),
    answers(kStored, kAllMinusZero, k2688, kMinusZeros, kOne, 0x38, {0x0, 0x0, 0x0}),
    answers(kStored, kZeroBlock, k2688, kZeros, kOne, 0x38, {0x0, 0x0, 0x0}),
    answers(kStored, kSubnormal, k2688, small_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    // 2^-127 / 2688 is 1560 of the smallest subnormals, 2^22 / (6 * 1560) = 448.1: 448.
    answers(kStored, kTinyBlock, kNone, kTiny, 1560, 0x7E, {0x8, 0x5, 0x7}),
    answers(kStored, kLargest, kNone, kMaxAnd3, kLargestS, 0x7E, {0xF, 0x0, 0x7}),
    answers(kStored, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    // q = 0 / 0.
    answers(kGpu, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x7, 0x7, 0x7}),
    answers(kCpu, kZeroAmax, kNone, kZeros, 0, 0xFF, {0x7, 0x7, 0x7}),
    // q = 4000 is beyond E4M3: NaN, unless it is held to 448.
    answers(kFree, kAboveAmax, k2688, kLarge, kOne, 0x7F, {0x7, 0x7, 0x7}),
    answers(kClamped, kAboveAmax, k2688, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFree, kGivenZeroAmax, kPlus0, kUnit, 0, 0x7F, {0x7, 0x7, 0x7}),
    answers(kClamped, kGivenZeroAmax, kPlus0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    answers(kGpu, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    refuses(kCpu, kGivenNanAmax, kNanBits, kUnit),
    // --- MXFP4 as stored: every zero is 8, whatever its sign.
    refuses(kMx, kNan, kNone, nan_and(k6)),
    refuses(kMx, kAllNan, kNone, kNans),
    refuses(kMx, kInfinity, kNone, inf_and(k6)),
    answers(kMx, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x8, 0x7}),
    answers(kMx, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kMx, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kMx, kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kMx, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x8, 0x2}),
    answers(kMx, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0xE, 0x0, 0x6}),
    answers(kMx, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x8, 0x8}),
    // --- The Triton kernel: values. 448 * s = 448 for an amax of 2688. -0 is not below 0.
    refuses(kTriton, kNan, kNone, nan_and(k6)),
    refuses(kTriton, kAllNan, kNone, kNans),
    refuses(kTriton, kInfinity, kNone, inf_and(k6)),
    answers(kTriton, kMinusZero, kNone, zeros_and(k2688), kNone, kNone, {0, 0, k2688}),
    answers(kTriton, kAllMinusZero, kNone, kMinusZeros, kNone, kNone, {0, 0, 0}),
    answers(kTriton, kZeroBlock, kNone, kZeros, kNone, kNone, {0, 0, 0}),
    answers(kTriton, kSubnormal, kNone, small_and(k2688), kNone, kNone, {kMinus0, 0, k2688}),
    // A scale below 1e-5 is 1, under which everything is zero.
    answers(kTriton, kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {kMinus0, 0, 0}),
    answers(kTriton, kLargest, kNone, kMaxAnd3, kNone, kNone, {kMinusMax, 0, kMax}),
    answers(kTriton, kOneHot, kNone, hot(k2688), kNone, kNone, {k2688 | kMinusSign, 0, 0}),
    // --- The extension: values. The sign of a zero is no part of the notes, and so is no zero's value.
    refuses(kExts, kNan, kNone, nan_and(k6)),
    refuses(kExts, kAllNan, kNone, kNans),
    // An infinite amax of the tensor: both factors are 1. Of a block it counts as FLT_MAX, and the largest element
    // times the unscale overflows.
    answers(kExt, kInfinity, kNone, inf_and(k6), kNone, kNone, {kMinus6, k3, kMinus6}),
    answers(kMxExt, kInfinity, kNone, inf_and(k6), kNone, kNone, {kMinusInf, 0, kMinus0}),
    answers(kExt, kMinusZero, kNone, zeros_and(k6), kNone, kNone, {kAny, kAny, k6}),
    answers(kMx4, kMinusZero, kNone, zeros_and(k6), kNone, kNone, {kAny, kAny, k6}),
    answers(kMx63, kMinusZero, kNone, zeros_and(k7and5), kNone, kNone, {kAny, kAny, k7and5}),
    answers(kMx62, kMinusZero, kNone, zeros_and(k28), kNone, kNone, {kAny, kAny, k28}),
    answers(kMx84, kMinusZero, kNone, zeros_and(k448), kNone, kNone, {kAny, kAny, k448}),
    answers(kMx85, kMinusZero, kNone, zeros_and(k57344), kNone, kNone, {kAny, kAny, k57344}),
    answers(kMx8, kMinusZero, kNone, zeros_and(k127), kNone, kNone, {kAny, kAny, k127}),
    answers(kExts, kAllMinusZero, kNone, kMinusZeros, kNone, kNone, {kAny, kAny, kAny}),
    answers(kExts, kZeroBlock, kNone, kZeros, kNone, kNone, {kAny, kAny, kAny}),
    answers(kExt, kSubnormal, kNone, small_and(k6), kNone, kNone, {kAny, kAny, k6}),
    answers(kMx4, kSubnormal, kNone, small_and(k6), kNone, kNone, {kAny, kAny, k6}),
    answers(kMx63, kSubnormal, kNone, small_and(k7and5), kNone, kNone, {kAny, kAny, k7and5}),
    answers(kMx62, kSubnormal, kNone, small_and(k28), kNone, kNone, {kAny, kAny, k28}),
    answers(kMx84, kSubnormal, kNone, small_and(k448), kNone, kNone, {kAny, kAny, k448}),
    answers(kMx85, kSubnormal, kNone, small_and(k57344), kNone, kNone, {kAny, kAny, k57344}),
    answers(kMx8, kSubnormal, kNone, small_and(k127), kNone, kNone, {kAny, kAny, k127}),
    answers(kExts, kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {kAny, kAny, kAny}),
    // MUFU.RCP(FLT_MAX) is flushed: T = 0, and U = 0 / 0.
    answers(kExt, kLargest, kNone, kMaxAnd3, kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    // Rounded up to the next power of two, which times the unscale is 2^128.
    answers(kMxExt, kLargest, kNone, kMaxAnd3, kNone, kNone, {kMinusInf, 0, kInf}),
    answers(kExt, kOneHot, kNone, hot(k6), kNone, kNone, {kMinus6, kAny, kAny}),
    answers(kMx4, kOneHot, kNone, hot(k6), kNone, kNone, {kMinus6, kAny, kAny}),
    answers(kMx63, kOneHot, kNone, hot(k7and5), kNone, kNone, {k7and5 | kMinusSign, kAny, kAny}),
    answers(kMx62, kOneHot, kNone, hot(k28), kNone, kNone, {k28 | kMinusSign, kAny, kAny}),
    answers(kMx84, kOneHot, kNone, hot(k448), kNone, kNone, {k448 | kMinusSign, kAny, kAny}),
    answers(kMx85, kOneHot, kNone, hot(k57344), kNone, kNone, {k57344 | kMinusSign, kAny, kAny}),
    answers(kMx8, kOneHot, kNone, hot(k127), kNone, kNone, {kMinus127, kAny, kAny}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> modelopt_special_rows() { return kRows; }

namespace {

class SpecialValuesModelopt : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesModelopt,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesModelopt, HaveTheseBytesOrAreRefused) { expect_rows(modelopt_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
