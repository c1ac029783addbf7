// Special values of torchao's recipes, by hand from torchao-and-ocp.md 1, 2.1, 2.4, 2.7, 2.8 and W5.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

constexpr std::string_view kOne1 = "torchao/nvfp4 torchao/nvfp4-cpu", kOneGpu = "torchao/nvfp4";
constexpr std::string_view kCpus = "torchao/nvfp4-cpu torchao/nvfp4-tensorwise-cpu";
// Two levels: s = 1 for an amax of 2688. Inductor's approximate divisions give the same bytes here.
constexpr std::string_view kTwoGpu = "torchao/nvfp4-tensorwise torchao/nvfp4-tensorwise-inductor";
constexpr std::string_view kTwoCpu = "torchao/nvfp4-tensorwise-cpu";
constexpr std::string_view kDiv = "torchao/nvfp4-div torchao/nvfp4-div-high", kPr = "torchao/nvfp4-pr2408";
constexpr std::string_view kTriton = "torchao/nvfp4-triton-2025";
constexpr std::string_view kMslk = "torchao/nvfp4-mslk", kMslkOld = "torchao/nvfp4-mslk-pre486";
constexpr std::string_view kMslks = "torchao/nvfp4-mslk torchao/nvfp4-mslk-pre486";
constexpr std::string_view kTrain = "torchao/nvfp4-train torchao/nvfp4-train-2d";
// All whose scales are those of two levels where nothing is special.
constexpr std::string_view kLevels =
    "torchao/nvfp4-tensorwise torchao/nvfp4-tensorwise-cpu "
    "torchao/nvfp4-tensorwise-inductor torchao/nvfp4-div torchao/nvfp4-div-high "
    "torchao/nvfp4-triton-2025 torchao/nvfp4-mslk torchao/nvfp4-mslk-pre486";
constexpr std::string_view kMx4 = "torchao/mxfp4-*", kMx63 = "torchao/mxfp6e2m3-*", kMx62 = "torchao/mxfp6e3m2-*";
constexpr std::string_view kMx84 = "torchao/mxfp8e4m3-*", kMx85 = "torchao/mxfp8e5m2-*";

constexpr std::uint32_t k7and5 = 0x40F00000, k28 = 0x41E00000, k57344 = 0x47600000;

