// bitgate gate: results held against thresholds.
#include "bitgate/reports/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/reports/annotations.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/junit.h"
#include "bitgate/reports/markdown.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gate_review.h"

namespace bitgate::program {

namespace {

struct GateOptions : ThresholdOptions {
  std::string junit, summary;
  std::vector<std::string> required;
  std::int64_t require_cases = 0;
  bool update = false, review = false, annotations = false;
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
                                        {"not_counted", count_of(verdict, reports::CheckResult::kNotRun)},
                                        {"reasons", verdict.reasons}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  for (const std::string& reason : verdict.reasons) fmt::print("{}\n", reason);
  fmt::print("{}\n", headline(verdict));
}

// GitHub reads workflow commands from either stream; stdout is kept pure for --json.
void print_annotations(const GateOptions& options, const reports::Verdict& verdict) {
  const char* on_github = std::getenv("GITHUB_ACTIONS");
  const bool asked = options.annotations || (on_github != nullptr && std::string_view(on_github) == "true");
  if (asked) fmt::print(options.json ? stderr : stdout, "{}", reports::annotations(verdict));
}

int judge(const GateOptions& options, const reports::Results& results) {
  reports::Thresholds thresholds;
  if (!options.thresholds.empty()) thresholds = reports::read_thresholds(options.thresholds);
  const reports::Verdict verdict = reports::verdict(results, thresholds, {options.require_cases, options.required});
  if (!options.junit.empty()) write_text(options.junit, reports::junit_xml(results, verdict));
  if (!options.summary.empty()) write_text(options.summary, reports::markdown_summary(results, verdict));
  print_annotations(options, verdict);
  print_verdict(verdict, options.json);
  return verdict.status;
}

// A failure outranks what could not be told.
int worse(int a, int b) { return a == kDifference || b == kDifference ? kDifference : std::max(a, b); }

// An option that the asked job ignores would be believed.
void require_one_job(const GateOptions& options) {
  const bool judging = options.require_cases != 0 || !options.required.empty() || !options.junit.empty() ||
                       !options.summary.empty() || options.annotations;
  const char* job = options.update ? "--update" : "--review";
  if (options.require_cases < 0)
    throw InputError(fmt::format("--require-cases {}: a number of cases expected, 0 or more", options.require_cases));
  if (options.update && options.review)
    throw InputError("--update proposes and --review decides: one of them expected in a call");
  if ((options.update || options.review) && (judging || !options.base.empty()))
    throw InputError(
        fmt::format("{} judges nothing: --base, --require-cases, --require-subject, --junit, --summary and "
                    "--annotations are expected in a call of their own",
                    job));
  if (options.review && !options.results.empty())
    throw InputError("--review decides on FILE.new, and --results are for the --update that writes it");
  if (!options.review && (!options.accept.empty() || !options.reject.empty()))
    throw InputError("--accept and --reject belong to --review");
  if (!options.update && (!options.explained.empty() || !options.statistical.empty() || !options.who.empty()))
    throw InputError("--explained, --statistical and --who belong to --update");
  if (!options.update && !options.review && !options.why.empty())
    throw InputError("--why belongs to --update and --review");
  if (options.results.empty() && judging)
    throw InputError("--require-cases, --require-subject, --junit, --summary and --annotations need --results");
}

int run_gate(const GateOptions& options) {
  require_one_job(options);
  if (options.review) return review_thresholds(options);
  if (options.results.empty() && (options.update || options.base.empty()))
    throw InputError("gate needs --results, unless it is asked for --review or --base alone");
  if (options.update) {
    propose_thresholds(options);
    return kPass;
  }
  if (options.json && !options.base.empty() && !options.results.empty())
    throw InputError("--json prints one answer: ask for --base and for --results in two calls");
  const int of_base = options.base.empty() ? kPass : hold_against_base(options);
  return options.results.empty() ? of_base : worse(of_base, judge(options, reports::read_results(options.results)));
}

void add_judging(CLI::App& command, GateOptions& options) {
  command.add_option("--results", options.results, "results.json of a report");
  command.add_option("--thresholds", options.thresholds, "Thresholds (default: only the subjects are judged)");
  command.add_option("--require-cases", options.require_cases, "At least so many cases must have passed");
  command.add_option("--require-subject", options.required, "A subject that must have run, e.g. cuda or cuda/te/nvfp4");
  command.add_option("--junit", options.junit, "Also write JUnit XML here");
  command.add_option("--summary", options.summary, "Also write a Markdown summary here");
  command.add_flag("--annotations", options.annotations,
                   "Print GitHub annotations (default where GITHUB_ACTIONS is true)");
  command.add_option("--base", options.base,
                     "Older thresholds: fail where --thresholds are looser without a stored reason");
  command.add_flag("--json", options.json, "Print JSON");
}

void add_proposing(CLI::App& command, GateOptions& options) {
  command.add_flag("--update", options.update,
                   "Propose the thresholds that these results meet, in FILE.new; needs --who and --why");
  command.add_option("--explained", options.explained,
                     "With --update: a subject that may differ as another recipe does, so many ppm");
  command.add_option("--statistical", options.statistical,
                     "With --update: a subject held to SQNR over at least 64 seeds a case");
  command.add_option("--who", options.who, "Who proposes the thresholds");
  command.add_option("--why", options.why, "Why they are set, or why a looser one is accepted");
  command.add_flag("--review", options.review, "Decide on FILE.new: asks on a terminal, else see --accept");
  command.add_option("--accept", options.accept, "With --review: all, tighter, or a pattern of case names");
  command.add_option("--reject", options.reject, "With --review: likewise; outranks --accept");
}

}  // namespace

void add_gate(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("gate", "Verdict: results held against thresholds");
  auto options = std::make_shared<GateOptions>();
  add_judging(*command, *options);
  add_proposing(*command, *options);
  command->footer(
      "Example: bitgate gate --results report/results.json --thresholds reports/thresholds/default.json\n"
      "Example: bitgate gate --review --thresholds t.json --accept 'te/nvfp4/*' --why 'round to even since v2'\n"
      "Example: bitgate gate --base old.json --thresholds t.json\n"
      "Exit status: 0 pass; 1 a difference, a crossed threshold or one looser than --base without a new reason; 2 "
      "could\n"
      "not tell, or changes left to review; 3 bad usage or input, or a looser threshold accepted without --why.");
  command->callback([options, &status] { status = run_gate(*options); });
}

}  // namespace bitgate::program
