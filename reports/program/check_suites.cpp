#include "bitgate/reports/program/check_suites.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bitgate/compare/suite_laws.h"
#include "bitgate/compare/suite_questions.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::program {

namespace {

using compare::SuiteProbe;
using compare::SuiteScope;

template <std::vector<SuiteProbe> (*kProbes)(const SuiteScope&)>
std::vector<SuiteProbe> with_reference(const SuiteScope& scope, bool) {
  return kProbes(scope);
}

constexpr std::array<SuiteInfo, 8> kSuites{{
    {"directed", true, "ties of elements and scales, steps of the amax", with_reference<compare::directed_probes>},
    {"special", true, "zeros, subnormals, the largest numbers, Inf, NaN, given amaxes",
     with_reference<compare::special_probes>},
    {"layout", true, "other shapes; blocks that hold their addresses", with_reference<compare::layout_probes>},
    {"poison", false, "repeated runs agree, the input stays", with_reference<compare::poison_probes>},
    {"metamorphic", false, "laws between two answers", compare::metamorphic_probes},
    {"random", true, "plain distributions, larger tensors", with_reference<compare::random_probes>},
    {"exhaustive", true, "every 16-bit pattern as element and as amax", with_reference<compare::exhaustive_probes>},
    {kEveryFp32, true, "every binary32 as element: minutes", with_reference<compare::exhaustive_fp32_probes>},
}};

bool means(const std::string& name, const SuiteInfo& suite) {
  const bool quick = &suite - kSuites.data() < 3;
  return name == suite.name || name == "all" || (name == "full" && !suite.name.starts_with("exhaustive")) ||
         (name == "quick" && quick);
}

void require_known(const std::string& name) {
  if (std::any_of(kSuites.begin(), kSuites.end(), [&](const SuiteInfo& suite) { return means(name, suite); })) return;
  std::string known;
  for (const SuiteInfo& suite : kSuites) known += fmt::format("{}, ", suite.name);
  throw InputError(fmt::format("unknown suite '{}': expected one of {}quick, full, all", name, known));
}

}  // namespace

std::span<const SuiteInfo> check_suites() noexcept { return kSuites; }

std::vector<const SuiteInfo*> suites_named(const std::vector<std::string>& names, bool recipe_known) {
  std::vector<const SuiteInfo*> chosen;
  for (const std::string& name : names) require_known(name);
  for (const SuiteInfo& suite : kSuites) {
    const bool named = std::any_of(names.begin(), names.end(), [&](const auto& name) { return means(name, suite); });
    if (named && suite.needs_recipe && !recipe_known)
      throw InputError(fmt::format("the suite {} holds answers against a recipe: without one ask poison or metamorphic",
                                   suite.name));
    if (names.empty() ? (recipe_known ? means("quick", suite) : !suite.needs_recipe) : named) chosen.push_back(&suite);
  }
  return chosen;
}

std::string suite_help() {
  std::string text = "One or more of";
  for (const SuiteInfo& suite : kSuites) text += fmt::format(" {} ({}),", suite.name, suite.description);
  return text + " quick (the first three: the default), full (all but the exhaustive ones), all";
}

}  // namespace bitgate::program
