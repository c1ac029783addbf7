// Generated inputs. Element = f(seed, distribution, extent, index) by Philox4x32-10, computed with exactly specified
// operations only (no libm), multiplied by 2^amplitude and rounded once (nearest even) to the input type: subnormals
// are kept, a magnitude past the type's largest number becomes infinity (f16: from 65520 on). A test holds the digest
// of the first 2^16 values of each; a change of any value needs a new name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bitgate/compare/case.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class Family : std::uint8_t {
  kPlain,       // one law for every element
  kRowVarying,  // rows differ in scale
  kDirected,    // solved for a recipe: ties of elements and scales and their neighbours, special values
  kCorner,      // drawn to part recipes; asked by the quick suite, measured by no panel
};

// Whether an input of the family depends on the recipe of its case.
constexpr bool follows_recipe(Family family) noexcept {
  return family == Family::kDirected || family == Family::kCorner;
}

struct DistributionInfo {
  std::string_view name;
  Family family;
  std::string_view description;  // the law, with its parameters
};

std::span<const DistributionInfo> distributions() noexcept;
const DistributionInfo* find_distribution(std::string_view name) noexcept;  // null: unknown

// Zeros of a type and extent: uint16 bit patterns for bf16 and f16.
TypedTensor make_input(InputType type, Extent extent);

// The input of a case. Directed distributions search the boundaries of `recipe`; the others never look at it.
// Throws InputError for an unknown distribution, a negative size, more than 2^40 elements, an amplitude outside
// 2^-149 .. 2^127, or an amplitude of "special", "bit_patterns", "nan_halves" or "error_ties", whose values have none.
TypedTensor generate(const reference::Recipe& recipe, const Distribution& distribution, InputType type, Extent extent,
                     std::uint64_t seed);
// The input a case names; its recipe must be in the catalog.
TypedTensor generate(const Case& c);

}  // namespace bitgate::compare
