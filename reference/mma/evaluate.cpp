#include "bitgate/reference/mma/evaluate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/mma/special.h"
#include "bitgate/reference/mma/step.h"

namespace bitgate::reference {
namespace {

using mma_step::Addend;
using mma_step::Shape;
using mma_step::Specials;
using Int = std::int64_t;

constexpr int kMostProducts = 64;
using Bits = std::optional<std::uint32_t>;

constexpr int result_bits(MmaResult result) noexcept { return is_fp16(result) ? 10 : 23; }

// Terms of one step, on any grid.
struct Terms {
  std::array<Int, kMostProducts> significands, exponents;
  int count = 0;
  constexpr Int significand(int i) const noexcept { return significands[static_cast<std::size_t>(i)]; }
  constexpr Int exponent(int i) const noexcept { return exponents[static_cast<std::size_t>(i)]; }
  constexpr void add(Int significand, Int exponent) noexcept {
    significands[static_cast<std::size_t>(count)] = significand;
    exponents[static_cast<std::size_t>(count++)] = exponent;
  }
};

// The sum of finite terms and C, rounded. An exact sum of zero is `zero`.
std::uint32_t rounded_sum(const MmaInstruction& instruction, const Terms& terms, int term_bits, Bits c,
                          std::uint32_t zero) {
  const int f = instruction.fraction_bits;
  const MmaRules& rules = instruction.rules;
  const Shape shape{f, instruction.exponent_floor, mma_step::shift_to_grid(f, term_bits),
                    mma_step::shift_to_grid(f, result_bits(instruction.result)), rules.cut};
  const Addend<Int> addend =
      c ? mma_step::addend_of<Int>(*c, is_fp16(instruction.result), rules.zero_c) : Addend<Int>{0, kNoExponent};
  const auto sum = mma_step::fused_sum<Int, Int>(shape, terms.count, terms, addend);
  if (sum.total == 0) return zero;
  const mma_step::Target target = mma_step::target_of(instruction.result, rules.rounding);
  return static_cast<std::uint32_t>(mma_step::rounded<Int>(sum.total, sum.exponent, f, target, rules));
}

// C by a step of its own, after the products.
std::uint32_t add_afterwards(const MmaInstruction& instruction, std::uint32_t sum, std::uint32_t c) {
  Specials specials;
  specials.addend(sum, instruction.result);
  specials.addend(c, instruction.result);
  if (const Bits special = specials.result(instruction.result, instruction.rules)) return *special;
  const auto term = mma_step::addend_of<Int>(sum, is_fp16(instruction.result), MmaZero::kIgnored);
  Terms terms;
  terms.add(term.significand, term.exponent);
  return rounded_sum(instruction, terms, result_bits(instruction.result), c, 0);
}

// +0, or -0 where the rule says so: every product is -0 and so is C.
std::uint32_t zero_of_terms(const MmaInstruction& instruction, const MmaNumbers& numbers, Bits c) {
  if (instruction.rules.zero_sign == MmaZeroSign::kPlus) return 0;
  const std::uint32_t minus = is_fp16(instruction.result) ? 0x8000 : 0x80000000;
  bool any = c.has_value(), all = !c || *c == minus;
  for (std::size_t i = 0; i < numbers.a.size(); ++i) {
    const MmaNumber &a = numbers.a[i], &b = numbers.b[i];
    if (a.kind == MmaKind::kAbsent || b.kind == MmaKind::kAbsent) continue;
    any = true;
    all = all && a.significand * b.significand == 0 && a.negative != b.negative;
  }
  return any && all ? minus : 0;
}

// One product at `bits` fraction bits; its exponent is its own where the rule says so.
void add_product(const MmaInstruction& instruction, int bits, Int significand, Int exponent, Terms& terms) {
  if (instruction.rules.product_exponent == MmaProductExponent::kOfProduct && significand != 0) {
    const auto leading = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::abs(significand)))) - 1;
    terms.add(significand * (Int{1} << (bits + 1 - leading)), exponent + leading - bits);
  } else {
    terms.add(significand, exponent);
  }
}

// One fused step of as many products as there are numbers.
std::uint32_t step(const MmaInstruction& instruction, const MmaNumbers& numbers, Bits c) {
  const bool late = instruction.rules.addend == MmaAddend::kAfterwards;
  Specials specials;
  for (std::size_t i = 0; i < numbers.a.size(); ++i) specials.product(numbers.a[i], numbers.b[i]);
  if (c && !late) specials.addend(*c, instruction.result);
  Int scale_exponent = 0;
  if (!numbers.a_scales.empty()) {
    const MmaScale &a = numbers.a_scales[0], &b = numbers.b_scales[0];
    if (a.nan || b.nan) specials.nan();
    scale_exponent = a.exponent + b.exponent;
  }
  const Bits special = specials.result(instruction.result, instruction.rules);
  Terms terms;
  for (std::size_t i = 0; i < numbers.a.size() && !special; ++i) {
    const MmaNumber &a = numbers.a[i], &b = numbers.b[i];
    add_product(instruction, numbers.product_bits, a.significand * b.significand,
                a.exponent + b.exponent + scale_exponent, terms);
  }
  const bool normalized = instruction.rules.product_exponent == MmaProductExponent::kOfProduct;
  const int term_bits = numbers.product_bits + (normalized ? 1 : 0);
  const std::uint32_t sum = special ? *special
                                    : rounded_sum(instruction, terms, term_bits, late ? std::nullopt : c,
                                                  zero_of_terms(instruction, numbers, late ? std::nullopt : c));
  return late && c ? add_afterwards(instruction, sum, *c) : sum;
}