constexpr SpecialRow kRows[] = {
    // clang-format off
    // --- NVFP4. A NaN scale is 7F and decodes to 7FF00000; the GPU's products of it are 7FFFFFFF: code 4.
    answers(kOneGpu, kNan, kNone, nan_and(k6), kNone, 0x7F, {0x4, 0x4, 0x4}),
    refuses(kCpus, kNan, kNone, nan_and(k6)),
    answers(kTwoGpu, kNan, kNone, nan_and(k6), kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kDiv, kNan, kNone, nan_and(k6), kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, kNan, kNone, nan_and(k6), kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    // The kernels pass over a NaN: the element alone is 7 (2.8), under a finite amax.
    answers(kTriton, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(kMslks, kNan, k2688, nan_and(k6), kOne, 0x38, {0x7, 0x5, 0xF}),
    answers(kTrain, kNan, k6, nan_and(k6), k6, 0x7E, {0x7, 0x5, 0xF}),
    answers(kOneGpu, kAllNan, kNone, kNans, kNone, 0x7F, {0x4, 0x4, 0x4}),
    refuses(kCpus, kAllNan, kNone, kNans),
    answers(kTwoGpu, kAllNan, kNone, kNans, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kDiv, kAllNan, kNone, kNans, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, kAllNan, kNone, kNans, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    // torch's amax is NaN; Triton's clamp of a NaN is its floor, by reading (2.8): 2^-16 is 00, 2^-9 is 01.
    answers(kTriton, kAllNan, kNone, kNans, kGpuNan, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kAllNan, kNone, kNans, kGpuNan, 0x01, {0x7, 0x7, 0x7}),
    answers(kMslkOld, kAllNan, kNone, kNans, kGpuNan, 0x00, {0x7, 0x7, 0x7}),
    unstated(kTrain, kAllNan, "no note states the training path's maximum of nothing but NaN"),
    // One level: bs is Inf, clamped to 448. Two: s = Inf, t = Inf / Inf: NaN of the machine's sign; x86 passes FFF00000
    // on, whose code is C.
    answers(kOne1, kInfinity, kNone, inf_and(k6), kNone, 0x7E, {0xF, 0x0, 0x8}),
    answers(kTwoGpu, kInfinity, kNone, inf_and(k6), kInf, 0x7F, {0x4, 0x4, 0x4}),
    answers(kTwoCpu, kInfinity, kNone, inf_and(k6), kInf, 0xFF, {0xC, 0xC, 0xC}),
    answers(kDiv, kInfinity, kNone, inf_and(k6), kInf, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, kInfinity, kNone, inf_and(k6), k448, 0x7E, {0xF, 0x0, 0x8}),
    // t = NaN -> floor. Triton: Inf * 0 = NaN divides. MSLK: g = 0, so -Inf * 0 = NaN and zeros; before, 0 / 0 = NaN.
    answers(kTriton, kInfinity, kNone, inf_and(k6), kInf, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kInfinity, kNone, inf_and(k6), kInf, 0x01, {0x7, 0x0, 0x8}),
    answers(kMslkOld, kInfinity, kNone, inf_and(k6), kInf, 0x00, {0x7, 0x7, 0x7}),
    answers(kTrain, kInfinity, kNone, inf_and(k6), kInf, 0x7E, {0xF, 0x0, 0x8}),
    // 6 / 6 = 1, and so is 6 times the rounded 1/6.
    answers(kOne1, kMinusZero, kNone, zeros_and(k6), kNone, 0x38, {0x8, 0x0, 0x7}),
    answers(kLevels, kMinusZero, k2688, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kPr, kMinusZero, k448, zeros_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kTrain, kMinusZero, kNone, zeros_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    // A zero block: the floor 2^-6 is 08, 2^-9 01, 2^-16 00, under which 0 / 0 and 0 * Inf are NaN (W5).
    answers(kOne1, kAllMinusZero, kNone, kMinusZeros, kNone, 0x08, {0x8, 0x8, 0x8}),
    answers("torchao/nvfp4-tensorwise* torchao/nvfp4-div*", kAllMinusZero, k2688, kMinusZeros, kOne, 0x08, {0x8, 0x8, 0x8}),
    answers(kPr, kAllMinusZero, k448, kMinusZeros, kOne, 0x08, {0x8, 0x8, 0x8}),
    answers(kTriton, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kAllMinusZero, k2688, kMinusZeros, kOne, 0x01, {0x8, 0x8, 0x8}),
    answers(kMslkOld, kAllMinusZero, k2688, kMinusZeros, kOne, 0x00, {0x7, 0x7, 0x7}),
    answers(kTrain, kAllMinusZero, kNone, kMinusZeros, 0, 0x00, {0x8, 0x8, 0x8}),
    answers(kOne1, kZeroBlock, kNone, kZeros, kNone, 0x08, {0x8, 0x0, 0x0}),
    answers("torchao/nvfp4-tensorwise* torchao/nvfp4-div*", kZeroBlock, k2688, kZeros, kOne, 0x08, {0x8, 0x0, 0x0}),
    answers(kPr, kZeroBlock, k448, kZeros, kOne, 0x08, {0x8, 0x0, 0x0}),
    answers(kTriton, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kZeroBlock, k2688, kZeros, kOne, 0x01, {0x8, 0x0, 0x0}),
    answers(kMslkOld, kZeroBlock, k2688, kZeros, kOne, 0x00, {0x7, 0x7, 0x7}),
    answers(kTrain, kZeroBlock, k6, kZeros, k6, 0x00, {0x8, 0x0, 0x0}),
    answers(kOne1, kSubnormal, kNone, small_and(k6), kNone, 0x38, {0x8, 0x0, 0x7}),
    answers(kLevels, kSubnormal, k2688, small_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kPr, kSubnormal, k448, small_and(k6), kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kTrain, kSubnormal, kNone, small_and(k6), k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kOne1, kTinyBlock, kNone, kTiny, kNone, 0x08, {0x8, 0x0, 0x0}),
    // s = 2^22 / 2688 = 1560.4 -> 1560 units of 2^-149; t = 699051 / 1560 = 448.1, clamped. 1/s is infinite, and
    // 0 * Inf the machine's NaN: 7FFFFFFF is code 4, FFC00000 is code B, in the kernels 7.
    answers(kTwoGpu, kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0xF, 0x4, 0x7}),
    answers(kTwoCpu, kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0xF, 0xB, 0x7}),
    answers(kMslks, kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0xF, 0x7, 0x7}),
    // Divided by 1560 * 448 units instead: 2^22 / 698880 = 6.0015.
    answers(kDiv, kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0x8, 0x0, 0x7}),
    answers(kTriton, kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0x8, 0x0, 0x7}),
    answers(kPr, kTinyBlock, kNone, kTiny, 0x3C800000, 0x08, {0x8, 0x0, 0x0}),
    // As te/nvfp4: S = FLT_MAX, sd = 0.3333 -> 2B, the multiplier clamped to FLT_MAX.
    answers(kTrain, kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    answers(kOne1, kLargest, kNone, kMaxAnd3, kNone, 0x7E, {0xF, 0x0, 0x7}),
    // s = (2^35 - 2^11) / 2688 = 12782640 exactly on the CPU, and 12782641 (1 - 2^-24), rounded, on the GPU; times 2^93.
    answers(kLevels, kLargest, kNone, kMaxAnd3, 0x79C30C30, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPr, kLargest, kNone, kMaxAnd3, k448, 0x7E, {0xF, 0x0, 0x7}),
    answers(kTrain, kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kOne1, kOneHot, kNone, hot(k6), kNone, 0x38, {0xF, 0x0, 0x0}),
    answers(kLevels, kOneHot, k2688, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kPr, kOneHot, k448, hot(k6), kOne, 0x38, {0xF, 0x0, 0x0}),
    answers(kTrain, kOneHot, kNone, hot(k6), k6, 0x7E, {0xF, 0x0, 0x0}),
    // s = 0, t = 0 / 0.
    answers(kTwoGpu, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x4, 0x4, 0x4}),
    answers(kTwoCpu, kZeroAmax, kNone, kZeros, 0, 0xFF, {0xC, 0xC, 0xC}),
    answers(kDiv, kZeroAmax, kNone, kZeros, 0, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, kZeroAmax, kNone, kZeros, 0x3C800000, 0x08, {0x8, 0x0, 0x0}),
    answers(kTriton, kZeroAmax, kNone, kZeros, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kZeroAmax, kNone, kZeros, 0, 0x01, {0x7, 0x7, 0x7}),
    answers(kMslkOld, kZeroAmax, kNone, kZeros, 0, 0x00, {0x7, 0x7, 0x7}),
    answers(kTrain, kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kLevels, kAboveAmax, k2688, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPr, kAboveAmax, k448, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    answers(kTrain, kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    // s = 0: t and 1/s are infinite.
    answers(kLevels, kGivenZeroAmax, 0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // s = 2^-6: t = 64 / 6 -> 11 = 53; 0.5, -0.25 and 1 over 11 * 2^-6.
    answers(kPr, kGivenZeroAmax, 0, kUnit, 0x3C800000, 0x53, {0x5, 0xB, 0x7}),
    answers(kTrain, kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x5, 0xB, 0x7}),
    answers(kTwoGpu, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    refuses(kTwoCpu, kGivenNanAmax, kNanBits, kUnit),
    answers(kDiv, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kTriton, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x00, {0x7, 0x7, 0x7}),
    answers(kMslk, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x01, {0x7, 0x7, 0x7}),
    answers(kMslkOld, kGivenNanAmax, kNanBits, kUnit, kGpuNan, 0x00, {0x7, 0x7, 0x7}),
    unstated(kTrain, kGivenNanAmax, "no note states which minimum the training path takes of NaN and FLT_MAX"),

    // --- MX. NaN gives scale FF, and 2^(127 - FF) is NaN: 7FFFFFFF is code 4, 10 and 10 (2.1). So does infinity, but
    // before #4725 it had an exponent: 128 - P above 127, and what is not infinite goes to zero.
    // Before #4725 the scale FF divided as 2^128, infinity: numbers became zeros of their sign (bytes of 0.18.0).
    answers("torchao/mxfp4-*-pre4725", kNan, kNone, nan_and(k6), kNone, 0xFF, {0x4, 0x0, 0x8}),
    answers("torchao/mxfp6*-pre4725", kNan, kNone, nan_and(k6), kNone, 0xFF, {0x10, 0x00, 0x20}),
    answers("torchao/mxfp8*-pre4725", kNan, kNone, nan_and(k6), kNone, 0xFF, {0x7F, 0x00, 0x80}),
    answers(kMx4, kNan, kNone, nan_and(k6), kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers(kMx63, kNan, kNone, nan_and(k7and5), kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers(kMx62, kNan, kNone, nan_and(k28), kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers(kMx84, kNan, kNone, nan_and(k448), kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers(kMx85, kNan, kNone, nan_and(k57344), kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers(kMx4, kAllNan, kNone, kNans, kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers(kMx63, kAllNan, kNone, kNans, kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers(kMx62, kAllNan, kNone, kNans, kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers(kMx84, kAllNan, kNone, kNans, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers(kMx85, kAllNan, kNone, kNans, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers("torchao/mxfp4-*-pre4725", kInfinity, kNone, inf_and(k6), kNone, 0xFD, {0xF, 0x0, 0x8}),
    answers("torchao/mxfp6e2m3-*-pre4725", kInfinity, kNone, inf_and(k6), kNone, 0xFD, {0x3F, 0x00, 0x20}),
    answers("torchao/mxfp6e3m2-*-pre4725", kInfinity, kNone, inf_and(k6), kNone, 0xFB, {0x3F, 0x00, 0x20}),
    answers("torchao/mxfp8e4m3-*-pre4725", kInfinity, kNone, inf_and(k6), kNone, 0xF7, {0xFE, 0x00, 0x80}),
    answers("torchao/mxfp8e5m2-*-pre4725", kInfinity, kNone, inf_and(k6), kNone, 0xF0, {0xFB, 0x00, 0x80}),
    answers(kMx4, kInfinity, kNone, inf_and(k6), kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers(kMx63, kInfinity, kNone, inf_and(k6), kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers(kMx62, kInfinity, kNone, inf_and(k6), kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers("torchao/mxfp8*", kInfinity, kNone, inf_and(k6), kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    // The element's largest: exponent 0, scale 7F, values as they are; CEIL doubles the scale.
    answers("torchao/mxfp4-ceil", kMinusZero, kNone, zeros_and(k6), kNone, 0x80, {0x8, 0x0, 0x5}),
    answers("torchao/mxfp6e2m3-ceil", kMinusZero, kNone, zeros_and(k7and5), kNone, 0x80, {0x20, 0x00, 0x17}),
    answers("torchao/mxfp6e3m2-ceil", kMinusZero, kNone, zeros_and(k28), kNone, 0x80, {0x20, 0x00, 0x1B}),
    answers("torchao/mxfp8e4m3-ceil*", kMinusZero, kNone, zeros_and(k448), kNone, 0x80, {0x80, 0x00, 0x76}),
    answers("torchao/mxfp8e5m2-ceil*", kMinusZero, kNone, zeros_and(k57344), kNone, 0x80, {0x80, 0x00, 0x77}),
    answers(kMx4, kMinusZero, kNone, zeros_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kMx63, kMinusZero, kNone, zeros_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kMx62, kMinusZero, kNone, zeros_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kMx84, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kMx85, kMinusZero, kNone, zeros_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    answers(kMx4, kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x8, 0x8, 0x8}),
    answers("torchao/mxfp6*", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x20, 0x20, 0x20}),
    answers("torchao/mxfp8*", kAllMinusZero, kNone, kMinusZeros, kNone, 0x00, {0x80, 0x80, 0x80}),
    answers(kMx4, kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers("torchao/mxfp6*", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x20, 0x00, 0x00}),
    answers("torchao/mxfp8*", kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    answers("torchao/mxfp4-ceil", kSubnormal, kNone, small_and(k6), kNone, 0x80, {0x8, 0x0, 0x5}),
    answers("torchao/mxfp6e2m3-ceil", kSubnormal, kNone, small_and(k7and5), kNone, 0x80, {0x20, 0x00, 0x17}),
    answers("torchao/mxfp6e3m2-ceil", kSubnormal, kNone, small_and(k28), kNone, 0x80, {0x20, 0x00, 0x1B}),
    answers("torchao/mxfp8e4m3-ceil*", kSubnormal, kNone, small_and(k448), kNone, 0x80, {0x80, 0x00, 0x76}),
    answers("torchao/mxfp8e5m2-ceil*", kSubnormal, kNone, small_and(k57344), kNone, 0x80, {0x80, 0x00, 0x77}),
    answers(kMx4, kSubnormal, kNone, small_and(k6), kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kMx63, kSubnormal, kNone, small_and(k7and5), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kMx62, kSubnormal, kNone, small_and(k28), kNone, 0x7F, {0x20, 0x00, 0x1F}),
    answers(kMx84, kSubnormal, kNone, small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kMx85, kSubnormal, kNone, small_and(k57344), kNone, 0x7F, {0x80, 0x00, 0x7B}),
    // Scale 2^-127: values times 2^127, so 2^-127 is 1 and -2^-149 is -2^-22. CEIL's plus one stays below the least
    // exponent. Before #4725 the divisor is 2^-126: 2^-127 is a half.
    answers("torchao/mxfp4-*-pre4725", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x1}),
    answers("torchao/mxfp6e2m3-*-pre4725", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x04}),
    answers("torchao/mxfp6e3m2-*-pre4725", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x08}),
    answers("torchao/mxfp8e4m3-*-pre4725", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x30}),
    answers("torchao/mxfp8e5m2-*-pre4725", kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers(kMx4, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x2}),
    answers(kMx63, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x08}),
    answers(kMx62, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x20, 0x00, 0x0C}),
    answers(kMx84, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers(kMx85, kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x3C}),
    // The table of 2.4. FLOOR: twice the element's largest power, which saturates; compiled it is not clamped: NaN, and
    // in E5M2, which has one, infinity. CEIL and RCEIL: half of that. EVEN rounds the amax to 2^128: NaN.
    answers("torchao/mxfp4-even", kLargest, kNone, kMaxAnd3, kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers("torchao/mxfp6*-even", kLargest, kNone, kMaxAnd3, kNone, 0xFF, {0x10, 0x10, 0x10}),
    answers("torchao/mxfp8*-even*", kLargest, kNone, kMaxAnd3, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers("torchao/mxfp4-floor*", kLargest, kNone, kMaxAnd3, kNone, 0xFC, {0xF, 0x0, 0x7}),
    answers("torchao/mxfp6e2m3-floor*", kLargest, kNone, kMaxAnd3, kNone, 0xFC, {0x3F, 0x00, 0x1F}),
    answers("torchao/mxfp6e3m2-floor*", kLargest, kNone, kMaxAnd3, kNone, 0xFA, {0x3F, 0x00, 0x1F}),
    answers("torchao/mxfp8e4m3-floor-compile", kLargest, kNone, kMaxAnd3, kNone, 0xF6, {0xFF, 0x00, 0x7F}),
    answers("torchao/mxfp8e5m2-floor-compile", kLargest, kNone, kMaxAnd3, kNone, 0xEF, {0xFC, 0x00, 0x7C}),
    answers("torchao/mxfp8e4m3-floor*", kLargest, kNone, kMaxAnd3, kNone, 0xF6, {0xFE, 0x00, 0x7E}),
    answers("torchao/mxfp8e5m2-floor*", kLargest, kNone, kMaxAnd3, kNone, 0xEF, {0xFB, 0x00, 0x7B}),
    answers(kMx4, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0xE, 0x0, 0x6}),
    answers(kMx63, kLargest, kNone, kMaxAnd3, kNone, 0xFD, {0x38, 0x00, 0x18}),
    answers(kMx62, kLargest, kNone, kMaxAnd3, kNone, 0xFB, {0x3C, 0x00, 0x1C}),
    answers(kMx84, kLargest, kNone, kMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kMx85, kLargest, kNone, kMaxAnd3, kNone, 0xF0, {0xF8, 0x00, 0x78}),
    answers("torchao/mxfp4-ceil", kOneHot, kNone, hot(k6), kNone, 0x80, {0xD, 0x0, 0x0}),
    answers("torchao/mxfp6e2m3-ceil", kOneHot, kNone, hot(k7and5), kNone, 0x80, {0x37, 0x00, 0x00}),
    answers("torchao/mxfp6e3m2-ceil", kOneHot, kNone, hot(k28), kNone, 0x80, {0x3B, 0x00, 0x00}),
    answers("torchao/mxfp8e4m3-ceil*", kOneHot, kNone, hot(k448), kNone, 0x80, {0xF6, 0x00, 0x00}),
    answers("torchao/mxfp8e5m2-ceil*", kOneHot, kNone, hot(k57344), kNone, 0x80, {0xF7, 0x00, 0x00}),
    answers(kMx4, kOneHot, kNone, hot(k6), kNone, 0x7F, {0xF, 0x0, 0x0}),
    answers(kMx63, kOneHot, kNone, hot(k7and5), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers(kMx62, kOneHot, kNone, hot(k28), kNone, 0x7F, {0x3F, 0x00, 0x00}),
    answers(kMx84, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kMx85, kOneHot, kNone, hot(k57344), kNone, 0x7F, {0xFB, 0x00, 0x00}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> torchao_special_rows() { return kRows; }

namespace {

class SpecialValuesTorchao : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesTorchao,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kZeroAmax, kAboveAmax, kGivenZeroAmax,
                                         kGivenNanAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesTorchao, HaveTheseBytesOrAreRefused) { expect_rows(torchao_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
