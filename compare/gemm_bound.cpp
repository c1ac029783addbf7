#include "bitgate/compare/gemm_bound.h"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "bitgate/compare/gemm_register.h"

namespace bitgate::compare {
namespace {

using reference::MmaOrder;

using namespace chain;

// One element's walk.
class Walk {
 public:
  Walk(const GemmAccumulator& acc, const GemmOperand& a, const GemmOperand& b, std::int64_t row, std::int64_t col)
      : acc_(acc), a_(a), b_(b), k_(a.extent.cols), a0_(row * k_), b0_(col * k_) {}

  // `scales`: none, or one an interval.
  Bounded run(double c, std::span<const IntervalScale> scales = {}) {
    if (acc_.order == MmaOrder::kExact) return integers(c);
    const std::int64_t interval = acc_.promote_every > 0 ? acc_.promote_every : k_;
    Register total = register_of(c, acc_);
    for (std::int64_t first = 0; first < k_; first += interval) {
      Register inner;
      if (acc_.promote_every == 0) inner = total;
      for (std::int64_t k = first; k < std::min(k_, first + interval); k += acc_.k) instruction(k, inner);
      if (!scales.empty()) {
        const auto& [scale, stands_for] = scales[static_cast<std::size_t>(first / interval)];
        add_rounded(scaled(inner, scale, stands_for), total, 23, -126, max_finite(kFp32));
      } else if (acc_.promote_every > 0)
        add_register(inner, total, 23, -126, max_finite(kFp32));
      else
        total = inner;
    }
    // The sums of ends above are rounded, fewer than 8 a product.
    const double outwards = 1.0 + static_cast<double>(k_ + 8) * 0x1p-49;
    return {total.exact, total.below * outwards, total.above * outwards};
  }

 private:
  Bounded integers(double c) const {
    Register sum;
    sum.exact = c;
    sum.magnitude = std::fabs(c);
    for (std::int64_t k = 0; k < k_; ++k) {
      const double product =
          a_.values[static_cast<std::size_t>(a0_ + k)] * b_.values[static_cast<std::size_t>(b0_ + k)];
      sum.exact += product;
      sum.magnitude += std::fabs(product);
    }
    const double end = sum.magnitude < 0x1p31 ? 0.0 : kInfinity;
    return {sum.exact, end, end};
  }

  void instruction(std::int64_t first, Register& c) {
    const std::int64_t end = std::min(k_, first + acc_.k);
    switch (acc_.order) {
      case MmaOrder::kScaleGroups: return groups(first, end, c);
      case MmaOrder::kPtxasFp8: return halves(first, end, c);
      default: break;
    }
    for (std::int64_t k = first; k < end; k += acc_.products) {
      terms_.clear();
      for (std::int64_t i = k; i < std::min(end, k + acc_.products); ++i) add_product(i);
      step(acc_, terms_, c);
    }
  }

  void halves(std::int64_t first, std::int64_t end, Register& c) {
    Register fresh;
    for (const std::int64_t half : {0, 2}) {
      terms_.clear();
      for (std::int64_t k = first; k < end; ++k)
        if ((k - first) % 4 / 2 == half / 2) add_product(k);
      step(acc_, terms_, fresh);
    }
    add_register(fresh, c, acc_.result_bits, acc_.min_exponent, acc_.largest);
  }

  // A group's products are added exactly before its scales' exponents align the sum.
  void groups(std::int64_t first, std::int64_t end, Register& c) {
    terms_.clear();
    for (std::int64_t group = first; group < end; group += 16) {
      const auto a = static_cast<std::size_t>(a0_ + group), b = static_cast<std::size_t>(b0_ + group);
      Term term{0, 0, a_.exponents[a] + b_.exponents[b], 0};
      for (std::size_t i = 0; i < static_cast<std::size_t>(std::min<std::int64_t>(16, end - group)); ++i) {
        const double product = a_.values[a + i] * b_.values[b + i];
        term.value += product;
        term.magnitude += std::fabs(product);
      }
      term.grid = power(term.exponent - a_.fraction_bits - b_.fraction_bits);
      terms_.push_back(term);
    }
    step(acc_, terms_, c);
  }

  void add_product(std::int64_t k) {
    const auto a = static_cast<std::size_t>(a0_ + k), b = static_cast<std::size_t>(b0_ + k);
    const double product = a_.values[a] * b_.values[b];
    if (product == 0 && !acc_.zeros_align) return;
    const int exponent = a_.exponents[a] + b_.exponents[b];
    terms_.push_back({product, std::fabs(product), exponent, power(exponent - a_.fraction_bits - b_.fraction_bits)});
  }

