#include "bitgate/compare/parity.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using reference::Situation;

constexpr std::string_view kVariable = "env.";

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw InputError(fmt::format("'{}': {}", text, why));
}

Extent shape_of(std::string_view text, std::string_view value) {
  const auto x = value.find('x');
  const std::int64_t rows = x == std::string_view::npos ? -1 : reference::whole_number(value.substr(0, x));
  const std::int64_t cols = x == std::string_view::npos ? -1 : reference::whole_number(value.substr(x + 1));
  if (rows < 0 || cols < 0) refuse(text, fmt::format("shape={}: ROWSxCOLS expected, e.g. 128x256", value));
  return {rows, cols};
}

// A word of the producer's own, as a key of the text.
void require_word(const reference::Producer& producer, std::string_view text, std::string_view key,
                  std::string_view value) {
  const bool variable = key.starts_with(kVariable);
  const reference::Word* word = find_word(producer.words, variable ? key.substr(kVariable.size()) : key);
  using reference::WordKind;
  const bool known =
      word != nullptr && (variable ? word->kind == WordKind::kEnvironment || word->kind == WordKind::kBuild
                                   : word->kind == WordKind::kOption);
  if (!known)
    refuse(text, fmt::format("unknown key '{}'; 'bitgate resolve {} --words' lists them", key, producer.name));
  try {
    reference::require_known_value(producer, *word, value);
  } catch (const InputError& error) {
    refuse(text, error.what());
  }
}

void say(const reference::Producer& producer, std::string_view key, std::string_view value, Contender& contender) {
  Situation& s = contender.situation;
  const std::string said(value);
  const bool own_word = key != "shape" && key != "arch" && key != "part";
  if (own_word) require_word(producer, contender.text, key, value);
  if (key == "arch") reference::require_arch(value);
  if (key == "shape")
    s.shape = shape_of(contender.text, value);
  else if (key == "batch")
    s.batch = reference::whole_number(value);
  else if (key == "part")
    contender.part = said;
  else if (key == "dtype")
    s.dtype = said;
  else if (key == "arch")
    s.arch = said;
  else if (key == "role")
    s.role = said;
  else if (key == "direction")
    s.direction = said;
  else if (key.starts_with(kVariable))
    s.environment.push_back({std::string(key.substr(kVariable.size())), said});
  else
    s.options.push_back({std::string(key), said});
}

void say_all(const reference::Producer& producer, std::string_view words, Contender& contender) {
  std::vector<std::string_view> said;
  for (const std::string_view pair : reference::split(words, ',')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == pair.size())
      refuse(contender.text, fmt::format("'{}': KEY=VALUE expected", pair));
    const std::string_view key = pair.substr(0, equals);
    if (std::find(said.begin(), said.end(), key) != said.end())
      refuse(contender.text, fmt::format("{} is given twice", key));
    said.push_back(key);
    say(producer, key, pair.substr(equals + 1), contender);
  }
}

// "2.9" is the release "v2.9". What no release is called stays as it is, for the rules to refuse.
std::string release_named(const reference::Producer& producer, const std::string& version) {
  for (const reference::Release& release : producer.releases)
    if (release.name == "v" + version) return std::string(release.name);
  return version;
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

Contender parse_contender(std::string_view text) {
  Contender contender;
  contender.text = std::string(text);
  const auto end = text.find_first_of("@:");
  if (text.substr(0, end).find('/') != std::string_view::npos) {
    contender.recipe = &require_named(text);
    return contender;
  }
  const auto colon = text.find(':');
  std::string_view producer = text.substr(0, colon);
  if (const auto at = producer.find('@'); at != std::string_view::npos) {
    contender.situation.version = std::string(producer.substr(at + 1));
    if (contender.situation.version.empty()) refuse(text, "a version is missing behind '@'");
    producer = producer.substr(0, at);
  }
  const reference::Producer& known = reference::require_producer(producer);
  contender.situation.producer = std::string(producer);
  contender.situation.version = release_named(known, contender.situation.version);
  if (colon != std::string_view::npos) say_all(known, text.substr(colon + 1), contender);
  return contender;
}

ContenderAnswer answer_of(const Contender& contender) {
  ContenderAnswer answer{contender, {}, {}, ""};
  if (contender.recipe != nullptr) {
    answer.parts.push_back({"", contender.recipe});
    return answer;
  }
  try {
    answer.resolution = reference::resolve(contender.situation);
  } catch (const InputError& error) {
    answer.refusal = error.what();
    return answer;
  }
  for (const reference::Part& part : answer.resolution->parts) {
    if (!contender.part.empty() && part.name != contender.part) continue;
    answer.parts.push_back({part.name, recipe_named(part.recipe, answer.refusal)});
  }
  if (answer.parts.empty()) refuse(contender.text, fmt::format("the answer has no part '{}'", contender.part));
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
