// floor(log2(a)) as binary32 arithmetic finds it: log2 correctly rounded, then its floor.
#pragma once

#include <cstdint>

#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

// For finite a > 0. Below 2^n the logarithm of a = 2^n (1 - d) lies log2(e) d under n; it rounds to n, and the floor is
// one too large, if that is at most half the spacing of binary32 under n. With d in units of 2^-24 and n in
// [2^e, 2^(e+1)), or in (2^e, 2^(e+1)] where n is positive, half the spacing is 2^e such units: so up to 2^e ln 2 units
// d is lost. These bounds, 0.69, 1.39, 2.77 ... 44.4, are nowhere near a whole number, and d is one, hence neither the
// curvature of the logarithm (relative 2^-19) nor the rounding of ln 2 can matter. Nothing rounds to zero: n = 0 has no
// spacing.
constexpr int floor_of_rounded_log2(float a) noexcept {
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  const double exact = static_cast<double>(a);
  const int below = exponent_of(exact);
  const int n = below + 1;
  if (n == 0) return below;
  const double missing = (two_to(n) - exact) / two_to(n) * 0x1p24;
  const double size = n > 0 ? n : -n;
  const int e = exponent_of(size);
  const bool is_power = size == two_to(e);
  const double lost = two_to(n > 0 && is_power ? e - 1 : e) * kLn2;
  return missing <= lost ? n : below;
}

}  // namespace bitgate::device::cpu
