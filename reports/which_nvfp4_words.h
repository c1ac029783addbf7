// The rules of an NVFP4 recipe in the words of a table's cells, from the names that the axes have
// (compare/rules_axes.h): a new enumerator is in the page as soon as it has a name.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reports {

// What a producer stores: one phrase a convention.
std::string convention_words(GlobalNumber number);
// "one a tensor"; "" without a global.
std::string axis_words(GlobalAxis axis);

struct Nvfp4Words {
  std::string global, block, encoded, element, nibbles;
};
// Text of Markdown.
Nvfp4Words words_of(const reference::Recipe& recipe);

// "element: division, machine": the axes in which one of `recipes` is not as the first; "no axis" where there is none.
std::string differing_axes(const std::vector<const reference::Recipe*>& recipes);

}  // namespace bitgate::reports
