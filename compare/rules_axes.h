// The axes of a recipe by name: what `diff` prints and what `identify` gives as the reason of a difference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct AxisValue {
  std::string_view axis;  // "block scale: form"
  std::string value;      // "amax * (S * 1/6)", or a number's shortest decimal
  friend bool operator==(const AxisValue&, const AxisValue&) = default;
};

// Every axis in the order of reference::Rules, always the same axes in the same places.
std::vector<AxisValue> axes_of(const reference::Rules& rules);
// The axes of its Rules, then those of its storage: kind of global number, nibble order, raw blocks, random words.
std::vector<AxisValue> axes_of(const reference::Recipe& recipe);

struct AxisDifference {
  std::string_view axis;
  std::string a, b;
};
std::vector<AxisDifference> axes_between(const reference::Recipe& a, const reference::Recipe& b);

// "block scale: form: amax * (S * 1/6) here, (amax / 6) * S there; ..."; "none" when no axis differs.
std::string describe(const std::vector<AxisDifference>& differences, std::string_view a, std::string_view b);

}  // namespace bitgate::compare
