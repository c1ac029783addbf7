// Names find each other: what a producer, a paper or another program calls a recipe, and what sets it apart from ours.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct Alias {
  std::string_view name;        // small letters, words parted by one '-': "per-token"
  std::string_view here;        // the word of our names that means it ("row"), or a whole recipe ("te/nvfp4-row")
  std::string_view difference;  // one sentence: what to watch when one is taken for the other
};
std::span<const Alias> aliases() noexcept;

// The alias that a name is or contains as whole words, the longest first; capitals, '_' and spaces do not count. Null:
// none.
const Alias* find_alias(std::string_view name);

// Up to `most` recipes, the nearest first. A name's first part is weighed as the producer; what is missing at the end
// costs little ("torchao/mxfp8" suggests torchao/mxfp8e4m3-...); aliases count as the words they stand for.
std::vector<std::string_view> suggest(std::string_view name, std::size_t most = 3);

// The recipe of that name. Throws InputError that gives the nearest names, and the alias with its difference. An alias
// is never taken for the recipe itself: the difference could be the one that is being looked for.
const reference::Recipe& require_named(std::string_view name);

}  // namespace bitgate::compare
