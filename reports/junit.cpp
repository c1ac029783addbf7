#include "bitgate/reports/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

std::string_view element_of(CheckResult result) {
  switch (result) {
    case CheckResult::kPassed: return "";
    case CheckResult::kFailed: return "failure";
    case CheckResult::kCouldNotTell: return "error";
    case CheckResult::kNotRun: return "skipped";
  }
  return "error";
}

std::string test_case(const Check& check) {
  const std::string class_name = check.case_name.empty() ? "run" : check.case_name;
  std::string out =
      fmt::format("  <testcase classname=\"{}\" name=\"{}\"", escape_xml(class_name), escape_xml(check.what));
  const std::string_view element = element_of(check.result);
  if (element.empty()) return out + "/>\n";
  out += fmt::format("><{} message=\"{}\"", element, escape_xml(check.reason));
  if (check.result == CheckResult::kFailed)
    out += fmt::format(">repeat with: {}</{}>", escape_xml(repeat_command(check)), element);
  else
    out += "/>";
  return out + "</testcase>\n";
}

}  // namespace

std::string junit_xml(const Verdict& verdict) {
  const auto count = [&](CheckResult result) {
    return std::count_if(verdict.checks.begin(), verdict.checks.end(),
                         [&](const Check& check) { return check.result == result; });
  };
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"bitgate gate\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
      verdict.checks.size(), count(CheckResult::kFailed), count(CheckResult::kCouldNotTell),
      count(CheckResult::kNotRun));
  for (const Check& check : verdict.checks) out += test_case(check);
  return out + "</testsuite>\n";
}

}  // namespace bitgate::reports
