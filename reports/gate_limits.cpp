#include "bitgate/reports/gate_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using compare::Digests;
using compare::Outcome;
using compare::Row;
using compare::SubjectResult;

constexpr std::pair<const char*, std::string Digests::*> kDigestFields[] = {{"global", &Digests::global},
                                                                            {"scales", &Digests::scales},
                                                                            {"codes", &Digests::codes},
                                                                            {"extras", &Digests::extras},
                                                                            {"values", &Digests::values}};

// Written so that a NaN anywhere fails: each comparison must be true. SQNR may only be infinite where noise is 0.
bool meets(const compare::Metrics& metrics, double floor) {
  const bool real = metrics.sums.noise >= 0 && metrics.sums.signal >= 0;
  const bool earned = std::isfinite(metrics.sqnr_db) || metrics.sums.noise == 0;
  return real && earned && metrics.sqnr_db >= floor;
}

// Why a differing subject is not within its limit; empty when it is.
std::string breach(const SubjectThreshold& threshold, const SubjectResult& subject, const Row& row) {
  if (const std::optional<double> floor = floor_of(threshold)) {
    // Equal bytes have the row's own SQNR, and NaN is above no floor.
    const double sqnr_db = subject.sqnr_db.value_or(has_differences(subject) ? std::nan("") : row.metrics.sqnr_db);
    if (sqnr_db >= *floor) return "";
    return fmt::format("expected at least {} dB, got {} dB", number_text(*floor), number_text(sqnr_db));
  }
  const auto& limit = std::get<ExplainedLimit>(threshold);
  if (!has_differences(subject)) return "";
  const std::optional<compare::Explained>& explained = subject.explained;
  if (!explained) return fmt::format("no recipe explains it, {} was to", limit.by);
  if (explained->by != limit.by) return fmt::format("{} explains it best, {} was to", explained->by, limit.by);
  if (!explained->all_explained()) return fmt::format("{} differences unexplained", explained->unexplained);
  if (explained->ppm() <= limit.max_ppm) return "";
  return fmt::format("{} ppm explained by {}, at most {} may be", number_text(explained->ppm()), limit.by,
                     number_text(limit.max_ppm));
}

}  // namespace

bool has_differences(const SubjectResult& subject) {
  return subject.outcome == Outcome::kDifferent ||
         std::any_of(subject.tally.begin(), subject.tally.end(),
                     [](const compare::Tally& tally) { return tally.different != 0; });
}

double severity_of(const SubjectResult& subject) {
  compare::Tally sum;
  for (const compare::Tally& tally : subject.tally) {
    sum.total += tally.total;
    sum.different += tally.different;
  }
  return sum.total == 0 ? 2.0 : static_cast<double>(sum.different) / static_cast<double>(sum.total);
}

Check exact_check(const std::string& case_name, const Digests& expected, const Digests& actual) {
  Check check{case_name, "exact threshold", CheckResult::kPassed, ""};
  std::string others;
  for (const auto& [name, member] : kDigestFields) {
    const std::string& want = expected.*member;
    const std::string& got = actual.*member;
    if (want == got) continue;
    check.result = CheckResult::kFailed;
    check.severity = 1;
    if (check.reason.empty())
      check.reason = fmt::format("the reference's {} changed: expected SHA-256 {}, got {}", name,
                                 want.empty() ? "none" : want, got.empty() ? "none" : got);
    else
      others += fmt::format("{}{}", others.empty() ? "; also " : ", ", name);
  }
  check.reason += others;
  return check;
}

Check floor_check(const std::string& case_name, const SqnrFloor& floor, const compare::Metrics& metrics) {
  Check check{case_name, "SQNR floor", CheckResult::kPassed, ""};
  if (meets(metrics, floor.sqnr_db)) return check;
  check.result = CheckResult::kFailed;
  check.severity = 1;
  check.reason = fmt::format("expected at least {} dB (measured {} dB, tolerance {} dB), got {} dB with noise {}",
                             number_text(floor.sqnr_db), number_text(floor.measured), number_text(floor.tolerance),
                             number_text(metrics.sqnr_db), number_text(metrics.sums.noise));
  return check;
}

const SubjectThreshold* limit_of(const Thresholds& thresholds, const Row& row, const std::string& subject) {
  for (const std::string& name : {row.id.name(), name_of_all_seeds(row.id)}) {
    const auto entry = thresholds.cases.find(name);
    if (entry == thresholds.cases.end()) continue;
    const auto limit = entry->second.subjects.find(subject);
    if (limit != entry->second.subjects.end()) return &limit->second;
  }
  return nullptr;
}

Check limited_check(const SubjectThreshold& limit, const SubjectResult& subject, const Row& row) {
  Check check{row.id.name(), subject.subject, CheckResult::kPassed, ""};
  if (subject.outcome == Outcome::kNotRun) {
    check.result = CheckResult::kCouldNotTell;
    check.reason =
        fmt::format("held to a limit, did not run: {}", subject.note.empty() ? "no reason was given" : subject.note);
    return check;
  }
  const std::string reason = breach(limit, subject, row);
  if (reason.empty()) return check;
  check.result = CheckResult::kFailed;
  check.severity = severity_of(subject);
  check.reason = reason + (subject.note.empty() ? "" : "; " + subject.note);
  return check;
}

void check_limits_present(const Row& row, const Thresholds& thresholds, std::vector<Check>& checks) {
  for (const std::string& name : {row.id.name(), name_of_all_seeds(row.id)}) {
    const auto entry = thresholds.cases.find(name);
    if (entry == thresholds.cases.end()) continue;
    for (const auto& [subject, limit] : entry->second.subjects)
      if (std::none_of(row.subjects.begin(), row.subjects.end(),
                       [&of = subject](const auto& s) { return s.subject == of; }))
        checks.push_back(
            {row.id.name(), subject, CheckResult::kCouldNotTell, "held to a limit, but the results say nothing of it"});
  }
}

}  // namespace bitgate::reports
