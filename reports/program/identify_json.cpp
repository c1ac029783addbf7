#include "bitgate/reports/program/identify_json.h"

#include "bitgate/compare/identify_text.h"

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

}  // namespace

ordered_json json_of(const Identification& found) {
  ordered_json result{{"exact", ordered_json::array()},
                      {"others", ordered_json::array()},
                      {"refused", ordered_json::array()},
                      {"mistakes", ordered_json::array()},
                      {"notes", found.notes}};
  const std::string why_not = compare::why_not_told(found);
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

}  // namespace bitgate::program
