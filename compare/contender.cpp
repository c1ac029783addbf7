#include "bitgate/compare/contender.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/compare/alias.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

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

}  // namespace bitgate::compare
