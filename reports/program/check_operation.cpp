#include "bitgate/reports/program/check_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/operation_subject.h"
#include "bitgate/reports/program/suite_text.h"

namespace bitgate::program {

namespace {

using compare::SuiteResult;
using nlohmann::ordered_json;

constexpr std::string_view kAllOperations = "cuda/operations";

std::vector<OperationHere> named(const std::vector<std::string>& subjects) {
  std::vector<OperationHere> all;
  for (const std::string& name : subjects) {
    if (name == kAllOperations) {
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
  return fmt::format("bitgate check --subject '{}' --suite {}", here.key, result.name);
}

// Suites that ask quantizers alone have no probes here.
std::vector<SuiteResult> results_of(const OperationHere& here, const std::vector<const SuiteInfo*>& suites, bool json) {
  const compare::OperationSubject ask = cuda_operation(here);
  std::vector<SuiteResult> results;
  for (const SuiteInfo* suite : suites) {
    const auto probes = compare::operation_probes(suite->name, here.checked, ask);
    if (probes.empty()) continue;
    results.push_back(compare::run_suite(std::string(suite->name), probes, {}, {}));
    if (json) continue;
    fmt::print("{}", suite_text(results.back(), again(here, results.back())));
    std::fflush(stdout);
  }
  return results;
}

}  // namespace

bool names_operations(const std::vector<std::string>& subjects) {
  return std::any_of(subjects.begin(), subjects.end(), [](const std::string& name) {
    return name == kAllOperations || find_operation_here(name).has_value();
  });
}

int check_operations(const std::vector<std::string>& subjects, const std::vector<const SuiteInfo*>& suites,
                     const DocumentOptions& document) {
  const bool json = document.json;
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
    for (const SuiteResult& result : results) parts.push_back(suite_json(result, again(here, result)));
    rows.push_back({{"subject", here.key}, {"suites", std::move(parts)}, {"status", status}});
    const bool open = worst == kPass && &here != &all.back();
    keep_document(document, ordered_json{{"subjects", rows}, {"status", open ? kCouldNotTell : worst}});
  }
  end_document(document, ordered_json{{"subjects", std::move(rows)}, {"status", worst}});
  if (!json) fmt::print("{}", verdict_text(worst, "an operation"));
  return worst;
}

}  // namespace bitgate::program
