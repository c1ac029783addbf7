#include "bitgate/tests/support/row_scaled_oracle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "bitgate/tests/support/exact_arithmetic.h"

namespace bitgate::oracle {
namespace {

constexpr std::uint32_t k2688 = 0x45280000, kSixth = 0x3e2aaaab, kOne = 0x3f800000, kNeutral = 0x34149b93;
constexpr std::uint32_t kFloatMax = 0x7f7fffff;
// Twice the numbers of E2M1.
constexpr std::array<int, 8> kTwiceE2m1{0, 1, 2, 3, 4, 6, 8, 12};

std::uint32_t wide(std::uint16_t bf16) { return std::uint32_t(bf16) << 16; }
double value(std::uint32_t bits) { return static_cast<double>(std::bit_cast<float>(bits)); }
std::uint32_t smaller(std::uint32_t a, std::uint32_t b) { return std::min(a, b); }  // of numbers not below 0

// The number of codes of a rising list whose midpoint with the next is passed; a tie goes to the even code.
template <class Value>
std::uint8_t nearest(double size, int codes, Value value_of) {
  int code = 0;
  while (code + 1 < codes) {
    const double middle = (value_of(code) + value_of(code + 1)) / 2;
    if (size < middle || (size == middle && code % 2 == 0)) break;
    ++code;
  }
  return static_cast<std::uint8_t>(code);
}
double e4m3_value(int code) {
  const int exponent = code / 8, mantissa = code % 8;
  return exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
}
std::uint8_t e4m3_code(double size) { return nearest(size, 127, e4m3_value); }
std::uint8_t e2m1_code(double x) {
  const std::uint8_t size = nearest(std::abs(x), 8, [](int code) { return kTwiceE2m1[std::size_t(code)] / 2.0; });
  return static_cast<std::uint8_t>(size | (std::signbit(x) ? 8 : 0));
}

// The encode scale of a global amax.
std::uint32_t encode_scale(std::uint32_t amax) {
  const std::uint32_t scale = amax == 0 ? 0u : smaller(exact_div(k2688, amax), kFloatMax);
  return scale == 0 ? kOne : scale;
}

struct Block {
  std::uint8_t scale;
  std::array<std::uint8_t, 16> codes;
};
Block quantized(const std::uint16_t* x, std::uint32_t s_enc) {
  std::uint32_t largest = 0;
  for (int i = 0; i < 16; ++i) largest = std::max(largest, wide(x[i]) & 0x7fffffffu);
  const std::uint32_t scale = smaller(exact_mul(largest, exact_mul(s_enc, kSixth)), kFloatMax);
  Block block{e4m3_code(value(scale)), {}};
  const auto stored = static_cast<float>(e4m3_value(block.scale));
  const std::uint32_t decode = exact_mul(std::bit_cast<std::uint32_t>(stored), exact_div(kOne, s_enc));
  const std::uint32_t encode = smaller(exact_div(kOne, decode), kFloatMax);
  for (std::size_t i = 0; i < 16; ++i) block.codes[i] = e2m1_code(value(exact_mul(wide(x[i]), encode)));
  return block;
}

// A scale as whole * 2^exponent / 8, as the unit takes it apart.
struct UnitScale {
  std::int64_t whole;
  int exponent;
};
UnitScale unit_scale(std::uint8_t code) {
  const int exponent = code / 8;
  if (exponent == 0) return {code % 8, -6};
  return {8 + code % 8, exponent - 7};
}
int signed_twice(std::uint8_t code) { return code >= 8 ? -kTwiceE2m1[code - 8u] : kTwiceE2m1[code]; }

std::int64_t on_grid(std::int64_t number, int shift) {
  if (number == 0) return 0;
  if (shift >= 0) return number * (std::int64_t(1) << shift);
  if (shift < -62) return 0;
  return number / (std::int64_t(1) << -shift);  // toward zero
}

// sum * 2^exponent, cut to 24 bits.
std::uint32_t cut_to_float(std::int64_t sum, int exponent) {
  auto size = static_cast<std::uint64_t>(std::abs(sum));
  int top = 63;
  while (top > 0 && (size >> top) == 0) --top;
  if (top > 23) size &= ~((std::uint64_t(1) << (top - 23)) - 1);
  const auto cut = static_cast<float>(std::ldexp(static_cast<double>(size), exponent));
  return std::bit_cast<std::uint32_t>(sum < 0 ? -cut : cut);
}

// One step of 64 products. A group without a product that is not 0 takes no part.
std::uint32_t unit_step(const RowScaledOperand& a, const RowScaledOperand& b, std::size_t a_first, std::size_t b_first,
                        std::uint32_t c) {
  std::array<std::int64_t, 4> terms{};
  std::array<int, 4> anchors{};
  const bool has_c = (c & 0x7fffffffu) != 0;
  const int c_exponent = std::max(static_cast<int>(c >> 23 & 255), 1) - 127;
  int largest = has_c ? c_exponent : -1000;
  for (std::size_t group = 0; group < 4; ++group) {
    std::int64_t sum = 0;
    bool active = false;
    for (std::size_t i = 16 * group; i < 16 * group + 16; ++i) {
      const int product = signed_twice(a.codes[a_first + i]) * signed_twice(b.codes[b_first + i]);
      active = active || product != 0;
      sum += product;
    }
    const UnitScale of_a = unit_scale(a.scales[a_first / 16 + group]),
                    of_b = unit_scale(b.scales[b_first / 16 + group]);
    if (!active || of_a.whole * of_b.whole == 0) continue;
    terms[group] = sum * of_a.whole * of_b.whole;
    anchors[group] = of_a.exponent + of_b.exponent;
    largest = std::max(largest, anchors[group]);
  }
  std::int64_t total = 0;
  for (std::size_t group = 0; group < 4; ++group) total += on_grid(terms[group], anchors[group] - 8 - largest + 35);
  if (has_c) {
    const std::int64_t whole = (c >> 23 & 255) == 0 ? c & 0x7fffffu : (c & 0x7fffffu) | 0x800000u;
    total += on_grid(c >> 31 != 0 ? -whole : whole, c_exponent - 23 - largest + 35);
  }
  return total == 0 ? 0 : cut_to_float(total, largest - 35);
}

// Ties to the even code; numbers that bf16 holds.
std::uint16_t bf16_of(std::uint32_t bits) {
  const std::uint32_t kept = bits >> 16, rest = bits & 0xffffu;
  const bool up = rest > 0x8000u || (rest == 0x8000u && (kept & 1) == 1);
  return static_cast<std::uint16_t>(kept + (up ? 1 : 0));
}

}  // namespace

RowScaledOperand row_scaled_operand(const std::vector<std::uint16_t>& x, std::int64_t rows, std::int64_t k,
                                    bool per_row) {
  RowScaledOperand made{rows, k, {}, {}, {}};
  const auto n = static_cast<std::size_t>(k), count = static_cast<std::size_t>(rows);
  for (std::size_t row = 0; row < count; ++row) {
    std::uint32_t largest = 0;
    for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, wide(x[row * n + i]) & 0x7fffffffu);
    made.amax.push_back(largest);
  }
  if (!per_row) made.amax = {*std::max_element(made.amax.begin(), made.amax.end())};
  for (std::size_t row = 0; row < count; ++row) {
    const std::uint32_t s_enc = encode_scale(made.amax[per_row ? row : 0]);
    for (std::size_t first = row * n; first < (row + 1) * n; first += 16) {
      const Block block = quantized(&x[first], s_enc);
      made.scales.push_back(block.scale);
      made.codes.insert(made.codes.end(), block.codes.begin(), block.codes.end());
    }
  }
  return made;
}

