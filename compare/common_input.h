// Two or more recipes asked the same question: the type, direction and extent that all of them take, and their answers
// held against each other field by field, also where their schemes are not the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

using RecipeList = std::vector<const reference::Recipe*>;

// bf16 where all take it, else fp32, else f16; none in common: empty.
std::optional<InputType> common_type(const RecipeList& recipes) noexcept;
// Row-wise where all make it, else column-wise.
std::optional<Direction> common_direction(const RecipeList& recipes, InputType type) noexcept;
// The smallest number of rows and columns that is a whole number of blocks for all and that none refuses.
Extent common_extent(const RecipeList& recipes, Direction direction) noexcept;

// The recipe's answer. What it takes beside the input is that of a case of seed 1 (case_operands.h). Throws InputError
// when the recipe refuses.
QuantizedTensor ask(const reference::Recipe& recipe, const TypedView& input, Direction direction);

// The directed distributions that mean something for the recipe: without codes and scales there are no ties.
std::vector<std::string> directed_for(const reference::Recipe& recipe);

// compare() of the fields that mean the same in both: codes of one element format, scales of one format and number,
// globals of one kind. The tally of any other field is empty.
Comparison compare_common(const QuantizedTensor& a, const QuantizedTensor& b);

}  // namespace bitgate::compare
