#include "bitgate/tests/support/mma_oracle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bitgate/reference/format/format.h"
#include "bitgate/tests/support/exact_arithmetic.h"

namespace bitgate::oracle {
namespace {

using namespace reference;

constexpr int kLowest = -448;  // exponent of the lowest bit
constexpr int kUncounted = -100000;

// An unsigned number: limbs of 32 bits, lowest first.
class Wide {
 public:
  static Wide of(double magnitude) {
    Wide wide;
    if (magnitude == 0.0) return wide;
    int exponent = 0;
    auto bits = static_cast<std::uint64_t>(std::ldexp(std::frexp(magnitude, &exponent), 53));
    const int at = exponent - 53 - kLowest;
    if (at < 0 || at + 53 > kBits) throw std::logic_error("a term is off the grid");
    for (int i = 0; bits != 0; ++i, bits >>= 1)
      if ((bits & 1) != 0) wide.limbs_[static_cast<std::size_t>((at + i) / 32)] |= 1u << (at + i) % 32;
    return wide;
  }
  // Bits below 2^exponent dropped.
  Wide cut(int exponent) const {
    Wide kept = *this;
    for (int bit = 0; bit < std::min(exponent - kLowest, kBits); ++bit)
      kept.limbs_[static_cast<std::size_t>(bit / 32)] &= ~(1u << bit % 32);
    return kept;
  }
  friend Wide operator+(const Wide& a, const Wide& b) {
    Wide sum;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      carry += std::uint64_t{a.limbs_[i]} + b.limbs_[i];
      sum.limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return sum;
  }
  // a >= b.
  friend Wide operator-(const Wide& a, const Wide& b) {
    Wide rest;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      const std::int64_t digit = std::int64_t{a.limbs_[i]} - b.limbs_[i] + borrow;
      rest.limbs_[i] = static_cast<std::uint32_t>(digit);
      borrow = digit < 0 ? -1 : 0;
    }
    return rest;
  }
  friend bool operator<(const Wide& a, const Wide& b) {
    return std::lexicographical_compare(a.limbs_.rbegin(), a.limbs_.rend(), b.limbs_.rbegin(), b.limbs_.rend());
  }
  friend bool operator==(const Wide& a, const Wide& b) = default;

 private:
  static constexpr int kBits = 896;
  static constexpr std::size_t kLimbs = kBits / 32;
  std::array<std::uint32_t, kLimbs> limbs_{};
};

struct Term {
  double value;
  int exponent;  // by which it is aligned; kUncounted: it takes no part in that
};

const Format& result_format(MmaResult result) { return is_fp16(result) ? kFp16 : kFp32; }

// |sum| as a code of D: the codes are ordered as their values are.
std::uint32_t rounded_code(const Wide& size, const MmaInstruction& of, bool nearest) {
  const Format& d = result_format(of.result);
  const int step = of.result == MmaResult::kE8m13TowardZero ? 10 : 0;
  const std::uint32_t infinity = infinity_code(d) >> step;
  const auto value = [&](std::uint32_t code) {
    return Wide::of(code == infinity ? std::ldexp(1.0, 1 << (d.exponent_bits - 1)) : decode(d, code << step));
  };
  std::uint32_t low = 0, high = infinity + 1;  // value(low) <= size < value(high)
  while (high - low > 1) {
    const std::uint32_t middle = (low + high) / 2;
    (size < value(middle) ? high : low) = middle;
  }
  if (nearest && low < infinity) {
    const Wide twice = size + size, middle = value(low) + value(low + 1);
    if (middle < twice || (middle == twice && low % 2 == 1)) ++low;
  }
  if (!nearest && of.rules.overflow == MmaOverflow::kLargest) low = std::min(low, infinity - 1);
  return low << step;
}

// The finite terms of a step on the grid below the largest exponent, added and rounded; `zero` where nothing is left.
std::uint32_t rounded_sum(const MmaInstruction& of, const std::vector<Term>& terms, std::uint32_t zero) {
  int largest = of.exponent_floor;
  for (const Term& term : terms) largest = std::max(largest, term.exponent);
  Wide plus, minus;
  for (const Term& term : terms) {
    Wide& side = term.value < 0.0 ? minus : plus;
    side = side + Wide::of(std::abs(term.value)).cut(largest - of.fraction_bits);
  }
  if (plus == minus) return zero;
  const bool negative = plus < minus;
  const std::uint32_t code = rounded_code(negative ? minus - plus : plus - minus, of, is_fp16(of.result));
  if (code == 0 && of.rules.underflow == MmaUnderflow::kPlusZero) return 0;
  return code | (negative ? sign_mask(result_format(of.result)) : 0u);
}

// Operands as numbers, and the exponents that their fields name.
struct Operand {
  double value;
  int exponent;
};
Operand operand(const MmaInstruction& of, const Format& f, std::uint32_t code) {
  const bool tf32 = of.inputs == MmaInputs::kTf32;
  const Format& as = of.order == MmaOrder::kPtxasFp8 ? kFp16 : f;
  const double value = decode(f, tf32 ? code >> 13 : code);
  if (tf32 && of.rules.tf32_nan_of_register && is_nan(kFp32, code)) return {std::nan(""), 0};
  if (value != 0.0) return {value, std::max(std::isfinite(value) ? std::ilogb(value) : 0, 1 - as.bias)};
  if (of.rules.zero_operand == MmaZero::kIgnored) return {value, kUncounted};
  return {value, of.rules.zero_operand == MmaZero::kFp32 ? -126 : 1 - as.bias};
}

using Bits = std::optional<std::uint32_t>;

struct Step {
  const MmaInstruction& of;
  std::vector<Term> terms;
  bool nan = false, all_minus_zero = true, any = false;
  double infinite = 0.0;  // the sum of infinities

