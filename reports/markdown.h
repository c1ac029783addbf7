// The verdict as a short Markdown text, for job summaries and comments on a change.
#pragma once

#include <string>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

// Heading, counts by subject, then at most kMarkdownReasons lines of reasons and how many more there are.
inline constexpr std::size_t kMarkdownReasons = 50;
std::string markdown_summary(const Results& results, const Verdict& verdict);

}  // namespace bitgate::reports
