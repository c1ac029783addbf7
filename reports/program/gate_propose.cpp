// The parts of `bitgate gate` that ask nobody: thresholds proposed, and held against older ones.
#include <filesystem>

#include "bitgate/reports/json.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gate_review.h"
#include "bitgate/reports/program/threshold_text.h"
#include "bitgate/reports/threshold_proposal.h"
#include "bitgate/reports/threshold_review.h"

namespace bitgate::program {
namespace {

using reports::ThresholdChange;
using reports::Thresholds;

void print_proposed(const std::string& file, std::size_t changes, const std::string& text, bool json) {
  if (json)
    fmt::print("{}\n", nlohmann::ordered_json{{"file", file}, {"changes", changes}}.dump(2));
  else
    fmt::print("{}: {}\n", file, text);
}

}  // namespace

void propose_thresholds(const ThresholdOptions& options) {
  if (options.thresholds.empty()) throw InputError("--update needs --thresholds, the file to propose for");
  if (options.who.empty() || options.why.empty())
    throw InputError("--update needs --who and --why: a threshold names both");
  const reports::Results results = reports::read_results(options.results);
  const reports::Provenance& here = results.provenance;
  const reports::ThresholdOrigin origin{options.who, here.date_utc, here.commit,
                                        fmt::format("{}, {}", here.cpu, here.compiler), options.why};
  Thresholds fresh = of_file(options.results, [&] {
    return reports::propose(results, origin, {options.explained, options.statistical});
  });
  if (!std::filesystem::exists(options.thresholds)) {
    std::filesystem::remove(proposal_of(options.thresholds));  // for a file that is gone
    reports::write_thresholds(options.thresholds, fresh);
    print_proposed(options.thresholds, fresh.cases.size(),
                   fmt::format("thresholds of {} written", counted(fresh.cases.size(), "case")), options.json);
    return;
  }
  const Thresholds old = reports::read_thresholds(options.thresholds);
  const Thresholds proposed = reports::proposed_over(old, std::move(fresh), results);
  const std::vector<ThresholdChange> pending = reports::changes(old, proposed);
  if (pending.empty()) {
    std::filesystem::remove(proposal_of(options.thresholds));
    print_proposed(options.thresholds, 0, "nothing changes", options.json);
    return;
  }
  reports::write_thresholds(proposal_of(options.thresholds), proposed);
  print_proposed(proposal_of(options.thresholds), pending.size(),
                 fmt::format("{} proposed; review with: bitgate gate --review --thresholds {}",
                             counted(pending.size(), "change"), options.thresholds),
                 options.json);
}

int hold_against_base(const ThresholdOptions& options) {
  if (options.thresholds.empty()) throw InputError("--base needs --thresholds, the file to hold against it");
  const std::vector<ThresholdChange> refused = reports::loosened_without_reason(
      reports::read_thresholds(options.base), reports::read_thresholds(options.thresholds));
  if (options.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"looser_without_reason", json_of(refused)}}.dump(2));
  } else {
    for (const ThresholdChange& change : refused) print_change(change);
    const std::string found = refused.empty() ? "nothing" : counted(refused.size(), "threshold");
    fmt::print("{}: {} {} looser than in {} without a new reason{}\n", options.thresholds, found,
               refused.size() > 1 ? "are" : "is", options.base,
               refused.empty() ? "" : "; 'bitgate gate --review --accept ... --why ...' stores one");
  }
  return refused.empty() ? kPass : kDifference;
}

}  // namespace bitgate::program
