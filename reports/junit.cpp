#include "bitgate/reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr std::size_t kRoomForTheRest = 4096;

std::string_view element_of(CheckResult result) {
  switch (result) {
    case CheckResult::kPassed: return "";
    case CheckResult::kFailed: return "failure";
    case CheckResult::kCouldNotTell: return "error";
    case CheckResult::kNotRun: return "skipped";
  }
  return "error";
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("<property name=\"{}\" value=\"{}\"/>", name, escape_xml(value));
}

std::string suite_properties(const Provenance& provenance, const std::string& summarised) {
  std::string gpus, drivers;
  for (const HeldRecording& recording : provenance.recordings) {
    gpus += (gpus.empty() ? "" : "; ") + recording.gpu;
    drivers += (drivers.empty() ? "" : "; ") + recording.driver;
  }
  std::string out = "  <properties>" + property("version", provenance.version) + property("commit", provenance.commit) +
                    property("machine", provenance.cpu) + property("compiler", provenance.compiler) +
                    property("date", provenance.date_utc) + property("gpu", gpus.empty() ? "none" : gpus) +
                    property("driver", drivers.empty() ? "none" : drivers);
  if (!summarised.empty()) out += property("summarised", summarised);
  return out + "</properties>\n";
}

std::string case_properties(const Results& results, const std::string& case_name) {
  const std::size_t seed = case_name.rfind("/s");
  if (case_name.empty() || seed == std::string::npos) return "";
  const std::size_t scheme = case_name.find('/');
  const std::string recipe = case_name.substr(0, case_name.find('/', scheme + 1));
  const RecipeFact* fact = find_fact(results, recipe);
  return "<properties>" + property("recipe", recipe) + property("seed", case_name.substr(seed + 2)) +
         property("evidence", fact == nullptr ? "unknown" : fact->evidence) + "</properties>";
}

std::string class_of(const std::string& case_name) {
  if (case_name.empty()) return "run";
  return case_name.substr(0, case_name.find('/', case_name.find('/') + 1));
}

// Names once given are given a number.
class Names {
 public:
  std::string unique(const Check& check) {
    const std::string name = check.case_name.empty() ? check.what : check.case_name + " " + check.what;
    const int earlier = given_[name]++;
    return earlier == 0 ? name : fmt::format("{} ({})", name, earlier + 1);
  }

 private:
  std::map<std::string, int> given_;
};

std::string test_case(const Results& results, const Check& check, Names& names) {
  std::string out = fmt::format("  <testcase classname=\"{}\" name=\"{}\">{}", escape_xml(class_of(check.case_name)),
                                escape_xml(names.unique(check)), case_properties(results, check.case_name));
  const std::string_view element = element_of(check.result);
  if (!element.empty()) {
    out += fmt::format("<{} message=\"{}\"", element, escape_xml(check.reason));
    if (check.result == CheckResult::kFailed)
      out += fmt::format(">repeat with: {}</{}>", escape_xml(repeat_command(check)), element);
    else
      out += "/>";
  }
  return out + "</testcase>\n";
}

struct Body {
  std::string text;
  std::int64_t tests = 0;
  std::string summarised;
};

Body everything(const Results& results, const Verdict& verdict) {
  Body body;
  Names names;
  for (const Check& check : verdict.checks) body.text += test_case(results, check, names);
  body.tests = static_cast<std::int64_t>(verdict.checks.size());
  return body;
}

// One line for all passed checks, then the others while they fit, failures first.
Body shortened(const Results& results, const Verdict& verdict, std::size_t max_bytes) {
  std::vector<const Check*> order;
  for (const std::size_t i : failures_by_severity(verdict.checks)) order.push_back(&verdict.checks[i]);
  for (const CheckResult result : {CheckResult::kCouldNotTell, CheckResult::kNotRun})
    for (const Check& check : verdict.checks)
      if (check.result == result) order.push_back(&check);
  Body body;
  Names names;
  const std::int64_t passed = count_of(verdict, CheckResult::kPassed);
  body.text = fmt::format("  <testcase classname=\"run\" name=\"{} passed checks\"/>\n", passed);
  std::size_t shown = 0;
  for (; shown < order.size(); ++shown) {
    const std::string next = test_case(results, *order[shown], names);
    if (body.text.size() + next.size() + kRoomForTheRest > max_bytes) break;
    body.text += next;
  }
  body.tests = static_cast<std::int64_t>(shown) + 1;
  body.summarised = fmt::format("{} passed checks, {} others", passed, order.size() - shown);
  if (shown < order.size()) {
    body.text += fmt::format(
        "  <testcase classname=\"run\" name=\"{} checks beyond the size of this file\">"
        "<error message=\"they did not pass; see the other reports\"/></testcase>\n",
        order.size() - shown);
    ++body.tests;
  }
  return body;
}

}  // namespace

std::string junit_xml(const Results& results, const Verdict& verdict, std::size_t max_bytes) {
  Body body = everything(results, verdict);
  if (body.text.size() + kRoomForTheRest > max_bytes) body = shortened(results, verdict, max_bytes);
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<testsuite name=\"bitgate gate\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
             body.tests, count_of(verdict, CheckResult::kFailed), count_of(verdict, CheckResult::kCouldNotTell),
             count_of(verdict, CheckResult::kNotRun)) +
         suite_properties(results.provenance, body.summarised) + body.text + "</testsuite>\n";
}

}  // namespace bitgate::reports