  const GemmAccumulator& acc_;
  const GemmOperand &a_, &b_;
  std::int64_t k_, a0_, b0_;
  std::vector<Term> terms_;
};

struct Range {
  int smallest = 0, largest = 0;
  bool any = false;
};

Range exponents_of(const GemmOperand& operand, std::int64_t row) noexcept {
  Range range;
  const auto first = static_cast<std::size_t>(row * operand.extent.cols);
  for (std::size_t i = first; i < first + static_cast<std::size_t>(operand.extent.cols); ++i) {
    if (operand.values[i] == 0) continue;
    const int e = operand.exponents[i];
    range = range.any ? Range{std::min(range.smallest, e), std::max(range.largest, e), true} : Range{e, e, true};
  }
  return range;
}

}  // namespace

GemmAccumulator accumulator_of(const reference::MmaInstruction& instruction, int promote_every) {
  const reference::MmaRules &rules = instruction.rules, defaults{};
  if (rules.cut != defaults.cut || rules.product_exponent != defaults.product_exponent ||
      rules.addend != defaults.addend)
    throw std::invalid_argument(std::string(instruction.name) + ": no bound is argued for its rules");
  GemmAccumulator acc;
  acc.order = instruction.order;
  acc.k = instruction.k;
  acc.products = instruction.products;
  acc.fraction_bits = instruction.fraction_bits;
  acc.exponent_floor = instruction.exponent_floor;
  acc.promote_every = promote_every;
  acc.zeros_align = rules.zero_operand != reference::MmaZero::kIgnored;
  // A zero C then has at most the exponent of the smallest normal number of D's type.
  const int of_zero = reference::is_fp16(instruction.result) ? -14 : -126;
  if (rules.zero_c != reference::MmaZero::kIgnored) acc.exponent_floor = std::max(acc.exponent_floor, of_zero);
  if (instruction.result == reference::MmaResult::kE8m13TowardZero) acc.result_bits = 13;
  if (reference::is_fp16(instruction.result)) {
    acc.result_bits = 10;
    acc.nearest = true;
    acc.min_exponent = -14;
    acc.largest = max_finite(kFp16);
  }
  if (rules.rounding != reference::MmaRounding::kOfResult)
    acc.nearest = rules.rounding == reference::MmaRounding::kNearestEven;
  return acc;
}

Bounded gemm_bound(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b, std::int64_t row,
                   std::int64_t col, double c) {
  return Walk(accumulator, a, b, row, col).run(c);
}

Bounded gemm_bound_scaled(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b,
                          std::int64_t row, std::int64_t col, std::span<const IntervalScale> scales) {
  if (accumulator.promote_every < 1 ||
      static_cast<std::int64_t>(scales.size()) != ceil_div(a.extent.cols, accumulator.promote_every))
    throw std::invalid_argument("a scaled product needs one scale for each promotion interval");
  return Walk(accumulator, a, b, row, col).run(0, scales);
}

std::vector<Bounded> gemm_bounds(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b,
                                 std::span<const double> c) {
  const std::int64_t cols = b.extent.rows;
  std::vector<Bounded> bounds(static_cast<std::size_t>(a.extent.rows * cols));
  oneapi::tbb::parallel_for(std::int64_t{0}, a.extent.rows, [&](std::int64_t row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      const auto at = static_cast<std::size_t>(row * cols + col);
      bounds[at] = gemm_bound(accumulator, a, b, row, col, c.empty() ? 0.0 : c[at]);
    }
  });
  return bounds;
}

GemmMagnitudes gemm_magnitudes(const GemmOperand& a, const GemmOperand& b, std::int64_t row, std::int64_t col) {
  const auto a0 = static_cast<std::size_t>(row * a.extent.cols), b0 = static_cast<std::size_t>(col * a.extent.cols);
  GemmMagnitudes m;
  for (std::size_t k = 0; k < static_cast<std::size_t>(a.extent.cols); ++k)
    m.sum += std::fabs(a.values[a0 + k] * b.values[b0 + k]);
  m.sum *= 1 + 0x1p-31;
  const Range of_a = exponents_of(a, row), of_b = exponents_of(b, col);
  m.largest = power(of_a.largest + of_b.largest);
  m.grid = power(of_a.smallest + of_b.smallest - a.fraction_bits - b.fraction_bits);
  return m;
}

}  // namespace bitgate::compare
