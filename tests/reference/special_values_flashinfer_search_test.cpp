// Special values of FlashInfer's 4over6, per-token and CuTe norm recipes, by hand from flashinfer-vllm-cutlass.md
// 1, 3.2 to 3.6 and 3.11.
//
// The amax given makes S = 1, and of a row s = 1: 2688 * RN(1/2688) and 1536 * RN(1/1536) round to 1, and so do the
// exact kernels' 2688 / 2688 and 1536 / 1536. A norm's weights and factors are 1.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

constexpr std::string_view k448s = "flashinfer/nvfp4-4over6-448-* flashinfer/nvfp4-pertoken-4over6-448-*";
constexpr std::string_view k256s = "flashinfer/nvfp4-4over6-256-* flashinfer/nvfp4-pertoken-4over6-256-*";
constexpr std::string_view kTensor = "flashinfer/nvfp4-4over6-*", kRows = "flashinfer/nvfp4-pertoken-4over6-*";
constexpr std::string_view kTensorFast = "flashinfer/nvfp4-4over6-*-fast flashinfer/nvfp4-4over6-*-fast-8";
constexpr std::string_view kTensorExact = "flashinfer/nvfp4-4over6-*-exact flashinfer/nvfp4-4over6-*-exact-8";
constexpr std::string_view kRowsFast = "flashinfer/nvfp4-pertoken-4over6-*-fast";
constexpr std::string_view kRowsExact = "flashinfer/nvfp4-pertoken-4over6-*-exact";
constexpr std::string_view kFast = "flashinfer/nvfp4-pertoken-fast", kExact = "flashinfer/nvfp4-pertoken-exact";
constexpr std::string_view kPlain = "flashinfer/nvfp4-pertoken-fast flashinfer/nvfp4-pertoken-exact";
constexpr std::string_view kF32 = "flashinfer/nvfp4-pertoken-fp32";
constexpr std::string_view kNorm = "flashinfer/nvfp4-cute-rmsnorm", kNormMx = "flashinfer/rmsnorm-mxfp4-cute";

constexpr std::uint32_t k1536 = 0x44C00000, k24576 = 0x46C00000;
constexpr Three kSmallBf{kMinusBf1st, k2m127, k6}, kTinyBf{kMinusBf1st, k2m128, k2m127};
constexpr Three kMaxBf{kMinusBfMax, k3, kBfMax}, kLargeBf{kMinus4000, k3, k24576};

