// What explains the bits of an FP8 matrix product D = alpha * a_scale * b_scale * A B^T + beta * C that somebody else
// computed: in which order and how far one chain of the matrix unit ran, and in which order the FP32 multiplies follow.
// Candidates are tried against every element; one that leaves none different explains them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/format.h"

namespace bitgate::compare {

// Codes of A [m, k] and B [n, k], row-major.
struct MatmulOperands {
  std::int64_t m = 0, n = 0, k = 0;
  Format a_format, b_format;
  std::span<const std::uint8_t> a, b;
};

enum class SumKind : std::uint8_t {
  kWgmma,         // one chain of wgmma over ascending k, or partial sums of `promotion` k added in FP32
  kWgmmaFromEnd,  // the same over descending blocks of 32 k
  kMmaSync,       // one chain of sm_90's mma.sync, which rounds otherwise
  kExact,         // the exact sum, rounded once to nearest even
};
struct SumModel {
  SumKind kind = SumKind::kWgmma;
  std::int64_t promotion = 0;  // 0: one chain
  friend bool operator==(const SumModel&, const SumModel&) = default;
};
std::string name_of(const SumModel& model);  // "wgmma, promotion every 128 k", "wgmma, one chain"

// [m, n], FP32 bits. Operands that the unit's model does not cover throw as mma_product does.
std::vector<std::uint32_t> sum_of(const SumModel& model, const MatmulOperands& operands);

// One chain; promotion every 32, 64, ..., 512, 1,024 and 2,048 k below `k`; the same from the end; mma.sync; exact.
std::vector<SumModel> sum_models(std::int64_t k);

struct SumFit {
  SumModel model;
  std::int64_t different = 0;  // elements
  friend bool operator==(const SumFit&, const SumFit&) = default;
};
// Every candidate, those that leave the fewest elements different first; among equals, the order of sum_models.
std::vector<SumFit> fit_sum(const MatmulOperands& operands, std::span<const std::uint32_t> d);

// Elements whose bits differ.
std::int64_t different(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) noexcept;

struct MatmulFactors {
  float alpha = 1, a_scale = 1, b_scale = 1, beta = 0;
};

// In which order the sum meets the factors and C, every operation rounded to nearest even.
struct Epilogue {
  std::string_view name;  // "((alpha * a) * b) * sum"
  // The sum and the factors to alpha * a_scale * b_scale * sum, but for the last multiply, by `last`.
  struct Parts {
    float left, right;  // the last multiply's
  };
  Parts (*parts)(float sum, const MatmulFactors& factors);
};
std::span<const Epilogue> epilogues() noexcept;

// What adds beta * C to the product t = left * right.
enum class Addition : std::uint8_t {
  kFmaOfC,        // fma(beta, C, t)
  kFmaOfProduct,  // fma(left, right, beta * C)
  kTwoRoundings,  // t + beta * C
};
std::string_view name_of(Addition addition) noexcept;

enum class Narrowing : std::uint8_t { kNone, kBf16NearestEven, kBf16TowardZero };
std::string_view name_of(Narrowing narrowing) noexcept;

struct EpilogueModel {
  const Epilogue* epilogue = nullptr;
  Addition addition = Addition::kFmaOfC;
  Narrowing narrowing = Narrowing::kNone;
};
std::string name_of(const EpilogueModel& model, const MatmulFactors& factors);

// Bits of D from the bits of the sum; `c` bits of D's type (BF16 where it is narrowed), empty: none.
std::uint32_t finish(const EpilogueModel& model, const MatmulFactors& factors, std::uint32_t sum, std::uint32_t c,
                     bool has_c) noexcept;

struct EpilogueFit {
  EpilogueModel model;
  std::int64_t different = 0;
};
// Every candidate, the fewest different first; without C one way of adding is tried, since there is nothing to add.
std::vector<EpilogueFit> fit_epilogue(std::span<const std::uint32_t> sum, const MatmulFactors& factors,
                                      std::span<const std::uint32_t> c, bool bf16, std::span<const std::uint32_t> d);

}  // namespace bitgate::compare
