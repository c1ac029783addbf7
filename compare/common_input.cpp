#include "bitgate/compare/common_input.h"

#include <algorithm>
#include <numeric>

#include "bitgate/compare/case_operands.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

bool takes(const Recipe& recipe, Direction direction, InputType type) noexcept {
  const reference::Accepts& a = recipe.accepts;
  if (direction == Direction::kRowwise) return a.directions.rowwise;
  return a.directions.columnwise && (type == InputType::kBf16 || !a.bf16_only_columnwise);
}

void drop_scales(QuantizedTensor& tensor) { tensor.scales = std::vector<std::uint8_t>{}; }

}  // namespace

std::optional<InputType> common_type(const RecipeList& recipes) noexcept {
  for (const InputType type : {InputType::kBf16, InputType::kF32, InputType::kF16})
    if (std::all_of(recipes.begin(), recipes.end(), [&](const Recipe* r) { return accepts(r->accepts, type); }))
      return type;
  return std::nullopt;
}

std::optional<Direction> common_direction(const RecipeList& recipes, InputType type) noexcept {
  for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise})
    if (std::all_of(recipes.begin(), recipes.end(), [&](const Recipe* r) { return takes(*r, direction, type); }))
      return direction;
  return std::nullopt;
}

Extent common_extent(const RecipeList& recipes, Direction direction) noexcept {
  Extent extent{1, 1};
  for (const Recipe* recipe : recipes) {
    const reference::Accepts& a = recipe->accepts;
    const Extent& block = scheme_of(recipe->rules.scheme).block;
    // Of the operand's rows and columns; the column-wise operand is the transposed input. A block of 0 is a whole axis.
    for (const std::int64_t size : {a.col_multiple, block.cols})
      extent.cols = std::lcm(extent.cols, std::max<std::int64_t>(size, 1));
    // With one block a row the row's amax decides its only scale, and rules that part over scales look alike.
    if (scheme_of(recipe->rules.scheme).global == GlobalAxis::kRow) extent.cols = std::lcm(extent.cols, 2 * block.cols);
    for (const std::int64_t size : {a.row_multiple, block.rows})
      extent.rows = std::lcm(extent.rows, std::max<std::int64_t>(size, 1));
    if (direction == Direction::kRowwise) continue;
    extent.cols = std::lcm(extent.cols, std::lcm(a.columnwise_multiple, a.row_multiple));
    extent.rows = std::lcm(extent.rows, std::lcm(a.columnwise_multiple, a.columnwise_cols));
  }
  if (direction == Direction::kColumnwise) std::swap(extent.rows, extent.cols);
  return extent;
}

QuantizedTensor ask(const Recipe& recipe, const TypedView& input, Direction direction) {
  const CaseOperands operands =
      operands_of(recipe, {std::string(recipe.identity.name), input.type, {"normal"}, input.extent, 1});
  const TypedTensor none;
  Request request = request_of(recipe, none, operands);
  request.input = input;
  request.direction = direction;
  return reference::quantize(recipe, request);
}

std::vector<std::string> directed_for(const Recipe& recipe) {
  if (is_values_only(scheme_of(recipe.rules.scheme))) return {"special"};
  return {"element_ties", "scale_ties", "special"};
}

Comparison compare_common(const QuantizedTensor& a, const QuantizedTensor& b) {
  const bool same_kind = a.scheme.id == b.scheme.id && a.global_number == b.global_number;
  if (same_kind) return compare(a, b);
  QuantizedTensor left = a, right = b;
  if (a.scheme.element.name != b.scheme.element.name || a.codes.size() != b.codes.size())
    left.codes.clear(), right.codes.clear();
  if (a.scheme.scale.name != b.scheme.scale.name || scale_count(a.scales) != scale_count(b.scales))
    drop_scales(left), drop_scales(right);
  if (a.global_number != b.global_number || a.global.size() != b.global.size())
    left.global.clear(), right.global.clear();
  if (a.scheme.extra.name != b.scheme.extra.name || a.extras.size() != b.extras.size())
    left.extras.clear(), right.extras.clear();
  if (a.values.size() != b.values.size()) left.values.clear(), right.values.clear();
  right.scheme = left.scheme;
  right.global_number = left.global_number;
  return compare(left, right);
}

}  // namespace bitgate::compare
