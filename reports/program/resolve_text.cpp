#include "bitgate/reports/program/resolve_text.h"

#include <fmt/format.h>

namespace bitgate::program {

using nlohmann::ordered_json;

ordered_json rule_json(const reference::Rule& rule, const std::string& text) {
  return {{"id", rule.id},
          {"text", text},
          {"repository", rule.source->repository},
          {"file", rule.source->file},
          {"commit", rule.source->commit},
          {"note", rule.source->note}};
}

std::string rule_text(const reference::Rule& rule, const std::string& text) {
  return fmt::format("  {}\n    {}\n    {}, {}, {}; {}\n", text, rule.id, rule.source->repository, rule.source->file,
                     rule.source->commit, rule.source->note);
}

ordered_json json_of(const reference::Resolution& resolution) {
  ordered_json result{{"producer", resolution.producer}, {"version", resolution.version}};
  result["recipes"] = ordered_json::array();
  for (const reference::Part& part : resolution.parts)
    result["recipes"].push_back(
        {{"part", part.name}, {"recipe", part.recipe.empty() ? ordered_json() : ordered_json(part.recipe)}});
  result["kernels"] = resolution.kernels;
  result["rules"] = ordered_json::array();
  for (const reference::Reason& reason : resolution.rules)
    result["rules"].push_back(rule_json(*reason.rule, reason.text));
  return result;
}

std::string text_of(const reference::Resolution& resolution) {
  std::string text;
  for (const reference::Part& part : resolution.parts)
    text += fmt::format("{}: {}\n", part.name, part.recipe.empty() ? "nothing is quantized" : part.recipe);
  for (const std::string& kernel : resolution.kernels) text += fmt::format("kernel: {}\n", kernel);
  text += fmt::format("because, for {} {}:\n", resolution.producer, resolution.version);
  for (const reference::Reason& reason : resolution.rules) text += rule_text(*reason.rule, reason.text);
  return text;
}

}  // namespace bitgate::program
