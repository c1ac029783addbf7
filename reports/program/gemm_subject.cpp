#include "bitgate/reports/program/gemm_subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "bitgate/device/cpu/gemm.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/suite_text.h"

namespace bitgate::program {

namespace {

using compare::CheckedGemm;
using compare::GemmInput;
using compare::GemmSubject;
using compare::SuiteResult;
using nlohmann::ordered_json;

struct GemmHere {
  CheckedGemm checked;
  GemmSubject ask;
};

device::GemmCodes codes_of(const Format& format) {
  if (format.name == kE5m2.name) return device::GemmCodes::kE5m2;
  return format.name == kE2m1.name ? device::GemmCodes::kE2m1 : device::GemmCodes::kE4m3;
}

GemmSubject cpu_gemm(const device::CpuGemm& gemm) {
  return [run = gemm.run](const GemmInput& input) {
    const std::vector<std::uint8_t> a(input.a.begin(), input.a.end()), b(input.b.begin(), input.b.end());
    return run({input.m, input.n, input.k, codes_of(input.a_format), codes_of(input.b_format), a, b, input.a_scales,
                input.b_scales, input.c});
  };
}

GemmHere gemm_here(const device::CpuGemm& gemm) {
  const bool fp8 = gemm.codes != device::GemmCodes::kE2m1;
  return {{fmt::format("{}{}", kCpuGemmPrefix, gemm.name),
           {&reference::require_mma_instruction(gemm.instruction), gemm.promotion},
           fp8 ? std::vector<Format>{kE4m3, kE5m2} : std::vector<Format>{kE2m1}},
          cpu_gemm(gemm)};
}

std::vector<GemmHere> gemms_named(const std::vector<std::string>& names) {
  std::vector<GemmHere> all;
  for (const std::string& name : names) {
    if (name == kAllCpuGemms) {
      for (const device::CpuGemm& gemm : device::cpu_gemms()) all.push_back(gemm_here(gemm));
      continue;
    }
    const device::CpuGemm* gemm =
        name.starts_with(kCpuGemmPrefix) ? device::find_cpu_gemm(name.substr(kCpuGemmPrefix.size())) : nullptr;
    if (gemm == nullptr)
      throw InputError(fmt::format("'{}' is no product, and nothing else is checked in one call with one", name));
    all.push_back(gemm_here(*gemm));
  }
  return all;
}

std::string gemm_again(const CheckedGemm& gemm, const SuiteResult& result) {
  return fmt::format("bitgate check --subject {} --suite {}", gemm.name, result.name);
}

// What the answer to T2 says, of subjects that take it.
std::optional<std::string> interval_shown(const GemmHere& here) {
  if (here.checked.formats.front().name != kE4m3.name) return std::nullopt;
  const GemmInput input = compare::promotion_questions()[1].input;
  const auto shown = compare::promotions_of(*here.checked.schedule.instruction, input, here.ask(input));
  if (shown.size() != 1) return "of none that is known";
  return shown.front() == 0 ? "never" : fmt::format("every {} of k", shown.front());
}

std::vector<SuiteResult> gemm_results(const GemmHere& here, const std::vector<const SuiteInfo*>& suites, bool json) {
  std::vector<SuiteResult> results;
  for (const SuiteInfo* suite : suites) {
    const auto probes = compare::gemm_probes(suite->name, here.checked, here.ask);
    if (probes.empty()) continue;
    results.push_back(compare::run_suite(std::string(suite->name), probes, {}, {}));
    if (json) continue;
    fmt::print("{}", suite_text(results.back(), gemm_again(here.checked, results.back())));
    std::fflush(stdout);
  }
  return results;
}

}  // namespace

std::vector<SubjectInfo> gemm_subjects() {
  std::vector<SubjectInfo> subjects;
  for (const device::CpuGemm& gemm : device::cpu_gemms())
    subjects.push_back({fmt::format("{}{}", kCpuGemmPrefix, gemm.name), "", ""});
  return subjects;
}

bool names_gemms(const std::vector<std::string>& subjects) {
  return std::ranges::any_of(
      subjects, [](const std::string& name) { return name == kAllCpuGemms || name.starts_with(kCpuGemmPrefix); });
}

int check_gemms(const std::vector<std::string>& subjects, const std::vector<const SuiteInfo*>& suites,
                const DocumentOptions& document) {
  ordered_json rows = ordered_json::array();
  int worst = kPass;
  for (const GemmHere& here : gemms_named(subjects)) {
    const CheckedGemm& gemm = here.checked;
    const std::optional<std::string> interval = interval_shown(here);
    if (!document.json)
      fmt::print("{} as {}, promotion {}{}\n", gemm.name, gemm.schedule.instruction->name, gemm.schedule.promotion,
                 interval ? fmt::format("; T2 shows promotion {}", *interval) : "");
    const std::vector<SuiteResult> results = gemm_results(here, suites, document.json);
    const int status = status_of(results);
    if (status == kDifference || worst == kPass) worst = status;
    ordered_json parts = ordered_json::array();
    for (const SuiteResult& result : results) parts.push_back(suite_json(result, gemm_again(gemm, result)));
    rows.push_back({{"subject", gemm.name},
                    {"instruction", gemm.schedule.instruction->name},
                    {"promotion", gemm.schedule.promotion},
                    {"promotion_shown", interval.value_or("")},
                    {"suites", std::move(parts)},
                    {"status", status}});
  }
  const ordered_json whole{{"subjects", std::move(rows)}, {"status", worst}};
  keep_document(document, whole);
  end_document(document, whole);
  if (!document.json) fmt::print("{}", verdict_text(worst, "a product"));
  return worst;
}

}  // namespace bitgate::program
