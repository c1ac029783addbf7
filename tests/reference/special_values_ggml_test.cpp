// Special values of ggml's recipes, by hand from ggml.md 0, 2.2 to 2.6, 3, 5.2 to 5.4 and its examples E3, E5 and E6.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

// Q8_1: d = 1 for an amax of 127.
constexpr std::string_view kQ8 = "ggml/q8_1 ggml/q8_1-ieee";
constexpr std::string_view kD4 = "ggml/q8_1-mmq-d4 ggml/q8_1-mmq-d4-ieee";
constexpr std::string_view kD2s6 = "ggml/q8_1-mmq-d2s6 ggml/q8_1-mmq-d2s6-ieee";
constexpr std::string_view kRef = "ggml/q8_1-cpu-ref", kAvx = "ggml/q8_1-cpu-avx", kNeon = "ggml/q8_1-cpu-neon";
constexpr std::string_view kRef0 = "ggml/q8_0-cpu-ref", kAvx0 = "ggml/q8_0-cpu-avx", kNeon0 = "ggml/q8_0-cpu-neon";
constexpr std::string_view kHosts = "ggml/q8_1-cpu-ref ggml/q8_1-cpu-avx ggml/q8_1-cpu-neon";
constexpr std::string_view kBf = "ggml/q8_1-bf16", kCpy = "ggml/q8_0-cuda-cpy";
constexpr std::string_view kHalves =
    "ggml/q8_1 ggml/q8_1-ieee ggml/q8_1-mmq-ds4 ggml/q8_1-mmq-ds4-ieee "
    "ggml/q8_1-mmq-d2s6 ggml/q8_1-mmq-d2s6-ieee";
constexpr std::string_view kQ40 = "ggml/q4_0-*", kQ41 = "ggml/q4_1-*", kQ50 = "ggml/q5_0-*", kQ51 = "ggml/q5_1-*";
constexpr std::string_view kQ51Cuda = "ggml/q5_1-cuda-cpy";
constexpr std::string_view kMxCpu = "ggml/mxfp4-cpu", kMxMmq = "ggml/mxfp4-mmq", kNvCpu = "ggml/nvfp4-cpu";
constexpr std::string_view kV1 = "ggml/nvfp4-mmq-v1", kV2 = "ggml/nvfp4-mmq-v2";
constexpr std::string_view kNorm = "ggml/rms_norm ggml/rms_norm-mul ggml/rms_norm-mul-add";
constexpr std::string_view kNormQ8 = "ggml/rms_norm-mul-q8_1";
constexpr std::string_view kOwnAmax = "the kernel takes the row's maximum itself: no caller gives it";

constexpr std::uint32_t k8 = 0x41000000, k12 = 0x41400000, k15 = 0x41700000, k16 = 0x41800000, k28 = 0x41E00000;
constexpr std::uint32_t k31 = 0x41F80000;
constexpr std::uint32_t k448th = 0x3B124925;  // 6 / 2688

