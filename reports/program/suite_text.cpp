#include "bitgate/reports/program/suite_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reports/program/command.h"

namespace bitgate::program {

using compare::SuiteResult;

std::string suite_text(const SuiteResult& result, const std::string& again) {
  const std::int64_t left = result.probes - result.asked - result.refused;
  std::string text =
      fmt::format("  {:<11}  {:>5} asked  {:>5} failed  {:>5} refused{}\n", result.name, result.asked, result.failed,
                  result.refused, left == 0 ? "" : fmt::format("; it broke off, {} were not asked", left));
  if (result.refused != 0) text += fmt::format("    refused: {}\n", result.refusal);
  if (result.first)
    text += fmt::format("    first:   {}: {}\n    again:   {}\n", result.first->name, result.first->what, again);
  return text;
}

nlohmann::ordered_json suite_json(const SuiteResult& result, const std::string& again) {
  nlohmann::ordered_json json{{"suite", result.name},     {"probes", result.probes}, {"asked", result.asked},
                              {"failed", result.failed},  {"broken", result.broken}, {"refused", result.refused},
                              {"refusal", result.refusal}};
  if (result.first) json["first"] = {{"name", result.first->name}, {"what", result.first->what}, {"again", again}};
  return json;
}

int status_of(const std::vector<SuiteResult>& results) noexcept {
  const auto failed = [](const SuiteResult& result) { return result.failed != 0; };
  const auto silent = [](const SuiteResult& result) { return result.asked == 0; };
  if (std::ranges::any_of(results, failed)) return kDifference;
  return results.empty() || std::ranges::any_of(results, silent) ? kCouldNotTell : kPass;
}

std::string verdict_text(int status, const std::string& subject) {
  return status == kPass         ? "pass: nothing differs\n"
         : status == kDifference ? fmt::format("fail: {} differs or breaks\n", subject)
                                 : "could not tell: a suite asked nothing\n";
}

}  // namespace bitgate::program
