// Every recipe against every special value: NaN, infinity, -0, subnormals, a block of zeros, an amax of zero, overflow,
// and what is refused. One named test each (te_nvfp4_row_Nan); the bytes are worked by hand from the notes te.md 1 and
// 9, torchao-and-ocp.md 1, 2.1, 2.4, 2.7 and 2.8, ggml.md 0 and 2.2 to 2.4, as the remarks of the table show.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/captures.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;
using reference::Recipe;

enum class Value : std::uint8_t {
  kNan,            // a NaN beside numbers
  kInfinity,       // -Inf beside numbers
  kMinusZero,      // -0 and +0 beside numbers
  kSubnormal,      // subnormals of both signs beside numbers
  kTinyBlock,      // nothing but subnormals and zeros: the block's, and without a given amax the tensor's, is subnormal
  kZeroBlock,      // zeros of both signs in a tensor whose amax is not 0
  kLargest,        // the largest finite float, beside 3
  kZeroAmax,       // zeros of both signs, and so the tensor's amax is 0
  kAboveAmax,      // a block larger than the amax that the caller gives
  kGivenZeroAmax,  // numbers under a given amax of 0
  kGivenNanAmax,   // numbers under a given amax of NaN
};
constexpr std::array kNames{"Nan",     "Infinity", "MinusZero", "Subnormal",     "TinyBlock",   "ZeroBlock",
                            "Largest", "ZeroAmax", "AboveAmax", "GivenZeroAmax", "GivenNanAmax"};
constexpr std::size_t kOfEveryRecipe = 7;  // the rest are for recipes with a global number

std::string_view name_of(Value value) { return kNames[static_cast<std::size_t>(value)]; }

// Binary32 bits of element 0, of element 1 and of all others of one block, and the amax given with it.
struct Input {
  std::uint32_t first, second, rest;
};
struct Codes {
  std::uint8_t first, second, rest;
};
constexpr std::uint64_t kNone = ~std::uint64_t{0};  // no amax given; no global or extra in the scheme

struct Row {
  std::string_view recipes;  // separated by spaces
  Value value;
  std::uint64_t amax;
  Input x;
  bool refused;
  std::uint64_t global;
  std::uint32_t scale;
  Codes codes;
  std::uint64_t extra;  // the first
};

constexpr std::uint32_t kPlus0 = 0, kMinus0 = 0x80000000, kMinus1st = 0x80000001;  // -2^-149
constexpr std::uint32_t k2m128 = 0x00200000, k2m127 = 0x00400000;                  // subnormals
constexpr std::uint32_t kHalf = 0x3F000000, kOne = 0x3F800000, kMinus4th = 0xBE800000;
constexpr std::uint32_t k3 = 0x40400000, k6 = 0x40C00000, kMinus6 = 0xC0C00000, kMinus12 = 0xC1400000;
constexpr std::uint32_t k24 = 0x41C00000, k127 = 0x42FE0000, kMinus127 = 0xC2FE0000, k448 = 0x43E00000;
constexpr std::uint32_t k2688 = 0x45280000, kMinus4000 = 0xC57A0000, k24000 = 0x46BB8000;
constexpr std::uint32_t kMax = 0x7F7FFFFF, kMinusMax = 0xFF7FFFFF, kInf = 0x7F800000, kMinusInf = 0xFF800000;
constexpr std::uint32_t kMinusNan = 0xFFC00000, kNan = 0x7FC00000, kGpuNan = 0x7FFFFFFF;

