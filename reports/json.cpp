#include "bitgate/reports/json.h"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/gemm_json.h"
#include "bitgate/reports/pairs_json.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 28;
constexpr std::size_t kMaxItems = 1 << 20, kMaxTextBytes = 1 << 16, kMaxNameBytes = 256;
constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();

using compare::Digests;
using compare::Explained;
using compare::Field;
using compare::JsonValue;
using compare::Metrics;
using compare::Outcome;
using compare::Panel;
using compare::PeerErrors;
using compare::Row;
using compare::SubjectResult;
using compare::Sums;
using Json = nlohmann::ordered_json;

constexpr std::pair<const char*, std::string Digests::*> kDigestFields[] = {{"codes", &Digests::codes},
                                                                            {"scales", &Digests::scales},
                                                                            {"extras", &Digests::extras},
                                                                            {"global", &Digests::global},
                                                                            {"values", &Digests::values}};
constexpr std::pair<const char*, double Metrics::*> kMetricFields[] = {{"sqnr_db", &Metrics::sqnr_db},
                                                                       {"nmse", &Metrics::nmse},
                                                                       {"max_error", &Metrics::max_error},
                                                                       {"saturated_share", &Metrics::saturated_share},
                                                                       {"underflow_share", &Metrics::underflow_share},
                                                                       {"floor_share", &Metrics::floor_share}};
constexpr std::pair<const char*, double PeerErrors::*> kPeerFields[] = {{"torchao_db", &PeerErrors::torchao_db},
                                                                        {"ggml_nmse", &PeerErrors::ggml_nmse},
                                                                        {"ggml_rmse", &PeerErrors::ggml_rmse}};
constexpr std::pair<const char*, double Sums::*> kSumFields[] = {
    {"signal", &Sums::signal}, {"noise", &Sums::noise}, {"max_error", &Sums::max_error}};
constexpr std::pair<const char*, std::int64_t Sums::*> kCountFields[] = {
    {"elements", &Sums::elements},        {"nonfinite", &Sums::nonfinite},     {"saturated", &Sums::saturated},
    {"nonzero", &Sums::nonzero},          {"underflowed", &Sums::underflowed}, {"blocks", &Sums::blocks},
    {"floor_blocks", &Sums::floor_blocks}};
constexpr std::pair<const char*, std::int64_t Explained::*> kExplainedCounts[] = {
    {"element_ties", &Explained::element_ties},
    {"scale_ties", &Explained::scale_ties},
    {"selections", &Explained::selections},
    {"unexplained", &Explained::unexplained},
    {"total", &Explained::total}};

Json number(double value) { return Json(compare::json_number(value)); }

Json to_json(const Provenance& p) {
  Json recordings = Json::array();
  for (const HeldRecording& r : p.recordings)
    recordings.push_back({{"file", r.file},
                          {"gpu", r.gpu},
                          {"date", r.date},
                          {"commit", r.commit},
                          {"holding", r.holding},
                          {"cases", r.cases},
                          {"driver", r.driver}});
  return {{"version", p.version},    {"commit", p.commit},
          {"compiler", p.compiler},  {"cpu", p.cpu},
          {"date", p.date_utc},      {"cuda", p.cuda_built ? "built" : "none"},
          {"recordings", recordings}};
}

Json to_json(const Panel& panel) {
  Json types = Json::array(), inputs = Json::array();
  for (const InputType type : panel.types) types.push_back(name_of(type));
  for (const compare::Distribution& input : panel.inputs) inputs.push_back(label_of(input));
  Json out{{"name", panel.name},
           {"recipes", panel.recipes},
           {"types", types},
           {"inputs", inputs},
           {"extent", {panel.extent.rows, panel.extent.cols}},
           {"seed", panel.seed}};
  if (panel.seeds != 1) out["seeds"] = panel.seeds;
  return out;
}

Json to_json(const Metrics& metrics) {
  Json out, sums;
  for (const auto& [name, member] : kMetricFields) out[name] = number(metrics.*member);
  out["row_sqnr_db"] = {{"min", number(metrics.row_sqnr_db.min)},
                        {"p1", number(metrics.row_sqnr_db.p1)},
                        {"median", number(metrics.row_sqnr_db.median)}};
  out["rows_counted"] = metrics.rows_counted;
  for (const auto& [name, member] : kSumFields) sums[name] = number(metrics.sums.*member);
  for (const auto& [name, member] : kCountFields) sums[name] = metrics.sums.*member;
  out["sums"] = sums;
  return out;
}

