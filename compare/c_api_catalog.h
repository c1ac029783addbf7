// What the C library tells of a recipe.
#pragma once

#include <string>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// The JSON object of bitgate_recipe_info.
std::string recipe_info(const reference::Recipe& recipe);

// The lines of bitgate_quick_cases. Throws InputError for a recipe that does not run.
std::string quick_case_names(const reference::Recipe& recipe);

}  // namespace bitgate::compare
