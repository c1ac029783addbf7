// What a diff of two recipes found, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/recipe_diff.h"

namespace bitgate::program {

// How often the two differ, a line a distribution. Of a diff that ran.
std::string rows_text(const compare::RecipeDiff& diff);
// The smallest input found that separates them, or "equal on all tried".
std::string separator_text(const compare::RecipeDiff& diff);
nlohmann::ordered_json json_of(const compare::RecipeDiff& diff);

}  // namespace bitgate::program
