#include "bitgate/reports/markdown.h"

#include <fmt/format.h>

#include <array>
#include <map>

namespace bitgate::reports {
namespace {

// Notes quote file names and inputs; a bar would end a cell and a backtick the code span.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r')
      out += ' ';
    else if (c == '`')
      out += '\'';
    else if (c == '|')
      out += "\\|";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string markdown_summary(const Results& results, const Verdict& verdict) {
  std::map<std::string, std::array<std::int64_t, 3>> counts;  // by subject: equal, different, not run
  for (const compare::Row& row : results.rows)
    for (const compare::SubjectResult& subject : row.subjects)
      ++counts[subject.subject][static_cast<std::size_t>(subject.outcome)];
  std::string out = fmt::format("## bitgate: {}\n\n", headline(verdict));
  if (!counts.empty()) out += "| subject | equal | different | not run |\n|---|--:|--:|--:|\n";
  for (const auto& [subject, n] : counts)
    out += fmt::format("| {} | {} | {} | {} |\n", plain(subject), n[0], n[1], n[2]);
  if (!verdict.reasons.empty()) out += "\n";
  for (std::size_t i = 0; i < verdict.reasons.size() && i < kMarkdownReasons; ++i)
    out += fmt::format("- {}\n", plain(verdict.reasons[i]));
  if (verdict.reasons.size() > kMarkdownReasons)
    out += fmt::format("- and {} more\n", verdict.reasons.size() - kMarkdownReasons);
  return out + fmt::format("\n{}\n", plain(describe(results.provenance)));
}

}  // namespace bitgate::reports
