// From a situation to facts, through a producer's rules, to recipes.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

std::string names_of(const Producer& producer, bool environment) {
  std::string names;
  for (const Word& word : producer.words) {
    const bool is_variable = word.kind == WordKind::kEnvironment || word.kind == WordKind::kBuild;
    if (word.kind == WordKind::kDerived || is_variable != environment) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", word.name);
  }
  return names.empty() ? "none" : names;
}

void say(const Producer& producer, Facts& facts, const Word& word, std::string_view value) {
  require_known_value(producer, word, value);
  if (!facts.emplace(word.name, value).second)
    throw InputError(fmt::format("{}: {} is given twice", producer.name, word.name));
}

void say_option(const Producer& producer, Facts& facts, std::string_view name, std::string_view value) {
  const Word* word = find_word(producer.words, name);
  if (word == nullptr || word->kind != WordKind::kOption)
    throw InputError(
        fmt::format("{}: unknown option '{}', expected one of {}", producer.name, name, names_of(producer, false)));
  say(producer, facts, *word, value);
}

void say_variable(const Producer& producer, Facts& facts, const Setting& setting) {
  const Word* word = find_word(producer.words, setting.name);
  if (word == nullptr || (word->kind != WordKind::kEnvironment && word->kind != WordKind::kBuild))
    throw InputError(fmt::format("{}: unknown environment variable '{}', expected one of {}", producer.name,
                                 setting.name, names_of(producer, true)));
  say(producer, facts, *word, setting.value);
}

// YYYY-MM-DD as the number YYYYMMDD; -1: not a date.
std::int64_t date_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return -1;
  const std::int64_t year = whole_number(text.substr(0, 4));
  const std::int64_t month = whole_number(text.substr(5, 2));
  const std::int64_t day = whole_number(text.substr(8, 2));
  if (year < 2000 || month < 1 || month > 12 || day < 1 || day > 31) return -1;
  return (year * 100 + month) * 100 + day;
}

std::int64_t release_of(const Producer& producer, std::string_view version) {
  std::string known;
  bool dated = false;
  for (const Release& release : producer.releases) {
    if (release.name == version) return release.order;
    if (release.name == "DATE") dated = true;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", release.name == "DATE" ? "YYYY-MM-DD" : release.name);
  }
  if (const std::int64_t date = date_of(version); dated && date > 0) return date;
  throw InputError(fmt::format("{}: unknown version '{}', expected one of {}", producer.name, version, known));
}

Facts facts_of(const Producer& producer, const Situation& situation) {
  Facts facts;
  for (const Setting& setting : situation.environment) say_variable(producer, facts, setting);
  for (const Setting& setting : situation.options) say_option(producer, facts, setting.name, setting.value);
  const std::array<std::pair<const char*, const std::string*>, 3> own{
      {{"dtype", &situation.dtype}, {"role", &situation.role}, {"direction", &situation.direction}}};
  for (const auto& [name, value] : own)
    if (!value->empty()) say_option(producer, facts, name, *value);
  if (situation.shape) {
    facts.emplace("rows", std::to_string(situation.shape->rows));
    facts.emplace("cols", std::to_string(situation.shape->cols));
  }
  if (situation.batch) say_option(producer, facts, "batch", std::to_string(*situation.batch));
  if (!situation.arch.empty()) {
    const Arch& arch = require_arch(situation.arch);
    facts.emplace("arch", arch.name);
    facts.emplace("cc", std::to_string(arch.capability));
    facts.emplace("device", arch.capability == 0 ? "cpu" : "cuda");
  }
  for (const Word& word : producer.words)
    if (!word.initial.empty()) facts.emplace(word.name, word.initial);
  facts.emplace("release", std::to_string(release_of(producer, situation.version)));
  return facts;
}

Resolution resolve_one(const Producer& producer, const Situation& situation) {
  Facts facts = facts_of(producer, situation);
  producer.derive(facts);
  Resolution result{std::string(producer.name), situation.version, {}, {}, {}};
  for (const Rule* rule : evaluate(producer, facts))
    result.rules.push_back({rule, expand(producer, facts, rule->text)});
  for (const std::string_view part : producer.parts) {
    const auto found = facts.find(part);
    if (found == facts.end() || found->second == "not-wanted") continue;
    result.parts.push_back({std::string(part), found->second == "none" ? "" : found->second});
  }
  if (result.parts.empty())
    throw InputError(fmt::format("{}: no rule of the notes states what runs in this situation", producer.name));
  if (const auto kernel = facts.find("kernel"); kernel != facts.end()) result.kernels.push_back(kernel->second);
  return result;
}

