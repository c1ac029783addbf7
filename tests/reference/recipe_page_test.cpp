// reference/recipe/README.md, the page of all recipes, says of each what the catalog says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {
namespace {

std::string page() {
  std::ifstream file(std::filesystem::path(BITGATE_SOURCE_DIR) / "reference/recipe/README.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string row_of(const Recipe& recipe) {
  std::string types;
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) types += (types.empty() ? "" : " ") + std::string(name_of(type));
  const Identity& id = recipe.identity;
  return "| `" + std::string(id.name) + "` | " + types + " | " + std::string(name_of(id.evidence)) + " | " +
         std::string(id.evidence_note) + " |\n";
}

TEST(RecipePage, HasTheRowOfEveryRecipe) {
  const std::string text = page();
  for (const Recipe& recipe : catalog())
    EXPECT_NE(text.find(row_of(recipe)), std::string::npos) << "missing or outdated: " << row_of(recipe);
}

TEST(RecipePage, HasNoOtherRow) {
  const std::string text = page();
  std::size_t rows = 0;
  for (std::size_t at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) ++rows;
  EXPECT_EQ(rows, catalog().size());
}

}  // namespace
}  // namespace bitgate::reference
