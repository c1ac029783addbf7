// Special values of the NVFP4 recipes of FlashInfer, TensorRT-LLM, vLLM, SGLang and CUTLASS, by hand from
// flashinfer-vllm-cutlass.md 1.3 to 1.7, 3.2 to 3.4, 3.10, 3.11, 4.1, 6 and 13.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

constexpr std::string_view kFast = "flashinfer/nvfp4-fast flashinfer/nvfp4-fast-row";
constexpr std::string_view kFastInverse = "flashinfer/nvfp4-fast-inverse", kKv = "flashinfer/nvfp4-kv";
constexpr std::string_view kExact = "flashinfer/nvfp4-exact flashinfer/nvfp4-exact-row flashinfer/nvfp4-vecmax-exact";
constexpr std::string_view kExactInverse = "flashinfer/nvfp4-exact-inverse", kCuteExact = "flashinfer/nvfp4-cute-exact";
constexpr std::string_view kBounded =
    "flashinfer/nvfp4-exact flashinfer/nvfp4-exact-row flashinfer/nvfp4-exact-inverse flashinfer/nvfp4-cute-exact";
constexpr std::string_view kVecmax = "flashinfer/nvfp4-vecmax-exact";
// The zero test looks at the stored scale, and subnormals live; TensorRT-LLM's tests agree wherever S is not small.
constexpr std::string_view kStored =
    "flashinfer/nvfp4-cute-fast vllm/nvfp4 sglang/nvfp4 trtllm/nvfp4-2025 trtllm/nvfp4-2025-rounded";
constexpr std::string_view kReduce = "flashinfer/nvfp4-allreduce flashinfer/nvfp4-moe-allreduce";
constexpr std::string_view kPyref = "vllm/nvfp4-pyref";
constexpr std::string_view kEpilogue = "cutlass/nvfp4-epilogue cutlass/nvfp4-epilogue-32 cutlass/nvfp4-epilogue-64";
constexpr std::string_view kCutlass =
    "cutlass/nvfp4-epilogue cutlass/nvfp4-epilogue-32 cutlass/nvfp4-epilogue-64 cutlass/nvfp4-host";
// All but the Python reference, whose -0 is code 0.
constexpr std::string_view kKernels =
    "flashinfer/nvfp4-fast flashinfer/nvfp4-fast-row flashinfer/nvfp4-fast-inverse flashinfer/nvfp4-exact "
    "flashinfer/nvfp4-exact-row flashinfer/nvfp4-exact-inverse flashinfer/nvfp4-vecmax-exact "
    "flashinfer/nvfp4-cute-fast flashinfer/nvfp4-cute-exact flashinfer/nvfp4-kv flashinfer/nvfp4-allreduce "
    "flashinfer/nvfp4-moe-allreduce trtllm/nvfp4-2025 trtllm/nvfp4-2025-rounded vllm/nvfp4 sglang/nvfp4 "
    "cutlass/nvfp4-epilogue cutlass/nvfp4-epilogue-32 cutlass/nvfp4-epilogue-64 cutlass/nvfp4-host";
constexpr std::string_view kNoNan = "flashinfer/nvfp4-kv vllm/nvfp4-pyref cutlass/nvfp4-host";

// Of bf16 numbers, unlike those that the tables of fp32 recipes share.
constexpr Three kSmallAnd6{kMinusBf1st, k2m127, k6}, kTinyBf{kMinusBf1st, k2m128, k2m127};
constexpr Three kBfMaxAnd3{kMinusBfMax, k3, kBfMax}, kLargeBf{kMinus4000, k3, 0x46C00000};

