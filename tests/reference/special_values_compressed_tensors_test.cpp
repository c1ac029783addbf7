// Special values of compressed-tensors' and gfloat's recipes, by hand from torchao-and-ocp.md 5, 6, W5 and W6.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// G = 1 for an amax of 2688, in bf16 too.
constexpr std::string_view kNv = "compressed-tensors/nvfp4-*", kBf16 = "compressed-tensors/nvfp4-bf16";
constexpr std::string_view kFp32 = "compressed-tensors/nvfp4-fp32 compressed-tensors/nvfp4-fp32-cpu";
constexpr std::string_view kCtMx4 = "compressed-tensors/mxfp4", kCtMx8 = "compressed-tensors/mxfp8";
constexpr std::string_view kCt = "compressed-tensors/*";

constexpr std::uint32_t k7and5 = 0x40F00000, k28 = 0x41E00000, k57344 = 0x47600000, k24064 = 0x46BC0000;
// Of FLT_MAX and of bf16's largest number: 2688 * 2^-128.
constexpr std::uint32_t kLargestG = 0x05280000;

constexpr SpecialRow kRows[] = {
    // clang-format off
    refuses(kCt, kNan, kNone, nan_and(k6)),
    refuses(kCt, kAllNan, kNone, kNans),
    refuses(kCt, kInfinity, kNone, inf_and(k6)),
    // --- NVFP4. A zero has no sign, a number that rounds to zero keeps it. A zero scale becomes 0.125 = 20.
    answers(kNv, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x0, 0x0, 0x7}),
    answers(kNv, kAllMinusZero, k2688, kMinusZeros, kOne, 0x20, {0x0, 0x0, 0x0}),
    answers(kNv, kZeroBlock, k2688, kZeros, kOne, 0x20, {0x0, 0x0, 0x0}),
    answers(kBf16, kSubnormal, k2688, {kMinusBf1st, k2m127, k6}, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kFp32, kSubnormal, k2688, small_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    // 2688 / 2^-126 overflows: G = 1. The scale rounds to zero.
    answers(kBf16, kTinyBlock, kNone, {kMinusBf1st, k2m128, k2m127}, kOne, 0x20, {0x8, 0x0, 0x0}),
    answers(kFp32, kTinyBlock, kNone, kTiny, kOne, 0x20, {0x8, 0x0, 0x0}),
    answers(kBf16, kLargest, kNone, {kMinusBfMax, k3, kBfMax}, kLargestG, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFp32, kLargest, kNone, kMaxAnd3, kLargestG, 0x7E, {0xF, 0x0, 0x7}),
    answers(kNv, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kNv, kZeroAmax, kNone, kZeros, kOne, 0x20, {0x0, 0x0, 0x0}),
    answers(kBf16, kAboveAmax, k2688, {kMinus4000, k3, k24064}, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kFp32, kAboveAmax, k2688, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    // G = 1; a sixth is 0.171875 in E4M3: 2.9, -1.45, 5.8.
    answers(kNv, kGivenZeroAmax, kPlus0, kUnit, kOne, 0x23, {0x5, 0xB, 0x7}),
    refuses(kNv, kGivenNanAmax, kNanBits, kUnit),
    // --- MXFP4 and MXFP8. 1.75 * 2^k has the next exponent in both.
    answers(kCtMx4, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x0, 0x0, 0x7}),
    answers(kCtMx8, kMinusZero, kNone, zeros_and(k448), kNone, 0x80, {0x80, 0x00, 0x76}),
    answers(kCtMx4, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kCtMx8, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers(kCtMx4, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kCtMx8, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kCtMx4, kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kCtMx8, kSubnormal, kNone, small_and(k448), kNone, 0x80, {0x80, 0x00, 0x76}),
    answers(kCtMx4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x2}),
    answers(kCtMx8, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    // The exponent is that of 2^128: the scale is infinite, and so every number a zero.
    answers(kCtMx4, kLargest, kNone, kMaxAnd3, kNone, 0xFF, {0x0, 0x0, 0x0}),
    answers(kCtMx8, kLargest, kNone, kMaxAnd3, kNone, 0xFF, {0x80, 0x00, 0x00}),
    answers(kCtMx4, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers(kCtMx8, kOneHot, kNone, hot(k448), kNone, 0x80, {0xF6, 0x00, 0x00}),
    // --- gfloat. Zeros keep their sign; what is too large saturates.
    refuses("gfloat/*", kNan, kNone, nan_and(k6)),
    refuses("gfloat/*", kAllNan, kNone, kNans),
    refuses("gfloat/*", kInfinity, kNone, inf_and(k6)),
    answers("gfloat/mxfp4", kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers("gfloat/mxfp6e2m3", kMinusZero, kNone, zeros_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers("gfloat/mxfp6e3m2", kMinusZero, kNone, zeros_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers("gfloat/mxfp8e4m3", kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers("gfloat/mxfp8e5m2", kMinusZero, kNone, zeros_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    answers("gfloat/mxfp4", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers("gfloat/mxfp6*", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x20, 0x20, 0x20}),
    answers("gfloat/mxfp8*", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers("gfloat/mxfp4", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers("gfloat/mxfp6*", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x20, 0x00, 0x00}),
    answers("gfloat/mxfp8*", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers("gfloat/mxfp4", kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers("gfloat/mxfp6e2m3", kSubnormal, kNone, small_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers("gfloat/mxfp6e3m2", kSubnormal, kNone, small_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers("gfloat/mxfp8e4m3", kSubnormal, kNone, small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers("gfloat/mxfp8e5m2", kSubnormal, kNone, small_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    answers("gfloat/mxfp4", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x2}),
    answers("gfloat/mxfp6e2m3", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x08}),
    answers("gfloat/mxfp6e3m2", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x0C}),
    answers("gfloat/mxfp8e4m3", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers("gfloat/mxfp8e5m2", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x3C}),
    answers("gfloat/mxfp4", kLargest, kNone, kMaxAnd3, kNone, 0xFC, {0xF, 0x0, 0x7}),
    answers("gfloat/mxfp6e2m3", kLargest, kNone, kMaxAnd3, kNone, 0xFC, {0x3F, 0x00, 0x1F}),
    answers("gfloat/mxfp6e3m2", kLargest, kNone, kMaxAnd3, kNone, 0xFA, {0x3F, 0x00, 0x1F}),
    answers("gfloat/mxfp8e4m3", kLargest, kNone, kMaxAnd3, kNone, 0xF6, {0xFE, 0x00, 0x7E}),
    answers("gfloat/mxfp8e5m2", kLargest, kNone, kMaxAnd3, kNone, 0xEF, {0xFB, 0x00, 0x7B}),
    answers("gfloat/mxfp4", kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers("gfloat/mxfp6e2m3", kOneHot, kNone, hot(k7and5), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers("gfloat/mxfp6e3m2", kOneHot, kNone, hot(k28), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers("gfloat/mxfp8e4m3", kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers("gfloat/mxfp8e5m2", kOneHot, kNone, hot(k57344), kNone, 0x7F, {0xFB, 0x00, 0x00}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> compressed_tensors_special_rows() { return kRows; }

namespace {

class SpecialValuesCompressedTensors : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesCompressedTensors,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesCompressedTensors, HaveTheseBytesOrAreRefused) {
  expect_rows(compressed_tensors_special_rows(), GetParam());
}

}  // namespace
}  // namespace bitgate::oracle