// The usual blocks: their numbers are scaled by exactly 1 where the largest is 6, 448 or 127.
constexpr Input kNanAnd6{kMinusNan, k3, kMinus6}, kInfAnd6{kMinusInf, k3, kMinus6}, kZerosAnd6{kMinus0, kPlus0, k6};
constexpr Input kSmallAnd6{kMinus1st, k2m127, k6}, kZeros{kMinus0, kPlus0, kPlus0}, kMaxAnd3{kMinusMax, k3, kMax};
constexpr Input kNanAnd127{kMinusNan, k3, kMinus127}, kInfAnd127{kMinusInf, k3, kMinus127};
constexpr Input kZerosAnd127{kMinus0, kPlus0, k127}, kSmallAnd127{kMinus1st, k2m127, k127};
constexpr Input kZerosAnd448{kMinus0, kPlus0, k448}, kSmallAnd448{kMinus1st, k2m127, k448};
constexpr Input kTiny{kMinus1st, k2m128, k2m127}, kTinyAnd0{kMinus1st, kPlus0, k2m127};
constexpr Input kUnit{kHalf, kMinus4th, kOne}, kLarge{kMinus4000, k3, k24000}, kAbove6{kMinus12, k3, k24};

constexpr Row answers(std::string_view recipes, Value value, std::uint64_t amax, const Input& x, std::uint64_t global,
                      std::uint32_t scale, const Codes& codes, std::uint64_t extra = kNone) {
  return {recipes, value, amax, x, false, global, scale, codes, extra};
}
constexpr Row refuses(std::string_view recipes, Value value, std::uint64_t amax, const Input& x) {
  return {recipes, value, amax, x, true, kNone, 0, {}, kNone};
}

constexpr std::string_view kTe = "te/nvfp4 te/nvfp4-row", kPyref = "te/nvfp4-pyref te/nvfp4-pyref-row";
constexpr std::string_view kTeAll = "te/nvfp4 te/nvfp4-row te/nvfp4-pyref te/nvfp4-pyref-row";
constexpr std::string_view kOne1 = "torchao/nvfp4 torchao/nvfp4-cpu";
constexpr std::string_view kTwo = "torchao/nvfp4-tensorwise torchao/nvfp4-tensorwise-cpu";
constexpr std::string_view kTwoGpu = "torchao/nvfp4-tensorwise", kTwoCpu = "torchao/nvfp4-tensorwise-cpu";
constexpr std::string_view kPr = "torchao/nvfp4-pr2408", kMx4 = "torchao/mxfp4-floor";
constexpr std::string_view kMx8 = "torchao/mxfp8e4m3-floor torchao/mxfp8e4m3-rceil";
constexpr std::string_view kMx8Floor = "torchao/mxfp8e4m3-floor", kMx8Rceil = "torchao/mxfp8e4m3-rceil";
constexpr std::string_view kQ8 = "ggml/q8_1", kD4 = "ggml/q8_1-mmq-d4", kDs4 = "ggml/q8_1-mmq-ds4";
constexpr std::string_view kD2s6 = "ggml/q8_1-mmq-d2s6", kCpu = "ggml/q8_1-cpu-ref";

