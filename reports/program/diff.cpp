// bitgate diff: two recipes held against each other.
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/recipe_diff.h"
#include "bitgate/reports/program/command.h"

namespace bitgate::program {

namespace {

using compare::RecipeDiff;
using nlohmann::ordered_json;

struct Options {
  std::string a, b, extent = "4096x1024", dtype;
  std::vector<std::string> distributions;
  std::uint64_t seed = 1;
  bool json = false;
};

Extent extent_of(const std::string& text) {
  Extent extent;
  const char* end = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), end, extent.rows);
  const bool parted = rows.ec == std::errc{} && rows.ptr != end && *rows.ptr == 'x';
  const auto cols = parted ? std::from_chars(rows.ptr + 1, end, extent.cols) : rows;
  const bool sane = extent.rows > 0 && extent.cols > 0 && extent.rows <= (1 << 20) && extent.cols <= (1 << 20);
  if (!parted || cols.ec != std::errc{} || cols.ptr != end || !sane)
    throw InputError(fmt::format("--extent '{}': ROWSxCOLS expected, e.g. 4096x1024, each at most 2^20", text));
  return extent;
}

void require_distribution(const std::string& name) {
  if (compare::find_distribution(name) != nullptr) return;
  std::string known;
  for (const compare::DistributionInfo& info : compare::distributions())
    known += fmt::format("{}{}", known.empty() ? "" : ", ", info.name);
  throw InputError(fmt::format("--distribution '{}': unknown; expected one of {}", name, known));
}

RecipeDiff run(const Options& options) {
  for (const std::string& name : options.distributions) require_distribution(name);
  compare::DiffOptions how;
  how.extent = extent_of(options.extent);
  how.seed = options.seed;
  how.distributions = options.distributions;
  if (!options.dtype.empty()) {
    how.type = compare::find_input_type(options.dtype);
    if (!how.type) throw InputError(fmt::format("--dtype '{}': fp32, bf16 or f16 expected", options.dtype));
  }
  return compare::diff(compare::require_named(options.a), compare::require_named(options.b), how);
}

ordered_json separator_json(const compare::Separator& separator) {
  ordered_json elements = ordered_json::array();
  for (const compare::NonzeroElement& e : compare::nonzero_elements(separator.input))
    elements.push_back({{"row", e.row}, {"col", e.col}, {"bits", e.bits}, {"value", fmt::format("{}", e.value)}});
  return {{"rows", separator.input.extent.rows},
          {"cols", separator.input.extent.cols},
          {"from", separator.found_in},
          {"nonzero", elements},
          {"first",
           {{"field", name_of(separator.first.field)},
            {"row", separator.first.row},
            {"col", separator.first.col},
            {"a", separator.first.expected},
            {"b", separator.first.actual}}}};
}

ordered_json to_json(const RecipeDiff& diff) {
  ordered_json result{{"a", diff.a->identity.name}, {"b", diff.b->identity.name}, {"axes", ordered_json::array()}};
  for (const compare::AxisDifference& d : diff.axes)
    result["axes"].push_back({{"axis", d.axis}, {"a", d.a}, {"b", d.b}});
  if (!diff.why_not.empty()) {
    result["not_run"] = diff.why_not;
    return result;
  }
  result["dtype"] = name_of(diff.type);
  result["direction"] = diff.direction == Direction::kRowwise ? "row" : "column";
  result["distributions"] = ordered_json::array();
  for (const compare::DiffRow& row : diff.rows) {
    ordered_json out{
        {"name", row.distribution}, {"tensors", row.tensors}, {"rows", row.extent.rows}, {"cols", row.extent.cols}};
    for (std::size_t field = 0; field < compare::kFieldCount; ++field) {
      const compare::Frequency& f = row.fields[field];
      if (f.tally.total == 0) continue;
      out[std::string(name_of(static_cast<compare::Field>(field)))] = {{"total", f.tally.total},
                                                                       {"different", f.tally.different},
                                                                       {"ppm", f.ppm},
                                                                       {"standard_error_ppm", f.standard_error_ppm}};
    }
    result["distributions"].push_back(out);
  }
  result["separator"] = diff.separator ? separator_json(*diff.separator) : ordered_json();
  return result;
}

