// The evaluator of dispatch rules.
#include "bitgate/reference/dispatch/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

constexpr std::array kArchs{Arch{"sm_70", 70},    Arch{"sm_75", 75},    Arch{"sm_80", 80},    Arch{"sm_86", 86},
                            Arch{"sm_87", 87},    Arch{"sm_89", 89},    Arch{"sm_90", 90},    Arch{"sm_90a", 90},
                            Arch{"sm_100", 100},  Arch{"sm_100a", 100}, Arch{"sm_100f", 100}, Arch{"sm_103", 103},
                            Arch{"sm_103a", 103}, Arch{"sm_107a", 107}, Arch{"sm_110", 110},  Arch{"sm_110a", 110},
                            Arch{"sm_110f", 110}, Arch{"sm_120", 120},  Arch{"sm_120a", 120}, Arch{"sm_120f", 120},
                            Arch{"sm_121", 121},  Arch{"sm_121a", 121}, Arch{"x86", 0},       Arch{"neon", 0},
                            Arch{"riscv", 0},     Arch{"scalar", 0}};

constexpr std::string_view kRefuse = "refuse";

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// A condition or an assignment, cut at its operator.
struct Parts {
  std::string_view fact, operation, value;
};
Parts cut(std::string_view text) noexcept {
  for (const std::string_view operation : {"!=", ">=", "<=", "="}) {
    const auto at = text.find(operation);
    if (at == std::string_view::npos) continue;
    return {trimmed(text.substr(0, at)), operation, trimmed(text.substr(at + operation.size()))};
  }
  return {text, "", ""};
}

bool is_one_of(std::string_view value, std::string_view choices) {
  const auto all = split(choices, '|');
  return std::find(all.begin(), all.end(), value) != all.end();
}

std::string choices_of(const Word& word) {
  if (word.accepts == "#") return "a whole number";
  if (word.accepts == "*") return "a value";
  std::string choices = "one of";
  for (const std::string_view choice : split(word.accepts, '|')) choices += fmt::format(" {},", choice);
  choices.pop_back();
  return choices;
}

bool is_decided(const Facts& facts, std::span<const std::string_view> assignments) {
  return std::any_of(assignments.begin(), assignments.end(),
                     [&](std::string_view text) { return facts.contains(cut(text).fact); });
}

bool fires(const Producer& producer, const Facts& facts, const Rule& rule) {
  for (const std::string_view condition : split(rule.when, ';'))
    if (!holds(producer, facts, condition)) return false;
  return true;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!trimmed(text).empty()) {
    const auto at = std::min(text.find(separator), text.size());
    parts.push_back(trimmed(text.substr(0, at)));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return parts;
}

std::int64_t whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && number >= 0;
  return whole ? number : -1;
}

std::string whole_blocks(const Facts& facts, std::int64_t multiple) {
  const auto cols = facts.find("cols");
  if (cols == facts.end()) return "unsaid";
  return whole_number(cols->second) % multiple == 0 ? "yes" : "no";
}

const Word* find_word(std::span<const Word> words, std::string_view name) noexcept {
  const auto found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.name == name; });
  return found == words.end() ? nullptr : &*found;
}

void require_known_value(const Producer& producer, const Word& word, std::string_view value) {
  if (word.accepts == "*" && !value.empty()) return;
  if (word.accepts == "#" ? whole_number(value) >= 0 : is_one_of(value, word.accepts)) return;
  throw InputError(fmt::format("{}: unknown {} '{}', expected {}", producer.name, word.name, value, choices_of(word)));
}

const std::string& value_of(const Producer& producer, const Facts& facts, std::string_view name) {
  const auto found = facts.find(name);
  if (found != facts.end()) return found->second;
  const Word* word = find_word(producer.words, name);
  if (word != nullptr && word->kind == WordKind::kDerived)
    throw InputError(fmt::format("{}: the answer depends on {}: give it", producer.name, word->text));
  const std::string choices = word == nullptr ? "a value" : choices_of(*word);
  throw InputError(fmt::format("{}: the answer depends on {}: give it ({})", producer.name, name, choices));
}

bool holds(const Producer& producer, const Facts& facts, std::string_view condition) {
  const auto [fact, operation, value] = cut(condition);
  const bool is_undecided = !facts.contains(fact) && find_word(producer.words, fact) == nullptr;
  if (is_undecided) return false;
  const std::string& actual = value_of(producer, facts, fact);
  if (operation == "=") return is_one_of(actual, value);
  if (operation == "!=") return !is_one_of(actual, value);
  const std::int64_t number = whole_number(actual);
  return operation == ">=" ? number >= whole_number(value) : number <= whole_number(value);
}

std::string expand(const Producer& producer, const Facts& facts, std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = std::min(text.find('{', at), text.size());
    result += text.substr(at, open - at);
    if (open == text.size()) break;
    const auto close = text.find('}', open);
    result += value_of(producer, facts, text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return result;
}

std::vector<const Rule*> evaluate(const Producer& producer, Facts& facts) {
  std::vector<const Rule*> chain;
  for (const Rule& rule : producer.rules) {
    const bool refuses = rule.sets.starts_with(kRefuse);
    const auto assignments = split(refuses ? rule.sets.substr(kRefuse.size()) : rule.sets, ';');
    if (is_decided(facts, assignments) || !fires(producer, facts, rule)) continue;
    if (refuses)
      throw InputError(fmt::format("{}: {} (rule {}, {})", producer.name, expand(producer, facts, rule.text), rule.id,
                                   rule.source->note));
    if (!rule.text.empty()) chain.push_back(&rule);
    if (rule.sets == "note") continue;
    for (const std::string_view assignment : assignments) {
      const auto [fact, operation, value] = cut(assignment);
      facts.emplace(fact, expand(producer, facts, value));
    }
  }
  return chain;
}

std::span<const Arch> archs() noexcept { return kArchs; }

const Arch& require_arch(std::string_view name) {
  std::string known;
  for (const Arch& arch : kArchs) {
    if (arch.name == name) return arch;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", arch.name);
  }
  throw InputError(fmt::format("unknown arch '{}', expected one of {}", name, known));
}

}  // namespace bitgate::reference
