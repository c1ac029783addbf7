#include "bitgate/reports/gemm_json.h"

#include <utility>

#include "bitgate/reference/format/error.h"

namespace bitgate::reports {
namespace {

using compare::GemmRow;
using compare::JsonValue;
using compare::UnitRow;

constexpr std::size_t kMaxNameBytes = 1024, kMaxTextBytes = 1 << 16;

constexpr std::pair<const char*, double GemmRow::*> kFields[] = {
    {"sqnr_db", &GemmRow::sqnr_db},     {"predicted_db", &GemmRow::predicted_db},
    {"a_sqnr_db", &GemmRow::a_sqnr_db}, {"b_sqnr_db", &GemmRow::b_sqnr_db},
    {"signal", &GemmRow::signal},       {"noise", &GemmRow::noise}};

constexpr std::pair<const char*, double UnitRow::*> kUnitFields[] = {{"max_ratio", &UnitRow::max_ratio},
                                                                     {"median_ratio", &UnitRow::median_ratio},
                                                                     {"sqnr_db", &UnitRow::sqnr_db},
                                                                     {"bound_share", &UnitRow::bound_share},
                                                                     {"a_priori_share", &UnitRow::a_priori_share}};
constexpr std::pair<const char*, std::int64_t UnitRow::*> kUnitCounts[] = {
    {"elements", &UnitRow::elements}, {"exceeded", &UnitRow::exceeded}, {"unbounded", &UnitRow::unbounded}};
constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53, kMaxK = 1 << 20;

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

nlohmann::ordered_json unit_row_json(const UnitRow& row) {
  nlohmann::ordered_json json{
      {"case", row.id.product.name()}, {"instruction", row.id.instruction}, {"promote_every", row.id.promote_every}};
  for (const auto& [name, member] : kUnitCounts) json[name] = row.*member;
  for (const auto& [name, member] : kUnitFields) json[name] = compare::json_number(row.*member);
  return json;
}

UnitRow unit_row_from(const JsonValue& json) {
  json.require_keys({"case", "instruction", "promote_every", "elements", "exceeded", "unbounded", "max_ratio",
                     "median_ratio", "sqnr_db", "bound_share", "a_priori_share"});
  UnitRow row;
  row.id = {case_from(json.at("case")), json.at("instruction").text(kMaxNameBytes),
            static_cast<int>(json.at("promote_every").integer(0, kMaxK))};
  for (const auto& [name, member] : kUnitCounts) row.*member = json.at(name).integer(0, kMaxInteger);
  for (const auto& [name, member] : kUnitFields) row.*member = json.at(name).number();
  return row;
}

}  // namespace bitgate::reports
