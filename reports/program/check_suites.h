// The suites of `bitgate check`, by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/suite_probe.h"

namespace bitgate::program {

struct SuiteInfo {
  std::string_view name;
  bool needs_recipe;  // holds answers against the reference
  std::string_view description;
  std::vector<compare::SuiteProbe> (*probes)(const compare::SuiteScope&, bool recipe_known);
};

inline constexpr std::string_view kEveryFp32 = "exhaustive-fp32";
std::span<const SuiteInfo> check_suites() noexcept;

// Of suites and of the words quick (directed, special, layout: also what no name means), full (all but the exhaustive
// ones) and all; in a fixed order, each once. Without a recipe no name means those that need none. Throws InputError:
// an unknown name, a suite that needs a recipe where none is known.
std::vector<const SuiteInfo*> suites_named(const std::vector<std::string>& names, bool recipe_known);

std::string suite_help();

}  // namespace bitgate::program
