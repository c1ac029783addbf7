#include "bitgate/reports/thresholds.h"

#include <fmt/format.h>

#include <cmath>

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

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json(const ThresholdOrigin& origin) {
  Json out = Json::object();
  for (const auto& [name, member] : kOriginFields) out[name] = origin.*member;
  return out;
}

Json to_json(const Loosened& loosened) { return {{"from", loosened.from}, {"why", loosened.why}}; }

Json to_json(const ExplainedLimit& limit) { return {{"explained", {{"by", limit.by}, {"max_ppm", limit.max_ppm}}}}; }
Json to_json(const StatisticalFloor& floor) {
  return {
      {"statistical",
       {{"metric", "sqnr_db"}, {"mean", floor.mean}, {"sigma", floor.sigma}, {"n", floor.n}, {"floor", floor.floor}}}};
}
Json to_json(const TheoryBound& bound) { return {{"statistical", {{"bound", bound.bound}, {"theory", bound.theory}}}}; }

Json to_json(const CaseThreshold& threshold) {
  Json out = Json::object();
  if (threshold.exact) out["exact"] = digests_json(*threshold.exact);
  if (threshold.floor)
    out["floor"] = {{"sqnr_db", threshold.floor->sqnr_db},
                    {"measured", threshold.floor->measured},
                    {"tolerance", threshold.floor->tolerance}};
  for (const auto& [subject, limit] : threshold.subjects)
    out["subjects"][subject] = std::visit([](const auto& of_class) { return to_json(of_class); }, limit);
  if (threshold.loosened) out["loosened"] = to_json(*threshold.loosened);
  out["origin"] = threshold.origin;
  return out;
}

std::string filled(const JsonValue& json) {
  std::string text = json.text(kMaxTextBytes);
  if (text.empty()) json.refuse("expected a text that is not empty");
  return text;
}

double finite(const JsonValue& json) {
  const double number = json.number();
  if (!std::isfinite(number)) json.refuse("expected a finite number");
  return number;
}

double finite_from_zero(const JsonValue& json) {
  const double number = finite(json);
  if (number < 0) json.refuse("expected a number of at least 0");
  return number;
}

// A floor moved by hand no longer follows from the numbers beside it.
void require_derived(const JsonValue& json, double written, double derived, std::string_view rule) {
  if (written != derived)
    json.refuse(fmt::format("{} is not {}, which is {}", number_text(written), rule, number_text(derived)));
}

SqnrFloor floor_from(const JsonValue& json) {
  json.require_keys({"sqnr_db", "measured", "tolerance"});
  const SqnrFloor floor{finite(json.at("sqnr_db")), finite(json.at("measured")),
                        finite_from_zero(json.at("tolerance"))};
  require_derived(json.at("sqnr_db"), floor.sqnr_db, floor.measured - floor.tolerance, "measured - tolerance");
  return floor;
}

SubjectThreshold statistical_from(const JsonValue& json) {
  if (json.has("bound")) {
    json.require_keys({"bound", "theory"});
    return TheoryBound{finite(json.at("bound")), filled(json.at("theory"))};
  }
  json.require_keys({"metric", "mean", "sigma", "n", "floor"});
  if (json.at("metric").text(kMaxTextBytes) != "sqnr_db") json.at("metric").refuse("expected \"sqnr_db\"");
  const StatisticalFloor floor{finite(json.at("mean")), finite_from_zero(json.at("sigma")),
                               json.at("n").integer(kMinSeeds, kMaxCases), finite(json.at("floor"))};
  require_derived(json.at("floor"), floor.floor, floor.mean - kSigmas * floor.sigma, "mean - 6 sigma");
  return floor;
}

SubjectThreshold subject_from(const JsonValue& json, bool of_all_seeds) {
  json.require_keys({}, {"explained", "statistical"});
  if (json.has("explained") == json.has("statistical")) json.refuse("expected either \"explained\" or \"statistical\"");
  if (json.has("statistical") != of_all_seeds)
    json.refuse("statistical limits, and only they, belong to a case of all seeds, \"/s*\"");
  if (json.has("statistical")) return statistical_from(json.at("statistical"));
  const JsonValue explained = json.at("explained");
  explained.require_keys({"by", "max_ppm"});
  return ExplainedLimit{filled(explained.at("by")), finite_from_zero(explained.at("max_ppm"))};
}

Loosened loosened_from(const JsonValue& json) {
  json.require_keys({"from", "why"});
  return {filled(json.at("from")), filled(json.at("why"))};
}