constexpr Row kRows[] = {
    // clang-format off
    // TransformerEngine. amax 6: S = 448, 1/S = 3b124925, sd = 448, so the multiplier is 1. NaN: +6, and no amax.
    answers(kTe, Value::kNan, kNone, kNanAnd6, k6, 0x7E, {0x7, 0x5, 0xF}),
    refuses(kPyref, Value::kNan, kNone, kNanAnd6),
    // amax Inf: 2688 / Inf = 0, so S = 1; sd is Inf, then 448; 3 / 448 and 6 / 448 round to zeros of their sign.
    answers(kTeAll, Value::kInfinity, kNone, kInfAnd6, kInf, 0x7E, {0xF, 0x0, 0x8}),
    // -0 keeps its sign in the kernels; the reference's comparisons send it to 0, but not a negative that underflows.
    answers(kTe, Value::kMinusZero, kNone, kZerosAnd6, k6, 0x7E, {0x8, 0x0, 0x7}),
    answers(kPyref, Value::kMinusZero, kNone, kZerosAnd6, k6, 0x7E, {0x0, 0x0, 0x7}),
    answers(kTeAll, Value::kSubnormal, kNone, kSmallAnd6, k6, 0x7E, {0x8, 0x0, 0x7}),
    // amax 2^-127: S = FLT_MAX, 1/S = 2^-128, M = 7e2aaaaa; sd = 2^-127 M = 0.3333 -> 0.34375 = 2B. The reciprocal of
    // 0.34375 * 2^-128 overflows: FLT_MAX. 2^-127 FLT_MAX = 2 - 2^-23 -> 2; 2^-128 FLT_MAX = 1 - 2^-24 -> 1.
    answers(kTeAll, Value::kTinyBlock, kNone, kTiny, k2m127, 0x2B, {0x8, 0x2, 0x4}),
    answers(kTe, Value::kZeroBlock, k6, kZeros, k6, 0x00, {0x8, 0x0, 0x0}),
    answers(kPyref, Value::kZeroBlock, k6, kZeros, k6, 0x00, {0x0, 0x0, 0x0}),
    // S = 1.3125 * 2^-117, one ulp up; sd is 448 but for 1e-7, the multiplier 1.5 * 2^-126 but for 1e-7.
    answers(kTeAll, Value::kLargest, kNone, kMaxAnd3, kMax, 0x7E, {0xF, 0x0, 0x7}),
    answers(kTe, Value::kZeroAmax, kNone, kZeros, 0, 0x00, {0x8, 0x0, 0x0}),
    answers(kPyref, Value::kZeroAmax, kNone, kZeros, 0, 0x00, {0x0, 0x0, 0x0}),
    // sd = 4 * 448 saturates; the multiplier stays 1.
    answers(kTeAll, Value::kAboveAmax, k6, kAbove6, k6, 0x7E, {0xF, 0x5, 0x7}),
    // S = 1: sd = 1/6 -> 0.171875 = 23, multiplier 5.818: 2.909, -1.4545, 5.818. The reference's S is FLT_MAX instead:
    // sd saturates, and the multiplier is 2^120 / 1.75.
    answers(kTe, Value::kGivenZeroAmax, 0, kUnit, 0, 0x23, {0x5, 0xB, 0x7}),
    answers(kPyref, Value::kGivenZeroAmax, 0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    // fminf drops the NaN: S = FLT_MAX.
    answers(kTe, Value::kGivenNanAmax, kNan, kUnit, kNan, 0x7E, {0x7, 0xF, 0x7}),
    refuses(kPyref, Value::kGivenNanAmax, kNan, kUnit),

    // torchao, one level. A NaN scale is 7F and decodes to 7FF00000; the GPU's products of it are 7FFFFFFF: code 4.
    answers("torchao/nvfp4", Value::kNan, kNone, kNanAnd6, kNone, 0x7F, {0x4, 0x4, 0x4}),
    refuses("torchao/nvfp4-cpu", Value::kNan, kNone, kNanAnd6),
    answers(kOne1, Value::kInfinity, kNone, kInfAnd6, kNone, 0x7E, {0xF, 0x0, 0x8}),
    // 6 / 6 = 1, and so is 6 times the rounded 1/6.
    answers(kOne1, Value::kMinusZero, kNone, kZerosAnd6, kNone, 0x38, {0x8, 0x0, 0x7}),
    answers(kOne1, Value::kSubnormal, kNone, kSmallAnd6, kNone, 0x38, {0x8, 0x0, 0x7}),
    // The scale is never below 2^-6 = 08.
    answers(kOne1, Value::kTinyBlock, kNone, kTiny, kNone, 0x08, {0x8, 0x0, 0x0}),
    answers(kOne1, Value::kZeroBlock, kNone, kZeros, kNone, 0x08, {0x8, 0x0, 0x0}),
    answers(kOne1, Value::kLargest, kNone, kMaxAnd3, kNone, 0x7E, {0xF, 0x0, 0x7}),

    // torchao, two levels; s = 1 for an amax of 2688. A NaN amax poisons all of the tensor.
    answers(kTwoGpu, Value::kNan, kNone, kNanAnd6, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    refuses(kTwoCpu, Value::kNan, kNone, kNanAnd6),
    // s = Inf, t = Inf / Inf: NaN of the machine's sign. x86 passes the scale's FFF00000 on, whose code is C.
    answers(kTwoGpu, Value::kInfinity, kNone, kInfAnd6, kInf, 0x7F, {0x4, 0x4, 0x4}),
    answers(kTwoCpu, Value::kInfinity, kNone, kInfAnd6, kInf, 0xFF, {0xC, 0xC, 0xC}),
    answers(kTwo, Value::kMinusZero, k2688, kZerosAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kTwo, Value::kSubnormal, k2688, kSmallAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    // s = 2^22 / 2688 = 1560.4 -> 1560 units of 2^-149; t = 699051 / 1560 = 448.1, clamped. 1/s is infinite, and
    // 0 * Inf the machine's NaN: 7FFFFFFF is code 4, FFC00000 is code B.
    answers(kTwoGpu, Value::kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0xF, 0x4, 0x7}),
    answers(kTwoCpu, Value::kTinyBlock, kNone, kTinyAnd0, 1560, 0x7E, {0xF, 0xB, 0x7}),
    answers(kTwo, Value::kZeroBlock, k2688, kZeros, kOne, 0x08, {0x8, 0x0, 0x0}),
    // s = (2^35 - 2^11) / 2688 = 12782640 exactly on the CPU, and 12782641 (1 - 2^-24), rounded, on the GPU; times 2^93.
    answers(kTwo, Value::kLargest, kNone, kMaxAnd3, 0x79C30C30, 0x7E, {0xF, 0x0, 0x7}),
    // s = 0, t = 0 / 0.
    answers(kTwoGpu, Value::kZeroAmax, kNone, kZeros, 0, 0x7F, {0x4, 0x4, 0x4}),
    answers(kTwoCpu, Value::kZeroAmax, kNone, kZeros, 0, 0xFF, {0xC, 0xC, 0xC}),
    answers(kTwo, Value::kAboveAmax, k2688, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    // s = 0: t and 1/s are infinite.
    answers(kTwo, Value::kGivenZeroAmax, 0, kUnit, 0, 0x7E, {0x7, 0xF, 0x7}),
    answers(kTwoGpu, Value::kGivenNanAmax, kNan, kUnit, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    refuses(kTwoCpu, Value::kGivenNanAmax, kNan, kUnit),

    // PR 2408: s = amax / 448 between 2^-6 and 448, NaN passes.
    answers(kPr, Value::kNan, kNone, kNanAnd6, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),
    answers(kPr, Value::kInfinity, kNone, kInfAnd6, k448, 0x7E, {0xF, 0x0, 0x8}),
    answers(kPr, Value::kMinusZero, k448, kZerosAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kPr, Value::kSubnormal, k448, kSmallAnd6, kOne, 0x38, {0x8, 0x0, 0x7}),
    answers(kPr, Value::kTinyBlock, kNone, kTiny, 0x3C800000, 0x08, {0x8, 0x0, 0x0}),
    answers(kPr, Value::kZeroBlock, k448, kZeros, kOne, 0x08, {0x8, 0x0, 0x0}),
    answers(kPr, Value::kLargest, kNone, kMaxAnd3, k448, 0x7E, {0xF, 0x0, 0x7}),
    answers(kPr, Value::kZeroAmax, kNone, kZeros, 0x3C800000, 0x08, {0x8, 0x0, 0x0}),
    answers(kPr, Value::kAboveAmax, k448, kLarge, kOne, 0x7E, {0xF, 0x0, 0x7}),
    // s = 2^-6: t = 64 / 6 -> 11 = 53; 0.5, -0.25 and 1 over 11 * 2^-6.
    answers(kPr, Value::kGivenZeroAmax, 0, kUnit, 0x3C800000, 0x53, {0x5, 0xB, 0x7}),
    answers(kPr, Value::kGivenNanAmax, kNan, kUnit, kGpuNan, 0x7F, {0x4, 0x4, 0x4}),

    // torchao MX. NaN and infinity give scale FF; 2^(127 - FF) is NaN.
    answers(kMx4, Value::kNan, kNone, kNanAnd6, kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers(kMx8, Value::kNan, kNone, kNanAnd6, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    answers(kMx4, Value::kInfinity, kNone, kInfAnd6, kNone, 0xFF, {0x4, 0x4, 0x4}),
    answers(kMx8, Value::kInfinity, kNone, kInfAnd6, kNone, 0xFF, {0x7F, 0x7F, 0x7F}),
    // 6 = 1.5 * 2^2 and 448 = 1.75 * 2^8: exponent 0, scale 7F, values as they are.
    answers(kMx4, Value::kMinusZero, kNone, kZerosAnd6, kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kMx8, Value::kMinusZero, kNone, kZerosAnd448, kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kMx4, Value::kSubnormal, kNone, kSmallAnd6, kNone, 0x7F, {0x8, 0x0, 0x7}),
    answers(kMx8, Value::kSubnormal, kNone, kSmallAnd448, kNone, 0x7F, {0x80, 0x00, 0x7E}),
    // Scale 2^-127: values times 2^127, so 2^-127 is 1 and -2^-149 is -2^-22.
    answers(kMx4, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x8, 0x0, 0x2}),
    answers(kMx8, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0x00, {0x80, 0x00, 0x38}),
    answers(kMx4, Value::kZeroBlock, kNone, kZeros, kNone, 0x00, {0x8, 0x0, 0x0}),
    answers(kMx8, Value::kZeroBlock, kNone, kZeros, kNone, 0x00, {0x80, 0x00, 0x00}),
    // Exponent 127 - 2 = 125; 127 - 8 = 119, where 511.99 is clamped to 448; rounded up 120, where it is 256 = 78.
    answers(kMx4, Value::kLargest, kNone, kMaxAnd3, kNone, 0xFC, {0xF, 0x0, 0x7}),
    answers(kMx8Floor, Value::kLargest, kNone, kMaxAnd3, kNone, 0xF6, {0xFE, 0x00, 0x7E}),
    answers(kMx8Rceil, Value::kLargest, kNone, kMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),

    // ggml; d = 1 for an amax of 127. The GPU ignores the NaN and gives code 0; the sum is NaN. The host's maximum
    // starts anew behind it; s is of codes: 3 - 30 * 127 = -3807, a tie that goes to -3808.
    answers(kQ8, Value::kNan, kNone, kNanAnd127, kNone, 0x3C00, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kD4, Value::kNan, kNone, kNanAnd127, kNone, kOne, {0x00, 0x03, 0x81}),
    answers(kDs4, Value::kNan, kNone, kNanAnd127, kNone, 0x3C00, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kD2s6, Value::kNan, kNone, kNanAnd127, kNone, 0x3C00, {0x00, 0x03, 0x81}, 0x7FFF),
    answers(kCpu, Value::kNan, kNone, kNanAnd127, kNone, 0x3C00, {0x00, 0x03, 0x81}, 0xEB70),
    // 1 / Inf = 0, and Inf * 0 is NaN: code 0. The host's s is 0 * Inf, the negative NaN of x86.
    answers(kQ8, Value::kInfinity, kNone, kInfAnd127, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kD4, Value::kInfinity, kNone, kInfAnd127, kNone, kInf, {0x00, 0x00, 0x00}),
    answers(kDs4, Value::kInfinity, kNone, kInfAnd127, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kD2s6, Value::kInfinity, kNone, kInfAnd127, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFC00),
    answers(kCpu, Value::kInfinity, kNone, kInfAnd127, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0xFE00),
    // 30 * 127 = 3810 = 6B71; D2S6's first sum has 16 values, 14 * 127 = 1778 = 66F2.
    answers(kQ8, Value::kMinusZero, kNone, kZerosAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kD4, Value::kMinusZero, kNone, kZerosAnd127, kNone, kOne, {0x00, 0x00, 0x7F}),
    answers(kDs4, Value::kMinusZero, kNone, kZerosAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kD2s6, Value::kMinusZero, kNone, kZerosAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x66F2),
    answers(kCpu, Value::kMinusZero, kNone, kZerosAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kQ8, Value::kSubnormal, kNone, kSmallAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kD4, Value::kSubnormal, kNone, kSmallAnd127, kNone, kOne, {0x00, 0x00, 0x7F}),
    answers(kDs4, Value::kSubnormal, kNone, kSmallAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    answers(kD2s6, Value::kSubnormal, kNone, kSmallAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x66F2),
    answers(kCpu, Value::kSubnormal, kNone, kSmallAnd127, kNone, 0x3C00, {0x00, 0x00, 0x7F}, 0x6B71),
    // Flushed, the block is zero. The host keeps it: 1 / d overflows, and an infinite product has the low byte of -2^31.
    answers(kQ8, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kD4, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}),
    answers(kDs4, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kD2s6, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kCpu, Value::kTinyBlock, kNone, kTinyAnd0, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kQ8, Value::kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kD4, Value::kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}),
    answers(kDs4, Value::kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kD2s6, Value::kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}, 0),
    answers(kCpu, Value::kZeroBlock, kNone, kZeros, kNone, 0, {0x00, 0x00, 0x00}, 0),
    // d overflows fp16, the sum binary32. MMQ's MUFU reciprocal of an amax beyond 2^126 is 0, and so are its codes.
    answers(kQ8, Value::kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x81, 0x00, 0x7F}, 0x7C00),
    answers(kD4, Value::kLargest, kNone, kMaxAnd3, kNone, kInf, {0x00, 0x00, 0x00}),
    answers(kDs4, Value::kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0x7C00),
    answers(kD2s6, Value::kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x00, 0x00, 0x00}, 0x7C00),
    answers(kCpu, Value::kLargest, kNone, kMaxAnd3, kNone, 0x7C00, {0x81, 0x00, 0x7F}, 0x7C00),
    // clang-format on
};

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    all.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

struct Example {
  std::string recipe;
  const Row* row;
};
void PrintTo(const Example& example, std::ostream* out) {
  *out << example.recipe << ", " << name_of(example.row->value);
}

std::vector<Example> examples() {
  std::vector<Example> all;
  for (const Row& row : kRows)
    for (const std::string& recipe : words(row.recipes)) all.push_back({recipe, &row});
  return all;
}

TypedTensor block_of(const Recipe& recipe, const Input& x) {
  const auto width = static_cast<std::size_t>(scheme_of(recipe.rules.scheme).block.cols);
  std::vector<std::uint32_t> bits(width, x.rest);
  bits[0] = x.first;
  bits[1] = x.second;
  return oracle::f32_row_of_bits(bits);
}

class SpecialValue : public ::testing::TestWithParam<Example> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValue, ::testing::ValuesIn(examples()), [](const auto& each) {
  return oracle::test_name(each.param.recipe) + "_" + std::string(name_of(each.param.row->value));
});

