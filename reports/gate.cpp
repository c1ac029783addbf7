#include "bitgate/reports/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

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

std::string prefix_of(const std::string& subject) { return subject.substr(0, subject.find('/')); }

bool names(const std::string& required, const std::string& subject) {
  return required == subject || required == prefix_of(subject);
}

std::vector<std::string> required_of(const Thresholds& thresholds, const GateOptions& options) {
  std::set<std::string> all(thresholds.required_subjects.begin(), thresholds.required_subjects.end());
  all.insert(options.required_subjects.begin(), options.required_subjects.end());
  return {all.begin(), all.end()};
}

bool has_differences(const SubjectResult& subject) {
  return subject.outcome == Outcome::kDifferent ||
         std::any_of(subject.tally.begin(), subject.tally.end(),
                     [](const compare::Tally& tally) { return tally.different != 0; });
}

// The share of entries that differ; 2 where nothing could be compared.
double severity_of(const SubjectResult& subject) {
  compare::Tally sum;
  for (const compare::Tally& tally : subject.tally) {
    sum.total += tally.total;
    sum.different += tally.different;
  }
  return sum.total == 0 ? 2.0 : static_cast<double>(sum.different) / static_cast<double>(sum.total);
}

Check subject_check(const std::string& case_name, const SubjectResult& subject,
                    const std::vector<std::string>& required) {
  Check check{case_name, subject.subject, CheckResult::kPassed, ""};
  if (has_differences(subject)) {
    check.result = CheckResult::kFailed;
    check.reason = subject.note.empty() ? "differs from the reference" : subject.note;
    check.severity = severity_of(subject);
  } else if (subject.outcome == Outcome::kNotRun) {
    const bool needed = std::any_of(required.begin(), required.end(),
                                    [&](const std::string& name) { return names(name, subject.subject); });
    check.result = needed ? CheckResult::kCouldNotTell : CheckResult::kNotRun;
    check.reason = fmt::format("{}did not run: {}", needed ? "required, " : "",
                               subject.note.empty() ? "no reason was given" : subject.note);
  }
  return check;
}

// The first field that parts, in the order in which a quantizer computes them.
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

// Written so that a NaN anywhere fails: each comparison must be true. SQNR may only be infinite where noise is 0.
bool meets(const compare::Metrics& metrics, double floor) {
  const bool real = metrics.sums.noise >= 0 && metrics.sums.signal >= 0;
  const bool earned = std::isfinite(metrics.sqnr_db) || metrics.sums.noise == 0;
  return real && earned && metrics.sqnr_db >= floor;
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

// A subject with a limit of its own instead of equality; null: it has none.
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

// Subjects with a limit that the row says nothing of.
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

bool is_read_only(const Results& results, const Row& row) {
  const RecipeFact* fact = find_fact(results, row.id.recipe);
  return fact == nullptr || fact->evidence == "read";
}

bool any(const std::vector<Check>& checks, CheckResult result) {
  return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.result == result; });
}

// All checks of one row. A case that nothing was compared with is a check of its own, so that it cannot vanish.
std::vector<Check> row_checks(const Row& row, const Thresholds& thresholds, const std::vector<std::string>& required) {
  const std::string name = row.id.name();
  std::vector<Check> checks;
  // A case in the thresholds was answered once: a refusal of it falls through to the checks below, and fails.
  if (refused(row) && !row.subjects.empty() && !thresholds.cases.contains(name))
    return {{name, "reference", CheckResult::kNotRun, "the recipe refuses this input: " + row.subjects.front().note}};
  for (const SubjectResult& subject : row.subjects) {
    const SubjectThreshold* limit = limit_of(thresholds, row, subject.subject);
    checks.push_back(limit == nullptr ? subject_check(name, subject, required) : limited_check(*limit, subject, row));
  }
  check_limits_present(row, thresholds, checks);
  for (const std::string& needed : required) {
    if (needed != prefix_of(needed) + "/" + row.id.recipe) continue;
    if (std::none_of(row.subjects.begin(), row.subjects.end(), [&](const auto& s) { return s.subject == needed; }))
      checks.push_back({name, needed, CheckResult::kCouldNotTell, "required, but the results say nothing of it"});
  }
  if (const auto at = thresholds.cases.find(name); at != thresholds.cases.end()) {
    if (at->second.exact) checks.push_back(exact_check(name, *at->second.exact, row.digests));
    if (at->second.floor) checks.push_back(floor_check(name, *at->second.floor, row.metrics));
  }
  if (!any(checks, CheckResult::kPassed) && !any(checks, CheckResult::kFailed))
    checks.push_back(
        {name, "comparison", CheckResult::kCouldNotTell, "compared with nothing: no subject ran, no threshold"});
  return checks;
}

bool passes(const std::vector<Check>& checks) {
  return any(checks, CheckResult::kPassed) && !any(checks, CheckResult::kFailed) &&
         !any(checks, CheckResult::kCouldNotTell);
}

void check_required_present(const Results& results, const std::vector<std::string>& required,
                            std::vector<Check>& checks) {
  for (const std::string& needed : required) {
    const bool present = std::any_of(results.rows.begin(), results.rows.end(), [&](const Row& row) {
      return std::any_of(row.subjects.begin(), row.subjects.end(),
                         [&](const auto& s) { return names(needed, s.subject); });
    });
    if (!present)
      checks.push_back({"", needed, CheckResult::kCouldNotTell, "required, but no case of the results has it"});
  }
}

