// bitgate report: the main job. Sweeps recipes x distributions x input types and writes the page, pictures and files.
#include "bitgate/reports/report.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/sweep.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/held_recording.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

struct Options {
  std::string sweep, out, extent;
  std::vector<std::string> recipes, recordings;
  bool json = false;
};

Extent parse_extent(const std::string& text) {
  Extent extent;
  const char* end = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), end, extent.rows);
  const bool cross = rows.ec == std::errc{} && rows.ptr != end && *rows.ptr == 'x';
  const auto cols = cross ? std::from_chars(rows.ptr + 1, end, extent.cols) : rows;
  if (!cross || cols.ec != std::errc{} || cols.ptr != end || extent.rows < 1 || extent.cols < 1)
    throw InputError(fmt::format("--extent '{}': ROWSxCOLS expected, e.g. 256x256", text));
  return extent;
}

std::vector<compare::Panel> chosen_panels(const Options& options) {
  std::vector<compare::Panel> panels =
      options.sweep.empty() ? compare::default_panels() : compare::read_panels(options.sweep);
  for (compare::Panel& panel : panels) {
    if (!options.recipes.empty()) panel.recipes = options.recipes;
    if (!options.extent.empty()) panel.extent = parse_extent(options.extent);
  }
  return panels;
}

void run_report(const Options& options) {
  reports::Results results;
  results.panels = chosen_panels(options);
  const std::vector<compare::Case> cases = compare::expand(results.panels);
  {
    Progress progress("sweep", cases.size());
    results.rows = compare::run_sweep(cases, sweep_sources(), [&](std::size_t done) { progress.show(done); });
  }
  results.provenance = reports::provenance_here();
  for (const std::string& file : options.recordings)
    results.provenance.recordings.push_back(hold_rows(file, compare::read_recording(file), results.rows));
  results.recipes = reports::recipe_facts(results.rows);
  const reports::Verdict verdict = reports::verdict(results, {}, {});
  reports::write_report(options.out, results, verdict);
  const std::string page = fmt::format("{}/index.html", options.out);
  if (options.json) {
    const nlohmann::ordered_json result{{"page", page}, {"cases", results.rows.size()}, {"status", verdict.status}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}\n{}\n", headline(verdict), page);
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("report", "Sweep recipes x distributions x input types; write page, pictures, JSON, CSV");
  auto options = std::make_shared<Options>();
  command->add_option("--sweep", options->sweep, "JSON file that names the panels (default: the whole report)");
  command->add_option("--recipe", options->recipes, "Only these recipes");
  command->add_option("--extent", options->extent, "ROWSxCOLS of each case (default 256x256)");
  command->add_option("--recording", options->recordings, "A recording to hold where no GPU is");
  command->add_option("--out", options->out, "Directory to write; an older report there is replaced")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate report --out report\nExit status 0 once the report is written; 'bitgate gate' judges it.");
  command->callback([options] { run_report(*options); });
}

}  // namespace bitgate::program
