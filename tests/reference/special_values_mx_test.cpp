// Special values of microxcaling's recipes, by hand from torchao-and-ocp.md 3.2 to 3.4: values, no codes.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// Element maxima, and 2 to the power of the largest exponent of each element under its block's scale.
constexpr std::uint32_t k7and5 = 0x40F00000, k28 = 0x41E00000, k57344 = 0x47600000, kInt8Max = 0x3FFE0000;

constexpr SpecialRow kRows[] = {
    // clang-format off
    // A NaN or an infinity anywhere: the scale is NaN, and so is every value; its payload is no part of the notes, but
    // an exponent of float("nan") is 7FC00000 and the GPU's products are 7FFFFFFF.
    answers("mx/*-ext", kNan, kNone, nan_and(k6), kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    answers("mx/*", kNan, kNone, nan_and(k6), kNone, kNone, {kNanBits, kNanBits, kNanBits}),
    answers("mx/*-ext", kAllNan, kNone, kNans, kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    answers("mx/*", kAllNan, kNone, kNans, kNone, kNone, {kNanBits, kNanBits, kNanBits}),
    answers("mx/*-ext", kInfinity, kNone, inf_and(k6), kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    answers("mx/*", kInfinity, kNone, inf_and(k6), kNone, kNone, {kNanBits, kNanBits, kNanBits}),
    // The largest element has exponent 0. A zero has no sign in either path.
    answers("mx/mxfp4-*", kMinusZero, kNone, zeros_and(k6), kNone, kNone, {0, 0, k6}),
    answers("mx/mxfp6e2m3-*", kMinusZero, kNone, zeros_and(k7and5), kNone, kNone, {0, 0, k7and5}),
    answers("mx/mxfp6e3m2-*", kMinusZero, kNone, zeros_and(k28), kNone, kNone, {0, 0, k28}),
    answers("mx/mxfp8e4m3-*", kMinusZero, kNone, zeros_and(k448), kNone, kNone, {0, 0, k448}),
    answers("mx/mxfp8e5m2-*", kMinusZero, kNone, zeros_and(k57344), kNone, kNone, {0, 0, k57344}),
    answers("mx/mxint8-*", kMinusZero, kNone, zeros_and(kInt8Max), kNone, kNone, {0, 0, kInt8Max}),
    answers("mx/*", kAllMinusZero, kNone, kMinusZeros, kNone, kNone, {0, 0, 0}),
    answers("mx/*", kZeroBlock, kNone, kZeros, kNone, kNone, {0, 0, 0}),
    // What rounds to zero loses its sign in the extension, and keeps it in Python (3.4: the sign of zero).
    answers("mx/mxfp4-*-ext", kSubnormal, kNone, small_and(k6), kNone, kNone, {0, 0, k6}),
    answers("mx/mxfp4-*", kSubnormal, kNone, small_and(k6), kNone, kNone, {kMinus0, 0, k6}),
    answers("mx/mxfp6e2m3-*-ext", kSubnormal, kNone, small_and(k7and5), kNone, kNone, {0, 0, k7and5}),
    answers("mx/mxfp6e2m3-*", kSubnormal, kNone, small_and(k7and5), kNone, kNone, {kMinus0, 0, k7and5}),
    answers("mx/mxfp6e3m2-*-ext", kSubnormal, kNone, small_and(k28), kNone, kNone, {0, 0, k28}),
    answers("mx/mxfp6e3m2-*", kSubnormal, kNone, small_and(k28), kNone, kNone, {kMinus0, 0, k28}),
    answers("mx/mxfp8e4m3-*-ext", kSubnormal, kNone, small_and(k448), kNone, kNone, {0, 0, k448}),
    answers("mx/mxfp8e4m3-*", kSubnormal, kNone, small_and(k448), kNone, kNone, {kMinus0, 0, k448}),
    answers("mx/mxfp8e5m2-*-ext", kSubnormal, kNone, small_and(k57344), kNone, kNone, {0, 0, k57344}),
    answers("mx/mxfp8e5m2-*", kSubnormal, kNone, small_and(k57344), kNone, kNone, {kMinus0, 0, k57344}),
    answers("mx/mxint8-*-ext", kSubnormal, kNone, small_and(kInt8Max), kNone, kNone, {0, 0, kInt8Max}),
    answers("mx/mxint8-*", kSubnormal, kNone, small_and(kInt8Max), kNone, kNone, {kMinus0, 0, kInt8Max}),
    // Subnormal blocks are kept under 2^-127, unless flushed: -2^-149 is -2^-22 there.
    answers("mx/*-flush", kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {0, 0, 0}),
    answers("mx/*-ext", kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {0, 0, k2m127}),
    answers("mx/*", kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {kMinus0, 0, k2m127}),
    // Extension: the exponent of 127, and the element saturates: 1.5, 1.875, 1.75 or 1.984375 times 2^127.
    answers("mx/mxfp4-*-ext", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF400000, 0, 0x7F400000}),
    answers("mx/mxfp6e2m3-*-ext", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF700000, 0, 0x7F700000}),
    answers("mx/mxint8-*-ext", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF7E0000, 0, 0x7F7E0000}),
    answers("mx/*-ext", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF600000, 0, 0x7F600000}),
    // Python: log2 rounds up to 128 (T7). The element is just below its largest power of two: cut it is 3/4, 15/16 or
    // 7/8 of 2^128, rounded it is 2^128, which overflows. INT8's exponent 128 is too large: NaN.
    answers("mx/mxint8-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {kNanBits, kNanBits, kNanBits}),
    answers("mx/mxfp4-floor-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF400000, 0, 0x7F400000}),
    answers("mx/mxfp6e2m3-floor-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF700000, 0, 0x7F700000}),
    answers("mx/mxfp6e3m2-floor-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF400000, 0, 0x7F400000}),
    answers("mx/mxfp8e4m3-floor-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF600000, 0, 0x7F600000}),
    answers("mx/mxfp8e5m2-floor-*", kLargest, kNone, kMaxAnd3, kNone, kNone, {0xFF400000, 0, 0x7F400000}),
    answers("mx/*", kLargest, kNone, kMaxAnd3, kNone, kNone, {kMinusInf, 0, kInf}),
    answers("mx/mxfp4-*", kOneHot, kNone, hot(k6), kNone, kNone, {kMinus6, 0, 0}),
    answers("mx/mxfp6e2m3-*", kOneHot, kNone, hot(k7and5), kNone, kNone, {k7and5 | kMinusSign, 0, 0}),
    answers("mx/mxfp6e3m2-*", kOneHot, kNone, hot(k28), kNone, kNone, {k28 | kMinusSign, 0, 0}),
    answers("mx/mxfp8e4m3-*", kOneHot, kNone, hot(k448), kNone, kNone, {k448 | kMinusSign, 0, 0}),
    answers("mx/mxfp8e5m2-*", kOneHot, kNone, hot(k57344), kNone, kNone, {k57344 | kMinusSign, 0, 0}),
    answers("mx/mxint8-*", kOneHot, kNone, hot(kInt8Max), kNone, kNone, {kInt8Max | kMinusSign, 0, 0}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> mx_special_rows() { return kRows; }

namespace {

class SpecialValuesMx : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesMx,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesMx, HaveTheseValues) { expect_rows(mx_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
