#include "bitgate/reports/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

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

std::string cut(const std::string& text) {
  if (text.size() <= kMarkdownLineBytes) return text;
  std::size_t end = kMarkdownLineBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;  // not inside a character
  return text.substr(0, end) + " ...";
}

using Counts = std::array<std::int64_t, 3>;  // equal, different, not run

std::vector<std::string> reason_list(const Verdict& verdict) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < verdict.reasons.size() && i < kMarkdownReasons; ++i)
    lines.push_back(fmt::format("- {}\n", plain(cut(verdict.reasons[i]))));
  if (verdict.reasons.size() > kMarkdownReasons)
    lines.push_back(fmt::format("- and {} more\n", verdict.reasons.size() - kMarkdownReasons));
  return lines;
}

std::vector<std::string> subject_table(const Results& results) {
  std::map<std::string, Counts> counts;
  for (const compare::Row& row : results.rows)
    for (const compare::SubjectResult& subject : row.subjects)
      ++counts[subject.subject][static_cast<std::size_t>(subject.outcome)];
  std::vector<std::pair<std::string, Counts>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second[1], a.second[2]) > std::pair(b.second[1], b.second[2]);
  });
  std::vector<std::string> lines;
  for (const auto& [subject, n] : order)
    lines.push_back(fmt::format("| {} | {} | {} | {} |\n", plain(cut(subject)), n[0], n[1], n[2]));
  return lines;
}

}  // namespace

std::string markdown_summary(const Results& results, const Verdict& verdict) {
  std::string out = fmt::format("## bitgate: {}\n\n", headline(verdict));
  const std::string footer = fmt::format("\n{}\n", plain(cut(describe(results.provenance))));
  for (const std::string& line : reason_list(verdict)) out += line;
  const std::vector<std::string> table = subject_table(results);
  if (!table.empty())
    out += fmt::format("{}| subject | equal | different | not run |\n|---|--:|--:|--:|\n",
                       verdict.reasons.empty() ? "" : "\n");
  constexpr std::size_t kRoomForTheRest = 100;
  std::size_t shown = 0;
  while (shown < table.size() && out.size() + table[shown].size() + footer.size() + kRoomForTheRest < kMarkdownBytes)
    out += table[shown++];
  if (shown < table.size()) out += fmt::format("\nand {} more subjects\n", table.size() - shown);
  return out + footer;
}

}  // namespace bitgate::reports
