// An input for every recipe: of a type, extent and direction that it takes, with the operands that it needs. What walks
// the catalog asks here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::oracle {

// Whole blocks of every recipe, and not square: rows and columns cannot be taken for one another unseen.
inline constexpr Extent kSampleExtent{128, 256};

// The recipes that run, and those with an open question.
std::vector<const reference::Recipe*> runnable_recipes();
std::vector<const reference::Recipe*> open_recipes();

// fp32 where the recipe takes it, else bf16.
InputType sample_type(const reference::Recipe& recipe);

// Numbers of all magnitudes and both signs; no NaN, no infinity.
TypedTensor any_numbers(InputType type, Extent extent, std::uint64_t seed);
// Numbers near 1, with a run of zeros of both signs at the start of every row.
TypedTensor ordinary_numbers(InputType type, Extent extent, std::uint64_t seed);
// `value` everywhere, rounded to the type by cutting its last bits.
TypedTensor all_equal(InputType type, Extent extent, float value);
// Columns become rows.
TypedTensor transposed(const TypedTensor& tensor);

// A request that a recipe takes. It refers to the sample: the sample must stay where it is.
struct RecipeSample {
  TypedTensor input;
  std::vector<float> weight, residual, gate;  // empty unless the recipe needs them
  std::vector<float> row_factor;              // likewise
  Direction direction = Direction::kRowwise;

  Request request() const;
};
// An amax for the request's one side: of a transformed side it is the column-wise amax.
void give_amax(const reference::Recipe& recipe, Request& request, std::span<const float> amax);
RecipeSample sample_of(const reference::Recipe& recipe, TypedTensor input);
// any_numbers of the recipe's own type in kSampleExtent, its default direction.
RecipeSample sample_of(const reference::Recipe& recipe, std::uint64_t seed = 1);

std::vector<std::uint32_t> bits_of(std::span<const float> values);
// The first field and place in which two answers differ, "" when there is none. Twins are compared too.
std::string first_difference(const QuantizedTensor& a, const QuantizedTensor& b);

// The message with which a recipe refuses a request, "" when it takes it.
std::string refusal_of(const reference::Recipe& recipe, const Request& request);

}  // namespace bitgate::oracle
