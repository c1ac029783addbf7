// bitgate list: what there is, with source and evidence.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/hardware_model.h"
#include "bitgate/compare/nvfp4_facts.h"
#include "bitgate/reference/format/conversion.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/gemm/epilogue.h"
#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/refusals.h"
#include "bitgate/reports/program/check_suites.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gemm_subject.h"
#include "bitgate/reports/program/operation_subject.h"
#include "bitgate/reports/program/subjects.h"
#include "bitgate/reports/text.h"
#include "bitgate/reports/which_nvfp4.h"

namespace bitgate::program {

namespace {

using nlohmann::ordered_json;

std::string types_of(const reference::Recipe& recipe) {
  std::string types;
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) types += fmt::format("{}{}", types.empty() ? "" : " ", name_of(type));
  return types;
}

ordered_json recipes() {
  ordered_json rows = ordered_json::array();
  for (const reference::Recipe& recipe : reference::catalog())
    rows.push_back({{"name", recipe.identity.name},
                    {"scheme", scheme_of(recipe.rules.scheme).name},
                    {"inputs", types_of(recipe)},
                    {"evidence", name_of(recipe.identity.evidence)},
                    {"evidence_note", recipe.identity.evidence_note},
                    {"versions", recipe.identity.versions},
                    {"source", recipe.identity.source}});
  return rows;
}

ordered_json formats() {
  ordered_json rows = ordered_json::array();
  for (const Format& f : kFormats) {
    // An integer's numbers are all multiples of the smallest.
    const double step = power_of_two(-f.fraction_bits);
    rows.push_back({{"name", f.name},
                    {"bits", f.bits},
                    {"exponent_bits", f.exponent_bits},
                    {"mantissa_bits", f.mantissa_bits},
                    {"bias", f.bias},
                    {"max_finite", max_finite(f)},
                    {"min_normal", is_integer(f) ? step : min_normal(f)},
                    {"min_subnormal", is_integer(f) ? step : min_subnormal(f)}});
  }
  return rows;
}

std::string rounding_of(const Conversion& conversion) {
  if (conversion.random_bits > 0) return fmt::format("stochastic, {} bits", conversion.random_bits);
  return std::string(name_of(conversion.rule.rounding));
}

// What a library makes of numbers that a format without sign or zero cannot hold.
std::string outside_of(const Conversion& conversion) {
  return std::isinf(conversion.nan_below) ? "" : fmt::format("NaN below {:a}", conversion.nan_below);
}

ordered_json conversion_rows() {
  ordered_json rows = ordered_json::array();
  for (const Conversion& conversion : conversions())
    rows.push_back({{"name", conversion.name},
                    {"format", conversion.format.name},
                    {"rounding", rounding_of(conversion)},
                    {"overflow", name_of(conversion.rule.overflow)},
                    {"nan", conversion.refuses_nan ? "refused" : name_of(conversion.rule.nan)},
                    {"outside", outside_of(conversion)},
                    {"source", conversion.source},
                    {"open_question", conversion.open_question}});
  return rows;
}

ordered_json distributions() {
  ordered_json rows = ordered_json::array();
  for (const compare::DistributionInfo& info : compare::distributions()) {
    const char* family = info.family == compare::Family::kPlain        ? "plain"
                         : info.family == compare::Family::kRowVarying ? "row-varying"
                         : info.family == compare::Family::kDirected   ? "directed"
                                                                       : "corner";
    rows.push_back({{"name", info.name}, {"family", family}, {"description", info.description}});
  }
  return rows;
}

ordered_json subjects() {
  ordered_json rows = ordered_json::array();
  for (const auto& some : {all_subjects(), operation_subjects(), gemm_subjects()})
    for (const SubjectInfo& info : some)
      rows.push_back({{"name", info.name}, {"runs_here", info.why_not.empty()}, {"why_not", info.why_not}});
  return rows;
}

ordered_json aliases() {
  ordered_json rows = ordered_json::array();
  for (const compare::Alias& alias : compare::aliases())
    rows.push_back({{"name", alias.name}, {"here", alias.here}, {"difference", alias.difference}});
  return rows;
}

ordered_json suites() {
  ordered_json rows = ordered_json::array();
  for (const SuiteInfo& suite : check_suites())
    rows.push_back({{"command", "check"}, {"name", suite.name}, {"description", suite.description}});
  for (const compare::HardwareSuite& suite : compare::hardware_suites())
    rows.push_back({{"command", "hardware"}, {"name", suite.name}, {"description", suite.description}});
  return rows;
}

ordered_json refusals() {
  ordered_json rows = ordered_json::array();
  for (const reference::Refusal& refusal : reference::refusals())
    rows.push_back({{"id", refusal.id},
                    {"kind", name_of(refusal.kind)},
                    {"recipes", refusal.recipes},
                    {"asked", refusal.asked},
                    {"rule", refusal.rule},
                    {"source", refusal.source}});
  return rows;
}

// What the model computes, then what it refuses.
ordered_json instruction_rows() {
  ordered_json rows = ordered_json::array();
  for (const reference::MmaInstruction& row : reference::mma_instructions())
    rows.push_back({{"name", row.name},
                    {"k", row.k},
                    {"products_a_step", row.products},
                    {"fraction_bits", row.fraction_bits},
                    {"evidence", name_of(row.evidence)},
                    {"source", row.source}});
  for (const reference::MmaRefusal& refusal : reference::mma_refusals())
    rows.push_back({{"name", refusal.name},
                    {"k", nullptr},
                    {"products_a_step", nullptr},
                    {"fraction_bits", nullptr},
                    {"evidence", "refused"},
                    {"source", refusal.reason}});
  return rows;
}

ordered_json epilogue_rows() {
  ordered_json rows = ordered_json::array();
  for (const reference::Epilogue& epilogue : reference::epilogues()) {
    std::string types;
    for (const InputType type : kInputTypes) {
      const reference::EpilogueAccepts& a = epilogue.accepts;
      const bool taken = type == InputType::kF32 ? a.f32 : type == InputType::kBf16 ? a.bf16 : a.f16;
      if (taken) types += fmt::format("{}{}", types.empty() ? "" : " ", name_of(type));
    }
    rows.push_back({{"name", epilogue.identity.name},
                    {"output", types},
                    {"evidence", name_of(epilogue.identity.evidence)},
                    {"evidence_note", epilogue.identity.evidence_note},
                    {"versions", epilogue.identity.versions},
                    {"source", epilogue.identity.source},
                    {"open_question", epilogue.open_question}});
  }
  return rows;
}

std::string cell_text(const ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Columns as wide as their widest entry; the last is not padded.
void print_table(const ordered_json& rows) {
  std::vector<std::size_t> widths;
  for (const ordered_json& row : rows) {
    std::size_t i = 0;
    for (const auto& [key, value] : row.items()) {
      if (widths.size() <= i) widths.push_back(key.size());
      widths[i] = std::max(widths[i], cell_text(value).size());
      ++i;
    }
  }
  const auto print_row = [&](const ordered_json& row, bool header) {
    std::size_t i = 0;
    std::string line;
    for (const auto& [key, value] : row.items())
      line += fmt::format("{:{}}  ", header ? key : cell_text(value), widths[i++]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  if (!rows.empty()) print_row(rows.front(), true);
  for (const ordered_json& row : rows) print_row(row, false);
}

void add_one(CLI::App& list, const std::shared_ptr<bool>& json, const char* name, const char* what,
             ordered_json (*rows)()) {
  list.add_subcommand(name, what)->callback([json, rows] {
    if (*json)
      fmt::print("{}\n", rows().dump(2));
    else
      print_table(rows());
  });
}

// The page and its pictures into a folder, or the page alone.
void print_which_nvfp4(const std::string& folder) {
  const compare::Nvfp4Survey survey = compare::survey_nvfp4();
  const std::string page = reports::which_nvfp4_page(survey);
  if (folder.empty()) {
    fmt::print("{}", page);
    return;
  }
  const std::filesystem::path out(folder);
  std::filesystem::create_directories(out);
  reports::write_text(out / reports::kWhichNvfp4Page, page);
  reports::write_text(out / reports::kWhichNvfp4Globals, reports::which_nvfp4_globals_svg());
  reports::write_text(out / reports::kWhichNvfp4Codes, reports::which_nvfp4_codes_svg(survey.codes));
}

void add_which_nvfp4(CLI::App& list, const std::shared_ptr<bool>& json) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = list.add_subcommand("nvfp4", "The page \"which NVFP4 do you mean\", as Markdown");
  command->add_option("--out", *folder, "A folder for the page and its pictures; none: the page is printed");
  command->callback([folder, json] {
    if (*json) throw InputError("list nvfp4 is a page of Markdown: --json goes with the other lists");
    print_which_nvfp4(*folder);
  });
}

}  // namespace

void add_list(CLI::App& app) {
  CLI::App* list = app.add_subcommand("list",
                                      "What there is: recipes, epilogues, formats, conversions, distributions, "
                                      "subjects, suites, instructions, refusals, aliases");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "Print JSON");
  list->require_subcommand(1);
  list->fallthrough();
  list->footer("Example: bitgate list recipes");
  add_one(*list, json, "recipes", "Recipes with their source and evidence", recipes);
  add_one(*list, json, "epilogues", "What follows a product's accumulator, by producer", epilogue_rows);
  add_one(*list, json, "formats", "Number formats and their limits", formats);
  add_one(*list, json, "conversions", "Casts to the formats by library, instruction and version", conversion_rows);
  add_one(*list, json, "distributions", "Generated inputs", distributions);
  add_one(*list, json, "subjects",
          "What can be checked here; and plugin:FILE:KERNEL, a kernel of your own (device/plugin.h)", subjects);
  add_one(*list, json, "suites", "What `check` asks of a kernel and `hardware` of a GPU", suites);
  add_one(*list, json, "instructions", "Matrix instructions of GPUs: the model's numbers, with evidence",
          instruction_rows);
  add_one(*list, json, "refusals", "What producers refuse, with their rule and its source", refusals);
  add_one(*list, json, "aliases", "What others call recipes, and what sets theirs apart", aliases);
  add_which_nvfp4(*list, json);
}

}  // namespace bitgate::program
