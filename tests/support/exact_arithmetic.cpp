#include "bitgate/tests/support/exact_arithmetic.h"

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

// The upper bits of value / 2^shift, to nearest even; `sticky`: something more lies below value.
Wide shifted(Wide value, int shift, bool sticky) {
  if (shift <= 0) return value << -shift;
  if (shift > 128) return 0;  // below half a unit
  const Wide half = Wide{1} << (shift - 1);
  const Wide below = shift < 128 ? value & ((half << 1) - 1) : value;
  const Wide kept = shift < 128 ? value >> shift : 0;
  const bool above = below > half || (below == half && sticky);
  const bool tie = below == half && !sticky;
  return kept + (above || (tie && (kept & 1) != 0) ? 1 : 0);
}

// value * 2^exponent, and something more below it if `sticky`, as binary32.
std::uint32_t rounded(std::uint32_t sign, Scaled x, bool sticky, Subnormals subnormals) {
  if (x.integer == 0) return sign;                     // only ever exact
  const int top = bit_length(x.integer) + x.exponent;  // the value is below 2^top
  int unit = top - 24;                                 // exponent of the result's last place
  if (subnormals == Subnormals::kKept && unit < -149) unit = -149;
  Wide kept = shifted(x.integer, unit - x.exponent, sticky);
  if (kept == Wide{1} << 24) {
    kept >>= 1;
    ++unit;
  }
  if (unit < -149) return sign;  // flushed: 24 bits with a last place below that of 2^-126
  // The leading one of a normal number adds to the exponent field by itself; a subnormal has none.
  const std::uint64_t bits = (static_cast<std::uint64_t>(unit + 149) << 23) + static_cast<std::uint64_t>(kept);
  return sign | (bits >= kInfinity ? kInfinity : static_cast<std::uint32_t>(bits));
}

std::uint32_t flush(std::uint32_t bits) { return (bits & kInfinity) == 0 ? bits & kSign : bits; }
std::uint32_t operand(std::uint32_t bits, Subnormals subnormals) {
  return subnormals == Subnormals::kFlushed ? flush(bits) : bits;
}

// The sum of two terms, neither of them zero. `a` may be a product.
std::uint32_t sum(std::uint32_t sign_a, Scaled a, std::uint32_t sign_b, Scaled b, Subnormals subnormals) {
  if (a.exponent < b.exponent) {
    std::swap(a, b);
    std::swap(sign_a, sign_b);
  }
  const int apart = a.exponent - b.exponent;
  if (apart > 70) {
    const Wide high = a.integer << 40;
    const bool same = sign_a == sign_b;
    return rounded(sign_a, {same ? high : high - 1, a.exponent - 40}, true, subnormals);
  }
  const Wide high = a.integer << apart;
  if (sign_a == sign_b) return rounded(sign_a, {high + b.integer, b.exponent}, false, subnormals);
  if (high == b.integer) return 0;  // +0 to nearest
  if (high > b.integer) return rounded(sign_a, {high - b.integer, b.exponent}, false, subnormals);
  return rounded(sign_b, {b.integer - high, b.exponent}, false, subnormals);
}

}  // namespace

std::uint32_t exact_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Subnormals subnormals) {
  a = operand(a, subnormals);
  b = operand(b, subnormals);
  c = operand(c, subnormals);
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
  if (is_zero(c)) return rounded(product_sign, product, false, subnormals);
  return sum(product_sign, product, sign_c, scaled(c), subnormals);
}

std::uint32_t exact_add(std::uint32_t a, std::uint32_t b, Subnormals subnormals) {
  return exact_fma(a, kOne, b, subnormals);
}

std::uint32_t exact_mul(std::uint32_t a, std::uint32_t b, Subnormals subnormals) {
  // A zero addend of the product's sign keeps the sign of a product that is zero.
  const std::uint32_t sign = (a ^ b) & kSign;
  return exact_fma(a, b, sign != 0 ? kMinusZero : 0, subnormals);
}

std::uint32_t exact_div(std::uint32_t a, std::uint32_t b, Subnormals subnormals) {
  a = operand(a, subnormals);
  b = operand(b, subnormals);
  if (is_nan(a) || is_nan(b)) return kNan;
  if ((is_zero(a) && is_zero(b)) || (is_infinity(a) && is_infinity(b))) return kNan;
  const std::uint32_t sign = (a ^ b) & kSign;
  if (is_infinity(a) || is_zero(b)) return sign | kInfinity;
  if (is_zero(a) || is_infinity(b)) return sign;
  const Scaled x = scaled(a), y = scaled(b);
  const Wide dividend = x.integer << 84;
  const Wide quotient = dividend / y.integer;
  return rounded(sign, {quotient, x.exponent - 84 - y.exponent}, dividend % y.integer != 0, subnormals);
}

}  // namespace bitgate::oracle
