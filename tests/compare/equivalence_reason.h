// The reason why a mutant of a changed recipe is equivalent: proofs are asked of recipes that are not in the catalog.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "bitgate/compare/mutants.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

using RecipeChange = std::function<void(reference::Recipe&)>;

inline void unchanged(reference::Recipe&) {}

// "" where no proof applies.
inline std::string reason(std::string_view name, const RecipeChange& change, std::string_view axis,
                          std::string_view value) {
  reference::Recipe recipe = reference::require_recipe(name);
  change(recipe);
  for (const Mutant& mutant : mutants_of(recipe))
    if (mutant.change.axis == axis && mutant.change.b == value) return std::string(why_equivalent(recipe, mutant));
  return "no such mutant";
}

}  // namespace bitgate::compare
