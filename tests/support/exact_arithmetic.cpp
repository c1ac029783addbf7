#include "support/exact_arithmetic.h"

#include <utility>

namespace bitgate::oracle {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint32_t kSign = 0x80000000, kInfinity = 0x7F800000, kNan = 0x7FFFFFFF;
constexpr std::uint32_t kOne = 0x3F800000, kMinusZero = 0x80000000;

bool is_nan(std::uint32_t bits) { return (bits & ~kSign) > kInfinity; }
bool is_infinity(std::uint32_t bits) { return (bits & ~kSign) == kInfinity; }
bool is_zero(std::uint32_t bits) { return (bits & ~kSign) == 0; }

// integer * 2^exponent.
struct Scaled {
  Wide integer;
  int exponent;
};

Scaled scaled(std::uint32_t bits) {
  const std::uint32_t field = bits >> 23 & 0xFF, mantissa = bits & 0x7FFFFF;
  if (field == 0) return {mantissa, -149};
  return {mantissa | 0x800000, static_cast<int>(field) - 150};
}

int bit_length(Wide value) {
  int bits = 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits;
}

// value * 2^exponent, and something more below it if `sticky`, to nearest even with gradual underflow.
std::uint32_t rounded(std::uint32_t sign, Scaled x, bool sticky) {
  if (x.integer == 0) return sign;                     // only ever exact
  const int top = bit_length(x.integer) + x.exponent;  // the value is below 2^top
  const int unit = top - 24 < -149 ? -149 : top - 24;  // exponent of the result's last place
  const int shift = unit - x.exponent;
  Wide kept = 0;
  if (shift <= 0) {
    kept = x.integer << -shift;
  } else {
    const Wide below = shift < 128 ? x.integer & ((Wide{1} << shift) - 1) : x.integer;
    const Wide half = shift < 129 ? Wide{1} << (shift - 1) : 0;
    kept = shift < 128 ? x.integer >> shift : 0;
    const bool above = below > half || (below == half && sticky);
    const bool tie = below == half && !sticky;
    if (half != 0 && (above || (tie && (kept & 1) != 0))) ++kept;
  }
  // A carry to 2^24, or from the subnormals to 2^23, lands in the exponent field by itself.
  const auto steps = static_cast<std::uint32_t>(kept);
  const int field = unit + 149;
  const std::uint64_t bits = (static_cast<std::uint64_t>(field) << 23) + steps;
  return sign | (bits >= kInfinity ? kInfinity : static_cast<std::uint32_t>(bits));
}

// The sum of two terms, neither of them zero. `a` may be a product.
std::uint32_t sum(std::uint32_t sign_a, Scaled a, std::uint32_t sign_b, Scaled b) {
  if (a.exponent < b.exponent) {
    std::swap(a, b);
    std::swap(sign_a, sign_b);
  }
  const int apart = a.exponent - b.exponent;
  if (apart > 70) {
    const Wide high = a.integer << 40;
    const bool same = sign_a == sign_b;
    return rounded(sign_a, {same ? high : high - 1, a.exponent - 40}, true);
  }
  const Wide high = a.integer << apart;
  if (sign_a == sign_b) return rounded(sign_a, {high + b.integer, b.exponent}, false);
  if (high == b.integer) return 0;  // +0 to nearest
  if (high > b.integer) return rounded(sign_a, {high - b.integer, b.exponent}, false);
  return rounded(sign_b, {b.integer - high, b.exponent}, false);
}

}  // namespace

std::uint32_t exact_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  if (is_nan(a) || is_nan(b) || is_nan(c)) return kNan;
  const std::uint32_t product_sign = (a ^ b) & kSign, sign_c = c & kSign;
  if (is_infinity(a) || is_infinity(b)) {
    if (is_zero(a) || is_zero(b)) return kNan;
    return is_infinity(c) && sign_c != product_sign ? kNan : product_sign | kInfinity;
  }
  if (is_infinity(c)) return c;
  if (is_zero(a) || is_zero(b)) return is_zero(c) && sign_c != product_sign ? 0 : c;
  const Scaled x = scaled(a), y = scaled(b);
  const Scaled product{x.integer * y.integer, x.exponent + y.exponent};
  if (is_zero(c)) return rounded(product_sign, product, false);
  return sum(product_sign, product, sign_c, scaled(c));
}

std::uint32_t exact_add(std::uint32_t a, std::uint32_t b) { return exact_fma(a, kOne, b); }

std::uint32_t exact_mul(std::uint32_t a, std::uint32_t b) {
  // A zero addend of the product's sign keeps the sign of a product that is zero.
  const std::uint32_t sign = (a ^ b) & kSign;
  return exact_fma(a, b, sign != 0 ? kMinusZero : 0);
}

std::uint32_t exact_div(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return kNan;
  if ((is_zero(a) && is_zero(b)) || (is_infinity(a) && is_infinity(b))) return kNan;
  const std::uint32_t sign = (a ^ b) & kSign;
  if (is_infinity(a) || is_zero(b)) return sign | kInfinity;
  if (is_zero(a) || is_infinity(b)) return sign;
  const Scaled x = scaled(a), y = scaled(b);
  const Wide dividend = x.integer << 84;
  const Wide quotient = dividend / y.integer;
  return rounded(sign, {quotient, x.exponent - 84 - y.exponent}, dividend % y.integer != 0);
}

std::uint32_t flush(std::uint32_t bits) { return (bits & kInfinity) == 0 ? bits & kSign : bits; }

}  // namespace bitgate::oracle