Json to_json(const PeerErrors& peers) {
  Json out;
  for (const auto& [name, member] : kPeerFields) out[name] = number(peers.*member);
  return out;
}

Json to_json(const Explained& explained) {
  Json out{{"by", explained.by}};
  for (const auto& [name, member] : kExplainedCounts) out[name] = explained.*member;
  return out;
}

Json to_json(const SubjectResult& subject) {
  Json tally = Json::object();
  for (std::size_t i = 0; i < compare::kFieldCount; ++i)
    if (subject.tally[i].total != 0)
      tally[std::string(name_of(static_cast<Field>(i)))] = {subject.tally[i].total, subject.tally[i].different};
  Json out{
      {"subject", subject.subject}, {"outcome", name_of(subject.outcome)}, {"note", subject.note}, {"tally", tally}};
  if (subject.explained) out["explained"] = to_json(*subject.explained);
  if (subject.sqnr_db) out["sqnr_db"] = number(*subject.sqnr_db);
  return out;
}

Json to_json(const Row& row) {
  Json subjects = Json::array();
  for (const SubjectResult& subject : row.subjects) subjects.push_back(to_json(subject));
  return {{"case", row.id.name()},
          {"metrics", to_json(row.metrics)},
          {"peers", to_json(row.peers)},
          {"digests", digests_json(row.digests)},
          {"subjects", subjects}};
}

const char* direction_name(Direction direction) { return direction == Direction::kRowwise ? "row" : "column"; }

Json to_json(const IdentifySet& set) {
  Json rows = Json::array(), equal = Json::array();
  for (const compare::ConfusionRow& row : set.rows)
    rows.push_back({{"recipe", row.recipe}, {"direction", direction_name(row.direction)}, {"named", row.named}});
  for (const compare::EqualPair& pair : set.equal) equal.push_back({pair.a, pair.b, direction_name(pair.direction)});
  return {{"set", set.name}, {"scheme", set.scheme}, {"type", name_of(set.type)}, {"rows", rows}, {"equal", equal}};
}

Json to_json(const Shard& shard) {
  return {{"index", shard.index}, {"of", shard.of}, {"sweep", shard.sweep}, {"files", shard.files}};
}

std::string line_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Range, class ToJson>
std::string lines_of(const Range& range, ToJson to_json_of) {
  std::string out = "[";
  const char* separator = "\n";
  for (const auto& item : range) {
    out += separator + line_of(to_json_of(item));
    separator = ",\n";
  }
  return out + "\n]";
}

std::string text(const JsonValue& json, std::string_view key) { return json.at(key).text(kMaxTextBytes); }
std::int64_t count(const JsonValue& json, std::string_view key) { return json.at(key).integer(0, kMaxInteger); }

// The refusal of a name, said with its place in the file.
compare::Case case_from(const JsonValue& json, const std::string& name) {
  try {
    return compare::parse_case(name);
  } catch (const InputError& reason) {
    json.refuse(reason.what());
  }
}

Provenance provenance_from(const JsonValue& json) {
  json.require_keys({"version", "commit", "compiler", "cpu", "date", "cuda", "recordings"});
  Provenance p;
  p.version = text(json, "version");
  p.commit = text(json, "commit");
  p.compiler = text(json, "compiler");
  p.cpu = text(json, "cpu");
  p.date_utc = text(json, "date");
  const std::string cuda = text(json, "cuda");
  if (cuda != "built" && cuda != "none") json.at("cuda").refuse("expected \"built\" or \"none\"");
  p.cuda_built = cuda == "built";
  for (const JsonValue& r : json.at("recordings").elements(kMaxItems)) {
    r.require_keys({"file", "gpu", "date", "commit", "holding", "cases"}, {"driver"});
    p.recordings.push_back({text(r, "file"), text(r, "gpu"), text(r, "date"), text(r, "commit"), text(r, "holding"),
                            count(r, "cases"), r.has("driver") ? text(r, "driver") : ""});
  }
  return p;
}

