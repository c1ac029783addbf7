// The quick suite: the cases that a subject of a recipe is asked first, in a fixed order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/compare/case_operands.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// One question: a case, the side asked for, and max|x| where the kernel is given one.
struct Question {
  Case id;
  Direction direction = Direction::kRowwise;
  std::optional<float> amax;
  // The options of `bitgate verify` that ask it again: "--case NAME --columnwise --amax 0x1p-149".
  std::string options() const;
};

// For each direction and input type that the recipe takes: a normal input; ties of elements and scales; the ladder of
// special values with and without infinities and NaN; where NaN is taken, blocks with NaN in every other place; rows of
// other sizes; amplitudes from the smallest subnormals to overflow; one large element among small ones; zeros; where
// there is no global, steps of the scale at both ends of the type and of tiles of several rows; and where an amax can
// be given, one that is 0, subnormal, far too small or large, infinite or NaN, of zeros too. Extents are the smallest
// that hold a few blocks of several rows, and more seeds the fewer scales a tensor has.
std::vector<Question> quick_questions(const reference::Recipe& recipe);

// What a question's request points into. Not copyable.
struct Asked {
  TypedTensor input;
  CaseOperands operands;
  std::vector<float> amax;
  Request request;

  Asked(const reference::Recipe& recipe, const Question& question);
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
};

}  // namespace bitgate::compare
