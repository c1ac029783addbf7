#include "bitgate/reports/pairs_json.h"

#include <fmt/format.h>

#include <limits>

#include "bitgate/compare/input_file.h"

namespace bitgate::reports {
namespace {

using compare::JsonValue;
using compare::PairTable;
using compare::PairTally;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxRecipes = 1 << 10, kMaxTensors = 1 << 16, kMaxTextBytes = 1 << 12;
constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> texts(const JsonValue& json, std::size_t most) {
  std::vector<std::string> list;
  for (const JsonValue& item : json.elements(most)) list.push_back(item.text(kMaxTextBytes));
  return list;
}

PairTally tally_from(const JsonValue& json) {
  const std::vector<JsonValue> parts = json.elements(3);
  if (parts.size() != 3) json.refuse("expected [different, bytes, same fields]");
  PairTally tally;
  tally.bytes = parts[1].integer(0, kMaxInteger);
  tally.different = parts[0].integer(0, tally.bytes);
  tally.same_fields = parts[2].integer(0, 1) == 1;
  return tally;
}

}  // namespace

Json pair_table_json(const PairTable& table) {
  Json left_out = Json::array(), pairs = Json::array();
  for (const compare::LeftOut& left : table.left_out) left_out.push_back({left.recipe, left.why});
  for (const PairTally& pair : table.pairs) pairs.push_back({pair.different, pair.bytes, pair.same_fields ? 1 : 0});
  return {{"family", table.family}, {"type", name_of(table.type)}, {"recipes", table.recipes},
          {"left_out", left_out},   {"tensors", table.tensors},    {"pairs", pairs}};
}

PairTable pair_table_from(const JsonValue& json) {
  json.require_keys({"family", "type", "recipes", "left_out", "tensors", "pairs"});
  PairTable table;
  table.family = json.at("family").text(kMaxTextBytes);
  const std::string type = json.at("type").text(kMaxTextBytes);
  const std::optional<InputType> known = compare::find_input_type(type);
  if (!known) json.at("type").refuse(fmt::format("unknown input type \"{}\", expected fp32, bf16 or f16", type));
  table.type = *known;
  table.recipes = texts(json.at("recipes"), kMaxRecipes);
  table.tensors = texts(json.at("tensors"), kMaxTensors);
  for (const JsonValue& item : json.at("left_out").elements(kMaxRecipes)) {
    const std::vector<std::string> left = texts(item, 2);
    if (left.size() != 2) item.refuse("expected [recipe, why]");
    table.left_out.push_back({left[0], left[1]});
  }
  const std::size_t pairs = compare::pair_count(table.recipes.size());
  for (const JsonValue& item : json.at("pairs").elements(pairs)) table.pairs.push_back(tally_from(item));
  if (table.pairs.size() != pairs)
    json.at("pairs").refuse(
        fmt::format("{} recipes have {} pairs, {} found", table.recipes.size(), pairs, table.pairs.size()));
  return table;
}

}  // namespace bitgate::reports