InputType type_from(const JsonValue& json) {
  const std::string name = json.text(kMaxNameBytes);
  for (const InputType type : kInputTypes)
    if (name_of(type) == name) return type;
  json.refuse("unknown input type \"" + name + "\", expected fp32, bf16 or f16");
}

// "normal@2^-4": the words of a case's name, so its parser reads them.
compare::Distribution distribution_from(const JsonValue& json) {
  return case_from(json, "any/recipe/fp32/" + json.text(kMaxNameBytes) + "/1x1/s0").input;
}

Panel panel_from(const JsonValue& json) {
  json.require_keys({"name", "recipes", "types", "inputs", "extent", "seed"}, {"seeds"});
  Panel panel;
  panel.name = text(json, "name");
  for (const JsonValue& recipe : json.at("recipes").elements(kMaxItems))
    panel.recipes.push_back(recipe.text(kMaxNameBytes));
  for (const JsonValue& type : json.at("types").elements(kMaxItems)) panel.types.push_back(type_from(type));
  for (const JsonValue& input : json.at("inputs").elements(kMaxItems)) panel.inputs.push_back(distribution_from(input));
  const std::vector<JsonValue> sides = json.at("extent").elements(2);
  if (sides.size() != 2) json.at("extent").refuse("expected [rows, cols]");
  panel.extent = {sides[0].integer(0, kMaxInteger), sides[1].integer(0, kMaxInteger)};
  panel.seed = static_cast<std::uint64_t>(count(json, "seed"));
  if (json.has("seeds")) panel.seeds = json.at("seeds").integer(1, kMaxItems);
  return panel;
}

Metrics metrics_from(const JsonValue& json) {
  Metrics metrics;
  for (const auto& [name, member] : kMetricFields) metrics.*member = json.at(name).number();
  const JsonValue rows = json.at("row_sqnr_db");
  metrics.row_sqnr_db = {rows.at("min").number(), rows.at("p1").number(), rows.at("median").number()};
  metrics.rows_counted = count(json, "rows_counted");
  const JsonValue sums = json.at("sums");
  for (const auto& [name, member] : kSumFields) metrics.sums.*member = sums.at(name).number();
  for (const auto& [name, member] : kCountFields) metrics.sums.*member = count(sums, name);
  return metrics;
}

Outcome outcome_from(const JsonValue& json) {
  const std::string name = json.text(kMaxNameBytes);
  for (const Outcome outcome : {Outcome::kEqual, Outcome::kDifferent, Outcome::kNotRun})
    if (name_of(outcome) == name) return outcome;
  json.refuse("unknown outcome \"" + name + "\", expected equal, different or not run");
}

Explained explained_from(const JsonValue& json) {
  json.require_keys({"by", "element_ties", "scale_ties", "selections", "unexplained", "total"});
  Explained explained;
  explained.by = text(json, "by");
  for (const auto& [name, member] : kExplainedCounts) explained.*member = count(json, name);
  return explained;
}

// An outcome that its own counts deny is refused: a gate would otherwise trust the word over the numbers.
SubjectResult subject_from(const JsonValue& json) {
  json.require_keys({"subject", "outcome", "note", "tally"}, {"explained", "sqnr_db"});
  SubjectResult subject{text(json, "subject"), outcome_from(json.at("outcome")), text(json, "note"), {}};
  std::int64_t different = 0;
  for (const auto& [name, counts] : json.at("tally").members(compare::kFieldCount)) {
    std::size_t field = 0;
    while (field < compare::kFieldCount && name_of(static_cast<Field>(field)) != name) ++field;
    const std::vector<JsonValue> pair = counts.elements(2);
    if (field == compare::kFieldCount || pair.size() != 2)
      counts.refuse("expected a known field with [total, different]");
    const std::int64_t total = pair[0].integer(0, kMaxInteger);
    subject.tally[field] = {total, pair[1].integer(0, total)};
    different += subject.tally[field].different;
  }
  if (subject.outcome == Outcome::kEqual && different != 0) json.refuse("says equal, but its tally counts differences");
  if (json.has("explained")) subject.explained = explained_from(json.at("explained"));
  if (json.has("sqnr_db")) subject.sqnr_db = json.at("sqnr_db").number();
  return subject;
}

