#include "bitgate/compare/identify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr std::size_t at(Field field) noexcept { return static_cast<std::size_t>(field); }

// What is told of a field: its tally and its first difference.
void take(Field field, const Comparison& from, Candidate& to) {
  to.tally[at(field)] = from.tally[at(field)];
  if (to.parts) return;
  const auto first =
      std::find_if(from.first.begin(), from.first.end(), [&](const Mismatch& m) { return m.field == field; });
  if (first != from.first.end()) to.parts = *first;
}

constexpr Field kAllFields[] = {Field::kGlobal, Field::kScale, Field::kElement, Field::kExtra, Field::kValue};

void add_twin(const QuantizedTensor& answer, const QuantizedTensor& dump, Candidate& candidate) {
  if (dump.columnwise.empty()) return;
  const Comparison twin = compare(answer.columnwise.at(0), dump.columnwise[0]);
  for (const Field field : kAllFields) {
    candidate.tally[at(field)].total += twin.tally[at(field)].total;
    candidate.tally[at(field)].different += twin.tally[at(field)].different;
  }
  if (candidate.parts || twin.first.empty()) return;
  candidate.parts = twin.first.front();
  candidate.parts_in_twin = true;
}

Candidate judge(const Recipe& recipe, Request request, const QuantizedTensor& dump) {
  Candidate candidate;
  candidate.recipe = &recipe;
  const QuantizedTensor answer = reference::quantize(recipe, request);
  const Comparison from_input = compare(answer, dump);
  const bool staged = !from_input.bit_exact() && dump.columnwise.empty();
  take(Field::kGlobal, from_input, candidate);
  if (staged) {
    request.global = dump.global;
    take(Field::kScale, compare(reference::quantize(recipe, request), dump), candidate);
    if (scale_count(dump.scales) != 0) request.scales = &dump.scales;
    const Comparison from_scales = compare(reference::quantize(recipe, request), dump);
    for (const Field field : {Field::kElement, Field::kExtra, Field::kValue}) take(field, from_scales, candidate);
  } else {
    for (const Field field : kAllFields) take(field, from_input, candidate);
    add_twin(answer, dump, candidate);
  }
  candidate.different_bytes = different_bytes(candidate.tally, dump.scheme);
  return candidate;
}

Direction direction_of(const QuantizedTensor& dump) noexcept {
  return dump.columnwise.empty() ? dump.direction : Direction::kBoth;
}

// The same storage with the other of tensor and row scaling; null: none.
const Scheme* other_scaling(const Scheme& scheme) noexcept {
  for (const Scheme& other : kSchemes) {
    const bool both_scale = (scheme.global == GlobalAxis::kTensor && other.global == GlobalAxis::kRow) ||
                            (scheme.global == GlobalAxis::kRow && other.global == GlobalAxis::kTensor);
    if (both_scale && other.element.name == scheme.element.name && other.scale.name == scheme.scale.name &&
        other.block == scheme.block && other.cell == scheme.cell && other.amax_over == scheme.amax_over)
      return &other;
  }
  return nullptr;
}

void try_scheme(const Request& request, const QuantizedTensor& dump, Identification& found) {
  for (const Recipe& recipe : reference::catalog()) {
    if (recipe.rules.scheme != dump.scheme.id || recipe.storage.global_number != dump.global_number) continue;
    if (!runs(recipe)) {
      found.refused.push_back({&recipe, fmt::format("{}: {}", recipe.identity.name, recipe.open_question)});
      continue;
    }
    try {
      Candidate candidate = judge(recipe, request, dump);
      (candidate.exact() ? found.exact : found.others).push_back(std::move(candidate));
    } catch (const InputError& refusal) {
      found.refused.push_back({&recipe, refusal.what()});
    }
  }
}

void sort_and_explain(Identification& found) {
  std::stable_sort(found.others.begin(), found.others.end(),
                   [](const Candidate& a, const Candidate& b) { return a.different_bytes < b.different_bytes; });
  const Candidate* against = !found.exact.empty()    ? &found.exact.front()
                             : !found.others.empty() ? &found.others.front()
                                                     : nullptr;
  for (std::vector<Candidate>* list : {&found.exact, &found.others})
    for (Candidate& candidate : *list) candidate.axes = axes_between(*against->recipe, *candidate.recipe);
}

void note_other_numbers(const QuantizedTensor& dump, Identification& found) {
  std::int64_t others = 0;
  for (const Recipe& recipe : reference::catalog())
    others += recipe.rules.scheme == dump.scheme.id && recipe.storage.global_number != dump.global_number;
  if (others != 0)
    found.notes.push_back(fmt::format("{} more recipes of {} store another kind of global number and were not asked",
                                      others, dump.scheme.name));
}

// The best of each mistake; where one explains every byte, those alone that do.
void choose_mistakes(Identification& found) {
  found.mistakes = best_of_each(found.explanations);
  const bool exact = !found.mistakes.empty() && found.mistakes.front().different_bytes == 0;
  if (exact) std::erase_if(found.mistakes, [](const Explanation& e) { return e.different_bytes != 0; });
}

