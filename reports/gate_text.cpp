// What a verdict says in words.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {
namespace {

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

}  // namespace

std::vector<std::string> reason_lines(const std::vector<Check>& checks) {
  std::vector<std::string> lines;
  for (const std::size_t i : failures_by_severity(checks))
    lines.push_back(fmt::format("failed: {}: {}: {}; repeat with: {}", checks[i].case_name, checks[i].what,
                                checks[i].reason, repeat_command(checks[i])));
  append_grouped(checks, CheckResult::kCouldNotTell, "could not tell", lines);
  append_grouped(checks, CheckResult::kNotRun, "not counted", lines);
  return lines;
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
