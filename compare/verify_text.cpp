#include "bitgate/compare/verify_text.h"

#include <fmt/format.h>

namespace bitgate::compare {
namespace {

std::string stage_line(const char* stage, const char* given, const Tally& tally) {
  if (tally.total == 0) return "";
  return fmt::format("  {:<7} {:<38} {} of {} differ\n", stage, given, tally.different, tally.total);
}

std::string heading(bool exact) { return exact ? "bit-exact" : "DIFFERENT"; }

}  // namespace

std::string stages_text(const std::vector<reference::Stage>& stages, const std::string& indent) {
  std::string text;
  for (const reference::Stage& stage : stages)
    text += fmt::format("{}{:<12} {:08x}  {:<16.9g} {}\n", indent, stage.name, stage.bits, stage.value, stage.formula);
  return text;
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
    const Mismatch& m = verdict.first[i];
    const bool first_of_field = i == 0 || verdict.first[i - 1].field != m.field;
    text += fmt::format("{} differing {}: ({}, {}) expected 0x{:X}, got 0x{:X}\n", first_of_field ? "first" : "another",
                        name_of(m.field), m.row, m.col, m.expected, m.actual);
    if (first_of_field) text += stages_text(verdict.traces[i], "    ");
  }
  for (const StagedVerdict& twin : verdict.columnwise)
    text += fmt::format("its column-wise twin: {}\n{}", heading(twin.bit_exact()), verdict_text(twin));
  return text;
}

std::string report_text(std::string_view what, std::string_view recipe, const StagedVerdict& verdict, bool exact,
                        std::int64_t nonzero_padding) {
  std::string text = fmt::format("{} against {}: {}\n", what, recipe, heading(exact));
  if (nonzero_padding != 0) text += fmt::format("  padding {} pad bytes or nibbles are not zero\n", nonzero_padding);
  return text + verdict_text(verdict);
}

std::int64_t compared(const StagedVerdict& verdict) noexcept {
  std::int64_t elements = verdict.codes.total + verdict.values.total;
  for (const StagedVerdict& twin : verdict.columnwise) elements += compared(twin);
  return elements;
}

}  // namespace bitgate::compare
