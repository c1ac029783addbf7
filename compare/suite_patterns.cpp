#include "bitgate/compare/suite_patterns.h"

#include <algorithm>

namespace bitgate::compare {
namespace {

// Of which operands all patterns of an exponent are the largest number of some block that is not pinned: a whole tensor
// is one block and one pattern; else one operand holds them all, and twice where each row gives up its first block.
Extent extent_of_largest(const SuiteScope& scope, std::uint32_t patterns) noexcept {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  const Extent unit = unit_of(scope);
  if (scheme.block.rows == 0) return unit;
  const std::int64_t in_unit = count(unit) / count(block_of(scope, unit));
  const std::int64_t wanted = scheme.global == GlobalAxis::kRow ? 2 * patterns : patterns + 1;
  return {ceil_div(wanted, in_unit) * unit.rows, unit.cols};
}

}  // namespace

std::uint32_t Patterns::pin(int exponent, int distance) const noexcept {
  return first(std::clamp(exponent + distance, 1, exponents - 1));
}

Extent block_of(const SuiteScope& scope, const Extent& extent) noexcept {
  const Extent& block = scheme_of(scope.recipe->rules.scheme).block;
  return {block.rows == 0 ? extent.rows : block.rows, block.cols == 0 ? extent.cols : block.cols};
}

Operand elements_under(const SuiteScope& scope, const Patterns& patterns, std::uint32_t pin, std::uint32_t first,
                       std::uint32_t size) {
  const Extent unit = unit_of(scope);
  Extent extent{unit.rows, 2 * unit.cols};
  const std::int64_t block_cols = block_of(scope, extent).cols;
  const std::int64_t wanted = 2 * static_cast<std::int64_t>(size), in_row = extent.cols - extent.cols / block_cols;
  extent.rows *= ceil_div(wanted, in_row * unit.rows);
  Operand operand{patterns.type, extent, std::vector<std::uint32_t>(static_cast<std::size_t>(count(extent)))};
  auto to = operand.bits.begin();
  std::uint32_t next = 0;
  for (std::int64_t block = count(extent) / block_cols; block > 0; --block) {
    *to = patterns.in_type(pin);
    for (std::int64_t i = 1; i < block_cols && next < wanted; ++i, ++next)
      to[i] = patterns.in_type((first + next / 2) | (next % 2 == 0 ? 0u : patterns.sign));
    to += block_cols;
  }
  return operand;
}

Operand largest_numbers(const SuiteScope& scope, const Patterns& patterns, int exponent, std::uint32_t pin,
                        std::uint32_t first, std::uint32_t step) {
  const Extent extent = extent_of_largest(scope, patterns.in_binade() / step);
  const GlobalAxis global = scheme_of(scope.recipe->rules.scheme).global;
  const Extent block = block_of(scope, extent);
  const std::int64_t across = ceil_div(extent.cols, block.cols);
  Operand operand{patterns.type, extent, {}};
  operand.bits.reserve(static_cast<std::size_t>(count(extent)));
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t across_block = 0; across_block < across; ++across_block) {
      // Patterns go to the blocks in order; of a row with a pin its first block has none.
      const std::int64_t index = global == GlobalAxis::kRow
                                     ? row * (across - 1) + std::max<std::int64_t>(across_block - 1, 0)
                                     : row / block.rows * across + across_block;
      const std::uint32_t number = first + static_cast<std::uint32_t>(index) * step;
      const std::uint32_t most = patterns.first(exponent) + number % patterns.in_binade();
      const std::int64_t start = across_block * block.cols, end = std::min(start + block.cols, extent.cols);
      const auto above = static_cast<std::uint32_t>(row % block.rows * block.cols);
      for (std::int64_t col = start; col < end; ++col) {
        const bool pinned = global == GlobalAxis::kRow ? col == 0 : global == GlobalAxis::kTensor && row + col == 0;
        const std::uint32_t within = above + static_cast<std::uint32_t>(col - start);
        const std::uint32_t magnitude = pinned ? std::max(most, pin) : most - std::min(most, within * 29);
        operand.bits.push_back(patterns.in_type(magnitude | (within % 2 == 0 ? 0u : patterns.sign)));
      }
    }
  return operand;
}

}  // namespace bitgate::compare