std::uint32_t chain(const MmaInstruction& instruction, const MmaNumbers& numbers, Bits c) {
  const std::size_t count = numbers.a.size(), of_step = instruction.products;
  std::size_t first = 0;
  do {
    MmaNumbers part = numbers;
    part.a = numbers.a.subspan(first, std::min(of_step, count - first));
    part.b = numbers.b.subspan(first, std::min(of_step, count - first));
    c = step(instruction, part, c);
    first += of_step;
  } while (first < count);
  return *c;
}

// Two 16-bit instructions on the halves of k, from zero; then C by an IEEE addition.
std::uint32_t ptxas_fp8(const MmaInstruction& instruction, const MmaNumbers& numbers, std::uint32_t c) {
  std::uint32_t sum = 0;
  const int half = instruction.k / 2;
  for (int first = 0; first < instruction.k; first += half) {
    std::array<MmaNumber, kMostProducts> a, b;
    for (int i = 0; i < half; ++i) {
      const auto from = static_cast<std::size_t>(place_in_order(instruction, first + i));
      if (from >= numbers.a.size()) continue;
      a[static_cast<std::size_t>(i)] = numbers.a[from];
      b[static_cast<std::size_t>(i)] = numbers.b[from];
    }
    MmaNumbers part = numbers;
    part.a = std::span(a).first(static_cast<std::size_t>(half));
    part.b = std::span(b).first(static_cast<std::size_t>(half));
    sum = step(instruction, part, sum);
  }
  if (!is_fp16(instruction.result)) {
    const float d = add_rn(std::bit_cast<float>(c), std::bit_cast<float>(sum));
    return is_nan(d) ? instruction.rules.nan_fp32 : std::bit_cast<std::uint32_t>(d);
  }
  // Binary32 has 2 * 11 + 2 bits: rounding there first changes no sum of two halves.
  const float d = add_rn(static_cast<float>(decode(kFp16, c)), static_cast<float>(decode(kFp16, sum)));
  return is_nan(d) ? instruction.rules.nan_fp16 : encode(kFp16, d, kCvtRnInf);
}

// Exact sums of a block each, at the exponent of its scales.
std::uint32_t scale_groups(const MmaInstruction& instruction, const MmaNumbers& numbers, Bits c) {
  constexpr std::size_t kGroup = 16;
  Specials specials;
  if (c) specials.addend(*c, instruction.result);
  Terms terms;
  for (std::size_t first = 0; first < numbers.a.size(); first += kGroup) {
    const std::size_t block = first / instruction.scale_block;
    const MmaScale &sa = numbers.a_scales[block], &sb = numbers.b_scales[block];
    if (sa.nan || sb.nan) specials.nan();
    Int sum = 0;
    bool any = false;
    for (std::size_t i = first; i < std::min(first + kGroup, numbers.a.size()); ++i) {
      const int product = numbers.a[i].significand * numbers.b[i].significand;
      sum += product;
      any = any || product != 0;
    }
    const int scales = sa.significand * sb.significand;
    const bool active = instruction.rules.groups == MmaGroups::kAll || (any && scales != 0);
    terms.add(sum * scales, active ? sa.exponent + sb.exponent : kNoExponent);
  }
  if (const Bits special = specials.result(instruction.result, instruction.rules)) return *special;
  const int bits = numbers.product_bits + 2 * instruction.scale.mantissa_bits;
  return rounded_sum(instruction, terms, bits, c, zero_of_terms(instruction, numbers, c));
}

std::uint32_t exact(const MmaInstruction& instruction, const MmaNumbers& numbers, std::uint32_t c) {
  Int sum = static_cast<std::int32_t>(c);
  for (std::size_t i = 0; i < numbers.a.size(); ++i) sum += numbers.a[i].significand * numbers.b[i].significand;
  if (instruction.result == MmaResult::kInt32Saturate) sum = std::clamp<Int>(sum, INT32_MIN, INT32_MAX);
  return static_cast<std::uint32_t>(sum);
}

}  // namespace

std::uint32_t evaluate(const MmaInstruction& instruction, const MmaNumbers& numbers, std::optional<std::uint32_t> c) {
  if (!c && instruction.reads_c) c = 0;
  switch (instruction.order) {
    case MmaOrder::kChain: return chain(instruction, numbers, c);
    case MmaOrder::kPtxasFp8: return ptxas_fp8(instruction, numbers, c.value_or(0));
    case MmaOrder::kScaleGroups: return scale_groups(instruction, numbers, c);
    case MmaOrder::kExact: return exact(instruction, numbers, c.value_or(0));
  }
  std::abort();
}

}  // namespace bitgate::reference
