#include "bitgate/reports/program/gate_review.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/threshold_text.h"
#include "bitgate/reports/threshold_review.h"

namespace bitgate::program {
namespace {

using reports::ThresholdChange;
using reports::Thresholds;

// What is decided of the changes, each once.
struct Decisions {
  std::vector<ThresholdChange> accepted, rejected;
  std::string why;
};

bool matches_any(const ThresholdChange& change, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return reports::matches(change, pattern); });
}

// Whatever a pattern can mean, decided already or not: a call that was killed can be made again.
std::vector<ThresholdChange> names_of(const Thresholds& old, const Thresholds& proposed) {
  std::vector<ThresholdChange> names;
  for (const Thresholds* of : {&old, &proposed}) {
    for (const auto& [name, entry] : of->cases) names.push_back({name, "", "", "", false});
    for (const auto& [name, entry] : of->dropped) names.push_back({name, "", "", "", false});
    for (const std::string& subject : of->required_subjects)
      names.push_back({std::string(reports::kRequiredPrefix) + subject, "", "", "", false});
  }
  return names;
}

// A pattern that matches no name is a misspelt one.
void require_known(std::string_view option, const std::vector<std::string>& patterns, const std::string& file,
                   const std::vector<ThresholdChange>& names) {
  for (const std::string& pattern : patterns)
    if (pattern != "all" && pattern != "tighter" &&
        std::none_of(names.begin(), names.end(), [&](const auto& name) { return matches(name, pattern); }))
      throw InputError(
          fmt::format("{} '{}': {} and {} have no such case, expected all, tighter or a pattern of their "
                      "names",
                      option, pattern, file, proposal_of(file)));
}

Decisions decide_by_options(const std::vector<ThresholdChange>& pending, const ThresholdOptions& options) {
  Decisions decisions{{}, {}, options.why};
  for (const ThresholdChange& change : pending) {
    if (matches_any(change, options.reject))
      decisions.rejected.push_back(change);
    else if (matches_any(change, options.accept))
      decisions.accepted.push_back(change);
  }
  return decisions;
}

void apply(const std::string& file, const Thresholds& old, const Thresholds& proposed, const Decisions& decisions);

std::string ask(const std::string& question) {
  fmt::print("{}", question);
  std::fflush(stdout);
  std::string answer;
  if (!std::getline(std::cin, answer)) return "q";
  return answer;
}

// Each decision is written when it is made, so that nothing is lost by stopping anywhere. All that were made.
Decisions decide_by_asking(const std::string& file, const std::vector<ThresholdChange>& pending) {
  Decisions made;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const ThresholdChange& change = pending[i];
    fmt::print("[{}/{}] ", i + 1, pending.size());
    print_change(change);
    std::string answer;
    while (answer != "a" && answer != "r" && answer != "s" && answer != "q")
      answer = ask("accept, reject, skip or quit (a/r/s/q)? ");
    if (answer == "q") break;
    if (answer == "s") continue;
    Decisions decisions;
    if (answer == "a") {
      if (change.looser) decisions.why = ask("it is looser; why? ");
      if (change.looser && (decisions.why.empty() || decisions.why == "q")) {
        fmt::print("not accepted: a looser threshold needs a reason\n");
        continue;
      }
      decisions.accepted.push_back(change);
      made.accepted.push_back(change);
    } else {
      decisions.rejected.push_back(change);
      made.rejected.push_back(change);
    }
    apply(file, reports::read_thresholds(file), reports::read_thresholds(proposal_of(file)), decisions);
  }
  return made;
}

// The accepted first: stopped in between, the proposal still holds what is left and nothing twice.
void apply(const std::string& file, const Thresholds& old, const Thresholds& proposed, const Decisions& decisions) {
  if (!decisions.accepted.empty())
    reports::write_thresholds(file, of_file(proposal_of(file), [&] {
                                return reports::accept(old, proposed, decisions.accepted, decisions.why);
                              }));
  if (!decisions.rejected.empty())
    reports::write_thresholds(proposal_of(file), reports::reject(old, proposed, decisions.rejected));
}

void print_reviewed(const ThresholdOptions& options, const Decisions& decided, const std::vector<ThresholdChange>& left,
                    bool asked) {
  if (options.json) {
    const nlohmann::ordered_json result{
        {"accepted", decided.accepted.size()}, {"rejected", decided.rejected.size()}, {"pending", json_of(left)}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  if (!asked)  // else they were just shown
    for (const ThresholdChange& change : left) print_change(change);
  if (!decided.accepted.empty() || !decided.rejected.empty())
    fmt::print("{} accepted, {} rejected\n", counted(decided.accepted.size(), "change"), decided.rejected.size());
  const auto looser = std::count_if(left.begin(), left.end(), [](const auto& change) { return change.looser; });
  fmt::print("{}: {} left to review, {} of them looser\n", options.thresholds, counted(left.size(), "change"), looser);
}

}  // namespace

int review_thresholds(const ThresholdOptions& options) {
  if (options.thresholds.empty()) throw InputError("--review needs --thresholds, the file to review a proposal for");
  const std::string proposal = proposal_of(options.thresholds);
  if (!std::filesystem::exists(proposal)) {
    reports::read_thresholds(options.thresholds);
    print_reviewed(options, {}, {}, false);
    return kPass;
  }
  const Thresholds old = reports::read_thresholds(options.thresholds);
  const Thresholds proposed = reports::read_thresholds(proposal);
  const std::vector<ThresholdChange> pending = reports::changes(old, proposed);
  const bool by_options = !options.accept.empty() || !options.reject.empty();
  const bool asked = !by_options && !options.json && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  Decisions decided;
  if (by_options) {
    const std::vector<ThresholdChange> names = names_of(old, proposed);
    require_known("--accept", options.accept, options.thresholds, names);
    require_known("--reject", options.reject, options.thresholds, names);
    decided = decide_by_options(pending, options);
    apply(options.thresholds, old, proposed, decided);
  } else if (asked) {
    decided = decide_by_asking(options.thresholds, pending);
  }
  const std::vector<ThresholdChange> left =
      reports::changes(reports::read_thresholds(options.thresholds), reports::read_thresholds(proposal));
  print_reviewed(options, decided, left, asked);
  if (left.empty()) std::filesystem::remove(proposal);
  return left.empty() ? kPass : kCouldNotTell;
}

}  // namespace bitgate::program
