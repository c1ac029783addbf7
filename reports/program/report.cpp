// bitgate report: the main job. Sweeps recipes x distributions x input types and writes the page, pictures and files;
// or, as a shard, a part of the results for 'bitgate merge'.
#include "bitgate/reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/probe.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reports/journal.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/held_recording.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/subjects.h"
#include "bitgate/reports/program/write_whole.h"
#include "bitgate/reports/shard.h"

namespace bitgate::program {

namespace {

struct ReportOptions {
  std::string sweep, out, extent, probes, shard;
  std::vector<std::string> recipes, recordings;
  bool json = false, resume = false, parity = false;
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

std::vector<compare::Panel> chosen_panels(const ReportOptions& options) {
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

// How every two recipes of NVFP4 differ, from each type; on the probes too.
std::vector<compare::PairTable> tables_of_pairs(const std::vector<InputType>& types,
                                                const std::vector<std::filesystem::path>& probe_files) {
  std::vector<compare::PairTable> tables;
  if (types.empty()) return tables;
  std::vector<compare::Probe> probes;
  for (const std::filesystem::path& file : probe_files) {
    if (!file.filename().string().starts_with("nvfp4")) continue;
    for (compare::Probe& probe : compare::read_probe_set(file).probes) probes.push_back(std::move(probe));
  }
  Progress progress("pairs", types.size());
  for (const InputType type : types) {
    tables.push_back(compare::nvfp4_pairs(type, probes));
    progress.show(tables.size());
  }
  return tables;
}

// GoogleTest's runners ask that a program which knows of shards says so by touching this file.
void touch_shard_status_file() {
  const char* file = std::getenv("GTEST_SHARD_STATUS_FILE");
  if (file != nullptr && !std::ofstream(file, std::ios::app))
    throw InputError(fmt::format("GTEST_SHARD_STATUS_FILE={}: cannot be written", file));
}

std::optional<reports::Shard> chosen_shard(const ReportOptions& options) {
  if (options.shard.empty()) return std::nullopt;
  if (options.shard != "auto") return reports::parse_shard(options.shard);
  touch_shard_status_file();
  return reports::shard_from_environment([](const char* name) { return std::getenv(name); });
}

// Processes that a launcher starts have one command line: each gets a folder of its own in --out.
std::filesystem::path directory_of(const ReportOptions& options, const std::optional<reports::Shard>& shard) {
  if (!shard || options.shard != "auto") return options.out;
  std::error_code error;
  std::filesystem::create_directory(options.out, error);
  if (error) throw InputError(fmt::format("--out {}: {}", options.out, error.message()));
  return std::filesystem::path(options.out) / fmt::format("{}-of-{}", shard->index, shard->of);
}

reports::JournalKey journal_key(const std::vector<compare::Panel>& panels, const std::vector<compare::Case>& cases) {
  const reports::Provenance here = reports::provenance_here();
  return {here.version, here.commit, reports::sweep_digest(panels, cases), device::why_no_gpu().value_or("a GPU")};
}

// All that can be refused is read before the sweep begins.
struct Plan {
  std::vector<compare::Panel> panels;
  std::vector<compare::Case> cases;                       // of the shard
  std::vector<std::filesystem::path> probes, all_probes;  // of the shard, and of the whole
  std::vector<InputType> pair_types;                      // of the shard: a table of pairs for each
  std::vector<compare::Recording> recordings;
  std::optional<reports::Shard> shard;
  std::filesystem::path out;
};

Plan plan_of(const ReportOptions& options) {
  Plan plan;
  plan.panels = chosen_panels(options);
  plan.probes = plan.all_probes = probe_files(options.probes);
  plan.shard = chosen_shard(options);
  plan.cases = compare::expand(plan.panels);
  if (options.parity || !plan.probes.empty()) plan.pair_types.assign(std::begin(kInputTypes), std::end(kInputTypes));
  for (const std::string& file : options.recordings) plan.recordings.push_back(compare::read_recording(file));
  if (plan.shard) {
    std::vector<std::filesystem::path> files(options.recordings.begin(), options.recordings.end());
    files.insert(files.end(), plan.probes.begin(), plan.probes.end());
    plan.shard->sweep = reports::sweep_digest(plan.panels, plan.cases);
    plan.shard->files = reports::files_digest(files);
    plan.cases = reports::part_of(plan.cases, *plan.shard);
    plan.probes = reports::part_of(plan.probes, *plan.shard);
    plan.pair_types = reports::part_of(plan.pair_types, *plan.shard);
  }
  plan.out = directory_of(options, plan.shard);
  reports::require_report_target(plan.out);
  return plan;
}

void write_part(const Plan& plan, const reports::Results& results, bool json) {
  reports::write_shard(plan.out, results);
  const std::string file = (plan.out / "results.json").string();
  const auto& [index, of, sweep, files] = *plan.shard;
  if (json) {
    const nlohmann::ordered_json result{
        {"results", file}, {"shard", index}, {"of", of}, {"cases", results.rows.size()}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("shard {} of {}: {} cases\n{}\n", index, of, results.rows.size(), file);
}

void run_report(const ReportOptions& options) {
  const Plan plan = plan_of(options);
  reports::Results results;
  results.panels = plan.panels;
  results.shard = plan.shard;
  using Start = reports::Journal::Start;
  reports::Journal journal(plan.out, journal_key(plan.panels, plan.cases),
                           options.resume ? Start::kResume : Start::kAnew);
  {
    Progress progress("sweep", plan.cases.size());
    results.rows =
        reports::run_journaled(plan.cases, sweep_sources(), journal, [&](std::size_t done) { progress.show(done); });
  }
  results.identify = named_by_identify(plan.probes);
  results.pairs = tables_of_pairs(plan.pair_types, plan.all_probes);
  results.provenance = reports::provenance_here();
  for (std::size_t i = 0; i < plan.recordings.size(); ++i)
    results.provenance.recordings.push_back(hold_rows(options.recordings[i], plan.recordings[i], results.rows));
  results.recipes = reports::recipe_facts(results.rows);
  if (plan.shard)
    write_part(plan, results, options.json);
  else
    write_whole(plan.out, results, options.json);
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("report", "Sweep recipes x distributions x input types; write page, pictures, JSON, CSV");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("--sweep", options->sweep, "JSON file that names the panels (default: the whole report)");
  command->add_option("--recipe", options->recipes, "Only these recipes");
  command->add_option("--extent", options->extent, "ROWSxCOLS of each case (default 256x256)");
  command->add_option("--recording", options->recordings, "A recording to hold where no GPU is");
  command->add_option(
      "--probes", options->probes,
      "Directory of probe sets ('probe make'): show whom identify names for each recipe; means --parity");
  command->add_flag("--parity", options->parity, "Show how every two NVFP4 recipes differ, from each input type");
  command->add_option("--out", options->out, "Directory to write; an older report there is replaced")->required();
  command->add_option("--shard", options->shard,
                      "I/N, counted from 1: only every N-th case, and results.json alone, for 'bitgate merge'; auto: "
                      "by the environment of GoogleTest, Open MPI or Slurm, into OUT/I-of-N");
  command->add_flag("--resume", options->resume, "Go on where an interrupted run into --out stopped");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate report --out report\nFinished cases are kept in OUT/report.journal until the report is "
      "written: "
      "'--resume' begins there.\nExit status 0 once the report is written; 'bitgate gate' judges it.");
  command->callback([options] { run_report(*options); });
}

}  // namespace bitgate::program