  explicit Step(const MmaInstruction& instruction) : of(instruction) {}
  void add(double value, int exponent) {
    any = true;
    all_minus_zero = all_minus_zero && value == 0.0 && std::signbit(value);
    if (std::isinf(value)) infinite += value;
    nan = nan || std::isnan(value);
    terms.push_back({value, exponent});
  }
  void add_c(Bits c) {
    if (!c) return;
    const Format& d = result_format(of.result);
    const double value = decode(d, *c);
    int exponent = 0;
    if (value != 0.0 && std::isfinite(value)) exponent = std::max(std::ilogb(value), 1 - d.bias);
    if (value == 0.0) {
      exponent = of.rules.zero_c == MmaZero::kIgnored ? kUncounted
                 : of.rules.zero_c == MmaZero::kFp32  ? -126
                                                      : 1 - d.bias;
    }
    add(value, exponent);
  }
  std::uint32_t result() const {
    const Format& d = result_format(of.result);
    if (nan || std::isnan(infinite)) return is_fp16(of.result) ? of.rules.nan_fp16 : of.rules.nan_fp32;
    if (infinite != 0.0) return infinity_code(d) | (infinite < 0.0 ? sign_mask(d) : 0u);
    const bool minus = of.rules.zero_sign == MmaZeroSign::kMinusIfAllAre && any && all_minus_zero;
    return rounded_sum(of, terms, minus ? sign_mask(d) : 0u);
  }
};

void add_product(Step& step, const MmaDot& dot, std::size_t k, double scale, int scale_exponent) {
  const Operand a = operand(step.of, dot.a_format, dot.a[k]), b = operand(step.of, dot.b_format, dot.b[k]);
  const bool counts = a.exponent != kUncounted && b.exponent != kUncounted;
  step.add(a.value * b.value * scale, counts ? a.exponent + b.exponent + scale_exponent : kUncounted);
}

std::uint32_t chain(const MmaInstruction& of, const MmaDot& dot) {
  double scale = 1.0;
  int scale_exponent = 0;
  if (!dot.a_scales.empty()) {
    scale = decode(kE8m0, dot.a_scales[0]) * decode(kE8m0, dot.b_scales[0]);
    scale_exponent = std::isnan(scale) ? 0 : std::ilogb(scale);
  }
  Bits c = dot.c;
  for (std::size_t first = 0; first == 0 || first < dot.a.size(); first += of.products) {
    Step step(of);
    step.add_c(c);
    for (std::size_t k = first; k < std::min(first + of.products, dot.a.size()); ++k)
      add_product(step, dot, k, scale, scale_exponent);
    c = step.result();
  }
  return *c;
}

std::uint32_t half_add(const MmaInstruction& of, std::uint32_t a, std::uint32_t b) {
  const double sum = decode(kFp16, a) + decode(kFp16, b);  // 41 bits at most: exact
  if (std::isnan(sum)) return of.rules.nan_fp16;
  const std::uint32_t sign = std::signbit(sum) ? 0x8000u : 0u;
  return sign | (std::isinf(sum) ? 0x7C00u : rounded_code(Wide::of(std::abs(sum)), of, true));
}

std::uint32_t ptxas_fp8(const MmaInstruction& of, const MmaDot& dot) {
  Bits sum = 0;
  for (const std::size_t low : {0, 2}) {
    Step step(of);
    step.add_c(sum);
    for (std::size_t k = 0; k < dot.a.size(); ++k)
      if (k % 4 / 2 * 2 == low) add_product(step, dot, k, 1.0, 0);
    sum = step.result();
  }
  return is_fp16(of.result) ? half_add(of, *dot.c, *sum) : exact_add(*dot.c, *sum);
}

std::uint32_t scale_groups(const MmaInstruction& of, const MmaDot& dot) {
  Step step(of);
  step.add_c(dot.c);
  for (std::size_t first = 0; first < dot.a.size(); first += 16) {
    const auto scale = [&](std::span<const std::uint8_t> scales) {
      const std::uint32_t code = scales[first / of.scale_block];
      return decode(of.scale, of.scale.name == kUe4m3.name ? code & 0x7F : code);
    };
    const auto exponent = [&](double x) {
      return std::isnan(x) ? 0 : of.scale.has_zero ? std::max(x == 0.0 ? -6 : std::ilogb(x), -6) : std::ilogb(x);
    };
    const double a_scale = scale(dot.a_scales), b_scale = scale(dot.b_scales);
    double sum = 0.0;
    bool products = false, minus = true;
    for (std::size_t k = first; k < std::min(first + 16, dot.a.size()); ++k) {
      const double product = decode(kE2m1, dot.a[k]) * decode(kE2m1, dot.b[k]);
      sum += product;
      products = products || product != 0.0;
      minus = minus && std::signbit(product);
    }
    const bool counts = of.rules.groups == MmaGroups::kAll || (products && a_scale != 0.0 && b_scale != 0.0);
    // A group of products that are all -0 is -0.
    const double value = sum == 0.0 && minus ? -0.0 : sum;
    step.add(value * a_scale * b_scale, counts ? exponent(a_scale) + exponent(b_scale) : kUncounted);
  }
  return step.result();
}

std::uint32_t integers(const MmaInstruction& of, const MmaDot& dot) {
  double sum = static_cast<std::int32_t>(*dot.c);  // below 2^53
  for (std::size_t k = 0; k < dot.a.size(); ++k) sum += decode(dot.a_format, dot.a[k]) * decode(dot.b_format, dot.b[k]);
  if (of.result == MmaResult::kInt32Saturate) sum = std::clamp(sum, -0x1p31, 0x1p31 - 1.0);
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(sum));
}

}  // namespace

std::uint32_t exact_multiply_accumulate(const MmaInstruction& instruction, const MmaDot& dot) {
  const MmaRules& rules = instruction.rules;
  if (rules.cut != MmaCut::kTowardZero || rules.product_exponent != MmaProductExponent::kSumOfFields ||
      rules.subnormal != MmaSubnormal::kNominal || rules.addend != MmaAddend::kInSum ||
      rules.rounding != MmaRounding::kOfResult)
    throw std::logic_error("rules that the second opinion does not know");
  MmaDot with_c = dot;
  if (!dot.c && instruction.reads_c) with_c.c = 0;
  switch (instruction.order) {
    case MmaOrder::kChain: return chain(instruction, with_c);
    case MmaOrder::kPtxasFp8: return ptxas_fp8(instruction, with_c);
    case MmaOrder::kScaleGroups: return scale_groups(instruction, with_c);
    case MmaOrder::kExact:
      if (!with_c.c) with_c.c = 0;
      return integers(instruction, with_c);
  }
  throw std::logic_error("an unknown order");
}

}  // namespace bitgate::oracle