constexpr SpecialRow kTable[] = {
    // clang-format off
    // --- Two candidates. A NaN makes both errors NaN: 6 is kept. Of amax 6 the scales are 1 and 1.5.
    answers(k448s, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(k256s, kNan, k1536, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(k448s, kAllNan, k2688, kNans, kOne, 0x7F, {0x7, 0x7, 0x7}),
    answers(k256s, kAllNan, k1536, kNans, kOne, 0x7F, {0x7, 0x7, 0x7}),
    refuses(kRowsExact, kInfinity, kNone, inf_and(k6)),
    answers(k448s, kInfinity, k2688, inf_and(k6), kOne, 0x7E, {0xF, 0x0, 0x8}),
    answers(k256s, kInfinity, k1536, inf_and(k6), kOne, 0x7E, {0xF, 0x0, 0x8}),
    // 6 = 6 * 1 = 4 * 1.5: a tie, which keeps 6.
    answers(k448s, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(k256s, kMinusZero, k1536, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    // Left out: the sign of zero is lost.
    answers(k448s, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(k256s, kAllMinusZero, k1536, kMinusZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(k448s, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(k256s, kZeroBlock, k1536, kZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(k448s, kSubnormal, k2688, kSmallBf, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(k256s, kSubnormal, k1536, kSmallBf, kOne, 0x38, {0x8, 0x0, 0x7}),
    // S = 2688 / 2^-127 is infinite; the block's amax is flushed and the block left out. Of a row s is 0.
    answers(kTensor, kTinyBlock, kNone, kTinyBf, kInf, 0x00, {0x0, 0x0, 0x0}),
    answers(kRows, kTinyBlock, kNone, kTinyBf, 0, 0x00, {0x0, 0x0, 0x0}),
    // Both scales are 448. Of 256 they are 256 and 384: 6 * 256 = 4 * 384, a tie, also where the row's amax overflows it.
    answers(k448s, kLargest, kNone, kMaxBf, kAny, 0x7E, {0xF, 0x0, 0x7}),
    answers(k256s, kLargest, kNone, kMaxBf, kAny, 0x78, {0xF, 0x0, 0x7}),
    answers(k448s, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(k256s, kOneHot, k1536, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kTensor, kZeroAmax, kNone, kZeros, kInf, 0x00, {0x0, 0x0, 0x0}),
    answers(kRows, kZeroAmax, kNone, kZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    answers(k448s, kAboveAmax, k2688, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(k256s, kAboveAmax, k1536, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    // S is infinite, 1/S is 0, the multiplier infinite, in the exact build FLT_MAX.
    answers(kTensor, kGivenZeroAmax, kPlus0, kUnit, kInf, 0x7E, {0x7, 0xF, 0x7}),
    answers(kRowsFast, kGivenZeroAmax, kPlus0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // S = 0: the scale is 0, 0 * Inf is NaN and its reciprocal FLT_MAX.
    answers(kRowsExact, kGivenZeroAmax, kPlus0, kUnit, 0, 0x00, {0x7, 0xF, 0x7}),
    answers(kTensorFast, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    answers(kTensorExact, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0xF, 0x7}),
    answers(kRowsFast, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    // The minimum drops the NaN: S = FLT_MAX, s = 2^-128, which is flushed.
    answers(kRowsExact, kGivenNanAmax, kNanBits, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // --- A row's own S, plain blocks: those of the plain recipes.
    answers(kPlain, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(kPlain, kAllNan, k2688, kNans, kOne, 0x7F, {0x7, 0x7, 0x7}),
    answers(kPlain, kInfinity, k2688, inf_and(k6), kOne, 0x7E, {0xF, 0x0, 0x8}),
    answers(kPlain, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kPlain, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x8, 0x8, 0x8}),
    answers(kPlain, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x8, 0x0, 0x0}),
    answers(kPlain, kSubnormal, k2688, kSmallBf, kOne, 0x38, {0x8, 0x0, 0x7}),
    // s = 0, S = Inf, and Inf * 0 is NaN; the exact kernel has S = FLT_MAX and tests the amax first.
    answers(kFast, kTinyBlock, kNone, kTinyBf, 0, 0x7F, {0x8, 0x0, 0x0}),
    answers(kExact, kTinyBlock, kNone, kTinyBf, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kPlain, kLargest, kNone, kMaxBf, kAny, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPlain, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kFast, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x8, 0x0, 0x0}),
    answers(kExact, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kPlain, kAboveAmax, k2688, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPlain, kGivenZeroAmax, kPlus0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    answers(kFast, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    answers(kExact, kGivenNanAmax, kNanBits, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // --- fp32: elements times 6 / amax, or 0. A zero block's scale is 1 / 0.
    answers(kF32, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(kF32, kAllNan, k2688, kNans, kOne, 0x7E, {0x7, 0x7, 0x7}),
    answers(kF32, kInfinity, k2688, inf_and(k6), kOne, 0x7E, {0x7, 0x0, 0x8}),
    answers(kF32, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kF32, kAllMinusZero, k2688, kMinusZeros, kOne, 0x7E, {0x8, 0x8, 0x8}),
    answers(kF32, kZeroBlock, k2688, kZeros, kOne, 0x7E, {0x8, 0x0, 0x0}),
    answers(kF32, kSubnormal, k2688, small_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kF32, kTinyBlock, kNone, kTiny, 0, 0x7E, {0x8, 0x0, 0x0}),
    // MUFU.RCP of FLT_MAX is flushed.
    answers(kF32, kLargest, kNone, kMaxAnd3, kAny, 0x7E, {0x8, 0x0, 0x0}),
    answers(kF32, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kF32, kZeroAmax, kNone, kZeros, 0, 0x7E, {0x8, 0x0, 0x0}),
    // The codes have their own amax, 24000: -4000 is -1.
    answers(kF32, kAboveAmax, k2688, kLarge, kOne, 0x7E, {0xA, 0x0, 0x7}),
    answers(kF32, kGivenZeroAmax, kPlus0, kUnit, 0, 0x7E, {0x5, 0xB, 0x7}),
    answers(kF32, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x5, 0xB, 0x7}),
    // --- Behind a norm. The minimum drops a NaN: 448. Nothing is flushed.
    answers(kNorm, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(kNorm, kAllNan, k2688, kNans, kOne, 0x7E, {0x7, 0x7, 0x7}),
    answers(kNorm, kInfinity, k2688, inf_and(k6), kOne, 0x7E, {0xF, 0x0, 0x8}),
    answers(kNorm, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kNorm, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x8, 0x8, 0x8}),
    answers(kNorm, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x8, 0x0, 0x0}),
    answers(kNorm, kSubnormal, k2688, kSmallBf, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kNorm, kTinyBlock, kNone, kTinyBf, kInf, 0x7E, {0xF, 0x7, 0x7}),
    answers(kNorm, kLargest, kNone, kMaxBf, kAny, 0x7E, {0xF, 0x0, 0x7}),
    answers(kNorm, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kNorm, kZeroAmax, kNone, kZeros, kInf, 0x7E, {0x7, 0x7, 0x7}),
    answers(kNorm, kAboveAmax, k2688, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kNorm, kGivenZeroAmax, kPlus0, kUnit, kInf, 0x7E, {0x7, 0xF, 0x7}),
    answers(kNorm, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7E, {0x7, 0x7, 0x7}),
    answers(kNormMx, kNan, kNone, nan_and(k6), kNone, 0x7F, {0x7, 0x5, 0xF}),
    // A NaN becomes the integer 0: code 127.
    answers(kNormMx, kAllNan, kNone, kNans, kNone, 0x7F, {0x7, 0x7, 0x7}),
    // Its logarithm's integer wraps: code 0, and Inf * 0 is NaN.
    answers(kNormMx, kInfinity, kNone, inf_and(k6), kNone, 0x00, {0x7, 0x0, 0x8}),
    answers(kNormMx, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kNormMx, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kNormMx, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kNormMx, kSubnormal, kNone, kSmallBf, kNone, 0x7F, {0x8, 0x0, 0x7}),
    // log2(2^-127 / 6) = -129.6: below code 0.
    answers(kNormMx, kTinyBlock, kNone, kTinyBf, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kNormMx, kLargest, kNone, kMaxBf, kNone, 0xFD, {0xE, 0x0, 0x6}),
    answers(kNormMx, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> flashinfer_search_special_rows() { return kTable; }

namespace {

class SpecialValuesFlashinferSearch : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesFlashinferSearch,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesFlashinferSearch, HaveTheseBytesOrAreRefused) {
  expect_rows(flashinfer_search_special_rows(), GetParam());
}

}  // namespace
}  // namespace bitgate::oracle