std::string frequency_text(const compare::Frequency& f) {
  if (f.tally.total == 0) return "-";
  if (f.tally.different == 0) return "0";
  return fmt::format("{:.4g} % +- {:.2g} ({})", f.ppm * 1e-4, f.standard_error_ppm * 1e-4, f.tally.different);
}

std::string rows_text(const RecipeDiff& diff) {
  std::size_t width = 12;
  for (const compare::DiffRow& row : diff.rows) width = std::max(width, row.distribution.size());
  std::string text =
      fmt::format("differing, % +- standard error over tensors (count); {}, {} directed less:\n{:{}}  {:28}{:28}{}\n",
                  name_of(diff.type),
                  fmt::format("{} tensors of {} x {},", diff.rows.front().tensors, diff.rows.front().extent.rows,
                              diff.rows.front().extent.cols),
                  "distribution", width, "scales", "codes", "globals, extras, values");
  for (const compare::DiffRow& row : diff.rows) {
    text += fmt::format("{:{}}  {:28}{:28}{}, {}, {}\n", row.distribution, width, frequency_text(row.fields[1]),
                        frequency_text(row.fields[2]), frequency_text(row.fields[0]), frequency_text(row.fields[3]),
                        frequency_text(row.fields[4]));
  }
  return text;
}

std::string separator_text(const RecipeDiff& diff) {
  if (!diff.separator) return "equal on all tried\n";
  const compare::Separator& s = *diff.separator;
  const auto elements = compare::nonzero_elements(s.input);
  std::string text = fmt::format("smallest input found that separates them: {} {} x {}, zero but for {} elements\n",
                                 name_of(s.input.type), s.input.extent.rows, s.input.extent.cols, elements.size());
  const int digits = format_of(s.input.type).bits / 4;
  for (const compare::NonzeroElement& e : elements)
    text += fmt::format("  ({}, {}) 0x{:0{}X} = {}\n", e.row, e.col, e.bits, digits, e.value);
  return text + fmt::format("  there {} ({}, {}) is 0x{:X} in {}, 0x{:X} in {}\n", name_of(s.first.field), s.first.row,
                            s.first.col, s.first.expected, diff.a->identity.name, s.first.actual,
                            diff.b->identity.name);
}

void run_diff(const Options& options) {
  const RecipeDiff diff = run(options);
  if (options.json) {
    fmt::print("{}\n", to_json(diff).dump(2));
    return;
  }
  std::string text = fmt::format("{} and {} differ in\n", diff.a->identity.name, diff.b->identity.name);
  for (const compare::AxisDifference& d : diff.axes) text += fmt::format("  {}: {}; {}\n", d.axis, d.a, d.b);
  if (diff.axes.empty()) text += "  no axis\n";
  if (!diff.why_not.empty())
    text += fmt::format("not run: {}\n", diff.why_not);
  else
    text += rows_text(diff) + separator_text(diff);
  fmt::print("{}", text);
}

}  // namespace

void add_diff(CLI::App& app) {
  CLI::App* command = app.add_subcommand("diff", "In what two recipes differ, how often it shows, and on which input");
  auto options = std::make_shared<Options>();
  command->add_option("a", options->a, "A recipe, e.g. te/nvfp4")->required();
  command->add_option("b", options->b, "Another, e.g. te/nvfp4-v1")->required();
  command->add_option("--extent", options->extent, "Elements of a distribution, as ROWSxCOLS (default 4096x1024)");
  command->add_option("--dtype", options->dtype, "fp32, bf16 or f16 (default: bf16 where both take it)");
  command->add_option("--distribution", options->distributions,
                      "Only these; repeatable (default: all, and the directed ones of both recipes)");
  command->add_option("--seed", options->seed, "Of the first tensor (default 1)");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example: bitgate diff te/nvfp4 te/nvfp4-v1");
  command->callback([options] { run_diff(*options); });
}

}  // namespace bitgate::program