Direction direction_from(const JsonValue& json) {
  const std::string name = json.text(kMaxNameBytes);
  if (name != "row" && name != "column") json.refuse("expected \"row\" or \"column\"");
  return name == "row" ? Direction::kRowwise : Direction::kColumnwise;
}

IdentifySet identify_from(const JsonValue& json) {
  json.require_keys({"set", "scheme", "type", "rows", "equal"});
  IdentifySet set{text(json, "set"), text(json, "scheme"), type_from(json.at("type")), {}, {}};
  for (const JsonValue& item : json.at("rows").elements(kMaxItems)) {
    item.require_keys({"recipe", "direction", "named"});
    compare::ConfusionRow row{text(item, "recipe"), direction_from(item.at("direction")), {}};
    for (const JsonValue& name : item.at("named").elements(kMaxItems)) row.named.push_back(name.text(kMaxNameBytes));
    set.rows.push_back(std::move(row));
  }
  for (const JsonValue& item : json.at("equal").elements(kMaxItems)) {
    const std::vector<JsonValue> parts = item.elements(3);
    if (parts.size() != 3) item.refuse("expected [recipe, recipe, direction]");
    set.equal.push_back({parts[0].text(kMaxNameBytes), parts[1].text(kMaxNameBytes), direction_from(parts[2])});
  }
  return set;
}

RecipeFact fact_from(const JsonValue& json) {
  json.require_keys({"name", "evidence", "source"});
  RecipeFact fact{text(json, "name"), text(json, "evidence"), text(json, "source")};
  for (const std::string_view known : {"captured", "reference", "example", "read"})
    if (fact.evidence == known) return fact;
  json.at("evidence")
      .refuse("unknown evidence \"" + fact.evidence + "\", expected captured, reference, example or read");
}

Shard shard_from(const JsonValue& json) {
  json.require_keys({"index", "of", "sweep", "files"});
  Shard shard;
  shard.of = json.at("of").integer(1, kMaxItems);
  shard.index = json.at("index").integer(1, shard.of);
  shard.sweep = text(json, "sweep");
  shard.files = text(json, "files");
  return shard;
}

void require_schema(const JsonValue& json) {
  const JsonValue schema = json.at("schema");
  schema.require_keys({"name", "version"});
  if (text(schema, "name") != kResultsSchema)
    schema.at("name").refuse(fmt::format("expected \"{}\", not \"{}\"", kResultsSchema, text(schema, "name")));
  schema.at("version").integer(kResultsVersion, kResultsVersion);
}

Results results_from(const JsonValue& json) {
  require_schema(json);
  json.require_keys({"schema", "provenance", "panels", "recipes", "rows"},
                    {"identify", "pairs", "gemm", "units", "shard"});
  Results results;
  results.provenance = provenance_from(json.at("provenance"));
  if (json.has("shard")) results.shard = shard_from(json.at("shard"));
  for (const JsonValue& panel : json.at("panels").elements(kMaxItems)) results.panels.push_back(panel_from(panel));
  for (const JsonValue& fact : json.at("recipes").elements(kMaxItems)) results.recipes.push_back(fact_from(fact));
  std::set<std::string> seen;
  for (const JsonValue& item : json.at("rows").elements(kMaxItems)) {
    Row row = row_from(item);
    if (!seen.insert(row.id.name()).second) item.at("case").refuse("this case has a row already");
    if (find_fact(results, row.id.recipe) == nullptr)
      item.at("case").refuse(fmt::format("recipe \"{}\" is not among /recipes", row.id.recipe));
    results.rows.push_back(std::move(row));
  }
  if (json.has("identify"))
    for (const JsonValue& set : json.at("identify").elements(kMaxItems)) results.identify.push_back(identify_from(set));
  if (json.has("pairs"))
    for (const JsonValue& table : json.at("pairs").elements(kMaxItems)) results.pairs.push_back(pair_table_from(table));
  std::set<std::string> products;
  if (json.has("gemm"))
    for (const JsonValue& item : json.at("gemm").elements(kMaxItems)) {
      results.gemm.push_back(gemm_row_from(item));
      if (!products.insert(results.gemm.back().id.name()).second)
        item.at("case").refuse("this product has a row already");
    }
  if (json.has("units"))
    for (const JsonValue& item : json.at("units").elements(kMaxItems)) results.units.push_back(unit_row_from(item));
  return results;
}

}  // namespace

