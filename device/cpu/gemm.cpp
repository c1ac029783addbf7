#include "bitgate/device/cpu/gemm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace bitgate::device {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr std::uint32_t kGpuNan = 0x7FFFFFFF;
constexpr int kNoTerm = -100000;

// A number and the exponent by which the unit aligns it: of the field, 1 where the field is 0; none of zeros.
struct Term {
  double value = 0;
  int exponent = kNoTerm;
};

struct CodeRules {
  int mantissa_bits, bias, exponent_bits;
};
constexpr CodeRules rules_of(GemmCodes codes) noexcept {
  if (codes == GemmCodes::kE5m2) return {2, 15, 5};
  if (codes == GemmCodes::kE2m1) return {1, 1, 2};
  return {3, 7, 4};
}

double special_of(GemmCodes codes, int size, double number) noexcept {
  if (codes == GemmCodes::kE4m3 && size == 0x7F) return std::numeric_limits<double>::quiet_NaN();
  if (codes == GemmCodes::kE5m2 && size == 0x7C) return kInf;
  if (codes == GemmCodes::kE5m2 && size > 0x7C) return std::numeric_limits<double>::quiet_NaN();
  return number;
}

Term term_of(GemmCodes codes, std::uint8_t code) noexcept {
  const CodeRules r = rules_of(codes);
  const int sign_bit = 1 << (r.mantissa_bits + r.exponent_bits);
  const int size = code & (sign_bit - 1);
  const int field = size >> r.mantissa_bits;
  const int fraction = size & ((1 << r.mantissa_bits) - 1);
  const int exponent = std::max(field, 1) - r.bias;
  const int significand = field == 0 ? fraction : fraction + (1 << r.mantissa_bits);
  const double number = special_of(codes, size, std::ldexp(significand, exponent - r.mantissa_bits));
  return {(code & sign_bit) != 0 ? -number : number, size == 0 ? kNoTerm : exponent};
}

Term term_of(std::uint32_t bits) noexcept {
  const double number = std::bit_cast<float>(bits);
  const int field = static_cast<int>(bits >> 23 & 0xFF);
  return {number, number == 0 ? kNoTerm : std::max(field, 1) - 127};
}

// What a step keeps, adds and returns.
struct Unit {
  int kept_bits;    // below the largest exponent
  int floor;        // of that exponent
  int result_bits;  // fraction bits of D
};
constexpr Unit kWgmmaFp8{13, -134, 13};
constexpr Unit kTcgen05Nvfp4{35, -139, 23};

// A multiple of 2^(exponent - bits), toward zero. Every operand here is far inside binary64: both steps are exact.
double cut(double x, int exponent, int bits) noexcept {
  return std::ldexp(std::trunc(std::ldexp(x, bits - exponent)), exponent - bits);
}

std::uint32_t stored(double sum, int result_bits) noexcept {
  if (sum == 0) return 0;
  const double kept = cut(sum, std::max(std::ilogb(sum), -126), result_bits);
  if (kept == 0) return 0;
  if (std::fabs(kept) >= 0x1p128) return kept < 0 ? 0xFF800000 : 0x7F800000;
  return std::bit_cast<std::uint32_t>(static_cast<float>(kept));  // exact: no more bits than binary32 has
}

// One step. Infinities and NaN make their own sum; finite terms are cut to one grid, on which at most 65 of them are
// integers below 2^53 together.
std::uint32_t step(const Unit& unit, std::span<const Term> terms) noexcept {
  double special = 0;
  int largest = unit.floor;
  for (const Term& term : terms) {
    if (!std::isfinite(term.value)) special += term.value;
    largest = std::max(largest, term.exponent);
  }
  if (std::isnan(special)) return kGpuNan;
  if (special != 0) return special < 0 ? 0xFF800000 : 0x7F800000;
  double sum = 0;
  for (const Term& term : terms) sum += cut(term.value, largest, unit.kept_bits);
  return stored(sum, unit.result_bits);
}

// The terms of one instruction from k = `first` on, C's not among them.
using Terms = std::vector<Term>;
using Products = void (*)(const GemmCall& call, std::int64_t row, std::int64_t col, std::int64_t first, Terms& terms);

std::uint8_t code_at(std::span<const std::uint8_t> codes, std::int64_t pitch, std::int64_t row, std::int64_t k) {
  return codes[static_cast<std::size_t>(row * pitch + k)];
}

void fp8_products(const GemmCall& call, std::int64_t row, std::int64_t col, std::int64_t first, Terms& terms) {
  for (std::int64_t k = first; k < std::min(first + 32, call.k); ++k) {
    const Term a = term_of(call.a_codes, code_at(call.a, call.k, row, k));
    const Term b = term_of(call.b_codes, code_at(call.b, call.k, col, k));
    terms.push_back({a.value * b.value, std::max(a.exponent + b.exponent, kNoTerm)});
  }
}