TEST_P(SpecialValue, HasTheseBytesOrIsRefused) {
  const Row& row = *GetParam().row;
  const Recipe& recipe = reference::require_recipe(GetParam().recipe);
  const TypedTensor input = block_of(recipe, row.x);
  std::vector<float> amax;
  if (row.amax != kNone) amax.push_back(from_bits(static_cast<std::uint32_t>(row.amax)));
  const Request request = oracle::request_for(input, amax);
  if (row.refused) {
    EXPECT_THROW(reference::quantize(recipe, request), InputError);
    return;
  }
  const QuantizedTensor answer = reference::quantize(recipe, request);
  ASSERT_EQ(answer.global.empty(), row.global == kNone);
  ASSERT_EQ(answer.extras.empty(), row.extra == kNone);
  if (row.global != kNone) {
    EXPECT_EQ(to_bits(answer.global[0]), row.global);
  }
  if (row.extra != kNone) {
    EXPECT_EQ(answer.extras[0], row.extra);
  }
  EXPECT_EQ(scale_bits(answer.scales, 0), row.scale);
  EXPECT_EQ(answer.codes[0], row.codes.first);
  EXPECT_EQ(answer.codes[1], row.codes.second);
  for (std::size_t i = 2; i < answer.codes.size(); ++i) EXPECT_EQ(answer.codes[i], row.codes.rest) << i;
}