// A product quantizes two operands, each by the rules of its own role.
Resolution resolve_product(const Producer& producer, Situation situation) {
  if (!situation.direction.empty() && situation.direction != "rowwise")
    throw InputError(fmt::format("{}: role gemm is the forward product, whose operands are row-wise", producer.name));
  if (find_word(producer.words, "direction") != nullptr) situation.direction = "rowwise";
  Resolution result{std::string(producer.name), situation.version, {}, {}, {}};
  for (const char* role : {"input", "weight"}) {
    situation.role = role;
    const Resolution operand = resolve_one(producer, situation);
    result.parts.push_back({role, operand.parts.front().recipe});
    result.kernels.insert(result.kernels.end(), operand.kernels.begin(), operand.kernels.end());
    for (const Reason& reason : operand.rules) {
      const auto same = [&](const Reason& known) { return known.rule == reason.rule && known.text == reason.text; };
      if (std::none_of(result.rules.begin(), result.rules.end(), same)) result.rules.push_back(reason);
    }
  }
  return result;
}

// Whether the rule's own conditions on `fact` let it have this value.
bool permits(const Producer& producer, const Rule& rule, std::string_view fact, std::string_view value) {
  const Facts only{{std::string(fact), std::string(value)}};
  for (const std::string_view condition : split(rule.when, ';')) {
    const bool is_about_it = condition.substr(0, condition.find_first_of("!=<>")) == fact;
    if (is_about_it && !holds(producer, only, condition)) return false;
  }
  return true;
}

// Every way to fill the {facts} of a template with values that some rule or word gives them.
void fill(const Producer& producer, const Rule& rule, const std::string& text, std::set<std::string>& found) {
  const auto open = text.find('{');
  if (open == std::string::npos) {
    found.insert(text);
    return;
  }
  const auto close = text.find('}', open);
  const std::string fact = text.substr(open + 1, close - open - 1);
  std::set<std::string> values;
  if (const Word* word = find_word(producer.words, fact); word != nullptr)
    for (const std::string_view value : split(word->accepts, '|')) values.emplace(value);
  for (const Rule& other : producer.rules)
    for (const std::string_view assignment : split(other.sets, ';'))
      if (assignment.starts_with(fact + "="))
        fill(producer, other, std::string(assignment.substr(fact.size() + 1)), values);
  for (const std::string& value : values)
    if (permits(producer, rule, fact, value))
      fill(producer, rule, text.substr(0, open) + value + text.substr(close + 1), found);
}

}  // namespace

std::span<const Producer* const> producers() noexcept {
  static const std::array all{&te_producer(),
                              &torchao_producer(),
                              &ggml_producer(),
                              &flashinfer_producer(),
                              &trtllm_producer(),
                              &vllm_producer(),
                              &sglang_producer(),
                              &cutlass_producer(),
                              &deepseek_producer(),
                              &modelopt_producer(),
                              &compressed_tensors_producer()};
  return all;
}

const Producer& require_producer(std::string_view name) {
  std::string known;
  for (const Producer* producer : producers()) {
    if (producer->name == name) return *producer;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", producer->name);
  }
  throw InputError(fmt::format("unknown producer '{}', expected one of {}", name, known));
}

Resolution resolve(const Situation& situation) {
  const Producer& producer = require_producer(situation.producer);
  Situation complete = situation;
  if (complete.version.empty()) complete.version = producer.newest;
  const bool is_product = complete.role == "gemm" && producer.name != "ggml";
  return is_product ? resolve_product(producer, complete) : resolve_one(producer, complete);
}

std::vector<std::string> answerable_recipes(const Producer& producer) {
  const auto is_recipe = [&](std::string_view value) {
    const std::string_view family = value.substr(0, value.find('/'));
    if (family.size() == value.size()) return false;
    const auto& families = producer.families;
    return family == producer.name || std::find(families.begin(), families.end(), family) != families.end();
  };
  std::set<std::string> found;
  for (const Rule& rule : producer.rules)
    for (const std::string_view assignment : split(rule.sets, ';')) {
      const std::string value(assignment.substr(assignment.find('=') + 1));
      if (is_recipe(value)) fill(producer, rule, value, found);
    }
  return {found.begin(), found.end()};
}

}  // namespace bitgate::reference
