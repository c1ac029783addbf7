// Elementary functions that give the same bits on every machine: only +, -, *, /, sqrt of binary64 (each correctly
// rounded), integer operations, and polynomials evaluated in one fixed order. Compile with -ffp-contract=off: a fused
// multiply-add changes bits. Branch-free, so that loops over them vectorise.
//
// Errors against the exact value, as tested: 4e-16 of the result or of 1 whichever is larger (log), 1e-15 relative
// (exp), 1e-13 absolute (cos, sin), 2e-14 relative (normal_cdf).
#pragma once

#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bitgate::compare::exact {

static_assert(FLT_EVAL_METHOD == 0, "binary64 operations must round to binary64, not to a wider register");

// coefficients[0] + x * (coefficients[1] + x * ...), innermost first.
template <std::size_t N>
constexpr double horner(const std::array<double, N>& coefficients, double x) noexcept {
  double sum = coefficients[N - 1];
#pragma GCC unroll 32
  for (std::size_t i = N - 1; i > 0; --i) sum = sum * x + coefficients[i - 1];
  return sum;
}

// Exact: word, and word + 1/2.
constexpr double to_double(std::uint32_t word) noexcept {
  return std::bit_cast<double>(0x4330000000000000u | std::uint64_t{word}) - 0x1p52;
}
constexpr double to_double_plus_half(std::uint32_t word) noexcept {
  return std::bit_cast<double>(0x4330000000000000u | std::uint64_t{word}) - 0x1.fffffffffffffp51;
}

// Bits of the double a binary choice picks, without a branch.
constexpr double select(bool condition, double yes, double no) noexcept {
  const std::uint64_t mask = std::uint64_t{0} - std::uint64_t{condition};
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(yes) & mask) | (std::bit_cast<std::uint64_t>(no) & ~mask));
}

// Natural logarithm of a positive normal number. x = 2^e * m with m in [sqrt(1/2), sqrt(2)), and
// log m = 2 atanh(s), s = (m - 1) / (m + 1); |s| < 0.1716, so the first term left out is under 1e-16.
constexpr double log(double x) noexcept {
  constexpr std::array<double, 10> kAtanh{1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
                                          1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19};
  constexpr double kLn2High = 0x1.62e42feep-1;  // 33 bits, so that e * kLn2High is exact
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr std::uint64_t kOne = 0x3FF0000000000000u, kSqrtHalf = 0x3FE6A09E667F3BCDu;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t biased = (bits + (kOne - kSqrtHalf)) >> 52;  // e + 1023
  const double m = std::bit_cast<double>(bits - (biased << 52) + kOne);
  const double e = std::bit_cast<double>(0x4330000000000000u | biased) - (0x1p52 + 1023.0);
  const double s = (m - 1.0) / (m + 1.0);
  const double log_m = 2.0 * s * horner(kAtanh, s * s);
  return e * kLn2High + (log_m + e * kLn2Low);
}

// e^x for |x| <= 700. x = k ln 2 + r with |r| < 0.3466; Taylor's polynomial of degree 13.
constexpr double exp(double x) noexcept {
  constexpr std::array<double, 14> kTaylor{
      1.0,        1.0,         1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
      1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // adding it rounds to an integer, which then stands in the low bits
  const double shifted = x * 0x1.71547652b82fep0 + kRound;
  const double k = shifted - kRound;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;  // 2^k
  return horner(kTaylor, r) * std::bit_cast<double>(power);
}

struct Point {
  double cos, sin;
};

// (cos, sin) of the angle 2 pi (word + 1/2) / 2^32. The word splits into a quarter turn and an angle of at most pi/4.
constexpr Point circle_point(std::uint32_t word) noexcept {
  constexpr std::array<double, 8> kCos{1.0,         -1.0 / 2,       1.0 / 24,        -1.0 / 720,
                                       1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200};
  constexpr std::array<double, 7> kSin{1.0,          -1.0 / 6,        1.0 / 120,       -1.0 / 5040,
                                       1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800};
  constexpr double kUnit = 0x1.921fb54442d18p-30;  // 2 pi / 2^32
  const std::uint32_t turned = word + 0x20000000u;
  const std::uint64_t quarter = turned >> 30;
  const double angle = (to_double_plus_half(turned & 0x3FFFFFFFu) - 0x1p29) * kUnit;
  const double square = angle * angle;
  const double c = horner(kCos, square);
  const double s = angle * horner(kSin, square);
  const bool swap = (quarter & 1) != 0;
  const std::uint64_t cos_sign = (((quarter + 1) >> 1) & 1) << 63;
  const std::uint64_t sin_sign = (quarter >> 1) << 63;
  return {std::bit_cast<double>(std::bit_cast<std::uint64_t>(select(swap, s, c)) ^ cos_sign),
          std::bit_cast<double>(std::bit_cast<std::uint64_t>(select(swap, c, s)) ^ sin_sign)};
}

// P(Z <= x) of a standard normal Z, |x| <= 8. P(Z > x) = exp(-x^2 / 2) / (1 + x) * p(9/4 - 65/4 / (x + 5)) for x >= 0,
// where p interpolates at the 18 Chebyshev nodes of x in [0, 8] (computed with 40 digits; relative error 1.2e-16).
constexpr double normal_cdf(double x) noexcept {
  constexpr std::array<double, 18> kTail{0x1.ffe7aac395cc0p-2,   -0x1.fefa061e04f20p-5,  -0x1.2c1bcd1236993p-7,
                                         0x1.a3c1f33dee106p-6,   -0x1.203c211c19e9dp-6,  0x1.e9fb33c7bacb2p-8,
                                         -0x1.139017198bfaap-9,  0x1.65806202be9e6p-12,  -0x1.f57f1d04b36e3p-19,
                                         -0x1.7739826120691p-17, 0x1.97fd285efb5abp-20,  0x1.3f86ab12da7e4p-22,
                                         -0x1.56e36a39e0deap-24, -0x1.54bbc47906279p-27, 0x1.ed2501e23245fp-29,
                                         0x1.07e9baddfa070p-31,  -0x1.223cd31c108eap-33, -0x1.9f11928f207c0p-36};
  const double a = std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) & 0x7FFFFFFFFFFFFFFFu);
  const double tail = exp(-0.5 * (a * a)) * horner(kTail, 2.25 - 16.25 / (a + 5.0)) / (1.0 + a);
  return select(x > 0.0, 1.0 - tail, tail);
}

// Two independent standard normals from two words (Box and Muller 1958): radius from the first, angle from the second.
struct NormalPair {
  double first, second;
};
inline NormalPair normal_pair(std::uint32_t radius_word, std::uint32_t angle_word) noexcept {
  const double radius = std::sqrt(-2.0 * log(to_double_plus_half(radius_word) * 0x1p-32));
  const Point point = circle_point(angle_word);
  return {radius * point.cos, radius * point.sin};
}

}  // namespace bitgate::compare::exact