void check_thresholds_present(const Results& results, const Thresholds& thresholds, std::vector<Check>& checks) {
  std::set<std::string> present;
  for (const Row& row : results.rows) {
    present.insert(row.id.name());
    present.insert(name_of_all_seeds(row.id));
  }
  for (const auto& [name, threshold] : thresholds.cases)
    if (!present.contains(name))
      checks.push_back(
          {name, "threshold", CheckResult::kCouldNotTell, "is held to a threshold, but the results lack it"});
}

void check_run(const Verdict& so_far, std::int64_t read_only, const GateOptions& options, std::vector<Check>& checks) {
  if (so_far.cases == 0)
    checks.push_back({"", "run", CheckResult::kCouldNotTell, "nothing ran: the results have no cases"});
  else if (so_far.passed == 0 && read_only == 0)
    checks.push_back({"", "run", CheckResult::kCouldNotTell, "no case passed"});
  else if (so_far.passed == 0)
    checks.push_back({"", "evidence", CheckResult::kCouldNotTell,
                      "only recipes read from source passed, which no bytes of their producer stand behind"});
  else if (read_only > 0)
    checks.push_back(
        {"", "evidence", CheckResult::kNotRun,
         fmt::format("{} cases of recipes that were only read from source do not count as passed", read_only)});
  if (so_far.passed < options.require_cases)
    checks.push_back({"", "run", CheckResult::kCouldNotTell,
                      fmt::format("{} cases passed, at least {} are required", so_far.passed, options.require_cases)});
}

// Thousands of cases may miss the same GPU: one line for each subject and reason, with a count and the first case.
void append_grouped(const std::vector<Check>& checks, CheckResult kind, std::string_view word,
                    std::vector<std::string>& lines) {
  struct Group {
    const Check* first;
    std::int64_t count;
  };
  std::map<std::pair<std::string, std::string>, std::size_t> index;
  std::vector<Group> groups;
  for (const Check& check : checks) {
    if (check.result != kind) continue;
    const auto [at, added] = index.try_emplace({check.what, check.reason}, groups.size());
    if (added) groups.push_back({&check, 0});
    ++groups[at->second].count;
  }
  for (const Group& group : groups) {
    const Check& first = *group.first;
    std::string line = fmt::format("{}: {}: {}", word, first.what, first.reason);
    if (group.count > 1)
      line += fmt::format(" ({} cases, the first {})", group.count, first.case_name);
    else if (!first.case_name.empty())
      line += fmt::format(" ({})", first.case_name);
    lines.push_back(std::move(line));
  }
}

std::vector<std::string> reason_lines(const std::vector<Check>& checks) {
  std::vector<std::string> lines;
  for (const std::size_t i : failures_by_severity(checks))
    lines.push_back(fmt::format("failed: {}: {}: {}; repeat with: {}", checks[i].case_name, checks[i].what,
                                checks[i].reason, repeat_command(checks[i])));
  append_grouped(checks, CheckResult::kCouldNotTell, "could not tell", lines);
  append_grouped(checks, CheckResult::kNotRun, "not counted", lines);
  return lines;
}

}  // namespace

Verdict verdict(const Results& results, const Thresholds& thresholds, const GateOptions& options) {
  const std::vector<std::string> required = required_of(thresholds, options);
  Verdict out;
  out.cases = static_cast<std::int64_t>(results.rows.size());
  std::int64_t read_only = 0;
  for (const Row& row : results.rows) {
    std::vector<Check> checks = row_checks(row, thresholds, required);
    if (passes(checks)) ++(is_read_only(results, row) ? read_only : out.passed);
    out.checks.insert(out.checks.end(), checks.begin(), checks.end());
  }
  check_required_present(results, required, out.checks);
  check_thresholds_present(results, thresholds, out.checks);
  check_run(out, read_only, options, out.checks);
  out.status = any(out.checks, CheckResult::kFailed)         ? kFail
               : any(out.checks, CheckResult::kCouldNotTell) ? kCouldNotTellStatus
                                                             : kPass;
  out.reasons = reason_lines(out.checks);
  return out;
}

std::string_view status_name(int status) noexcept {
  return status == kPass ? "pass" : status == kFail ? "fail" : "could not tell";
}

std::string headline(const Verdict& verdict) {
  const std::int64_t not_run = count_of(verdict, CheckResult::kNotRun);
  return fmt::format("{}: {} of {} cases passed{}", status_name(verdict.status), verdict.passed, verdict.cases,
                     not_run == 0 ? "" : fmt::format(", {} checks not counted", not_run));
}

std::int64_t count_of(const Verdict& verdict, CheckResult result) noexcept {
  return std::count_if(verdict.checks.begin(), verdict.checks.end(),
                       [result](const Check& check) { return check.result == result; });
}

std::vector<std::size_t> failures_by_severity(const std::vector<Check>& checks) {
  std::vector<std::size_t> order(checks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return checks[i].result != CheckResult::kFailed; });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return checks[a].severity > checks[b].severity; });
  return order;
}

std::string repeat_command(const Check& check) {
  const bool of_subject = check.what.find('/') != std::string::npos;
  return fmt::format("bitgate verify --case '{}'{}", check.case_name,
                     of_subject ? fmt::format(" --subject '{}'", check.what) : "");
}

}  // namespace bitgate::reports