constexpr SpecialRow kRows[] = {
    // clang-format off
    // An amax of 2688 is S = 1 and g = 1: 6 * (1/6 rounded) is 1, scale 38, and elements stand for themselves.
    // A NaN is dropped by the maximum and is code 7; CUTLASS's maximum keeps it, and all of the block is NaN (T8).
    refuses(kNoNan, kNan, k2688, nan_and(k6)),
    answers(kEpilogue, kNan, k2688, nan_and(k6), kOne, 0x7F, {0x7, 0x7, 0x7}),
    answers(kKernels, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    refuses(kNoNan, kAllNan, k2688, kNans),
    answers(kKernels, kAllNan, k2688, kNans, kOne, 0x7F, {0x7, 0x7, 0x7}),
    // Inf saturates the scale to 448: 3 / 448 and 6 / 448 are zeros.
    refuses(kPyref, kInfinity, k2688, inf_and(k6)),
    answers(kKernels, kInfinity, k2688, inf_and(k6), kOne, 0x7E, {0xF, 0x0, 0x8}),
    answers(kPyref, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x0, 0x0, 0x7}),
    answers(kKernels, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    // Multiplier 0 by each zero test; CUTLASS's is FLT_MAX: -0 stays -0 (T10).
    answers(kPyref, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(kKernels, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x8, 0x8, 0x8}),
    answers(kPyref, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x0, 0x0, 0x0}),
    answers(kKernels, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x8, 0x0, 0x0}),
    answers(kPyref, kSubnormal, k2688, kSmallAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kKernels, kSubnormal, k2688, kSmallAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    // amax = 2^-127: S = 2688 * 2^127 is infinite, g = 2^22 / 2688 = 1560.4 -> 1560 units of 2^-149. What flushes sees a
    // block of zeros: Inf * 0 is a NaN scale, under which vm != 0 still gives multiplier 0 (T1).
    answers(kFast, kTinyBlock, kNone, kTinyBf, kInf, 0x7F, {0x8, 0x0, 0x0}),
    answers(kFastInverse, kTinyBlock, kNone, kTinyBf, 1560, 0x7F, {0x8, 0x0, 0x0}),
    answers(kKv, kTinyBlock, kNone, kTinyBf, 1560, 0x7F, {0x8, 0x0, 0x0}),
    answers(kExact, kTinyBlock, kNone, kTinyBf, kInf, 0x00, {0x8, 0x0, 0x0}),
    answers(kExactInverse, kTinyBlock, kNone, kTinyBf, 1560, 0x00, {0x8, 0x0, 0x0}),
    // A test of the stored scale lets the NaN pass.
    answers(kReduce, kTinyBlock, kNone, kTinyBf, kInf, 0x7F, {0x7, 0x7, 0x7}),
    // What keeps subnormals has an infinite scale, 448 as stored, and 1 / (448 * 0).
    answers(kStored, kTinyBlock, kNone, kTinyBf, kInf, 0x7E, {0xF, 0x7, 0x7}),
    // FLT_MAX instead: 2^-133, 2^-128 and 2^-127 times it are just below 2^-5, 1 and 2.
    answers(kCuteExact, kTinyBlock, kNone, kTinyBf, kInf, 0x7E, {0x8, 0x2, 0x4}),
    answers(kCutlass, kTinyBlock, kNone, kTinyBf, kInf, 0x7E, {0x8, 0x2, 0x4}),
    // Python: 1/S = 0, the product 0, and the reciprocal of 0 is 0; -0 is code 0.
    answers(kPyref, kTinyBlock, kNone, kTinyBf, kInf, 0x7E, {0x0, 0x0, 0x0}),
    // 255 * 2^120: S = 2688 / 255 * 2^-120 = 1.3176 * 2^-117, g = 1.5179 * 2^116.
    answers("flashinfer/nvfp4-fast-inverse flashinfer/nvfp4-exact-inverse flashinfer/nvfp4-kv", kLargest, kNone, kBfMaxAnd3, 0x79C24925, 0x7E, {0xF, 0x0, 0x7}),
    answers(kKernels, kLargest, kNone, kBfMaxAnd3, 0x0528A8A9, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPyref, kLargest, kNone, kBfMaxAnd3, 0x0528A8A9, 0x7E, {0xF, 0x0, 0x7}),
    answers(kKernels, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kPyref, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    // A tensor of zeros: S = 2688 / 0 (T1).
    answers(kFast, kZeroAmax, kNone, kZeros, kInf, 0x7F, {0x8, 0x0, 0x0}),
    answers(kFastInverse, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x8, 0x0, 0x0}),
    answers(kKv, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x8, 0x0, 0x0}),
    answers(kExact, kZeroAmax, kNone, kZeros, kInf, 0x00, {0x8, 0x0, 0x0}),
    answers(kCuteExact, kZeroAmax, kNone, kZeros, kInf, 0x00, {0x8, 0x0, 0x0}),
    answers(kExactInverse, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kStored, kZeroAmax, kNone, kZeros, kInf, 0x7F, {0x7, 0x7, 0x7}),
    answers(kReduce, kZeroAmax, kNone, kZeros, kInf, 0x7F, {0x7, 0x7, 0x7}),
    answers(kCutlass, kZeroAmax, kNone, kZeros, kInf, 0x7F, {0x7, 0x7, 0x7}),
    unstated(kPyref, kZeroAmax, "the values are NaN, which have no code"),
    // 4096 saturates the scale under S = 1: -4000 / 448 = -8.9, 3 / 448, 24576 / 448 = 54.9.
    answers(kKernels, kAboveAmax, k2688, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPyref, kAboveAmax, k2688, kLargeBf, kOne, 0x7E, {0xF, 0x0, 0x7}),
    // S is infinite: so is the scale, stored as 448, and the multiplier is infinite or FLT_MAX.
    answers("flashinfer/nvfp4-fast-inverse flashinfer/nvfp4-exact-inverse flashinfer/nvfp4-kv", kGivenZeroAmax, 0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    answers(kKernels, kGivenZeroAmax, 0, kUnit, kInf, 0x7E, {0x7, 0xF, 0x7}),
    answers(kPyref, kGivenZeroAmax, 0, kUnit, kInf, 0x7E, {0x0, 0x0, 0x0}),
    refuses(kNoNan, kGivenNanAmax, kNanBits, kUnit),
    unstated(kBounded, kGivenNanAmax, "no note states which minimum the exact builds take of NaN and FLT_MAX"),
    answers(kVecmax, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    answers(kKernels, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x7, 0x7, 0x7}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> inference_nvfp4_special_rows() { return kRows; }

namespace {

class SpecialValuesInferenceNvfp4 : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesInferenceNvfp4,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesInferenceNvfp4, HaveTheseBytesOrAreRefused) {
  expect_rows(inference_nvfp4_special_rows(), GetParam());
}

}  // namespace
}  // namespace bitgate::oracle
