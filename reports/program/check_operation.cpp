#include "bitgate/reports/program/check_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/operation_subject.h"

namespace bitgate::program {

namespace {

using compare::SuiteResult;
using nlohmann::ordered_json;

constexpr std::string_view kAll = "cuda/operations";

std::vector<OperationHere> named(const std::vector<std::string>& subjects) {
  std::vector<OperationHere> all;
  for (const std::string& name : subjects) {
    if (name == kAll) {
      for (OperationHere& here : operations_here()) all.push_back(std::move(here));
      continue;
    }
    auto here = find_operation_here(name);
    if (!here)
      throw InputError(fmt::format("'{}' is no operation, and quantizers are not checked in one call with one", name));
    all.push_back(std::move(*here));
  }
  return all;
}

std::string again(const OperationHere& here, const SuiteResult& result) {
  return fmt::format("bitgate check --subject {} --suite {}", here.key, result.name);
}

void print_suite(const OperationHere& here, const SuiteResult& result) {
  const std::int64_t left = result.probes - result.asked - result.refused;
  fmt::print("  {:<11}  {:>5} asked  {:>5} failed  {:>5} refused{}\n", result.name, result.asked, result.failed,
             result.refused, left == 0 ? "" : fmt::format("; it broke off, {} were not asked", left));
  if (result.refused != 0) fmt::print("    refused: {}\n", result.refusal);
  if (result.first)
    fmt::print("    first:   {}: {}\n    again:   {}\n", result.first->name, result.first->what, again(here, result));
  std::fflush(stdout);
}

ordered_json json_of(const OperationHere& here, const SuiteResult& result) {
  ordered_json json{{"suite", result.name},     {"probes", result.probes}, {"asked", result.asked},
                    {"failed", result.failed},  {"broken", result.broken}, {"refused", result.refused},
                    {"refusal", result.refusal}};
  if (result.first)
    json["first"] = {{"name", result.first->name}, {"what", result.first->what}, {"again", again(here, result)}};
  return json;
}

int status_of(const std::vector<SuiteResult>& results) {
  const auto failed = [](const SuiteResult& result) { return result.failed != 0; };
  const auto silent = [](const SuiteResult& result) { return result.asked == 0; };
  if (std::any_of(results.begin(), results.end(), failed)) return kDifference;
  return results.empty() || std::any_of(results.begin(), results.end(), silent) ? kCouldNotTell : kPass;
}

// Suites that ask quantizers alone have no probes here.
std::vector<SuiteResult> results_of(const OperationHere& here, const std::vector<const SuiteInfo*>& suites, bool json) {
  const compare::OperationSubject ask = cuda_operation(here);
  std::vector<SuiteResult> results;
  for (const SuiteInfo* suite : suites) {
    const auto probes = compare::operation_probes(suite->name, here.checked, ask);
    if (probes.empty()) continue;
    results.push_back(compare::run_suite(std::string(suite->name), probes, {}, {}));
    if (!json) print_suite(here, results.back());
  }
  return results;
}

}  // namespace

bool names_operations(const std::vector<std::string>& subjects) {
  return std::any_of(subjects.begin(), subjects.end(),
                     [](const std::string& name) { return name == kAll || find_operation_here(name).has_value(); });
}

int check_operations(const std::vector<std::string>& subjects, const std::vector<const SuiteInfo*>& suites, bool json) {
  const std::vector<OperationHere> all = named(subjects);
  if (const auto why = device::why_no_gpu())
    throw compare::NotRun(fmt::format("{} cannot run: {}", all.front().key, *why));
  ordered_json rows = ordered_json::array();
  int worst = kPass;
  for (const OperationHere& here : all) {
    if (!json) fmt::print("{} by {}\n", here.key, here.operation->stem);
    const std::vector<SuiteResult> results = results_of(here, suites, json);
    const int status = status_of(results);
    if (status == kDifference || worst == kPass) worst = status;
    ordered_json parts = ordered_json::array();
    for (const SuiteResult& result : results) parts.push_back(json_of(here, result));
    rows.push_back({{"subject", here.key}, {"suites", std::move(parts)}, {"status", status}});
  }
  if (json)
    fmt::print("{}\n", ordered_json{{"subjects", std::move(rows)}, {"status", worst}}.dump(2));
  else
    fmt::print("{}\n", worst == kPass         ? "pass: nothing differs"
                       : worst == kDifference ? "fail: an operation differs or breaks"
                                              : "could not tell: a suite asked nothing");
  return worst;
}

}  // namespace bitgate::program
