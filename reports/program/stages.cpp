#include "bitgate/reports/program/stages.h"

#include <fmt/format.h>

#include "bitgate/compare/json_reader.h"

namespace bitgate::program {

std::string stages_text(const std::vector<reference::Stage>& stages, const std::string& indent) {
  std::string text;
  for (const reference::Stage& stage : stages)
    text += fmt::format("{}{:<12} {:08x}  {:<16.9g} {}\n", indent, stage.name, stage.bits, stage.value, stage.formula);
  return text;
}

nlohmann::ordered_json stages_json(const std::vector<reference::Stage>& stages) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const reference::Stage& stage : stages)
    rows.push_back({{"name", stage.name},
                    {"bits", fmt::format("{:08x}", stage.bits)},
                    {"value", compare::json_number(stage.value)},
                    {"formula", stage.formula}});
  return rows;
}

}  // namespace bitgate::program
