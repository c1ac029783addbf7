// bitgate gate: results held against thresholds.
#include "bitgate/reports/gate.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/junit.h"
#include "bitgate/reports/markdown.h"
#include "bitgate/reports/program/command.h"

namespace bitgate::program {

namespace {

struct Options {
  std::string results, thresholds, junit, summary, who, why;
  std::vector<std::string> required;
  std::int64_t require_cases = 0;
  bool update = false, json = false;
};

void write_text(const std::string& file, const std::string& text) {
  compare::write_bytes(file, std::as_bytes(std::span<const char>(text)));
}

void print_verdict(const reports::Verdict& verdict, bool json) {
  if (json) {
    const nlohmann::ordered_json result{{"status", verdict.status},
                                        {"verdict", reports::status_name(verdict.status)},
                                        {"cases", verdict.cases},
                                        {"passed", verdict.passed},
                                        {"reasons", verdict.reasons}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  for (const std::string& reason : verdict.reasons) fmt::print("{}\n", reason);
  fmt::print("{}\n", headline(verdict));
}

// The thresholds that the results just meet, in place of the file.
void update(const Options& options, const reports::Results& results) {
  if (options.thresholds.empty()) throw InputError("--update needs --thresholds, the file to write");
  if (options.who.empty() || options.why.empty())
    throw InputError("--update needs --who and --why: a threshold names both");
  const reports::Provenance& here = results.provenance;
  const reports::ThresholdOrigin origin{options.who, here.date_utc, here.commit,
                                        fmt::format("{}, {}", here.cpu, here.compiler), options.why};
  reports::write_thresholds(options.thresholds, reports::propose(results, origin));
  fmt::print("{}: thresholds of {} cases written\n", options.thresholds, results.rows.size());
}

int run_gate(const Options& options) {
  const reports::Results results = reports::read_results(options.results);
  if (options.update) {
    update(options, results);
    return kPass;
  }
  reports::Thresholds thresholds;
  if (!options.thresholds.empty()) thresholds = reports::read_thresholds(options.thresholds);
  const reports::Verdict verdict = reports::verdict(results, thresholds, {options.require_cases, options.required});
  if (!options.junit.empty()) write_text(options.junit, reports::junit_xml(verdict));
  if (!options.summary.empty()) write_text(options.summary, reports::markdown_summary(results, verdict));
  print_verdict(verdict, options.json);
  return verdict.status;
}

}  // namespace

void add_gate(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("gate", "Verdict: results held against thresholds");
  auto options = std::make_shared<Options>();
  command->add_option("--results", options->results, "results.json of a report")->required();
  command->add_option("--thresholds", options->thresholds, "Thresholds (default: only the subjects are judged)");
  command->add_option("--require-cases", options->require_cases, "At least so many cases must have passed");
  command->add_option("--require-subject", options->required,
                      "A subject that must have run, e.g. cuda or cuda/te/nvfp4");
  command->add_option("--junit", options->junit, "Also write JUnit XML here");
  command->add_option("--summary", options->summary, "Also write a Markdown summary here");
  command->add_flag("--update", options->update, "Write the thresholds that these results meet; needs --who and --why");
  command->add_option("--who", options->who, "Who proposes the thresholds");
  command->add_option("--why", options->why, "Why they are set");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate gate --results report/results.json --thresholds reports/thresholds/default.json\n"
      "Exit status: 0 pass, 1 a difference or a crossed threshold, 2 could not tell.");
  command->callback([options, &status] { status = run_gate(*options); });
}

}  // namespace bitgate::program
