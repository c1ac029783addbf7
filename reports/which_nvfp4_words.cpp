#include "bitgate/reports/which_nvfp4_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "bitgate/compare/rules_axes.h"

namespace bitgate::reports {
namespace {

using compare::AxisValue;
using reference::Recipe;

using Axes = std::vector<AxisValue>;

const std::string& value_of(const Axes& axes, std::string_view axis) {
  static const std::string kNothing;
  const auto at = std::find_if(axes.begin(), axes.end(), [&](const AxisValue& a) { return a.axis == axis; });
  return at == axes.end() ? kNothing : at->value;
}

// The axes whose names start with `group`, without those of `named`, where they are not as in Rules that nobody set.
// The only axis that is asked for by its whole name is the code of a NaN.
std::string unusual(const Axes& axes, std::string_view group, const std::vector<std::string_view>& named) {
  static const Axes kUsual = compare::axes_of(reference::Rules{});
  std::string out;
  for (const AxisValue& axis : axes) {
    const bool is_named = std::find(named.begin(), named.end(), axis.axis) != named.end();
    if (!axis.axis.starts_with(group) || is_named || value_of(kUsual, axis.axis) == axis.value) continue;
    const std::string_view left = axis.axis.substr(group.size());
    out += fmt::format("; {}: {}", left.empty() ? "NaN" : left, axis.value);
  }
  return out;
}

// A bar ends a cell, a star starts emphasis; the largest numbers have names.
std::string in_cell(std::string text) {
  for (const auto& [number, name] : {std::pair{"3.4028235e+38", "FLT_MAX"}, std::pair{"3.3895314e+38", "bf16's max"}})
    for (std::size_t at = text.find(number); at != std::string::npos; at = text.find(number))
      text.replace(at, std::string_view(number).size(), name);
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  for (std::size_t at = text.find('*'); at != std::string::npos; at = text.find('*', at + 2)) text.insert(at, "\\");
  return text;
}

std::string global_words(const Recipe& recipe, const Axes& axes) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  std::string out = convention_words(recipe.storage.global_number);
  if (recipe.storage.global_number != GlobalNumber::kNone) out += ", " + axis_words(scheme.global);
  if (recipe.rules.global.form == reference::GlobalForm::kNone) return out;
  std::string form = value_of(axes, "global: form");
  if (const std::size_t at = form.find("target"); at != std::string::npos)
    form.replace(at, std::string_view("target").size(), value_of(axes, "global: target"));
  out += "; " + form;
  return out + unusual(axes, "global: ", {"global: form", "global: target"});
}

std::string block_words(const Recipe& recipe, const Axes& axes) {
  const reference::SpecialRule& special = recipe.rules.special;
  std::string out;
  if (recipe.rules.transform != reference::Transform::kNone) out += value_of(axes, "transform") + " first; ";
  if (recipe.rules.fusion != reference::Fusion::kNone) out += value_of(axes, "fused in front") + " first; ";
  if (special.kind != reference::Special::kNone)
    out += value_of(axes, "special: search") + unusual(axes, "special: ", {"special: search"});
  // Rules that nobody set: the special rule has its own.
  const bool own = special.kind != reference::Special::kNone && recipe.rules.block == reference::BlockRule{};
  if (!own) {
    if (special.kind != reference::Special::kNone) out += "; ";
    out += value_of(axes, "block scale: form");
    out += unusual(axes, "block scale: ",
                   {"block scale: form", "block scale: at least", "block scale: at most", "block scale: rounding",
                    "block scale: overflow", "block scale: NaN code"});
  }
  const std::string& machine = value_of(axes, "machine");
  return machine == "gpu, subnormals kept" ? out : out + "; " + machine;
}

std::string encoded_words(const Recipe& recipe, const Axes& axes) {
  if (is_values_only(scheme_of(recipe.rules.scheme))) return "values only";
  if (recipe.rules.special.kind != reference::Special::kNone && recipe.rules.block == reference::BlockRule{})
    return "by its own rule";
  std::string out = value_of(axes, "block scale: rounding") + ", " + value_of(axes, "block scale: overflow");
  out += unusual(axes, "block scale: NaN code", {});
  for (const std::string_view bound : {"at least", "at most"}) {
    const std::string& value = value_of(axes, fmt::format("block scale: {}", bound));
    if (value != "none") out += fmt::format("; first {} {}", bound, value);
  }
  return out;
}

std::string element_words(const Recipe& recipe, const Axes& axes) {
  if (recipe.rules.special.kind != reference::Special::kNone && recipe.rules.element == reference::ElementRule{})
    return "by its own rule";
  return value_of(axes, "element: scaling") + "; " + value_of(axes, "element: encode") +
         unusual(axes, "element: ", {"element: scaling", "element: encode"});
}

std::string nibble_words(const Recipe& recipe) {
  if (is_values_only(scheme_of(recipe.rules.scheme))) return "none";
  const std::string order = recipe.storage.nibbles == NibbleOrder::kLowFirst ? "low first" : "high first";
  return recipe.storage.blocks == RawBlocks::kNone ? order : order + ", in ggml's blocks";
}

}  // namespace

std::string axis_words(GlobalAxis axis) {
  switch (axis) {
    case GlobalAxis::kNone: return "";
    case GlobalAxis::kTensor: return "one a tensor";
    case GlobalAxis::kRow: return "one a row";
    case GlobalAxis::kColumn: return "one a column";
  }
  return "";
}

// What a producer stores, in words: one phrase a convention.
std::string convention_words(GlobalNumber number) {
  switch (number) {
    case GlobalNumber::kNone: return "none";
    case GlobalNumber::kAmax: return "amax";
    case GlobalNumber::kMultiplier: return "decode scale, multiplies codes";
    case GlobalNumber::kDivisor: return "encode scale, divides codes";
  }
  return "?";
}

Nvfp4Words words_of(const Recipe& recipe) {
  const Axes axes = compare::axes_of(recipe);
  return {in_cell(global_words(recipe, axes)), in_cell(block_words(recipe, axes)), in_cell(encoded_words(recipe, axes)),
          in_cell(element_words(recipe, axes)), nibble_words(recipe)};
}

std::string differing_axes(const std::vector<const Recipe*>& recipes) {
  std::vector<std::string_view> axes;
  for (const Recipe* recipe : recipes)
    for (const compare::AxisDifference& difference : compare::axes_between(*recipes.front(), *recipe))
      if (std::find(axes.begin(), axes.end(), difference.axis) == axes.end()) axes.push_back(difference.axis);
  return axes.empty() ? "no axis" : fmt::format("{}", fmt::join(axes, ", "));
}

}  // namespace bitgate::reports
