#include "bitgate/reports/program/gate_review.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/threshold_proposal.h"
#include "bitgate/reports/threshold_review.h"

namespace bitgate::program {
namespace {

using reports::ThresholdChange;
using reports::Thresholds;

std::string proposal_of(const std::string& file) { return file + ".new"; }

void print_change(const ThresholdChange& change) {
  fmt::print("{}\n  old    {}\n  new    {}\n  delta  {}\n", change.name, change.before, change.after, change.delta);
}

std::string status_of(const ThresholdChange& change) { return change.looser ? "looser" : "tighter"; }

void print_changes(std::string_view word, const std::vector<ThresholdChange>& changes, bool json) {
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const ThresholdChange& change : changes)
      list.push_back({{"name", change.name},
                      {"old", change.before},
                      {"new", change.after},
                      {"delta", change.delta},
                      {"change", status_of(change)}});
    fmt::print("{}\n", nlohmann::ordered_json{{std::string(word), list}}.dump(2));
    return;
  }
  for (const ThresholdChange& change : changes) print_change(change);
  const auto looser = std::count_if(changes.begin(), changes.end(), [](const auto& change) { return change.looser; });
  fmt::print("{} changes {}, {} of them looser\n", changes.size(), word, looser);
}

// What is decided of the changes, each once.
struct Decisions {
  std::vector<ThresholdChange> accepted, rejected;
  std::string why;
};

bool matches_any(const ThresholdChange& change, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return reports::matches(change, pattern); });
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

// Each decision is written when it is made, so that nothing is lost by stopping anywhere.
void decide_by_asking(const std::string& file, const std::vector<ThresholdChange>& pending) {
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const ThresholdChange& change = pending[i];
    fmt::print("[{}/{}] ", i + 1, pending.size());
    print_change(change);
    std::string answer;
    while (answer != "a" && answer != "r" && answer != "s" && answer != "q")
      answer = ask("accept, reject, skip or quit (a/r/s/q)? ");
    if (answer == "q") return;
    if (answer == "s") continue;
    Decisions decisions;
    if (answer == "a") {
      if (change.looser) decisions.why = ask("it is looser; why? ");
      if (change.looser && (decisions.why.empty() || decisions.why == "q")) {
        fmt::print("not accepted: a looser threshold needs a reason\n");
        continue;
      }
      decisions.accepted.push_back(change);
    } else {
      decisions.rejected.push_back(change);
    }
    apply(file, reports::read_thresholds(file), reports::read_thresholds(proposal_of(file)), decisions);
  }
}

// The accepted first: stopped in between, the proposal still holds what is left and nothing twice.
void apply(const std::string& file, const Thresholds& old, const Thresholds& proposed, const Decisions& decisions) {
  if (!decisions.accepted.empty())
    reports::write_thresholds(file, reports::accept(old, proposed, decisions.accepted, decisions.why));
  if (!decisions.rejected.empty())
    reports::write_thresholds(proposal_of(file), reports::reject(old, proposed, decisions.rejected));
}

}  // namespace

void propose_thresholds(const ThresholdOptions& options, const reports::Results& results) {
  if (options.thresholds.empty()) throw InputError("--update needs --thresholds, the file to propose for");
  if (options.who.empty() || options.why.empty())
    throw InputError("--update needs --who and --why: a threshold names both");
  const reports::Provenance& here = results.provenance;
  const reports::ThresholdOrigin origin{options.who, here.date_utc, here.commit,
                                        fmt::format("{}, {}", here.cpu, here.compiler), options.why};
  Thresholds fresh = reports::propose(results, origin, {options.explained, options.statistical});
  if (!std::filesystem::exists(options.thresholds)) {
    reports::write_thresholds(options.thresholds, fresh);
    fmt::print("{}: thresholds of {} cases written\n", options.thresholds, fresh.cases.size());
    return;
  }
  const Thresholds old = reports::read_thresholds(options.thresholds);
  const Thresholds proposed = reports::proposed_over(old, std::move(fresh), results);
  const std::vector<ThresholdChange> pending = reports::changes(old, proposed);
  if (pending.empty()) {
    std::filesystem::remove(proposal_of(options.thresholds));
    fmt::print("{}: nothing changes\n", options.thresholds);
    return;
  }
  reports::write_thresholds(proposal_of(options.thresholds), proposed);
  fmt::print("{}: {} changes proposed; review them with: bitgate gate --review --thresholds {}\n",
             proposal_of(options.thresholds), pending.size(), options.thresholds);
}

int review_thresholds(const ThresholdOptions& options) {
  if (options.thresholds.empty()) throw InputError("--review needs --thresholds, the file to review a proposal for");
  const std::string proposal = proposal_of(options.thresholds);
  if (!std::filesystem::exists(proposal)) {
    reports::read_thresholds(options.thresholds);
    print_changes("pending", {}, options.json);
    return kPass;
  }
  const Thresholds old = reports::read_thresholds(options.thresholds);
  const Thresholds proposed = reports::read_thresholds(proposal);
  const std::vector<ThresholdChange> pending = reports::changes(old, proposed);
  const bool decided = !options.accept.empty() || !options.reject.empty();
  if (decided)
    apply(options.thresholds, old, proposed, decide_by_options(pending, options));
  else if (!options.json && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0)
    decide_by_asking(options.thresholds, pending);
  const std::vector<ThresholdChange> left =
      reports::changes(reports::read_thresholds(options.thresholds), reports::read_thresholds(proposal));
  print_changes("pending", left, options.json);
  if (left.empty()) std::filesystem::remove(proposal);
  return left.empty() ? kPass : kCouldNotTell;
}

int hold_against_base(const ThresholdOptions& options) {
  if (options.thresholds.empty()) throw InputError("--base needs --thresholds, the file to hold against it");
  const std::vector<ThresholdChange> refused = reports::loosened_without_reason(
      reports::read_thresholds(options.base), reports::read_thresholds(options.thresholds));
  if (!refused.empty() || options.json) print_changes("looser_without_reason", refused, options.json);
  return refused.empty() ? kPass : kDifference;
}

}  // namespace bitgate::program
