// Special values of the MX formats of FlashInfer, TensorRT-LLM, vLLM and CUTLASS, and behind a gate, by hand from
// flashinfer-vllm-cutlass.md 1.3 to 1.7, 3.2, 3.7, 3.8, 3.11, 4.2 and 6.1.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// Of 16-bit inputs.
constexpr std::string_view kCute4 = "flashinfer/mxfp4-cute";
constexpr std::string_view kFi8 = "flashinfer/mxfp8 flashinfer/mxfp8-cute", kCute8 = "flashinfer/mxfp8-cute";
constexpr std::string_view kTrt4 = "trtllm/mxfp4", kTrt4Old = "trtllm/mxfp4-2025";
constexpr std::string_view kTrt8 = "trtllm/mxfp8 trtllm/mxfp8-2025";
constexpr std::string_view kVllmOld = "vllm/mxfp4-old", kVllmNew = "vllm/mxfp4-new";
constexpr std::string_view kSixteen4 = "flashinfer/mxfp4* trtllm/mxfp4* vllm/mxfp4*";
constexpr std::string_view kSixteen8 = "flashinfer/mxfp8 flashinfer/mxfp8-cute trtllm/mxfp8*";
constexpr std::string_view kGated = "flashinfer/silu-* vllm/silu-* sglang/silu-*";
constexpr std::string_view kGatedReason = "the quantizer sees the product; its rows are the plain recipe's";
// Of binary32.
constexpr std::string_view kHost = "flashinfer/mxfp8-host";
constexpr std::string_view kCl4 = "cutlass/mxfp4-epilogue", kCl63 = "cutlass/mxfp6e2m3-epilogue";
constexpr std::string_view kCl62 = "cutlass/mxfp6e3m2-epilogue", kCl6 = "cutlass/mxfp6*";
constexpr std::string_view kCl84 = "cutlass/mxfp8e4m3-epilogue", kCl85 = "cutlass/mxfp8e5m2-epilogue";
constexpr std::string_view kCl8 = "cutlass/mxfp8*";

constexpr std::uint32_t k7and5 = 0x40F00000, k28 = 0x41E00000, k57344 = 0x47600000;
constexpr Three kSmall16{kMinusBf1st, k2m127, k6}, kSmall16of8{kMinusBf1st, k2m127, k448};
constexpr Three kTiny16{kMinusBf1st, k2m128, k2m127}, kMax16{kMinusBfMax, k3, kBfMax};