void try_mistakes(const Request& request, const QuantizedTensor& dump, Identification& found) {
  std::vector<const Recipe*> recipes;
  for (const Candidate& candidate : found.others)
    if (candidate.recipe->rules.scheme == dump.scheme.id) recipes.push_back(candidate.recipe);
  if (recipes.empty()) return;
  if (!dump.columnwise.empty()) {
    found.notes.push_back("the usual mistakes are tried on dumps of one direction only, and this one has both");
    return;
  }
  // An explanation that leaves a twentieth of the nearest recipe's difference is worth a word.
  const std::int64_t most = found.others.front().different_bytes / 20;
  found.explanations = all_explanations(recipes, request, dump);
  std::erase_if(found.explanations, [&](const Explanation& e) { return e.different_bytes > most; });
  choose_mistakes(found);
}

const Explanation* same_in(const Identification& part, const Explanation& wanted) noexcept {
  for (const Explanation& e : part.explanations)
    if (e.recipe == wanted.recipe && e.mistake.name == wanted.mistake.name) return &e;
  return nullptr;
}

// Only what every part has: a mistake that was made was made in every dump.
std::vector<Explanation> explanations_of_all(const std::vector<Identification>& parts) {
  std::vector<Explanation> all;
  if (parts.empty()) return all;
  for (Explanation sum : parts.front().explanations) {
    bool everywhere = true;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const Explanation* same = same_in(parts[i], sum);
      everywhere = everywhere && same != nullptr;
      if (same != nullptr) sum.different_bytes += same->different_bytes;
    }
    if (everywhere) all.push_back(sum);
  }
  return all;
}

// A part's candidate joins what the parts before it gave.
void add_to(Candidate& sum, const Candidate& candidate) {
  sum.recipe = candidate.recipe;
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    sum.tally[field].total += candidate.tally[field].total;
    sum.tally[field].different += candidate.tally[field].different;
  }
  sum.different_bytes += candidate.different_bytes;
  if (sum.parts) return;
  sum.parts = candidate.parts;
  sum.parts_in_twin = candidate.parts_in_twin;
}

}  // namespace

Identification identify(const Request& request, const QuantizedTensor& dump) {
  Request asked = request;
  asked.direction = direction_of(dump);
  asked.scales = nullptr;
  Identification found;
  try_scheme(asked, dump, found);
  const Scheme* other = other_scaling(dump.scheme);
  if (dump.extent.rows == 1 && other != nullptr) {
    found.notes.push_back("the tensor has one row: row and tensor scaling cannot be told apart by it");
    QuantizedTensor as_other = dump;
    as_other.scheme = *other;
    try_scheme(asked, as_other, found);
  }
  note_other_numbers(dump, found);
  sort_and_explain(found);
  if (found.exact.empty()) try_mistakes(asked, dump, found);
  return found;
}

Identification combine(const std::vector<Identification>& parts) {
  std::map<const Recipe*, std::pair<std::size_t, Candidate>> sums;  // in how many parts it was judged
  Identification found;
  for (const Identification& part : parts) {
    for (const std::vector<Candidate>* list : {&part.exact, &part.others})
      for (const Candidate& candidate : *list) {
        auto& [times, sum] = sums[candidate.recipe];
        ++times;
        add_to(sum, candidate);
      }
    for (const Refusal& refusal : part.refused)
      if (std::none_of(found.refused.begin(), found.refused.end(),
                       [&](const Refusal& r) { return r.recipe == refusal.recipe; }))
        found.refused.push_back(refusal);
    for (const std::string& note : part.notes)
      if (std::find(found.notes.begin(), found.notes.end(), note) == found.notes.end()) found.notes.push_back(note);
  }
  // In the catalog's order. A recipe that refuses one of the inputs cannot have made its dump.
  for (const Recipe& recipe : reference::catalog()) {
    const auto sum = sums.find(&recipe);
    if (sum == sums.end() || sum->second.first != parts.size()) continue;
    Candidate& candidate = sum->second.second;
    (candidate.exact() ? found.exact : found.others).push_back(std::move(candidate));
  }
  if (found.exact.empty()) found.explanations = explanations_of_all(parts);
  choose_mistakes(found);
  sort_and_explain(found);
  return found;
}

bool nothing_compared(const Identification& found) noexcept {
  const auto compared = [](const Candidate& c) {
    return c.tally[at(Field::kElement)].total + c.tally[at(Field::kValue)].total != 0;
  };
  return std::none_of(found.exact.begin(), found.exact.end(), compared) &&
         std::none_of(found.others.begin(), found.others.end(), compared);
}

std::string where_it_parts(const Candidate& candidate) {
  if (!candidate.parts) return "";
  const Mismatch& m = *candidate.parts;
  return fmt::format("{}{}, first at ({}, {}): 0x{:X} expected, 0x{:X} found",
                     candidate.parts_in_twin ? "column-wise " : "", name_of(m.field), m.row, m.col, m.expected,
                     m.actual);
}

}  // namespace bitgate::compare