TEST(SpecialValues, OfEveryRecipeHaveARow) {
  const std::vector<Example> all = examples();
  for (const Recipe& recipe : reference::catalog()) {
    const bool has_global = scheme_of(recipe.rules.scheme).global != GlobalAxis::kNone;
    for (std::size_t i = 0; i < (has_global ? kNames.size() : kOfEveryRecipe); ++i)
      EXPECT_EQ(std::count_if(all.begin(), all.end(),
                              [&](const Example& each) {
                                return each.recipe == recipe.identity.name && each.row->value == static_cast<Value>(i);
                              }),
                1)
          << recipe.identity.name << ", " << kNames[i];
  }
}

// --- beyond one block ---

TEST(SpecialValues, ANanPoisonsEveryBlockUnderTorchaosTensorScale) {
  std::vector<float> values(48, 1.0f);
  values[20] = from_bits(kNan);
  for (const std::string_view recipe : {kTwoGpu, kPr}) {
    const QuantizedTensor answer = oracle::quantize(recipe, oracle::f32_row(values));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(scale_bits(answer.scales, i), 0x7Fu) << recipe << " " << i;
    for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, 0x4) << recipe;
  }
}

TEST(SpecialValues, ARowsNanOrInfinityStaysInItsRow) {
  std::vector<float> values(48, 6.0f);
  values[3] = from_bits(kNan);
  values[20] = from_bits(kInf);
  const QuantizedTensor answer = oracle::quantize("te/nvfp4-row", oracle::f32_tensor({3, 16}, values));
  EXPECT_EQ(answer.global, (std::vector<float>{6.0f, from_bits(kInf), 6.0f}));
  EXPECT_EQ(answer.codes[0], 0x7);
  EXPECT_EQ(answer.codes[16], 0x0);  // 6 / 448
  EXPECT_EQ(answer.codes[32], 0x7);
}