constexpr SpecialRow kRows[] = {
    // clang-format off
    // The 16-bit maxima pass over a NaN: 6 / 6 = 1, and the NaN alone is +6. A clamp makes it +448, without one it is 7F.
    answers(kSixteen4, kNan, kNone, nan_and(k6), kNone, 0x7F, {0x7, 0x5, 0xF}),
    answers(kFi8, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7E, 0x44, 0xFE}),
    answers(kTrt8, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7F, 0x44, 0xFE}),
    // The host's maximum restarts after a NaN.
    answers(kHost, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7F, 0x44, 0xFE}),
    // CUTLASS's maximum propagates, and 255 - 1 - 255 wraps to 255.
    answers(kCl4, kNan, kNone, nan_and(k6), kNone, 0xFF, {0x7, 0x7, 0x7}),
    answers(kCl6, kNan, kNone, nan_and(k6), kNone, 0xFF, {0x1F, 0x1F, 0x1F}),
    answers(kCl8, kNan, kNone, nan_and(k6), kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    // cvt.rp gives FF. CuTe's steps stop at FE, the host's field runs over, vLLM's rounding carries out of the exponent.
    answers(kCute4, kAllNan, kNone, kNans, kNone, 0xFE, {0x7, 0x7, 0x7}),
    answers(kCute8, kAllNan, kNone, kNans, kNone, 0xFE, {0x7E, 0x7E, 0x7E}),
    answers(kVllmNew, kAllNan, kNone, kNans, kNone, 0x00, {0x7, 0x7, 0x7}),
    answers(kSixteen4, kAllNan, kNone, kNans, kNone, 0xFF, {0x7, 0x7, 0x7}),
    answers(kFi8, kAllNan, kNone, kNans, kNone, 0xFF, {0x7E, 0x7E, 0x7E}),
    answers(kTrt8, kAllNan, kNone, kNans, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers(kHost, kAllNan, kNone, kNans, kNone, 0x00, {0x7F, 0x7F, 0x7F}),
    answers(kCl4, kAllNan, kNone, kNans, kNone, 0xFF, {0x7, 0x7, 0x7}),
    answers(kCl6, kAllNan, kNone, kNans, kNone, 0xFF, {0x1F, 0x1F, 0x1F}),
    answers(kCl8, kAllNan, kNone, kNans, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    // 2^-127 is flushed to 0, or 1 / 2^127 is: Inf * 0 = NaN. TensorRT-LLM's exponential keeps it.
    answers(kTrt4, kInfinity, kNone, inf_and(k6), kNone, 0xFE, {0xF, 0x0, 0x8}),
    answers(kVllmOld, kInfinity, kNone, inf_and(k6), kNone, 0xFF, {0x7, 0x0, 0x8}),
    answers(kVllmNew, kInfinity, kNone, inf_and(k6), kNone, 0xFD, {0xF, 0x0, 0x8}),
    answers(kSixteen4, kInfinity, kNone, inf_and(k6), kNone, 0xFE, {0x7, 0x0, 0x8}),
    answers(kFi8, kInfinity, kNone, inf_and(k448), kNone, 0xFE, {0x7E, 0x00, 0x80}),
    answers(kTrt8, kInfinity, kNone, inf_and(k448), kNone, 0xFE, {0x7F, 0x00, 0x80}),
    answers(kHost, kInfinity, kNone, inf_and(k448), kNone, 0xFF, {0xFE, 0x00, 0x80}),
    answers(kCl4, kInfinity, kNone, inf_and(k6), kNone, 0xFE, {0xF, 0x0, 0x8}),
    answers(kCl6, kInfinity, kNone, inf_and(k6), kNone, 0xFE, {0x3F, 0x00, 0x20}),
    answers(kCl84, kInfinity, kNone, inf_and(k448), kNone, 0xFE, {0xFE, 0x00, 0x80}),
    answers(kCl85, kInfinity, kNone, inf_and(k448), kNone, 0xFE, {0xFB, 0x00, 0x80}),
    // The largest element times its rounded reciprocal is 1 for all five.
    answers(kSixteen4, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kSixteen8, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kHost, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kCl4, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kCl63, kMinusZero, kNone, zeros_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kCl62, kMinusZero, kNone, zeros_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kCl84, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kCl85, kMinusZero, kNone, zeros_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    // Whatever multiplies them, zeros keep their sign; none meets an infinity.
    answers(kSixteen4, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kSixteen8, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers(kHost, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers(kCl4, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kCl6, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x20, 0x20, 0x20}),
    answers(kCl8, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers(kSixteen4, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kSixteen8, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kHost, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kCl4, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kCl6, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x20, 0x00, 0x00}),
    answers(kCl8, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kSixteen4, kSubnormal, kNone, kSmall16, kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kSixteen8, kSubnormal, kNone, kSmall16of8, kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kHost, kSubnormal, kNone, small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kCl4, kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kCl63, kSubnormal, kNone, small_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kCl62, kSubnormal, kNone, small_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kCl84, kSubnormal, kNone, small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kCl85, kSubnormal, kNone, small_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    // Code 0 is 2^-127. FlashInfer and vLLM multiply by 0 under it, TensorRT-LLM's MXFP4 by 1, and where it takes the
    // reciprocal of 2^-127 that is infinite. CUTLASS multiplies by 2^127: 2^-127 is 1.
    answers(kTrt4Old, kTinyBlock, kNone, kTiny16, kNone, 0x00, {0xF, 0x7, 0x7}),
    answers(kTrt8, kTinyBlock, kNone, kTiny16, kNone, 0x00, {0xFE, 0x7E, 0x7E}),
    answers(kSixteen4, kTinyBlock, kNone, kTiny16, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kFi8, kTinyBlock, kNone, kTiny16, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kHost, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers(kCl4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x2}),
    answers(kCl63, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x08}),
    answers(kCl62, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x0C}),
    answers(kCl84, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers(kCl85, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x3C}),
    // 1.99 * 2^127 / 6 = 1.33 * 2^125, rounded up to 2^126: 3.98. Cut off instead it is 2^125: 7.97.
    answers(kVllmOld, kLargest, kNone, kMax16, kNone, 0xFC, {0xF, 0x0, 0x7}),
    answers(kSixteen4, kLargest, kNone, kMax16, kNone, 0xFD, {0xE, 0x0, 0x6}),
    // 1.99 * 2^127 / 448 = 1.14 * 2^119: 255 is nearer to 256 than to 240.
    answers(kSixteen8, kLargest, kNone, kMax16, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kHost, kLargest, kNone, kMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kCl4, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0xE, 0x0, 0x6}),
    answers(kCl63, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0x38, 0x00, 0x18}),
    answers(kCl62, kLargest, kNone, kMaxAnd3, kNone, 0xFB, {0x3C, 0x00, 0x1C}),
    answers(kCl84, kLargest, kNone, kMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kCl85, kLargest, kNone, kMaxAnd3, kNone, 0xF0, {0xF8, 0x00, 0x78}),
    answers(kSixteen4, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers(kSixteen8, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kHost, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kCl4, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers(kCl63, kOneHot, kNone, hot(k7and5), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers(kCl62, kOneHot, kNone, hot(k28), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers(kCl84, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kCl85, kOneHot, kNone, hot(k57344), kNone, 0x7F, {0xFB, 0x00, 0x00}),
    // Behind a gate.
    unstated(kGated, kNan, kGatedReason),
    unstated(kGated, kAllNan, kGatedReason),
    unstated(kGated, kInfinity, kGatedReason),
    unstated(kGated, kMinusZero, kGatedReason),
    unstated(kGated, kAllMinusZero, kGatedReason),
    unstated(kGated, kZeroBlock, kGatedReason),
    unstated(kGated, kSubnormal, kGatedReason),
    unstated(kGated, kTinyBlock, kGatedReason),
    unstated(kGated, kLargest, kGatedReason),
    unstated(kGated, kOneHot, kGatedReason),
    unstated(kGated, kZeroAmax, kGatedReason),
    unstated(kGated, kAboveAmax, kGatedReason),
    unstated(kGated, kGivenZeroAmax, kGatedReason),
    unstated(kGated, kGivenNanAmax, kGatedReason),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> inference_mx_special_rows() { return kRows; }

namespace {

class SpecialValuesInferenceMx : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesInferenceMx,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesInferenceMx, HaveTheseBytesOrAreRefused) { expect_rows(inference_mx_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
