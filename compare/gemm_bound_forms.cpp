// The bound in closed form, the epilogue's roundings, and what was computed held against a bound.
#include <algorithm>
#include <cmath>

#include "bitgate/compare/gemm_bound.h"
#include "bitgate/compare/gemm_register.h"

namespace bitgate::compare {
namespace {

using reference::MmaOrder;

using chain::kInfinity;
using chain::power;

// How the chain is cut into steps: `inner` steps of `terms` terms each (and the register), then an addition to nearest
// of `outer_bits`, `outer` times; outer 0: no addition.
struct Steps {
  std::int64_t inner = 0, terms = 0, outer = 0;
  int outer_bits = 23, outer_min_exponent = -126;
};

Steps steps_of(const GemmAccumulator& acc, std::int64_t k) noexcept {
  const bool groups = acc.order == MmaOrder::kScaleGroups;
  const std::int64_t width = groups ? acc.k : std::min(acc.k, acc.products);
  const std::int64_t terms = groups ? ceil_div(acc.k, 16) : width;
  if (acc.order == MmaOrder::kPtxasFp8)
    return {2, std::min<std::int64_t>(acc.products, acc.k / 2), ceil_div(k, acc.k), acc.result_bits, acc.min_exponent};
  const std::int64_t interval = acc.promote_every > 0 ? std::min<std::int64_t>(acc.promote_every, k) : k;
  return {ceil_div(interval, width), terms, acc.promote_every > 0 ? ceil_div(k, acc.promote_every) : 0};
}

double reach(const Bounded& x) noexcept { return std::max(std::fabs(x.exact - x.below), std::fabs(x.exact + x.above)); }

// A double's own rounding of `exact`, and of the ends.
Bounded outwards(const Bounded& x) noexcept {
  const double slack = std::fabs(x.exact) * 0x1p-52;
  return {x.exact, (x.below + slack) * (1 + 0x1p-50), (x.above + slack) * (1 + 0x1p-50)};
}

double ratio_of(double computed, const Bounded& bound) noexcept {
  const double off = computed - bound.exact;
  if (off == 0) return 0;
  const double end = off < 0 ? bound.below : bound.above;
  return std::fabs(off) / end;  // infinity where the end is 0
}

}  // namespace

// One step, of w terms and the register, errs by at most (w + 1) 2^-F times the largest exponent's power, which is at
// most L = max(largest product's, floor's) or the register; the register is at most s + d, s the sum of magnitudes so
// far and d its error; its rounding errs by at most 2^-p of it (half of that to nearest), or by the last place of the
// subnormal numbers, t. With c = (w + 1) 2^-F + 2^-p, n steps err by d <= n (c (max(L, s) + d) + t), so
//   d <= n (c max(L, s) + t) / (1 - n c).
// Registers that are added up err by the sum of their d, for which max(L, s) <= L + s is summed, and each addition by
// half a last place of at most S + D.
double gemm_bound_a_priori(const GemmAccumulator& acc, std::int64_t k, const GemmMagnitudes& m) {
  if (m.sum == 0) return 0;
  const Steps steps = steps_of(acc, k);
  const double largest = std::max(m.largest, power(acc.exponent_floor));
  const bool cuts = m.grid < std::max(largest, m.sum) * power(-acc.fraction_bits);
  const bool representable = m.grid >= power(acc.min_exponent - acc.result_bits);
  if (!cuts && representable && m.sum <= power(acc.result_bits + 1) * m.grid &&
      (steps.outer == 0 || m.sum <= power(steps.outer_bits + 1) * m.grid))
    return 0;
  const auto n = static_cast<double>(steps.inner);
  const double cut = cuts ? static_cast<double>(steps.terms + 1) * power(-acc.fraction_bits) : 0.0;
  const double c = cut + power(-acc.result_bits - (acc.nearest ? 1 : 0));
  const double t = power(acc.min_exponent - acc.result_bits);
  if (n * c >= 0.5) return kInfinity;
  double error = 0;
  if (steps.outer == 0) {
    error = n * (c * std::max(largest, m.sum) + t) / (1 - n * c);
  } else {
    const auto outer = static_cast<double>(steps.outer);
    const double unit = power(-steps.outer_bits - 1);
    if (outer * unit >= 0.5) return kInfinity;
    const double inner = n * (c * (outer * largest + m.sum) + outer * t) / (1 - n * c);
    const double last = power(steps.outer_min_exponent - steps.outer_bits - 1);
    error = (inner + outer * (unit * m.sum + last)) / (1 - outer * unit);
  }
  if (m.sum + error > acc.largest) return kInfinity;
  return error * (1 + 0x1p-40);
}

Bounded rounded(const Bounded& x, const Format& result) noexcept {
  const double most = reach(x);
  if (!(most <= max_finite(result))) return {x.exact, kInfinity, kInfinity};
  const int smallest = 1 - result.bias;
  const int exponent = most == 0 ? smallest : std::max(std::ilogb(most), smallest);
  const double half = power(exponent - result.mantissa_bits - 1);
  return outwards({x.exact, x.below + half, x.above + half});
}

Bounded multiplied(const Bounded& x, double factor, const Format& result) noexcept {
  if (factor == 0) return {0, 0, 0};
  const double size = std::fabs(factor);
  const double down = x.below * size, up = x.above * size;
  return rounded(outwards({x.exact * factor, factor < 0 ? up : down, factor < 0 ? down : up}), result);
}

Bounded plus(const Bounded& x, double addend, const Format& result) noexcept {
  return rounded(outwards({x.exact + addend, x.below, x.above}), result);
}

BoundReport hold(std::span<const double> computed, std::span<const Bounded> bounds) {
  BoundReport report;
  report.elements = static_cast<std::int64_t>(std::min(computed.size(), bounds.size()));
  std::vector<double> ratios;
  for (std::size_t i = 0; i < static_cast<std::size_t>(report.elements); ++i) {
    if (!(bounds[i].below < kInfinity && bounds[i].above < kInfinity)) {
      ++report.unbounded;
      continue;
    }
    const double ratio = std::isfinite(computed[i]) ? ratio_of(computed[i], bounds[i]) : kInfinity;
    if (!(ratio <= 1)) ++report.exceeded;
    if (report.worst < 0 || ratio > report.max_ratio) {
      report.worst = static_cast<std::int64_t>(i);
      report.max_ratio = ratio;
    }
    ratios.push_back(ratio);
  }
  if (ratios.empty()) return report;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>((ratios.size() - 1) / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  report.median_ratio = *middle;
  return report;
}

}  // namespace bitgate::compare
