// A register of a matrix unit as gemm_bound follows it: the exact sum that it stands for, and an interval that holds
// its difference from it. What a step, a rounding and an addition do to the two is argued at each function.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "bitgate/compare/gemm_bound.h"

namespace bitgate::compare::chain {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// 2^exponent, also where a double ends.
inline double power(int exponent) noexcept {
  return exponent > 1023 ? kInfinity : exponent < -1074 ? 0.0 : power_of_two(exponent);
}

// The largest power of two that is at most x > 0, and at least 2^floor.
inline double leading(double x, int floor) noexcept {
  if (!(x < kInfinity)) return kInfinity;
  return power(x == 0 ? floor : std::max(std::ilogb(x), floor));
}

// One register: the exact sum it stands for, and where it is.
struct Register {
  double exact = 0, magnitude = 0;  // sum of the terms, of their absolute values
  double below = 0, above = 0;      // register - exact is in [-below, above]
  double grid = kInfinity;          // power of two: the register and every term are multiples of it
  int bits = 23;                    // fraction bits of the number in it

  // Ends of what it can be. The doubles here are rounded, so an end that is not exact is moved outwards.
  double lowest() const noexcept { return below == 0 ? exact : exact - below - std::fabs(exact) * 0x1p-52; }
  double highest() const noexcept { return above == 0 ? exact : exact + above + std::fabs(exact) * 0x1p-52; }
  double reach() const noexcept { return std::max({highest(), -lowest(), 0.0}); }
  double at_least() const noexcept { return std::max({lowest(), -highest(), 0.0}); }
};

struct Term {
  double value = 0, magnitude = 0;  // of a group of 16: the sum, and that of the absolute values
  int exponent = 0;                 // by which it is aligned
  double grid = 0;                  // it is a multiple of this power of two
};

// What `count` additions in double may have left out of `exact`. Each is exact while every partial sum has at most 53
// bits above the grid; otherwise it errs by 2^-53 of a partial sum, and that is at most `magnitude`.
inline double slack_of(const Register& r, int count) noexcept {
  return r.magnitude < 0x1p53 * r.grid ? 0.0 : r.magnitude * static_cast<double>(count + 1) * 0x1p-52;
}

inline void widen(Register& r, double below, double above) noexcept {
  r.below += below;
  r.above += above;
}

// A term of magnitude at most m that is a multiple of `grid`, cut toward zero at multiples of `cut`: nothing is lost
// where grid >= cut. Otherwise less than one step is, a multiple of the grid, and never more than the term.
inline double lost(double m, double grid, double cut) noexcept { return grid >= cut ? 0.0 : std::min(m, cut - grid); }

// Rounding of the sum that `r` now holds. Of a multiple of the grid with at most bits + 1 bits nothing is lost. Else
// less than a unit of the last place of the largest the sum can be (toward zero: a positive sum falls, a negative one
// rises), or half of one.
inline void round_register(Register& r, int bits, bool nearest, int min_exponent, double largest) noexcept {
  const double reach = r.reach();
  // To nearest a sum past the largest number may still become it; both ways infinity is possible only from there on.
  if (!(reach <= largest)) {
    r.below = r.above = kInfinity;
    return;
  }
  const double place = leading(reach, min_exponent) * power(-bits);
  r.bits = bits;
  const bool few_bits = r.grid >= power(min_exponent - bits) && reach <= power(bits + 1) * r.grid;
  if (few_bits || r.grid >= place) return;
  if (nearest) {
    widen(r, 0.5 * place, 0.5 * place);
    return;
  }
  const double high = r.highest(), low = r.lowest();
  const auto cut = [&](double end) {
    return end <= 0 ? 0.0 : lost(end, r.grid, leading(end, min_exponent) * power(-bits));
  };
  widen(r, cut(high), cut(-low));
}

// One fused step: the largest exponent is at most `top`, the one of the terms, of the register and the floor. Raising
// it never loses less, so the bound may use an upper one.
inline void step(const GemmAccumulator& acc, std::span<const Term> terms, Register& r) noexcept {
  double products = power(acc.exponent_floor);
  for (const Term& term : terms) products = std::max(products, power(term.exponent));
  const double reach = r.reach();
  const double top = reach == 0 ? products : std::max(products, leading(reach, acc.min_exponent));
  const double cut = top * power(-acc.fraction_bits);
  double below = 0, above = 0;
  if (reach > 0) {
    // Where the register's own exponent is the largest, none of its bits lies below 2^-bits of it, so that with at
    // least as many kept only a larger exponent of a product cuts it.
    const bool own_bits_kept = acc.fraction_bits >= r.bits;
    const double own = std::max(r.grid, leading(r.at_least(), acc.min_exponent) * power(-r.bits));
    const double c = lost(reach, own, own_bits_kept ? products * power(-acc.fraction_bits) : cut);
    if (r.highest() > 0) below += c;
    if (r.lowest() < 0) above += c;
  }
  for (const Term& term : terms) {
    const double loss = lost(std::fabs(term.value), term.grid, cut);
    if (term.value >= 0) below += loss;
    if (term.value <= 0) above += loss;
    r.exact += term.value;
    r.magnitude += term.magnitude;
    r.grid = std::min(r.grid, term.grid);
  }
  const double slack = slack_of(r, static_cast<int>(terms.size()));
  widen(r, below + slack, above + slack);
  round_register(r, acc.result_bits, acc.nearest, acc.min_exponent, acc.largest);
}

// A sum of two, to nearest even.
inline void add_rounded(const Register& from, Register& to, int bits, int min_exponent, double largest) noexcept {
  to.exact += from.exact;
  to.magnitude += from.magnitude;
  to.grid = std::min(to.grid, from.grid);
  const double slack = slack_of(to, 1);
  widen(to, from.below + slack, from.above + slack);
  round_register(to, bits, true, min_exponent, largest);
}

// The register is added to another one; to zero exactly.
inline void add_register(const Register& from, Register& to, int bits, int min_exponent, double largest) noexcept {
  if (to.reach() != 0) return add_rounded(from, to, bits, min_exponent, largest);
  to = from;
  to.bits = bits;
}

// The register times `scale`, exactly, against the exact sum times `stands_for`: what a fused multiply-add adds. The
// sum's own double product is rounded, so no grid is left.
inline Register scaled(const Register& r, double scale, double stands_for) noexcept {
  const double size = std::fabs(scale), off = r.reach() * std::fabs(scale - stands_for);
  Register result;
  result.exact = r.exact * stands_for;
  result.magnitude = r.magnitude * std::fabs(stands_for);
  result.below = (scale < 0 ? r.above : r.below) * size + off;
  result.above = (scale < 0 ? r.below : r.above) * size + off;
  // The exact sum times the difference is in `off`: |S stands_for - S scale| <= reach |scale - stands_for| + ends.
  const double ends = std::max(r.below, r.above) * std::fabs(scale - stands_for);
  widen(result, ends, ends);
  result.grid = 0;
  return result;
}

// C, exact; zero is no term.
inline Register register_of(double c, const GemmAccumulator& acc) noexcept {
  Register r;
  if (c == 0) return r;
  r.exact = c;
  r.magnitude = std::fabs(c);
  r.bits = acc.min_exponent == -14 ? kFp16.mantissa_bits : kFp32.mantissa_bits;
  r.grid = leading(r.magnitude, acc.min_exponent) * power(-r.bits);
  return r;
}

}  // namespace bitgate::compare::chain
