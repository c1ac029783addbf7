#include "bitgate/compare/suite_operand.h"

#include <algorithm>
#include <numeric>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/choices.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

constexpr std::uint32_t kRandomWord = 0x6B3C91D7u;

bool columnwise(const SuiteScope& scope) noexcept {
  return reference::default_direction(*scope.recipe) == Direction::kColumnwise;
}

Extent swapped(const Extent& extent) noexcept { return {extent.cols, extent.rows}; }

TypedTensor input_of(const Operand& operand, const Extent& input, bool transposed) {
  TypedTensor tensor = make_input(operand.type, input);
  if (!transposed) {
    for (std::int64_t i = 0; i < count(input); ++i) put(tensor, i, operand.bits[static_cast<std::size_t>(i)]);
    return tensor;
  }
  for (std::int64_t row = 0; row < operand.extent.rows; ++row)
    for (std::int64_t col = 0; col < operand.extent.cols; ++col)
      put(tensor, col * input.cols + row, operand.bits[static_cast<std::size_t>(row * operand.extent.cols + col)]);
  return tensor;
}

template <class T>
void rearrange_elements(const std::vector<T>& from, std::int64_t from_cols, const Extent& extent, const PlaceOf& place,
                        std::vector<T>& to) {
  if (from.empty()) return;
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col) {
      const Extent at = place(row, col);
      to[static_cast<std::size_t>(row * extent.cols + col)] =
          from[static_cast<std::size_t>(at.rows * from_cols + at.cols)];
    }
}

void rearrange_scales(const QuantizedTensor& from, const PlaceOf& place, QuantizedTensor& to) {
  const Scheme& scheme = from.scheme;
  const Extent scales = scale_extent(scheme, to.extent);
  for (std::int64_t row = 0; row < scales.rows; ++row)
    for (std::int64_t col = 0; col < scales.cols; ++col) {
      const Extent at = place(row * scheme.cell.rows, col * scheme.cell.cols);
      set_scale_bits(to.scales, static_cast<std::size_t>(row * scales.cols + col),
                     scale_bits(from.scales, scale_index(scheme, from.extent.cols, at.rows, at.cols)));
    }
}

void rearrange_extras(const QuantizedTensor& from, const PlaceOf& place, QuantizedTensor& to) {
  const Scheme& scheme = from.scheme;
  const std::int64_t in_row = extras_per_row(scheme, to.extent.cols);
  const std::int64_t from_row = extras_per_row(scheme, from.extent.cols);
  for (std::int64_t row = 0; row < to.extent.rows; ++row)
    for (std::int64_t i = 0; i < in_row; ++i) {
      const Extent at = place(row, i / scheme.extras_per * scheme.extra_cols);
      const std::int64_t source =
          at.rows * from_row + at.cols / scheme.extra_cols * scheme.extras_per + i % scheme.extras_per;
      to.extras[static_cast<std::size_t>(row * in_row + i)] = from.extras[static_cast<std::size_t>(source)];
    }
}

}  // namespace

Extent unit_of(const SuiteScope& scope) noexcept {
  const reference::Recipe& recipe = *scope.recipe;
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const Direction direction = reference::default_direction(recipe);
  const Extent least = common_extent({&recipe}, direction);
  Extent unit = columnwise(scope) ? swapped(least) : least;
  if (scheme.extra_cols != 0) unit.cols = std::lcm(unit.cols, scheme.extra_cols);
  // A transform mixes 16 numbers, and a random word serves four.
  unit.cols = std::lcm(unit.cols, std::int64_t{16});
  const bool turned = columnwise(scope);
  unit.cols = std::lcm(unit.cols, turned ? scope.row_multiple : scope.col_multiple);
  unit.rows = std::lcm(unit.rows, turned ? scope.col_multiple : scope.row_multiple);
  return unit;
}

Operand normal_operand(const SuiteScope& scope, InputType type, const Extent& extent, std::uint64_t seed) {
  const TypedTensor drawn = generate(*scope.recipe, {"normal"}, type, extent, seed);
  Operand operand{type, extent, {}};
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const std::uint32_t bits = bits_of(type, static_cast<double>(element(drawn.view(), i)));
    operand.bits.push_back((bits & ~sign_mask(format_of(type))) == 0 ? 0 : bits);
  }
  return operand;
}

AskedOperand::AskedOperand(const SuiteScope& scope, const Operand& operand)
    : AskedOperand(scope, operand, reference::default_direction(*scope.recipe)) {}

AskedOperand::AskedOperand(const SuiteScope& scope, const Operand& operand, Direction direction) {
  const reference::Recipe& recipe = *scope.recipe;
  const bool transposed = direction == Direction::kColumnwise;
  const Extent extent = transposed ? swapped(operand.extent) : operand.extent;
  input = input_of(operand, extent, transposed);
  operands = operands_of(recipe, {std::string(recipe.identity.name), operand.type, {"normal"}, extent, 1});
  request = request_of(recipe, input, operands);
  request.direction = direction;
  if (recipe.storage.random == reference::RandomOrder::kNone) return;
  words.assign(static_cast<std::size_t>(count(extent) / 4), kRandomWord);
  if (direction != Direction::kColumnwise) request.random_bits = words;
  if (direction != Direction::kRowwise) request.random_bits_columnwise = words;
}

QuantizedTensor ask_operand(const SuiteScope& scope, const Subject& subject, const Operand& operand) {
  return subject(AskedOperand(scope, operand).request);
}

QuantizedTensor ask_operand(const SuiteScope& scope, const Subject& subject, const Operand& operand,
                            Direction direction) {
  return subject(AskedOperand(scope, operand, direction).request);
}

std::string operand_difference(const SuiteScope& scope, const Subject& subject, const Operand& operand) {
  const AskedOperand asked(scope, operand);
  const QuantizedTensor expected = reference::quantize(*scope.recipe, asked.request);
  return difference(expected, subject(asked.request));
}

Operand rearranged(const Operand& from, const Extent& extent, const PlaceOf& place) {
  Operand to{from.type, extent, std::vector<std::uint32_t>(static_cast<std::size_t>(count(extent)))};
  rearrange_elements(from.bits, from.extent.cols, extent, place, to.bits);
  return to;
}

QuantizedTensor rearranged(const QuantizedTensor& from, const Extent& extent, const PlaceOf& place) {
  QuantizedTensor to = make_quantized(from.scheme, from.global_number, extent);
  to.direction = from.direction;
  rearrange_elements(from.codes, from.extent.cols, extent, place, to.codes);
  rearrange_elements(from.values, from.extent.cols, extent, place, to.values);
  rearrange_scales(from, place, to);
  rearrange_extras(from, place, to);
  for (std::size_t i = 0; i < to.global.size(); ++i)
    to.global[i] = from.global[global_index(from.scheme, place(static_cast<std::int64_t>(i), 0).rows)];
  return to;
}

}  // namespace bitgate::compare
