#include "bitgate/reports/program/identify_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace bitgate::program {

namespace {

using compare::Candidate;
using compare::Identification;
using nlohmann::ordered_json;

ordered_json candidate_json(const Candidate& candidate) {
  ordered_json row{{"recipe", candidate.recipe->identity.name}, {"different_bytes", candidate.different_bytes}};
  for (std::size_t field = 0; field < compare::kFieldCount; ++field)
    row["fields"][std::string(name_of(static_cast<compare::Field>(field)))] = {
        {"total", candidate.tally[field].total}, {"different", candidate.tally[field].different}};
  if (candidate.parts)
    row["parts"] = {{"field", name_of(candidate.parts->field)},
                    {"row", candidate.parts->row},
                    {"col", candidate.parts->col},
                    {"columnwise", candidate.parts_in_twin},
                    {"expected", candidate.parts->expected},
                    {"found", candidate.parts->actual}};
  row["axes"] = ordered_json::array();
  for (const compare::AxisDifference& d : candidate.axes)
    row["axes"].push_back({{"axis", d.axis}, {"nearest", d.a}, {"here", d.b}});
  return row;
}

std::string exact_text(const Identification& found) {
  const std::string why_not = why_not_told(found);
  if (!why_not.empty()) return fmt::format("could not tell: {}\n", why_not);
  if (found.exact.empty()) return "no recipe explains every byte\n";
  std::string text = "every byte is explained by\n";
  for (const Candidate& candidate : found.exact)
    text += fmt::format("  {} ({})\n", candidate.recipe->identity.name, name_of(candidate.recipe->identity.evidence));
  if (found.exact.size() > 1)
    text += "they are equal on this input; 'bitgate probe write' gives inputs that part them\n";
  return text;
}

std::string others_text(const Identification& found, std::size_t most) {
  if (found.others.empty() || most == 0) return "";
  std::string text = found.exact.empty() ? "the nearest\n" : "the nearest others\n";
  const Candidate& against = found.exact.empty() ? found.others.front() : found.exact.front();
  for (std::size_t i = 0; i < std::min(most, found.others.size()); ++i) {
    const Candidate& candidate = found.others[i];
    text += fmt::format("  {}: {} bytes differ; {}\n", candidate.recipe->identity.name, candidate.different_bytes,
                        where_it_parts(candidate));
    for (const compare::AxisDifference& d : candidate.axes)
      text += fmt::format("    {}: {}; in {}: {}\n", d.axis, d.b, against.recipe->identity.name, d.a);
  }
  return text;
}

// One line a reason: a reason often holds for a whole family. Few ask why, so that is for those who ask for much.
std::string refused_text(const Identification& found, bool reasons) {
  if (found.refused.empty()) return "";
  if (!reasons)
    return fmt::format("not asked: {} recipes; --json, or --others above {}, tells why\n", found.refused.size(),
                       kOthers);
  std::vector<std::pair<std::string, std::string>> by_reason;
  for (const compare::Refusal& refusal : found.refused) {
    const std::string name(refusal.recipe->identity.name);
    const bool named = refusal.why.rfind(name + ": ", 0) == 0;
    const std::string reason = named ? refusal.why.substr(name.size() + 2) : refusal.why;
    const auto same =
        std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& entry) { return entry.first == reason; });
    if (same == by_reason.end())
      by_reason.emplace_back(reason, name);
    else
      same->second += ", " + name;
  }
  std::string text;
  for (const auto& [reason, names] : by_reason) text += fmt::format("not asked: {}: {}\n", names, reason);
  return text;
}

}  // namespace

std::string why_not_told(const Identification& found) {
  if (found.exact.empty() && found.others.empty()) return "no recipe takes the input";
  return nothing_compared(found) ? "nothing was compared" : "";
}

ordered_json json_of(const Identification& found) {
  ordered_json result{{"exact", ordered_json::array()},
                      {"others", ordered_json::array()},
                      {"refused", ordered_json::array()},
                      {"mistakes", ordered_json::array()},
                      {"notes", found.notes}};
  const std::string why_not = why_not_told(found);
  result["could_not_tell"] = why_not.empty() ? ordered_json() : ordered_json(why_not);
  for (const Candidate& candidate : found.exact) result["exact"].push_back(candidate_json(candidate));
  for (const Candidate& candidate : found.others) result["others"].push_back(candidate_json(candidate));
  for (const compare::Refusal& refusal : found.refused)
    result["refused"].push_back({{"recipe", refusal.recipe->identity.name}, {"why", refusal.why}});
  for (const compare::Explanation& e : found.mistakes)
    result["mistakes"].push_back({{"mistake", e.mistake.name},
                                  {"sentence", e.mistake.sentence},
                                  {"recipe", e.recipe->identity.name},
                                  {"different_bytes", e.different_bytes}});
  return result;
}

std::string text_of(const Identification& found, std::size_t most) {
  std::string text = exact_text(found);
  for (const compare::Explanation& e : found.mistakes)
    text += fmt::format("{} {} if {}\n", e.recipe->identity.name,
                        e.different_bytes == 0 ? std::string("explains every byte")
                                               : fmt::format("explains all but {} bytes", e.different_bytes),
                        e.mistake.sentence);
  if (why_not_told(found).empty()) text += others_text(found, most);
  text += refused_text(found, most > kOthers);
  for (const std::string& note : found.notes) text += fmt::format("note: {}\n", note);
  return text;
}

}  // namespace bitgate::program