// UE4M3: the sign bit is not looked at, 0x7F is NaN.
Term scale_of(std::span<const std::uint8_t> scales, std::int64_t pitch, std::int64_t row, std::int64_t block) {
  const auto size = static_cast<std::uint8_t>(code_at(scales, pitch, row, block) & 0x7F);
  return term_of(GemmCodes::kE4m3, size);
}

// Each group of 16 is added exactly, times both scales one term at their exponents. No term where all products, or a
// scale, are zero.
void nvfp4_products(const GemmCall& call, std::int64_t row, std::int64_t col, std::int64_t first, Terms& terms) {
  const std::int64_t blocks = (call.k + 15) / 16;
  for (std::int64_t group = first; group < std::min(first + 64, call.k); group += 16) {
    double sum = 0;
    bool any = false;
    for (std::int64_t k = group; k < std::min(group + 16, call.k); ++k) {
      const double product = term_of(GemmCodes::kE2m1, code_at(call.a, call.k, row, k)).value *
                             term_of(GemmCodes::kE2m1, code_at(call.b, call.k, col, k)).value;
      any = any || product != 0;
      sum += product;
    }
    const Term a = scale_of(call.a_scales, blocks, row, group / 16),
               b = scale_of(call.b_scales, blocks, col, group / 16);
    const bool zero = !any || a.value == 0 || b.value == 0;
    terms.push_back({sum * (a.value * b.value), zero ? kNoTerm : a.exponent + b.exponent});
  }
}

// Half-open in k. `start`: the register before, or none.
std::uint32_t chain(const GemmCall& call, const Unit& unit, Products products, std::int64_t row, std::int64_t col,
                    std::int64_t from, std::int64_t to, std::int64_t of_one, const std::uint32_t* start) {
  std::uint32_t d = start == nullptr ? 0 : *start;
  bool has_c = start != nullptr;
  Terms terms;
  for (std::int64_t k = from; k < to; k += of_one) {
    terms.clear();
    if (has_c) terms.push_back(term_of(d));
    products(call, row, col, k, terms);
    d = step(unit, terms);
    has_c = true;
  }
  return d;
}

// The sum of two binary32 numbers, nearest even: formed in binary64, where 53 >= 2 * 24 + 2 bits make the second
// rounding harmless.
std::uint32_t added(std::uint32_t a, std::uint32_t b) noexcept {
  const double sum = static_cast<double>(std::bit_cast<float>(a)) + static_cast<double>(std::bit_cast<float>(b));
  return std::isnan(sum) ? kGpuNan : std::bit_cast<std::uint32_t>(static_cast<float>(sum));
}

std::vector<std::uint32_t> product(const GemmCall& call, const Unit& unit, Products products, std::int64_t of_one,
                                   std::int64_t promotion) {
  std::vector<std::uint32_t> d(static_cast<std::size_t>(call.m * call.n));
  for (std::int64_t row = 0; row < call.m; ++row)
    for (std::int64_t col = 0; col < call.n; ++col) {
      const auto at = static_cast<std::size_t>(row * call.n + col);
      const std::uint32_t* c = call.c.empty() ? nullptr : &call.c[at];
      if (promotion == 0) {
        d[at] = chain(call, unit, products, row, col, 0, call.k, of_one, c);
        continue;
      }
      std::uint32_t sum = c == nullptr ? 0 : *c;
      for (std::int64_t k = 0; k < call.k; k += promotion)
        sum = added(sum, chain(call, unit, products, row, col, k, std::min(k + promotion, call.k), of_one, nullptr));
      d[at] = sum;
    }
  return d;
}

std::vector<std::uint32_t> wgmma_fp8_fast(const GemmCall& call) {
  return product(call, kWgmmaFp8, fp8_products, 32, 0);
}
std::vector<std::uint32_t> wgmma_fp8_promoted(const GemmCall& call) {
  return product(call, kWgmmaFp8, fp8_products, 32, 128);
}
std::vector<std::uint32_t> tcgen05_nvfp4(const GemmCall& call) {
  return product(call, kTcgen05Nvfp4, nvfp4_products, 64, 0);
}

constexpr std::array kGemms{
    CpuGemm{"wgmma-fp8/fast", "sm_90a/wgmma.k32/fp8/f32", 0, GemmCodes::kE4m3, wgmma_fp8_fast},
    CpuGemm{"wgmma-fp8/promote-128", "sm_90a/wgmma.k32/fp8/f32", 128, GemmCodes::kE4m3, wgmma_fp8_promoted},
    CpuGemm{"tcgen05-nvfp4", "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", 0, GemmCodes::kE2m1, tcgen05_nvfp4},
};

}  // namespace

std::span<const CpuGemm> cpu_gemms() noexcept { return kGemms; }

const CpuGemm* find_cpu_gemm(std::string_view name) noexcept {
  const auto found = std::find_if(kGemms.begin(), kGemms.end(), [&](const CpuGemm& g) { return g.name == name; });
  return found == kGemms.end() ? nullptr : &*found;
}

}  // namespace bitgate::device
