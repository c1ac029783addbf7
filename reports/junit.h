// The verdict as JUnit XML, which CI systems show: one test case a check, its class the recipe.
#pragma once

#include <string>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

// GitLab takes files below 30 MB.
inline constexpr std::size_t kJunitBytes = 28'000'000;

// failure: failed, its text the command that repeats it; error: could not tell, since CI takes "skipped" for success;
// skipped: not run and not required. Names are unique. The suite's properties say where the results come from, a test
// case's which recipe, seed and evidence. Where `max_bytes` do not hold all, passed checks become one test case, then
// the failures beyond the limit another (worst first), and the property "summarised" says how many of each.
std::string junit_xml(const Results& results, const Verdict& verdict, std::size_t max_bytes = kJunitBytes);

}  // namespace bitgate::reports