// 2^-126 is normal, but 127 times its reciprocal overflows (MMQ), and so does the reciprocal of a 127th (Q8_1 and the
// host): infinite products have the low byte of a saturated integer, which differs between GPU and x86.
TEST(SpecialValues, SmallestNormalOfGgml) {
  struct Expected {
    std::string_view recipe;
    std::uint8_t positive;
  };
  for (const auto& [recipe, positive] : {Expected{kQ8, 0xFF}, {kD4, 0xFF}, {kDs4, 0xFF}, {kD2s6, 0xFF}, {kCpu, 0x00}}) {
    const Input x{0x80800000, kPlus0, 0x00800000};
    const QuantizedTensor answer = oracle::quantize(recipe, block_of(reference::require_recipe(recipe), x));
    EXPECT_EQ(scale_bits(answer.scales, 0), 0u) << recipe;
    EXPECT_EQ(answer.codes[0], 0x00) << recipe;
    EXPECT_EQ(answer.codes[1], 0x00) << recipe;
    EXPECT_EQ(answer.codes[2], positive) << recipe;
    for (const std::uint16_t extra : answer.extras) EXPECT_EQ(extra, 0u) << recipe;
  }
}

// --- scales and globals that a subject gives ---

struct GivenRow {
  std::string_view recipe;
  std::uint32_t scale;
  Codes codes;  // of 1, -0 and 0.5
};
constexpr GivenRow kGiven[] = {
    // A NaN scale: fminf makes the multiplier FLT_MAX, PyTorch's min keeps the NaN.
    {"te/nvfp4", 0x7F, {0x7, 0x8, 0x7}},
    {"te/nvfp4-pyref", 0x7F, {0x0, 0x0, 0x0}},
    {"torchao/nvfp4", 0x7F, {0x4, 0x4, 0x4}},
    {"torchao/nvfp4-cpu", 0x7F, {0x4, 0x4, 0x4}},
    {"torchao/mxfp4-floor", 0xFF, {0x4, 0x4, 0x4}},
    {"torchao/mxfp8e4m3-floor", 0xFF, {0x7F, 0x7F, 0x7F}},
    // A zero scale: 1 / 0 is infinite, and -0 times it NaN.
    {"te/nvfp4", 0x00, {0x7, 0x8, 0x7}},
    {"te/nvfp4-pyref", 0x00, {0x7, 0x0, 0x7}},
    {"torchao/nvfp4", 0x00, {0x7, 0x4, 0x7}},
    {"torchao/nvfp4-cpu", 0x00, {0x7, 0xB, 0x7}},
    // 2^-127: FLOOR clamps to 448, round-up leaves the overflow to the cast.
    {"torchao/mxfp4-floor", 0x00, {0x7, 0x8, 0x7}},
    {"torchao/mxfp8e4m3-floor", 0x00, {0x7E, 0x80, 0x7E}},
    {"torchao/mxfp8e4m3-rceil", 0x00, {0x7F, 0x80, 0x7F}},
};