constexpr SpecialRow kRows[] = {
    // clang-format off
    // --- Q8. The GPU ignores the NaN and gives code 0; the sum is NaN. The host's maximum starts anew behind it; s is
    // of codes: 3 - 30 * 127 = -3807, a tie that goes to -3808. AVX: -2^31, packed to -128, and its sum wraps to above
    // 2^31 - 3808: infinite as half.
    answers(kQ8, kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kBf, kNan, kNone, nan_and(k127), kNone, 0x3F80, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kD4, kNan, kNone, nan_and(k127), kNone, kOne, {0x00, 0x03, 0x81}),
    answers(kHalves, kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kAvx, kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x80, 0x03, 0x81}, 0x7C00),
    // NEON's maximum keeps a NaN, whatever its place (bytes of ggml 0.25.3 on aarch64; the notes say "as ref").
    answers(kNeon, kNan, kNone, nan_and(k127), kNone, 0x7E00, {0x00, 0x00, 0x00}, 0x7E00),
    answers(kNeon0, kNan, kNone, nan_and(k127), kNone, 0x7E00, {0x00, 0x00, 0x00}),
    answers(kHosts, kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x00, 0x03, 0x81}, 0xEB70),
    answers(kAvx0, kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x80, 0x03, 0x81}),
    answers("ggml/q8_0-*", kNan, kNone, nan_and(k127), kNone, 0x3C00, {0x00, 0x03, 0x81}),
    // All NaN: d = s = 7FFF. The host: a NaN in the last place gives 7E00. AVX: 32 times -2^31 wraps to 0, times NaN.
    answers(kHalves, kAllNan, kNone, kNans, kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kBf, kAllNan, kNone, kNans, kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kD4, kAllNan, kNone, kNans, kNone, kGpuNan, {0x00, 0x00, 0x00}),
    answers(kRef, kAllNan, kNone, kNans, kNone, 0x7E00, {0x00, 0x00, 0x00}, 0x7E00),
    answers(kAvx, kAllNan, kNone, kNans, kNone, 0x7E00, {0x80, 0x80, 0x80}, 0x7E00),
    answers(kRef0, kAllNan, kNone, kNans, kNone, 0x7E00, {0x00, 0x00, 0x00}),
    answers(kAvx0, kAllNan, kNone, kNans, kNone, 0x7E00, {0x80, 0x80, 0x80}),
    answers(kNeon, kAllNan, kNone, kNans, kNone, 0x7E00, {0x00, 0x00, 0x00}, 0x7E00),
    answers(kNeon0, kAllNan, kNone, kNans, kNone, 0x7E00, {0x00, 0x00, 0x00}),
    unstated(kCpy, kAllNan, "whether the copy's maximum starts at 0 or at an element is not stated"),
    // 1 / Inf = 0, and Inf * 0 is NaN: code 0. The host's s is 0 * Inf, the negative NaN of x86. AVX: 127 / Inf = 0.
    answers(kHalves, kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kBf, kInfinity, kNone, inf_and(k127), kNone, 0x7F80, {0x00, 0x00, 0x00}, 0xFF80),
    answers(kD4, kInfinity, kNone, inf_and(k127), kNone, kInf, {0x00, 0x00, 0x00}),
    answers(kRef, kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFE00),
    answers(kAvx, kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x80, 0x00, 0x00}, 0xFC00),
    // The NaN that an ARM makes of 0 * Inf has no sign (the same bytes).
    answers(kNeon, kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x00, 0x00, 0x00}, 0x7E00),
    answers(kAvx0, kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x80, 0x00, 0x00}),
    answers("ggml/q8_0-*", kInfinity, kNone, inf_and(k127), kNone, 0x7C00, {0x00, 0x00, 0x00}),
    // 30 * 127 = 3810 = 6B71; D2S6's first sum has 16 values, 14 * 127 = 1778 = 66F2.
    answers(kD2s6, kMinusZero, kNone, zeros_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x66F2),
    answers(kHalves, kMinusZero, kNone, zeros_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kBf, kMinusZero, kNone, zeros_and(k127), kNone, 0x3F80, {0x00, 0x00, 0x7F}, 0x456E),
    answers(kD4, kMinusZero, kNone, zeros_and(k127), kNone, kOne, {0x00, 0x00, 0x7F}),
    answers(kHosts, kMinusZero, kNone, zeros_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers("ggml/q8_0-*", kMinusZero, kNone, zeros_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}),
    // All -0: s = 8000 on the GPU, 0 on the host, which sums codes.
    answers(kHalves, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    answers(kBf, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    answers(kD4, kAllMinusZero, kNone, kMinusZeros, kNone, 0, {0x00, 0x00, 0x00}),
    answers(kHosts, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x0000),
    answers("ggml/q8_0-*", kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}),
    answers(kD4, kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}),
    answers("ggml/q8_1*", kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers("ggml/q8_0-*", kZeroBlock, kNone, kZeros, kNone, 0x0000, {0x00, 0x00, 0x00}),
    answers(kD2s6, kSubnormal, kNone, small_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x66F2),
    answers(kHalves, kSubnormal, kNone, small_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kBf, kSubnormal, kNone, small_and(k127), kNone, 0x3F80, {0x00, 0x00, 0x7F}, 0x456E),
    answers(kD4, kSubnormal, kNone, small_and(k127), kNone, kOne, {0x00, 0x00, 0x7F}),
    answers(kHosts, kSubnormal, kNone, small_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers("ggml/q8_0-*", kSubnormal, kNone, small_and(k127), kNone, 0x3C00, {0x00, 0x00, 0x7F}),
    // Flushed, the block is zero. IEEE: x / d is exact enough for 127; MMQ's 127 / a is infinite, and 1 / Inf = 0. The
    // host keeps the block too: 1 / d overflows, and an infinite product has the low byte of -2^31; AVX packs it, and 32
    // of them wrap to 0. NEON saturates: 2^31 - 1, low byte FF, and the sum of 30 of them and -2^31 wraps to above 0.
    answers("ggml/q8_1-ieee", kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0x7F}, 0x0000),
    answers("ggml/q8_1-mmq-d4-ieee", kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0xFF}),
    answers("ggml/q8_1-mmq-*-ieee", kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0xFF}, 0x0000),
    answers("ggml/q8_1-mmq-d4", kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}),
    answers(kAvx, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x80, 0x80, 0x80}, 0x0000),
    answers(kNeon, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0xFF}, 0x0000),
    answers("ggml/q8_1*", kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kAvx0, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x80, 0x80, 0x80}),
    answers(kNeon0, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0xFF}),
    answers("ggml/q8_0-*", kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0x00}),
    // d overflows fp16 (not bf16: 2^128 / 127), the sum binary32. MMQ's MUFU reciprocal of an amax beyond 2^126 is 0,
    // and so are its codes; IEEE has 127 / a.
    answers("ggml/q8_1-mmq-d4-ieee", kLargest, kNone, kMaxAnd3, kNone, 0x7C010204, {0x81, 0x00, 0x7F}),
    answers("ggml/q8_1-mmq-d4", kLargest, kNone, kMaxAnd3, kNone, kInf, {0x00, 0x00, 0x00}),
    answers("ggml/q8_1-mmq-ds4 ggml/q8_1-mmq-d2s6", kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0x7C00),
    answers(kBf, kLargest, kNone, kMaxAnd3, kNone, 0x7C01, {0x81, 0x00, 0x7F}, 0x7F80),
    answers("ggml/q8_1*", kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x81, 0x00, 0x7F}, 0x7C00),
    answers("ggml/q8_0-*", kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x81, 0x00, 0x7F}),
    // -127 = D7F0, in bf16 C2FE.
    answers(kD4, kOneHot, kNone, hot(k127), kNone, kOne, {0x81, 0x00, 0x00}),
    answers(kBf, kOneHot, kNone, hot(k127), kNone, 0x3F80, {0x81, 0x00, 0x00}, 0xC2FE),
    answers("ggml/q8_1*", kOneHot, kNone, hot(k127), kNone, 0x3C00, {0x81, 0x00, 0x00}, 0xD7F0),
    answers("ggml/q8_0-*", kOneHot, kNone, hot(k127), kNone, 0x3C00, {0x81, 0x00, 0x00}),

    // --- Q4, Q5 (5.4). d = m / -8 or / -16 of the first largest m: here -1 (BC00) or 1. A NaN loses every comparison,
    // and its code is the integer of NaN: 0.
    answers(kQ40, kNan, kNone, nan_and(k8), kNone, 0x3C00, {0x0, 0xB, 0x0}),
    answers(kQ50, kNan, kNone, nan_and(k16), kNone, 0x3C00, {0x00, 0x13, 0x00}),
    answers(kQ41, kNan, kNone, nan_and(k12), kNone, 0x3C00, {0x0, 0xF, 0x0}, 0xCA00),
    // CUDA's Q5_1 starts both from the first value, a NaN.
    answers(kQ51Cuda, kNan, kNone, nan_and(k28), kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kQ51, kNan, kNone, nan_and(k28), kNone, 0x3C00, {0x00, 0x1F, 0x00}, 0xCF00),
    // m = 0: d = -0, and no inverse. The minimum stays FLT_MAX and the maximum -FLT_MAX: d = -Inf, m = Inf as half.
    answers(kQ40, kAllNan, kNone, kNans, kNone, 0x8000, {0x0, 0x0, 0x0}),
    answers(kQ50, kAllNan, kNone, kNans, kNone, 0x8000, {0x00, 0x00, 0x00}),
    answers(kQ41, kAllNan, kNone, kNans, kNone, 0xFC00, {0x0, 0x0, 0x0}, 0x7C00),
    answers(kQ51Cuda, kAllNan, kNone, kNans, kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kQ51, kAllNan, kNone, kNans, kNone, 0xFC00, {0x00, 0x00, 0x00}, 0x7C00),
    // The inverse is 0: numbers fall on the middle, Inf * 0 is NaN. From a minimum of -Inf all differences are NaN.
    answers(kQ40, kInfinity, kNone, inf_and(k8), kNone, 0x7C00, {0x0, 0x8, 0x8}),
    answers(kQ50, kInfinity, kNone, inf_and(k16), kNone, 0x7C00, {0x00, 0x10, 0x10}),
    answers(kQ41, kInfinity, kNone, inf_and(k15), kNone, 0x7C00, {0x0, 0x0, 0x0}, 0xFC00),
    answers(kQ51, kInfinity, kNone, inf_and(k31), kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kQ40, kMinusZero, kNone, zeros_and(k8), kNone, 0xBC00, {0x8, 0x8, 0x0}),
    answers(kQ50, kMinusZero, kNone, zeros_and(k16), kNone, 0xBC00, {0x10, 0x10, 0x00}),
    // The first zero is the minimum, with its sign.
    answers(kQ41, kMinusZero, kNone, zeros_and(k15), kNone, 0x3C00, {0x0, 0x0, 0xF}, 0x8000),
    answers(kQ51, kMinusZero, kNone, zeros_and(k31), kNone, 0x3C00, {0x00, 0x00, 0x1F}, 0x8000),
    answers(kQ40, kAllMinusZero, kNone, kMinusZeros, kNone, 0x8000, {0x8, 0x8, 0x8}),
    answers(kQ50, kAllMinusZero, kNone, kMinusZeros, kNone, 0x8000, {0x10, 0x10, 0x10}),
    answers(kQ41, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x0, 0x0, 0x0}, 0x8000),
    answers(kQ51, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    answers(kQ40, kZeroBlock, kNone, kZeros, kNone, 0x8000, {0x8, 0x8, 0x8}),
    answers(kQ50, kZeroBlock, kNone, kZeros, kNone, 0x8000, {0x10, 0x10, 0x10}),
    answers(kQ41, kZeroBlock, kNone, kZeros, kNone, 0x0000, {0x0, 0x0, 0x0}, 0x8000),
    answers(kQ51, kZeroBlock, kNone, kZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    answers(kQ40, kSubnormal, kNone, small_and(k8), kNone, 0xBC00, {0x8, 0x8, 0x0}),
    answers(kQ50, kSubnormal, kNone, small_and(k16), kNone, 0xBC00, {0x10, 0x10, 0x00}),
    answers(kQ41, kSubnormal, kNone, small_and(k15), kNone, 0x3C00, {0x0, 0x0, 0xF}, 0x8000),
    answers(kQ51, kSubnormal, kNone, small_and(k31), kNone, 0x3C00, {0x00, 0x00, 0x1F}, 0x8000),
    // Flushed, the block is zero. On the host 1 / d is infinite: infinite and NaN products are the integer -2^31.
    answers("ggml/q4_0-cuda-cpy", kTinyBlock, kNone, kTinyAnd0, kNone, 0x8000, {0x8, 0x8, 0x8}),
    answers("ggml/q5_0-cuda-cpy", kTinyBlock, kNone, kTinyAnd0, kNone, 0x8000, {0x10, 0x10, 0x10}),
    answers(kQ40, kTinyBlock, kNone, kTinyAnd0, kNone, 0x8000, {0x0, 0x0, 0x0}),
    answers(kQ50, kTinyBlock, kNone, kTinyAnd0, kNone, 0x8000, {0x00, 0x00, 0x00}),
    answers(kQ41, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x0, 0x0, 0x0}, 0x8000),
    answers(kQ51, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    // m = -FLT_MAX: code 0 for it, 16 cut to 15 for FLT_MAX. The spread of both overflows.
    answers(kQ40, kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x0, 0x8, 0xF}),
    answers(kQ50, kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x00, 0x10, 0x1F}),
    answers(kQ41, kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x0, 0x0, 0x0}, 0xFC00),
    answers(kQ51, kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kQ40, kOneHot, kNone, hot(k8), kNone, 0x3C00, {0x0, 0x8, 0x8}),
    answers(kQ50, kOneHot, kNone, hot(k16), kNone, 0x3C00, {0x00, 0x10, 0x10}),
    answers(kQ41, kOneHot, kNone, hot(k15), kNone, 0x3C00, {0x0, 0xF, 0xF}, 0xCB80),
    answers(kQ51, kOneHot, kNone, hot(k31), kNone, 0x3C00, {0x00, 0x1F, 0x1F}, 0xCFC0),

    // --- FP4 on the CPU (5.2): the nearest table entry, first of equals; -0 is never chosen. amax 6: scale 1.
    answers(kMxCpu, kNan, kNone, nan_and(k6), kNone, 0x7F, {0x0, 0x5, 0xF}),
    answers(kMxCpu, kAllNan, kNone, kNans, kNone, 0x00, {0x0, 0x0, 0x0}),
    // e = 0 on x86; every entry is as far from 3 as any other.
    answers(kMxCpu, kInfinity, kNone, inf_and(k6), kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kMxCpu, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x0, 0x0, 0x7}),
    answers(kMxCpu, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kMxCpu, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kMxCpu, kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x0, 0x0, 0x7}),
    // -127 - 2 + 127 = -2 as a byte (x86): FE, and nothing is near its entries.
    answers(kMxCpu, kTinyBlock, kNone, kTinyAnd0, kNone, 0xFE, {0x0, 0x0, 0x0}),
    // FD: half a scale is 2^125; the doubled entries 8 and 12 overflow, and 6 is the nearest.
    answers(kMxCpu, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0xD, 0x0, 0x5}),
    answers(kMxCpu, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers(kNvCpu, kNan, kNone, nan_and(k6), kNone, 0x38, {0x0, 0x5, 0xF}),
    answers(kNvCpu, kAllNan, kNone, kNans, kNone, 0x00, {0x0, 0x0, 0x0}),
    // Scale 448: 0 is nearest to 3 and 6, and no entry is nearer to infinity or FLT_MAX than the first.
    answers(kNvCpu, kInfinity, kNone, inf_and(k6), kNone, 0x7E, {0x0, 0x0, 0x0}),
    answers(kNvCpu, kMinusZero, kNone, zeros_and(k6), kNone, 0x38, {0x0, 0x0, 0x7}),
    answers(kNvCpu, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kNvCpu, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kNvCpu, kSubnormal, kNone, small_and(k6), kNone, 0x38, {0x0, 0x0, 0x7}),
    answers(kNvCpu, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kNvCpu, kLargest, kNone, kMaxAnd3, kNone, 0x7E, {0x0, 0x0, 0x0}),
    answers(kNvCpu, kOneHot, kNone, hot(k6), kNone, 0x38, {0xF, 0x0, 0x0}),

    // --- FP4 on CUDA (5.3). MXFP4: log2(6) = 2.58 rounds to 3, scale 2 = 80.
    answers(kMxMmq, kNan, kNone, nan_and(k6), kNone, 0x80, {0x7, 0x3, 0xD}),
    answers(kMxMmq, kAllNan, kNone, kNans, kNone, 0x00, {0x7, 0x7, 0x7}),
    answers(kMxMmq, kInfinity, kNone, inf_and(k6), kNone, 0xFE, {0x7, 0x0, 0x8}),
    answers(kMxMmq, kMinusZero, kNone, zeros_and(k6), kNone, 0x80, {0x8, 0x0, 0x5}),
    answers(kMxMmq, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers(kMxMmq, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kMxMmq, kSubnormal, kNone, small_and(k6), kNone, 0x80, {0x8, 0x0, 0x5}),
    answers(kMxMmq, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x0}),
    // The logarithm of FLT_MAX is 128: scale 2^126, and 4.
    answers(kMxMmq, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0xE, 0x0, 0x6}),
    answers(kMxMmq, kOneHot, kNone, hot(k6), kNone, 0x80, {0xD, 0x0, 0x0}),
    // NVFP4 v1: software codes, whose sign is x < 0.
    unstated(kV1, kNan, "what its search keeps when every error is NaN is not stated"),
    unstated(kV1, kAllNan, "what its search keeps when every error is NaN is not stated"),
    unstated(kV1, kInfinity, "what its search keeps when every error is infinite is not stated"),
    answers(kV1, kMinusZero, kNone, zeros_and(k6), kNone, 0x38, {0x0, 0x0, 0x7}),
    answers(kV1, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kV1, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x0, 0x0, 0x0}),
    answers(kV1, kSubnormal, kNone, small_and(k6), kNone, 0x38, {0x0, 0x0, 0x7}),
    answers(kV1, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x0, 0x0, 0x0}),
    unstated(kV1, kLargest, "what its search keeps when every error is infinite is not stated"),
    answers(kV1, kOneHot, kNone, hot(k6), kNone, 0x38, {0xF, 0x0, 0x0}),
    // v2: R = 6 K2688, 1 / 448 rounded; v = 2688 and scale 448; the multiplier of the codes is 1. An infinite row has
    // ic = 0: scale 0, and Inf * 0 is NaN, code 7.
    answers(kV2, kNan, kNone, nan_and(k6), k448th, 0x7E, {0x7, 0x5, 0xF}),
    unstated(kV2, kAllNan, "whether its maximum of nothing but NaN is NaN or 0 is not stated"),
    answers(kV2, kInfinity, kNone, inf_and(k6), kInf, 0x00, {0x7, 0x0, 0x8}),
    answers(kV2, kMinusZero, kNone, zeros_and(k6), k448th, 0x7E, {0x8, 0x0, 0x7}),
    answers(kV2, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x8, 0x8, 0x8}),
    answers(kV2, kZeroBlock, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kV2, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kV2, kSubnormal, kNone, small_and(k6), k448th, 0x7E, {0x8, 0x0, 0x7}),
    answers(kV2, kTinyBlock, kNone, kTinyAnd0, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kV2, kLargest, kNone, kMaxAnd3, 0x79C30C30, 0x7E, {0xF, 0x0, 0x7}),
    answers(kV2, kOneHot, kNone, hot(k6), k448th, 0x7E, {0xF, 0x0, 0x0}),
    unstated(kV2, kAboveAmax, kOwnAmax), unstated(kV2, kGivenZeroAmax, kOwnAmax), unstated(kV2, kGivenNanAmax, kOwnAmax),

    // --- RMS_NORM (3), weight 1, residual -0. A NaN or an infinity is in every sum: NaN, or a scale of 0. What is
    // flushed is zero. Behind it Q8_1 sees those values.
    answers(kNorm, kNan, kNone, nan_and(k6), kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    answers(kNorm, kAllNan, kNone, kNans, kNone, kNone, {kGpuNan, kGpuNan, kGpuNan}),
    answers(kNorm, kInfinity, kNone, inf_and(k6), kNone, kNone, {kGpuNan, 0, kMinus0}),
    answers(kNorm, kMinusZero, kNone, zeros_and(k6), kNone, kNone, {kMinus0, 0, kAny}),
    answers(kNorm, kAllMinusZero, kNone, kMinusZeros, kNone, kNone, {kMinus0, kMinus0, kMinus0}),
    answers(kNorm, kZeroBlock, kNone, kZeros, kNone, kNone, {kMinus0, 0, 0}),
    answers(kNorm, kSubnormal, kNone, small_and(k6), kNone, kNone, {kMinus0, 0, kAny}),
    answers(kNorm, kTinyBlock, kNone, kTinyAnd0, kNone, kNone, {kMinus0, 0, 0}),
    // The square overflows: the scale is 0.
    answers(kNorm, kLargest, kNone, kMaxAnd3, kNone, kNone, {kMinus0, 0, 0}),
    answers(kNorm, kOneHot, kNone, hot(k6), kNone, kNone, {kAny, 0, 0}),
    answers(kNormQ8, kNan, kNone, nan_and(k6), kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kNormQ8, kAllNan, kNone, kNans, kNone, 0x7FFF, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kNormQ8, kInfinity, kNone, inf_and(k6), kNone, 0x0000, {0x00, 0x00, 0x00}, 0x7FFF),
    answers(kNormQ8, kMinusZero, kNone, zeros_and(k6), kNone, kAny, {0x00, 0x00, 0x7F}, kAny),
    answers(kNormQ8, kAllMinusZero, kNone, kMinusZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x8000),
    answers(kNormQ8, kZeroBlock, kNone, kZeros, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x0000),
    answers(kNormQ8, kSubnormal, kNone, small_and(k6), kNone, kAny, {0x00, 0x00, 0x7F}, kAny),
    answers(kNormQ8, kTinyBlock, kNone, kTinyAnd0, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x0000),
    answers(kNormQ8, kLargest, kNone, kMaxAnd3, kNone, 0x0000, {0x00, 0x00, 0x00}, 0x0000),
    answers(kNormQ8, kOneHot, kNone, hot(k6), kNone, kAny, {0x81, 0x00, 0x00}, kAny),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> ggml_special_rows() { return kRows; }

namespace {

class SpecialValuesGgml : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesGgml,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesGgml, HaveTheseBytesOrAreRefused) { expect_rows(ggml_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
