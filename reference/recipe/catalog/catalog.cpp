// All recipes in one list, and their names.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

std::vector<Recipe> all_recipes() {
  std::vector<Recipe> all;
  for (const std::span<const Recipe> family :
       {te_nvfp4_recipes(), te_pyref_recipes(), te_fp8_recipes(), torchao_nvfp4_recipes(), torchao_mx_recipes(),
        microxcaling_recipes(), ggml_recipes()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

// Levenshtein distance, for the nearest name.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// Names that begin as asked stand before names that are merely spelt alike.
std::size_t remoteness(std::string_view asked, std::string_view name) {
  const std::size_t together =
      std::mismatch(asked.begin(), asked.end(), name.begin(), name.end()).first - asked.begin();
  const bool begins = together == asked.size() && !asked.empty();
  return distance(asked, name) + (begins ? 0 : 100);
}

}  // namespace

std::span<const Recipe> catalog() noexcept {
  static const std::vector<Recipe> recipes = all_recipes();
  return recipes;
}

const Recipe* find_recipe(std::string_view name) noexcept {
  const std::span<const Recipe> recipes = catalog();
  const auto found =
      std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& recipe) { return recipe.identity.name == name; });
  return found == recipes.end() ? nullptr : &*found;
}

const Recipe& require_recipe(std::string_view name) {
  if (const Recipe* found = find_recipe(name)) return *found;
  const std::span<const Recipe> recipes = catalog();
  const auto nearest = std::min_element(recipes.begin(), recipes.end(), [&](const Recipe& a, const Recipe& b) {
    return remoteness(name, a.identity.name) < remoteness(name, b.identity.name);
  });
  throw InputError(fmt::format("unknown recipe '{}'; the nearest name is '{}'", name, nearest->identity.name));
}

}  // namespace bitgate::reference