CaseThreshold case_from(const std::string& name, const JsonValue& json, std::size_t origins) {
  const bool of_all_seeds = name.ends_with("/s*");
  try {
    compare::parse_case(of_all_seeds ? name.substr(0, name.size() - 1) + "0" : name);
  } catch (const InputError& reason) {
    json.refuse(reason.what());
  }
  json.require_keys({"origin"}, {"exact", "floor", "subjects", "loosened"});
  CaseThreshold threshold;
  if (json.has("exact")) {
    threshold.exact = digests_from(json.at("exact"));
    if (!answered(*threshold.exact)) json.at("exact").refuse("expected at least one digest");
  }
  if (json.has("floor")) threshold.floor = floor_from(json.at("floor"));
  if (of_all_seeds && (threshold.exact || threshold.floor)) json.refuse("a case of all seeds holds only \"subjects\"");
  if (json.has("subjects"))
    for (const auto& [subject, limit] : json.at("subjects").members(kMaxCases))
      threshold.subjects.emplace(subject, subject_from(limit, of_all_seeds));
  if (!threshold.exact && !threshold.floor && threshold.subjects.empty())
    json.refuse("expected \"exact\", \"floor\" or \"subjects\"");
  if (json.has("loosened")) threshold.loosened = loosened_from(json.at("loosened"));
  if (origins == 0) json.at("origin").refuse("there are no /origins");
  threshold.origin = static_cast<std::size_t>(json.at("origin").integer(0, static_cast<std::int64_t>(origins) - 1));
  return threshold;
}

ThresholdOrigin origin_from(const JsonValue& json) {
  json.require_keys({"who", "when", "commit", "machine", "why"});
  ThresholdOrigin origin;
  for (const auto& [name, member] : kOriginFields) origin.*member = filled(json.at(name));
  return origin;
}

void require_schema(const JsonValue& schema) {
  if (const std::string name = schema.at("name").text(kMaxTextBytes); name != kThresholdsSchema)
    schema.at("name").refuse(fmt::format("expected \"{}\", not \"{}\"", kThresholdsSchema, name));
  const std::int64_t version = schema.at("version").integer(0, std::numeric_limits<std::int64_t>::max());
  if (version != kThresholdsVersion)
    schema.at("version").refuse(fmt::format("this bitgate reads version {}, not {}", kThresholdsVersion, version));
}

template <typename Map>
std::string lines_of(const Map& map) {
  std::string out;
  for (const auto& [name, value] : map)
    out += fmt::format("{}\n{}: {}", out.empty() ? "" : ",", line_of(name), line_of(to_json(value)));
  return out;
}

}  // namespace

std::optional<double> floor_of(const SubjectThreshold& threshold) noexcept {
  if (const auto* statistical = std::get_if<StatisticalFloor>(&threshold)) return statistical->floor;
  if (const auto* theory = std::get_if<TheoryBound>(&threshold)) return theory->bound;
  return std::nullopt;
}

std::string name_of_all_seeds(const compare::Case& id) {
  const std::string name = id.name();
  return name.substr(0, name.rfind('/')) + "/s*";
}

std::string thresholds_text(const Thresholds& thresholds) {
  std::string origins;
  for (const ThresholdOrigin& origin : thresholds.origins)
    origins += (origins.empty() ? "\n" : ",\n") + line_of(to_json(origin));
  const Json schema{{"name", kThresholdsSchema}, {"version", kThresholdsVersion}};
  return fmt::format(
      "{{\n\"schema\": {},\n\"origins\": [{}\n],\n\"required_subjects\": {},\n\"cases\": {{{}\n}},\n\"dropped\": "
      "{{{}\n}}\n}}\n",
      line_of(schema), origins, line_of(Json(thresholds.required_subjects)), lines_of(thresholds.cases),
      lines_of(thresholds.dropped));
}

void write_thresholds(const std::filesystem::path& file, const Thresholds& thresholds) {
  write_text(file, thresholds_text(thresholds));
}

Thresholds read_thresholds(const std::filesystem::path& file) {
  const nlohmann::json parsed = compare::read_json(file, kMaxFileBytes);
  const JsonValue json(parsed, file);
  require_schema(json.at("schema"));
  json.require_keys({"schema", "origins", "required_subjects", "cases"}, {"dropped"});
  Thresholds thresholds;
  for (const JsonValue& origin : json.at("origins").elements(kMaxCases))
    thresholds.origins.push_back(origin_from(origin));
  for (const JsonValue& subject : json.at("required_subjects").elements(kMaxCases))
    thresholds.required_subjects.push_back(filled(subject));
  for (const auto& [name, value] : json.at("cases").members(kMaxCases))
    thresholds.cases[name] = case_from(name, value, thresholds.origins.size());
  if (json.has("dropped"))
    for (const auto& [name, value] : json.at("dropped").members(kMaxCases))
      thresholds.dropped[name] = loosened_from(value);
  return thresholds;
}

}  // namespace bitgate::reports
