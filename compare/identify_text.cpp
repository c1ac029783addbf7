#include "bitgate/compare/identify_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace bitgate::compare {
namespace {

std::string exact_text(const Identification& found) {
  const std::string why_not = why_not_told(found);
  if (!why_not.empty()) return fmt::format("could not tell: {}\n", why_not);
  if (found.exact.empty()) return "no recipe explains every byte\n";
  std::string text = "every byte is explained by\n";
  for (const Candidate& candidate : found.exact)
    text += fmt::format("  {} ({})\n", candidate.recipe->identity.name, name_of(candidate.recipe->identity.evidence));
  if (found.exact.size() > 1)
    text += "they are equal on this input; 'bitgate probe write' gives inputs that part them\n";
  return text;
}

std::string others_text(const Identification& found, std::size_t most) {
  if (found.others.empty() || most == 0) return "";
  std::string text = found.exact.empty() ? "the nearest\n" : "the nearest others\n";
  const Candidate& against = found.exact.empty() ? found.others.front() : found.exact.front();
  for (std::size_t i = 0; i < std::min(most, found.others.size()); ++i) {
    const Candidate& candidate = found.others[i];
    text += fmt::format("  {}: {} bytes differ; {}\n", candidate.recipe->identity.name, candidate.different_bytes,
                        where_it_parts(candidate));
    for (const AxisDifference& d : candidate.axes)
      text += fmt::format("    {}: {}; in {}: {}\n", d.axis, d.b, against.recipe->identity.name, d.a);
  }
  return text;
}

// One line a reason: a reason often holds for a whole family. Few ask why, so that is for those who ask for much.
std::string refused_text(const Identification& found, bool reasons) {
  if (found.refused.empty()) return "";
  if (!reasons)
    return fmt::format("not asked: {} recipes; --json, or --others above {}, tells why\n", found.refused.size(),
                       kOthers);
  std::vector<std::pair<std::string, std::string>> by_reason;
  for (const Refusal& refusal : found.refused) {
    const std::string name(refusal.recipe->identity.name);
    const bool named = refusal.why.rfind(name + ": ", 0) == 0;
    const std::string reason = named ? refusal.why.substr(name.size() + 2) : refusal.why;
    const auto same =
        std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& entry) { return entry.first == reason; });
    if (same == by_reason.end())
      by_reason.emplace_back(reason, name);
    else
      same->second += ", " + name;
  }
  std::string text;
  for (const auto& [reason, names] : by_reason) text += fmt::format("not asked: {}: {}\n", names, reason);
  return text;
}

}  // namespace

std::string why_not_told(const Identification& found) {
  if (found.exact.empty() && found.others.empty()) return "no recipe takes the input";
  return nothing_compared(found) ? "nothing was compared" : "";
}

std::string text_of(const Identification& found, std::size_t most) {
  std::string text = exact_text(found);
  for (const Explanation& e : found.mistakes)
    text += fmt::format("{} {} if {}\n", e.recipe->identity.name,
                        e.different_bytes == 0 ? std::string("explains every byte")
                                               : fmt::format("explains all but {} bytes", e.different_bytes),
                        e.mistake.sentence);
  if (why_not_told(found).empty()) text += others_text(found, most);
  text += refused_text(found, most > kOthers);
  for (const std::string& note : found.notes) text += fmt::format("note: {}\n", note);
  return text;
}

}  // namespace bitgate::compare
