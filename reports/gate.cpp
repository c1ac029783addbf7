#include "bitgate/reports/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bitgate/reports/gate_limits.h"

namespace bitgate::reports {
namespace {

using compare::Outcome;
using compare::Row;
using compare::SubjectResult;

std::string prefix_of(const std::string& subject) { return subject.substr(0, subject.find('/')); }

bool names(const std::string& required, const std::string& subject) {
  return required == subject || required == prefix_of(subject);
}

std::vector<std::string> required_of(const Thresholds& thresholds, const GateOptions& options) {
  std::set<std::string> all(thresholds.required_subjects.begin(), thresholds.required_subjects.end());
  all.insert(options.required_subjects.begin(), options.required_subjects.end());
  return {all.begin(), all.end()};
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

// A product by a matrix unit beyond its bound is a fault; one within it passes nothing.
void check_units(const Results& results, std::vector<Check>& checks) {
  for (const compare::UnitRow& row : results.units)
    if (row.exceeded != 0)
      checks.push_back(
          {"", "bound of " + row.id.name(), CheckResult::kFailed,
           fmt::format("{} of {} elements differ from the exact product by more than is proven, the "
                       "worst by {:.3g} times it",
                       row.exceeded, row.elements, row.max_ratio),
           static_cast<double>(row.exceeded) / static_cast<double>(std::max<std::int64_t>(row.elements, 1))});
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
  check_units(results, out.checks);
  check_run(out, read_only, options, out.checks);
  out.status = any(out.checks, CheckResult::kFailed)         ? kFail
               : any(out.checks, CheckResult::kCouldNotTell) ? kCouldNotTellStatus
                                                             : kPass;
  out.reasons = reason_lines(out.checks);
  return out;
}

}  // namespace bitgate::reports
