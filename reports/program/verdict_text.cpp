#include "bitgate/reports/program/verdict_text.h"

#include <fmt/format.h>

#include "bitgate/reports/program/stages.h"

namespace bitgate::program {

namespace {

using compare::StagedVerdict;
using compare::Tally;

nlohmann::ordered_json tally_json(const Tally& tally) {
  return {{"total", tally.total}, {"different", tally.different}};
}

std::string stage_line(const char* stage, const char* given, const Tally& tally) {
  if (tally.total == 0) return "";
  return fmt::format("  {:<7} {:<38} {} of {} differ\n", stage, given, tally.different, tally.total);
}

}  // namespace

nlohmann::ordered_json verdict_json(const StagedVerdict& verdict) {
  nlohmann::ordered_json result{{"global", tally_json(verdict.global)}, {"scales", tally_json(verdict.scales)},
                                {"codes", tally_json(verdict.codes)},   {"extras", tally_json(verdict.extras)},
                                {"values", tally_json(verdict.values)}, {"bit_exact", verdict.bit_exact()}};
  result["first"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    nlohmann::ordered_json row{
        {"field", name_of(m.field)}, {"row", m.row}, {"col", m.col}, {"expected", m.expected}, {"actual", m.actual}};
    row["stages"] = stages_json(verdict.traces[i]);
    result["first"].push_back(row);
  }
  for (const StagedVerdict& twin : verdict.columnwise) result["columnwise"] = verdict_json(twin);
  return result;
}

std::string verdict_text(const StagedVerdict& verdict) {
  std::string text;
  if (verdict.global_checked)
    text += stage_line("global", "from the input", verdict.global);
  else
    text += "  global  given, not checked\n";
  text += stage_line("scales", "from the input and its global", verdict.scales);
  text += stage_line("codes", "from the input, its global and scales", verdict.codes);
  text += stage_line("extras", "from the input", verdict.extras);
  text += stage_line("values", "from the input", verdict.values);
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    const bool first_of_field = i == 0 || verdict.first[i - 1].field != m.field;
    text += fmt::format("{} differing {}: ({}, {}) expected 0x{:X}, got 0x{:X}\n", first_of_field ? "first" : "another",
                        name_of(m.field), m.row, m.col, m.expected, m.actual);
    if (first_of_field) text += stages_text(verdict.traces[i], "    ");
  }
  for (const StagedVerdict& twin : verdict.columnwise)
    text +=
        fmt::format("its column-wise twin: {}\n{}", twin.bit_exact() ? "bit-exact" : "DIFFERENT", verdict_text(twin));
  return text;
}

std::int64_t compared(const StagedVerdict& verdict) noexcept {
  std::int64_t elements = verdict.codes.total + verdict.values.total;
  for (const StagedVerdict& twin : verdict.columnwise) elements += compared(twin);
  return elements;
}

}  // namespace bitgate::program
