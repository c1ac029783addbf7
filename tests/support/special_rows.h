// What every recipe makes of special values: rows of one block each, shared by the recipes that share the rules. The
// tables stand with their producers (tests/reference/special_values_PRODUCER_test.cpp); what walks them is here.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::oracle {

enum class Value : std::uint8_t {
  kNan,           // a NaN beside numbers
  kAllNan,        // nothing but NaN
  kInfinity,      // -Inf beside numbers
  kMinusZero,     // -0 and +0 beside numbers
  kAllMinusZero,  // nothing but -0
  kZeroBlock,     // zeros of both signs; with a global number, in a tensor whose amax is not 0
  kSubnormal,     // subnormals of both signs beside numbers
  kTinyBlock,     // nothing but subnormals and zeros, and so the tensor's amax is subnormal
  kLargest,       // the largest finite number of the type, beside 3
  kOneHot,        // one number among zeros
  // Of recipes with a global number:
  kZeroAmax,       // zeros of both signs, and so the tensor's amax is 0
  kAboveAmax,      // a block larger than the amax that the caller gives
  kGivenZeroAmax,  // numbers under a given amax of 0
  kGivenNanAmax,   // numbers under a given amax of NaN
};
inline constexpr std::array kValueNames{"Nan",       "AllNan",    "Infinity",      "MinusZero",   "AllMinusZero",
                                        "ZeroBlock", "Subnormal", "TinyBlock",     "Largest",     "OneHot",
                                        "ZeroAmax",  "AboveAmax", "GivenZeroAmax", "GivenNanAmax"};
inline constexpr std::size_t kOfEveryRecipe = 10;
inline void PrintTo(Value value, std::ostream* out) { *out << kValueNames[static_cast<std::size_t>(value)]; }

// Of element 0 of a block, of element 1, and of all others. Inputs are binary32 bits; answers are codes, or bits of the
// values that a producer writes.
struct Three {
  std::uint32_t first, second, rest;
};

constexpr std::uint64_t kNone = ~std::uint64_t{0};  // no amax given; no global, scale or extra in the scheme
constexpr std::uint64_t kAny = kNone - 1;           // not looked at

enum class Outcome : std::uint8_t { kAnswers, kRefuses, kUnstated };

struct SpecialRow {
  std::string_view recipes;  // names separated by spaces, * for any text
  Value value;
  Outcome outcome;
  std::uint64_t amax;
  Three x;
  std::uint64_t global;
  std::uint64_t scale;
  std::array<std::uint64_t, 3> codes;
  std::uint64_t extra;      // the first
  std::string_view reason;  // why nothing is expected
};

using Codes = std::array<std::uint64_t, 3>;
constexpr SpecialRow answers(std::string_view recipes, Value value, std::uint64_t amax, const Three& x,
                             std::uint64_t global, std::uint64_t scale, const Codes& codes,
                             std::uint64_t extra = kNone) {
  return {recipes, value, Outcome::kAnswers, amax, x, global, scale, codes, extra, ""};
}
constexpr SpecialRow refuses(std::string_view recipes, Value value, std::uint64_t amax, const Three& x) {
  return {recipes, value, Outcome::kRefuses, amax, x, kNone, kNone, {}, kNone, ""};
}
constexpr SpecialRow unstated(std::string_view recipes, Value value, std::string_view reason) {
  return {recipes, value, Outcome::kUnstated, kNone, {}, kNone, kNone, {}, kNone, reason};
}

std::span<const SpecialRow> te_special_rows();
std::span<const SpecialRow> torchao_special_rows();
std::span<const SpecialRow> mx_special_rows();
std::span<const SpecialRow> ggml_special_rows();
std::span<const SpecialRow> flashinfer_search_special_rows();  // 4over6, per token, behind a norm
std::span<const SpecialRow> inference_mx_special_rows();
std::span<const SpecialRow> fp8_special_rows();              // of vLLM, SGLang, TensorRT-LLM, FlashInfer, DeepSeek
std::span<const SpecialRow> inference_nvfp4_special_rows();  // FlashInfer, TensorRT-LLM, vLLM, SGLang, CUTLASS
std::span<const SpecialRow> modelopt_special_rows();
std::span<const SpecialRow> compressed_tensors_special_rows();  // and gfloat's

bool names(const SpecialRow& row, std::string_view recipe);
// The recipes of a row, in the catalog's order; those that an earlier row of the same value names are not repeated.
std::vector<const reference::Recipe*> recipes_of(std::span<const SpecialRow> rows, const SpecialRow& row);
// Every block of the recipe's whole input is the row's; every block of the answer has to be what the row says. A NaN
// is tried with several payloads: none may change the answer.
void expect_row(const reference::Recipe& recipe, const SpecialRow& row);
// All rows of one value; fails when there are none.
void expect_rows(std::span<const SpecialRow> rows, Value value);

constexpr std::uint32_t kPlus0 = 0, kMinus0 = 0x80000000, kMinus1st = 0x80000001;  // -2^-149
constexpr std::uint32_t kMinusBf1st = 0x80010000;                                  // -2^-133
constexpr std::uint32_t k2m128 = 0x00200000, k2m127 = 0x00400000;                  // subnormals
constexpr std::uint32_t kHalf = 0x3F000000, kOne = 0x3F800000, kMinus4th = 0xBE800000;
constexpr std::uint32_t k3 = 0x40400000, k6 = 0x40C00000, kMinus6 = 0xC0C00000, kMinus12 = 0xC1400000;
constexpr std::uint32_t k24 = 0x41C00000, k127 = 0x42FE0000, kMinus127 = 0xC2FE0000, k448 = 0x43E00000;
constexpr std::uint32_t k2688 = 0x45280000, kMinus4000 = 0xC57A0000, k24000 = 0x46BB8000;
constexpr std::uint32_t kMax = 0x7F7FFFFF, kMinusMax = 0xFF7FFFFF, kBfMax = 0x7F7F0000, kMinusBfMax = 0xFF7F0000;
constexpr std::uint32_t kInf = 0x7F800000, kMinusInf = 0xFF800000;
constexpr std::uint32_t kMinusNan = 0xFFC00000, kNanBits = 0x7FC00000, kGpuNan = 0x7FFFFFFF;
constexpr std::uint32_t kMinusSign = 0x80000000;

// Blocks around a largest number `m` under which nothing is scaled.
constexpr Three nan_and(std::uint32_t m) { return {kMinusNan, k3, m | kMinusSign}; }
constexpr Three inf_and(std::uint32_t m) { return {kMinusInf, k3, m | kMinusSign}; }
constexpr Three zeros_and(std::uint32_t m) { return {kMinus0, kPlus0, m}; }
constexpr Three small_and(std::uint32_t m) { return {kMinus1st, k2m127, m}; }
constexpr Three hot(std::uint32_t m) { return {m | kMinusSign, kPlus0, kPlus0}; }
constexpr Three kZeros{kMinus0, kPlus0, kPlus0}, kMinusZeros{kMinus0, kMinus0, kMinus0};
constexpr Three kMaxAnd3{kMinusMax, k3, kMax}, kNans{kMinusNan, kMinusNan, kMinusNan};
constexpr Three kTiny{kMinus1st, k2m128, k2m127}, kTinyAnd0{kMinus1st, kPlus0, k2m127};
constexpr Three kUnit{kHalf, kMinus4th, kOne}, kLarge{kMinus4000, k3, k24000}, kAbove6{kMinus12, k3, k24};

}  // namespace bitgate::oracle
