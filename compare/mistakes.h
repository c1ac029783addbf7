// The usual mistakes of a kernel or of the one who dumped its tensors. Each is made on purpose in a recipe's own
// answer; where that gives the dump, it is what happened.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct MistakeInfo {
  std::string_view name;      // "swapped-nibbles"
  std::string_view sentence;  // "the two 4-bit codes of each byte are swapped"
};
std::vector<MistakeInfo> known_mistakes();

struct Explanation {
  MistakeInfo mistake;
  const reference::Recipe* recipe = nullptr;
  std::int64_t different_bytes = 0;  // what is left once the mistake is made
};

// Every known mistake in the answer of every recipe given: those that explain more than the recipe does alone. The
// recipes take the request and have the dump's scheme.
std::vector<Explanation> all_explanations(const std::vector<const reference::Recipe*>& recipes, const Request& request,
                                          const QuantizedTensor& dump);
// The best explanation of each mistake, the fewest bytes left first; of equals the first.
std::vector<Explanation> best_of_each(const std::vector<Explanation>& all);
// The two in one.
std::vector<Explanation> usual_mistakes(const std::vector<const reference::Recipe*>& recipes, const Request& request,
                                        const QuantizedTensor& dump);

// Bytes that differ, by Field: a code counts as one.
std::int64_t different_bytes(const std::array<Tally, kFieldCount>& tally, const Scheme& scheme) noexcept;

}  // namespace bitgate::compare