TEST(GivenScale, CodesFollowFromIt) {
  for (const GivenRow& row : kGiven) {
    const Recipe& recipe = reference::require_recipe(row.recipe);
    const TypedTensor input = block_of(recipe, {kOne, kMinus0, kHalf});
    const Scales scales = std::vector<std::uint8_t>{static_cast<std::uint8_t>(row.scale)};
    Request request = oracle::request_for(input);
    request.scales = &scales;
    const QuantizedTensor answer = reference::quantize(recipe, request);
    EXPECT_EQ(scale_bits(answer.scales, 0), row.scale) << row.recipe;
    EXPECT_EQ(answer.codes[0], row.codes.first) << row.recipe << " under " << row.scale;
    EXPECT_EQ(answer.codes[1], row.codes.second) << row.recipe << " under " << row.scale;
    EXPECT_EQ(answer.codes[2], row.codes.rest) << row.recipe << " under " << row.scale;
  }
}

TEST(GivenScale, OfGgmlIsStoredAndChangesNoCode) {
  const std::vector<float> values(32, 127.0f);
  const TypedTensor input = oracle::f32_row(values);
  const Scales scales = std::vector<std::uint16_t>{0x7E00};
  Request request = oracle::request_for(input);
  request.scales = &scales;
  for (const std::string_view recipe : {kQ8, kDs4, kCpu}) {
    const QuantizedTensor answer = reference::quantize(reference::require_recipe(recipe), request);
    EXPECT_EQ(scale_bits(answer.scales, 0), 0x7E00u) << recipe;
    for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, 0x7F) << recipe;
  }
}

// A subject's own global may be NaN whatever the recipe refuses: the later stages still have a result.
TEST(GivenGlobal, ANanIsDroppedByTheKernelsAndKeptByThePyTorchReference) {
  const std::array nan{from_bits(kNan)};
  for (const std::string_view recipe : {"te/nvfp4", "te/nvfp4-pyref"}) {
    const TypedTensor input = block_of(reference::require_recipe(recipe), kUnit);
    const QuantizedTensor answer =
        reference::quantize(reference::require_recipe(recipe), oracle::request_for(input, {}, nan));
    const bool kept = recipe == "te/nvfp4-pyref";
    EXPECT_EQ(scale_bits(answer.scales, 0), kept ? 0x7Fu : 0x7Eu) << recipe;
    EXPECT_EQ(answer.codes[0], kept ? 0x0 : 0x7) << recipe;
    EXPECT_EQ(answer.codes[1], kept ? 0x0 : 0xF) << recipe;
  }
}

}  // namespace
}  // namespace bitgate
