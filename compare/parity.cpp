#include "bitgate/compare/parity.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/compare/input_file.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// The rules speak of options of `bitgate resolve`; here each is a key: "--arch (e.g. sm_100a)", "arch (e.g. sm_100a)".
std::string options_as_keys(std::string text) {
  for (auto at = text.find(" --"); at != std::string::npos; at = text.find(" --", at)) text.erase(at + 1, 2);
  return text;
}

// A recipe that the rules name.
const Recipe* recipe_named(const std::string& name, std::string& refusal) {
  if (name.empty()) return nullptr;
  const Recipe* recipe = reference::find_recipe(name);
  if (recipe == nullptr) refusal = fmt::format("{} is what runs, and this catalog does not hold it", name);
  return recipe;
}

std::optional<InputType> type_of(const Contender& a, const Contender& b) {
  const std::string &left = a.situation.dtype, &right = b.situation.dtype;
  if (!left.empty() && !right.empty() && left != right)
    throw InputError(
        fmt::format("'{}' takes {} and '{}' takes {}: no input is of both types", a.text, left, b.text, right));
  const std::string& said = left.empty() ? right : left;
  return said.empty() ? std::nullopt : find_input_type(said);
}

std::optional<Direction> direction_of_part(std::string_view part) noexcept {
  if (part == "rowwise") return Direction::kRowwise;
  if (part == "columnwise") return Direction::kColumnwise;
  return std::nullopt;
}

bool any_difference(const RecipeDiff& diff) noexcept {
  if (diff.separator) return true;
  return std::any_of(diff.rows.begin(), diff.rows.end(), [](const DiffRow& row) {
    return std::any_of(row.fields.begin(), row.fields.end(),
                       [](const Frequency& field) { return field.tally.different != 0; });
  });
}

void judge(ParityPair& pair) {
  const RecipeDiff& diff = *pair.diff;
  const bool run = runs(*pair.a) && runs(*pair.b);
  const bool other_schemes = pair.a->rules.scheme != pair.b->rules.scheme;
  if (!diff.why_not.empty()) {
    pair.likeness = run && other_schemes ? Likeness::kDifferent : Likeness::kCannotTell;
    pair.why = diff.why_not;
  } else if (any_difference(diff)) {
    pair.likeness = Likeness::kDifferent;
  } else if (other_schemes || pair.a->storage.global_number != pair.b->storage.global_number) {
    pair.likeness = Likeness::kDifferent;
    pair.why = "what both store is equal on all tried, and they do not store the same fields";
  } else {
    pair.likeness = Likeness::kEqual;
    pair.why = "equal on all tried";
  }
}

ParityPair pair_of(const std::string& part, const Recipe* a, const Recipe* b, DiffOptions options) {
  ParityPair pair{part, a, b, Likeness::kCannotTell, "", {}};
  if (a == nullptr || b == nullptr) {
    pair.likeness = a == b ? Likeness::kCannotTell : Likeness::kDifferent;
    pair.why = a == b ? "nothing is quantized by either" : "nothing is quantized by one of the two";
    return pair;
  }
  if (a == b) {
    pair.likeness = runs(*a) ? Likeness::kEqual : Likeness::kCannotTell;
    pair.why = runs(*a) ? "the same recipe" : std::string(a->open_question);
    return pair;
  }
  options.direction = direction_of_part(part);
  for (const Recipe* recipe : {a, b})
    if (options.type && !accepts(recipe->accepts, *options.type)) {
      pair.why = fmt::format("{} does not take {}", recipe->identity.name, name_of(*options.type));
      return pair;
    }
  pair.diff = diff(*a, *b, options);
  judge(pair);
  return pair;
}

const ContenderPart* part_of(const ContenderAnswer& answer, std::string_view name) noexcept {
  for (const ContenderPart& part : answer.parts)
    if (part.name == name || part.name.empty()) return &part;
  return nullptr;
}

}  // namespace

ContenderAnswer answer_of(const Contender& contender) {
  ContenderAnswer answer{contender, {}, {}, ""};
  if (contender.recipe != nullptr) {
    answer.parts.push_back({"", contender.recipe});
    return answer;
  }
  try {
    answer.resolution = reference::resolve(contender.situation);
  } catch (const InputError& error) {
    answer.refusal = options_as_keys(error.what());
    return answer;
  }
  for (const reference::Part& part : answer.resolution->parts) {
    if (!contender.part.empty() && part.name != contender.part) continue;
    answer.parts.push_back({part.name, recipe_named(part.recipe, answer.refusal)});
  }
  if (answer.parts.empty())
    throw InputError(fmt::format("'{}': the answer has no part '{}'", contender.text, contender.part));
  return answer;
}

std::string_view name_of(Likeness likeness) noexcept {
  switch (likeness) {
    case Likeness::kEqual: return "equal";
    case Likeness::kDifferent: return "different";
    case Likeness::kCannotTell: return "cannot tell";
  }
  return "?";
}

Likeness Parity::likeness() const noexcept {
  const auto any = [&](Likeness likeness) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const ParityPair& p) { return p.likeness == likeness; });
  };
  if (any(Likeness::kDifferent)) return Likeness::kDifferent;
  return pairs.empty() || any(Likeness::kCannotTell) ? Likeness::kCannotTell : Likeness::kEqual;
}

Parity parity(const Contender& a, const Contender& b, const DiffOptions& asked) {
  DiffOptions options = asked;
  if (const std::optional<InputType> type = type_of(a, b)) options.type = type;
  Parity result{answer_of(a), answer_of(b), {}, {}};
  if (!result.a.refusal.empty() || !result.b.refusal.empty()) return result;
  const bool b_has_names = !result.b.parts.front().name.empty();
  const ContenderAnswer& names = result.a.parts.front().name.empty() && b_has_names ? result.b : result.a;
  const ContenderAnswer& others = &names == &result.a ? result.b : result.a;
  for (const ContenderPart& part : names.parts) {
    const ContenderPart *left = part_of(result.a, part.name), *right = part_of(result.b, part.name);
    if (left != nullptr && right != nullptr)
      result.pairs.push_back(pair_of(part.name, left->recipe, right->recipe, options));
    else
      result.notes.push_back(fmt::format("{} is asked of '{}' alone", part.name, names.asked.text));
  }
  for (const ContenderPart& part : others.parts)
    if (part_of(names, part.name) == nullptr && !part.name.empty())
      result.notes.push_back(fmt::format("{} is asked of '{}' alone", part.name, others.asked.text));
  return result;
}

}  // namespace bitgate::compare
