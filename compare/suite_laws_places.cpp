#include <numeric>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/suite_laws.h"
#include "bitgate/compare/suite_operand.h"

namespace bitgate::compare::law {
namespace {

// Enough that a neighbour, the first and the last are told apart.
constexpr std::int64_t kUnits = 5;

Extent extent_of(const SuiteScope& scope) {
  const Extent unit = unit_of(scope);
  return {kUnits * unit.rows, kUnits * unit.cols};
}

// A permutation of the units that is no rotation and leaves none in place.
constexpr std::int64_t permuted(std::int64_t index, std::int64_t unit) noexcept {
  constexpr std::int64_t kOrder[kUnits] = {2, 4, 3, 0, 1};
  return kOrder[index / unit] * unit + index % unit;
}

std::string equivariant(const SuiteScope& scope, const Subject& subject, const Operand& operand, const Extent& extent,
                        const PlaceOf& place) {
  const QuantizedTensor before = ask_operand(scope, subject, operand);
  const QuantizedTensor after = ask_operand(scope, subject, rearranged(operand, extent, place));
  return difference(rearranged(before, extent, place), after);
}

// The part of `whole` that starts at a row.
std::string part_alone(const SuiteScope& scope, const Subject& subject, const Operand& operand,
                       const QuantizedTensor& whole, std::int64_t first, std::int64_t rows) {
  const Extent extent{rows, operand.extent.cols};
  const PlaceOf place = [first](std::int64_t row, std::int64_t col) { return Extent{first + row, col}; };
  return difference(rearranged(whole, extent, place), ask_operand(scope, subject, rearranged(operand, extent, place)));
}

}  // namespace

std::string row_permutation(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent extent = extent_of(scope);
  const std::int64_t unit = unit_of(scope).rows;
  return equivariant(scope, subject, normal_operand(scope, type, extent, 1), extent,
                     [unit](std::int64_t row, std::int64_t col) {
                       return Extent{permuted(row, unit), col};
                     });
}

std::string column_permutation(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent extent = extent_of(scope);
  const std::int64_t unit = unit_of(scope).cols;
  return equivariant(scope, subject, normal_operand(scope, type, extent, 2), extent,
                     [unit](std::int64_t row, std::int64_t col) {
                       return Extent{row, permuted(col, unit)};
                     });
}

std::string batch_split(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent unit = unit_of(scope), extent = extent_of(scope);
  Operand operand = normal_operand(scope, type, extent, 3);
  // The first row of each part is the same and holds the largest number: what a tensor shares is shared by its parts.
  const std::int64_t second = 2 * unit.rows;
  const auto cols = static_cast<std::ptrdiff_t>(extent.cols);
  operand.bits[0] = bits_of(type, 64.0);
  std::copy_n(operand.bits.begin(), cols, operand.bits.begin() + second * cols);
  const QuantizedTensor whole = ask_operand(scope, subject, operand);
  const std::string head = part_alone(scope, subject, operand, whole, 0, second);
  return head.empty() ? part_alone(scope, subject, operand, whole, second, extent.rows - second) : head;
}

std::string padding(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent unit = unit_of(scope), extent = extent_of(scope);
  const Operand operand = normal_operand(scope, type, extent, 4);
  Operand padded{type, {extent.rows + unit.rows, extent.cols + unit.cols}, {}};
  padded.bits.resize(static_cast<std::size_t>(count(padded.extent)));
  for (std::int64_t i = 0; i < count(extent); ++i)
    padded.bits[static_cast<std::size_t>(i / extent.cols * padded.extent.cols + i % extent.cols)] =
        operand.bits[static_cast<std::size_t>(i)];
  const QuantizedTensor alone = ask_operand(scope, subject, operand);
  const QuantizedTensor with_zeros = ask_operand(scope, subject, padded);
  return difference(alone, rearranged(with_zeros, extent, [](std::int64_t row, std::int64_t col) {
                      return Extent{row, col};
                    }));
}

std::string transpose(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent unit = unit_of(scope);
  const std::int64_t side = std::lcm(unit.rows, unit.cols);
  return equivariant(scope, subject, normal_operand(scope, type, {2 * side, 3 * side}, 5), {3 * side, 2 * side},
                     [](std::int64_t row, std::int64_t col) {
                       return Extent{col, row};
                     });
}

std::string directions(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent unit = unit_of(scope), least = common_extent({scope.recipe}, Direction::kColumnwise);
  const std::int64_t side = std::lcm(std::lcm(unit.rows, unit.cols), std::lcm(least.rows, least.cols));
  const Operand operand = normal_operand(scope, type, {2 * side, 3 * side}, 6);
  QuantizedTensor rowwise = ask_operand(scope, subject, operand, Direction::kRowwise);
  rowwise.direction = Direction::kColumnwise;
  return difference(rowwise, ask_operand(scope, subject, operand, Direction::kColumnwise));
}

}  // namespace bitgate::compare::law
