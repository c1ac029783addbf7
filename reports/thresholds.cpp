#include "bitgate/reports/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 28;
constexpr std::size_t kMaxCases = 1 << 20, kMaxTextBytes = 1 << 16;

using compare::JsonValue;
using Json = nlohmann::ordered_json;

constexpr std::pair<const char*, std::string ThresholdOrigin::*> kOriginFields[] = {
    {"who", &ThresholdOrigin::who},
    {"when", &ThresholdOrigin::when},
    {"commit", &ThresholdOrigin::commit},
    {"machine", &ThresholdOrigin::machine},
    {"why", &ThresholdOrigin::why}};

void require_clean(const compare::Row& row) {
  bool ran = false;
  for (const compare::SubjectResult& subject : row.subjects) {
    if (subject.outcome != compare::Outcome::kEqual)
      throw InputError(fmt::format("thresholds are not recorded from a run with mismatches or skips: {}: {}: {}{}{}",
                                   row.id.name(), subject.subject, name_of(subject.outcome),
                                   subject.note.empty() ? "" : ": ", subject.note));
    ran = true;
  }
  if (!ran) throw InputError(fmt::format("thresholds are not recorded where nothing was compared: {}", row.id.name()));
}

CaseThreshold threshold_of(const compare::Row& row) {
  CaseThreshold threshold;
  threshold.exact = row.digests;
  const double measured = row.metrics.sqnr_db;
  if (std::isfinite(measured)) threshold.floor = SqnrFloor{measured - kFloorToleranceDb, measured, kFloorToleranceDb};
  return threshold;
}

Json to_json(const CaseThreshold& threshold) {
  Json out = Json::object();
  if (threshold.exact) out["exact"] = digests_json(*threshold.exact);
  if (threshold.floor)
    out["floor"] = {{"sqnr_db", threshold.floor->sqnr_db},
                    {"measured", threshold.floor->measured},
                    {"tolerance", threshold.floor->tolerance}};
  return out;
}

SqnrFloor floor_from(const JsonValue& json) {
  json.require_keys({"sqnr_db", "measured", "tolerance"});
  const SqnrFloor floor{json.at("sqnr_db").number(), json.at("measured").number(), json.at("tolerance").number()};
  if (!std::isfinite(floor.sqnr_db)) json.at("sqnr_db").refuse("expected a finite floor");
  if (!std::isfinite(floor.measured)) json.at("measured").refuse("expected a finite number");
  if (!(floor.tolerance >= 0) || std::isinf(floor.tolerance))
    json.at("tolerance").refuse("expected a finite number of at least 0");
  return floor;
}

CaseThreshold case_from(const std::string& name, const JsonValue& json) {
  try {
    compare::parse_case(name);
  } catch (const InputError& reason) {
    json.refuse(reason.what());
  }
  json.require_keys({}, {"exact", "floor"});
  CaseThreshold threshold;
  if (json.has("exact")) {
    threshold.exact = digests_from(json.at("exact"));
    if (!answered(*threshold.exact)) json.at("exact").refuse("expected at least one digest");
  }
  if (json.has("floor")) threshold.floor = floor_from(json.at("floor"));
  if (!threshold.exact && !threshold.floor) json.refuse("expected \"exact\" or \"floor\"");
  return threshold;
}

ThresholdOrigin origin_from(const JsonValue& json) {
  json.require_keys({"who", "when", "commit", "machine", "why"});
  ThresholdOrigin origin;
  for (const auto& [name, member] : kOriginFields) {
    origin.*member = json.at(name).text(kMaxTextBytes);
    if ((origin.*member).empty()) json.at(name).refuse("expected a text that is not empty");
  }
  return origin;
}

}  // namespace

Thresholds propose(const Results& results, const ThresholdOrigin& origin) {
  for (const auto& [name, member] : kOriginFields)
    if ((origin.*member).empty()) throw InputError(fmt::format("thresholds need to say {}", name));
  if (results.rows.empty()) throw InputError("thresholds are not recorded from results without rows");
  Thresholds thresholds;
  thresholds.origin = origin;
  std::set<std::string> prefixes;
  for (const compare::Row& row : results.rows) {
    if (refused(row)) continue;
    require_clean(row);
    thresholds.cases[row.id.name()] = threshold_of(row);
    for (const compare::SubjectResult& subject : row.subjects)
      prefixes.insert(subject.subject.substr(0, subject.subject.find('/')));
  }
  if (thresholds.cases.empty()) throw InputError("thresholds are not recorded where every input was refused");
  thresholds.required_subjects.assign(prefixes.begin(), prefixes.end());
  return thresholds;
}

std::string thresholds_text(const Thresholds& thresholds) {
  Json origin = Json::object();
  for (const auto& [name, member] : kOriginFields) origin[name] = thresholds.origin.*member;
  std::string cases;
  for (const auto& [name, threshold] : thresholds.cases)
    cases += fmt::format("{}\n{}: {}", cases.empty() ? "" : ",", Json(name).dump(), to_json(threshold).dump());
  const Json schema{{"name", kThresholdsSchema}, {"version", kThresholdsVersion}};
  return fmt::format("{{\n\"schema\": {},\n\"provenance\": {},\n\"required_subjects\": {},\n\"cases\": {{{}\n}}\n}}\n",
                     schema.dump(), origin.dump(-1, ' ', false, Json::error_handler_t::replace),
                     Json(thresholds.required_subjects).dump(), cases);
}

void write_thresholds(const std::filesystem::path& file, const Thresholds& thresholds) {
  write_text(file, thresholds_text(thresholds));
}

Thresholds read_thresholds(const std::filesystem::path& file) {
  const nlohmann::json parsed = compare::read_json(file, kMaxFileBytes);
  const JsonValue json(parsed, file);
  const JsonValue schema = json.at("schema");
  if (const std::string name = schema.at("name").text(kMaxTextBytes); name != kThresholdsSchema)
    schema.at("name").refuse(fmt::format("expected \"{}\", not \"{}\"", kThresholdsSchema, name));
  schema.at("version").integer(kThresholdsVersion, kThresholdsVersion);
  json.require_keys({"schema", "provenance", "required_subjects", "cases"});
  Thresholds thresholds;
  thresholds.origin = origin_from(json.at("provenance"));
  for (const JsonValue& subject : json.at("required_subjects").elements(kMaxCases))
    thresholds.required_subjects.push_back(subject.text(kMaxTextBytes));
  for (const auto& [name, value] : json.at("cases").members(kMaxCases)) thresholds.cases[name] = case_from(name, value);
  return thresholds;
}

}  // namespace bitgate::reports
