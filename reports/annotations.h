// The verdict as workflow commands of GitHub, which shows them beside a change.
#pragma once

#include <string>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

// GitHub shows so many a kind and step, and drops the rest without a word.
inline constexpr std::size_t kAnnotationsPerKind = 10;

// Lines "::error title=...::...": one for each failing subject or threshold, with how many cases and the worst of them;
// warnings for what could not be told; notices for what did not run. Where there are more than kAnnotationsPerKind of a
// kind, the last says how many it stands for. Line ends and percent signs are escaped.
std::string annotations(const Verdict& verdict);

}  // namespace bitgate::reports
