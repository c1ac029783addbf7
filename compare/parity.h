// Do two producers, or two versions of one, compute the same? What each runs in its situation by the rules of dispatch
// (reference/dispatch), and those recipes held against each other (recipe_diff.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/contender.h"
#include "bitgate/compare/recipe_diff.h"

namespace bitgate::compare {

struct ContenderPart {
  std::string name;                           // "rowwise", "input"; "" of a recipe that was named
  const reference::Recipe* recipe = nullptr;  // null: nothing is quantized
};

// What a contender runs.
struct ContenderAnswer {
  Contender asked;
  std::optional<reference::Resolution> resolution;  // of a situation that the rules answer
  std::vector<ContenderPart> parts;
  std::string refusal;  // not empty: no rule states what runs, and why
};
ContenderAnswer answer_of(const Contender& contender);

enum class Likeness : std::uint8_t { kEqual, kDifferent, kCannotTell };
std::string_view name_of(Likeness likeness) noexcept;

struct ParityPair {
  std::string part;  // "" where both are recipes
  const reference::Recipe *a = nullptr, *b = nullptr;
  Likeness likeness = Likeness::kCannotTell;
  std::string why;                 // "the same recipe", "equal on all tried", or why it cannot be told
  std::optional<RecipeDiff> diff;  // of two recipes
};

struct Parity {
  ContenderAnswer a, b;
  std::vector<ParityPair> pairs;       // parts that both have; a named recipe is held against each part of the other
  std::vector<std::string> notes;      // parts that only one has
  Likeness likeness() const noexcept;  // one difference outranks what cannot be told
};

// The type and, for a part that is a direction, the direction come from the situations. Throws InputError when the two
// situations say different types, whatever diff() throws for `options`, and for a part that an answer does not have.
Parity parity(const Contender& a, const Contender& b, const DiffOptions& options = {});

}  // namespace bitgate::compare