RowScaledStages row_scaled_element(const RowScaledOperand& a, const RowScaledOperand& b, std::int64_t row,
                                   std::int64_t col, std::uint16_t bias, std::uint16_t old) {
  RowScaledStages of;
  for (std::int64_t k = 0; k < a.k; k += 64)
    of.acc = unit_step(a, b, static_cast<std::size_t>(row * a.k + k), static_cast<std::size_t>(col * b.k + k), of.acc);
  of.neutral = exact_mul(of.acc, kNeutral);
  const std::uint32_t a_amax = a.amax[a.amax.size() == 1 ? 0 : static_cast<std::size_t>(row)];
  const std::uint32_t b_amax = b.amax[b.amax.size() == 1 ? 0 : static_cast<std::size_t>(col)];
  if (a.amax.size() == 1 || b.amax.size() == 1) {
    of.folded = exact_mul(a_amax, b_amax);
    of.rescaled = exact_mul(of.neutral, of.folded);
  } else {
    of.once = exact_mul(of.neutral, a_amax);
    of.rescaled = exact_mul(of.once, b_amax);
  }
  of.biased = exact_add(of.rescaled, wide(bias));
  const std::uint16_t stored = bf16_of(of.biased);
  of.stored = stored;
  of.accumulated = bf16_of(exact_add(wide(old), wide(stored)));
  return of;
}

}  // namespace bitgate::oracle
