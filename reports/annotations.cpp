#include "bitgate/reports/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace bitgate::reports {
namespace {

constexpr std::size_t kMaxMessage = 1000;

std::string escaped(std::string_view text, bool in_property) {
  std::string out;
  for (const char c : text.substr(0, kMaxMessage)) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (in_property && c == ':')
      out += "%3A";
    else if (in_property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

struct Group {
  const Check* first = nullptr;
  std::int64_t count = 0;
};

// By subject or threshold, in the order given.
std::vector<Group> grouped(const std::vector<const Check*>& checks) {
  std::map<std::string_view, std::size_t> index;
  std::vector<Group> groups;
  for (const Check* check : checks) {
    const auto [at, added] = index.try_emplace(check->what, groups.size());
    if (added) groups.push_back({check, 0});
    ++groups[at->second].count;
  }
  return groups;
}

std::string line_of(std::string_view kind, const Group& group) {
  const Check& first = *group.first;
  std::string text = first.case_name.empty() ? first.reason : fmt::format("{}: {}", first.case_name, first.reason);
  if (group.count > 1) text += fmt::format(" (and {} more cases)", group.count - 1);
  return fmt::format("::{} title=bitgate {}::{}\n", kind, escaped(first.what, true), escaped(text, false));
}

std::string lines_of(std::string_view kind, const std::vector<const Check*>& checks) {
  const std::vector<Group> groups = grouped(checks);
  const bool too_many = groups.size() > kAnnotationsPerKind;
  const std::size_t shown = too_many ? kAnnotationsPerKind - 1 : groups.size();
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) out += line_of(kind, groups[i]);
  if (too_many)
    out += fmt::format("::{} title=bitgate::and {} more subjects or thresholds: see the summary\n", kind,
                       groups.size() - shown);
  return out;
}

std::vector<const Check*> of_kind(const Verdict& verdict, CheckResult result) {
  std::vector<const Check*> out;
  for (const Check& check : verdict.checks)
    if (check.result == result) out.push_back(&check);
  return out;
}

}  // namespace

std::string annotations(const Verdict& verdict) {
  std::vector<const Check*> failures;
  for (const std::size_t i : failures_by_severity(verdict.checks)) failures.push_back(&verdict.checks[i]);
  return lines_of("error", failures) + lines_of("warning", of_kind(verdict, CheckResult::kCouldNotTell)) +
         lines_of("notice", of_kind(verdict, CheckResult::kNotRun));
}

}  // namespace bitgate::reports
