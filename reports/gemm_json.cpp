#include "bitgate/reports/gemm_json.h"

#include <utility>

#include "bitgate/reference/format/error.h"

namespace bitgate::reports {
namespace {

using compare::GemmRow;
using compare::JsonValue;

constexpr std::size_t kMaxNameBytes = 1024, kMaxTextBytes = 1 << 16;

constexpr std::pair<const char*, double GemmRow::*> kFields[] = {
    {"sqnr_db", &GemmRow::sqnr_db},     {"predicted_db", &GemmRow::predicted_db},
    {"a_sqnr_db", &GemmRow::a_sqnr_db}, {"b_sqnr_db", &GemmRow::b_sqnr_db},
    {"signal", &GemmRow::signal},       {"noise", &GemmRow::noise}};

// The refusal of a name, said with its place in the file.
compare::GemmCase case_from(const JsonValue& json) {
  try {
    return compare::parse_gemm_case(json.text(kMaxNameBytes));
  } catch (const InputError& reason) {
    json.refuse(reason.what());
  }
}

}  // namespace

nlohmann::ordered_json gemm_row_json(const GemmRow& row) {
  nlohmann::ordered_json json{{"case", row.id.name()}};
  for (const auto& [name, member] : kFields) json[name] = compare::json_number(row.*member);
  if (!row.refusal.empty()) json["refusal"] = row.refusal;
  return json;
}

GemmRow gemm_row_from(const JsonValue& json) {
  json.require_keys({"case", "sqnr_db", "predicted_db", "a_sqnr_db", "b_sqnr_db", "signal", "noise"}, {"refusal"});
  GemmRow row;
  row.id = case_from(json.at("case"));
  for (const auto& [name, member] : kFields) row.*member = json.at(name).number();
  if (json.has("refusal")) row.refusal = json.at("refusal").text(kMaxTextBytes);
  return row;
}

}  // namespace bitgate::reports
