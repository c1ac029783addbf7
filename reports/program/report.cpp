// bitgate report: the main job. Sweeps recipes x distributions x input types and writes the page, pictures and files.
#include "bitgate/reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/probe.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/held_recording.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

struct Options {
  std::string sweep, out, extent, probes;
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
  for (const std::string& recipe : options.recipes) compare::require_named(recipe);
  std::vector<compare::Panel> panels =
      options.sweep.empty() ? compare::default_panels() : compare::read_panels(options.sweep);
  for (compare::Panel& panel : panels) {
    if (!options.recipes.empty()) panel.recipes = options.recipes;
    if (!options.extent.empty()) panel.extent = parse_extent(options.extent);
  }
  return panels;
}

std::vector<std::filesystem::path> probe_files(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  if (directory.empty()) return files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (entry.path().extension() == ".npz") files.push_back(entry.path());
  if (error) throw InputError(fmt::format("--probes {}: {}", directory, error.message()));
  if (files.empty()) throw InputError(fmt::format("--probes {}: it holds no NAME.npz", directory));
  std::sort(files.begin(), files.end());
  return files;
}

// Whom identify names for each recipe's own answers to the probes.
std::vector<reports::IdentifySet> named_by_identify(const std::vector<std::filesystem::path>& files) {
  std::vector<reports::IdentifySet> sets;
  Progress progress("identify", files.size());
  for (const std::filesystem::path& file : files) {
    const compare::ProbeSet set = compare::read_probe_set(file);
    sets.push_back(
        {compare::name_of(set), std::string(scheme_of(set.scheme).name), set.type, compare::confusion(set), set.equal});
    progress.show(sets.size());
  }
  return sets;
}

void run_report(const Options& options) {
  reports::Results results;
  const std::vector<std::filesystem::path> probes = probe_files(options.probes);
  results.panels = chosen_panels(options);
  const std::vector<compare::Case> cases = compare::expand(results.panels);
  {
    Progress progress("sweep", cases.size());
    results.rows = compare::run_sweep(cases, sweep_sources(), [&](std::size_t done) { progress.show(done); });
  }
  results.identify = named_by_identify(probes);
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
  command->add_option("--probes", options->probes,
                      "Directory of probe sets ('probe make'): show whom identify names for each recipe");
  command->add_option("--out", options->out, "Directory to write; an older report there is replaced")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate report --out report\nExit status 0 once the report is written; 'bitgate gate' judges it.");
  command->callback([options] { run_report(*options); });
}

}  // namespace bitgate::program
