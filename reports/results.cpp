#include "bitgate/reports/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bitgate::reports {

std::vector<RecipeFact> recipe_facts(const std::vector<compare::Row>& rows) {
  std::vector<RecipeFact> facts;
  std::set<std::string> seen;
  for (const compare::Row& row : rows) {
    if (!seen.insert(row.id.recipe).second) continue;
    const reference::Identity& identity = reference::require_recipe(row.id.recipe).identity;
    facts.push_back({row.id.recipe, std::string(name_of(identity.evidence)), std::string(identity.source)});
  }
  return facts;
}

const RecipeFact* find_fact(const Results& results, std::string_view recipe) noexcept {
  const auto at = std::find_if(results.recipes.begin(), results.recipes.end(),
                               [&](const RecipeFact& fact) { return fact.name == recipe; });
  return at == results.recipes.end() ? nullptr : &*at;
}

bool listed_equal(const IdentifySet& set, std::string_view a, std::string_view b, Direction direction) noexcept {
  return std::any_of(set.equal.begin(), set.equal.end(), [&](const compare::EqualPair& pair) {
    return pair.direction == direction && ((pair.a == a && pair.b == b) || (pair.a == b && pair.b == a));
  });
}

bool names_right(const IdentifySet& set, const compare::ConfusionRow& row) noexcept {
  const auto itself = [&](const std::string& name) { return name == row.recipe; };
  return std::any_of(row.named.begin(), row.named.end(), itself) &&
         std::all_of(row.named.begin(), row.named.end(), [&](const std::string& name) {
           return itself(name) || listed_equal(set, row.recipe, name, row.direction);
         });
}

std::string label_of(const compare::Distribution& input) {
  if (input.log2_amplitude == 0) return input.name;
  return fmt::format("{}@2^{}", input.name, input.log2_amplitude);
}

bool answered(const compare::Digests& d) noexcept {
  return !(d.codes.empty() && d.scales.empty() && d.extras.empty() && d.global.empty() && d.values.empty());
}

bool refused(const compare::Row& row) noexcept {
  return !answered(row.digests) && std::all_of(row.subjects.begin(), row.subjects.end(), [](const auto& subject) {
    return subject.outcome == compare::Outcome::kNotRun;
  });
}

bool differs(const compare::Row& row) noexcept {
  return std::any_of(row.subjects.begin(), row.subjects.end(), [](const compare::SubjectResult& subject) {
    return subject.outcome == compare::Outcome::kDifferent;
  });
}

}  // namespace bitgate::reports
