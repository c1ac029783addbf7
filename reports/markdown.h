// The verdict as a short Markdown text, for job summaries and comments on a change.
#pragma once

#include <string>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

// Heading, reasons (the worst failure first), counts by subject (most differences first) and provenance. GitHub drops a
// summary above 1024 KiB as a whole: lines are cut at kMarkdownLineBytes and what is beyond kMarkdownBytes is counted.
inline constexpr std::size_t kMarkdownReasons = 50, kMarkdownLineBytes = 2000, kMarkdownBytes = 1000 * 1024;
std::string markdown_summary(const Results& results, const Verdict& verdict);

}  // namespace bitgate::reports