Json digests_json(const Digests& digests) {
  Json out = Json::object();
  for (const auto& [name, member] : kDigestFields)
    if (!(digests.*member).empty()) out[name] = digests.*member;
  return out;
}

Digests digests_from(const JsonValue& json) {
  json.require_keys({}, {"codes", "scales", "extras", "global", "values"});
  Digests digests;
  for (const auto& [name, member] : kDigestFields) {
    if (!json.has(name)) continue;
    digests.*member = text(json, name);
    if ((digests.*member).size() != 64 || (digests.*member).find_first_not_of("0123456789abcdef") != std::string::npos)
      json.at(name).refuse("expected the 64 lower-case hexadecimal digits of a SHA-256");
  }
  return digests;
}

Row row_from(const JsonValue& json) {
  json.require_keys({"case", "metrics", "digests", "subjects"}, {"peers"});
  Row row;
  row.id = case_from(json.at("case"), text(json, "case"));
  row.metrics = metrics_from(json.at("metrics"));
  if (json.has("peers"))
    for (const auto& [name, member] : kPeerFields) row.peers.*member = json.at("peers").at(name).number();
  row.digests = digests_from(json.at("digests"));
  for (const JsonValue& subject : json.at("subjects").elements(kMaxItems))
    row.subjects.push_back(subject_from(subject));
  return row;
}

std::string row_text(const Row& row) { return line_of(to_json(row)); }

std::string panels_text(const std::vector<Panel>& panels) {
  return lines_of(panels, [](const Panel& panel) { return to_json(panel); });
}

std::string results_text(const Results& results) {
  const auto fact_json = [](const RecipeFact& fact) {
    return Json{{"name", fact.name}, {"evidence", fact.evidence}, {"source", fact.source}};
  };
  return fmt::format(
      "{{\n\"schema\": {},\n\"provenance\": {},\n{}\"panels\": {},\n\"recipes\": {},\n\"rows\": {},\n\"identify\": "
      "{}{}{}{}\n}}\n",
      line_of({{"name", kResultsSchema}, {"version", kResultsVersion}}), line_of(to_json(results.provenance)),
      results.shard ? fmt::format("\"shard\": {},\n", line_of(to_json(*results.shard))) : "",
      panels_text(results.panels), lines_of(results.recipes, fact_json),
      lines_of(results.rows, [](const Row& row) { return to_json(row); }),
      lines_of(results.identify, [](const IdentifySet& set) { return to_json(set); }),
      results.pairs.empty() ? "" : ",\n\"pairs\": " + lines_of(results.pairs, pair_table_json),
      results.gemm.empty() ? "" : ",\n\"gemm\": " + lines_of(results.gemm, gemm_row_json),
      results.units.empty() ? "" : ",\n\"units\": " + lines_of(results.units, unit_row_json));
}

void write_results(const std::filesystem::path& file, const Results& results) {
  write_text(file, results_text(results));
}

bool is_results_file(const std::filesystem::path& file) {
  try {
    const nlohmann::json parsed = compare::read_json(file, kMaxFileBytes);
    return text(JsonValue(parsed, file).at("schema"), "name") == kResultsSchema;
  } catch (const InputError&) {
    return false;
  }
}

Results read_results(const std::filesystem::path& file) {
  const nlohmann::json parsed = compare::read_json(file, kMaxFileBytes);
  Results results = results_from(JsonValue(parsed, file));
  if (results.shard)
    JsonValue(parsed, file)
        .at("shard")
        .refuse(fmt::format("this is shard {} of {} of a sweep; 'bitgate merge' joins shards", results.shard->index,
                            results.shard->of));
  return results;
}

Results read_shard(const std::filesystem::path& file) {
  const nlohmann::json parsed = compare::read_json(file, kMaxFileBytes);
  Results results = results_from(JsonValue(parsed, file));
  if (!results.shard) JsonValue(parsed, file).refuse("these are whole results, not a shard ('report --shard')");
  return results;
}

}  // namespace bitgate::reports
