#include "bitgate/reports/pairs_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using compare::PairTable;
using compare::PairTally;

double ppm_of(const PairTally& tally) noexcept {
  return 1e6 * static_cast<double>(tally.different) / static_cast<double>(tally.bytes);
}

// Colours by decade: up to 10 ppm, 100, ... above 100,000. What is equal has colours of its own.
std::string_view css_of(const PairTally& tally) noexcept {
  constexpr std::string_view kDecades[] = {"p1", "p2", "p3", "p4", "p5", "p6"};
  if (tally.bytes == 0) return "";
  if (tally.different == 0) return tally.same_fields ? "pe" : "ps";
  std::size_t decade = 0;
  for (double most = 10; decade + 1 < std::size(kDecades) && ppm_of(tally) > most; most *= 10) ++decade;
  return kDecades[decade];
}

std::string cell(const PairTally& tally) {
  const std::string_view css = css_of(tally);
  return css.empty() ? "<td>" : fmt::format("<td class={}>{}", css, escape_xml(pair_text(tally)));
}

std::string heatmap(const PairTable& table) {
  std::string out = "<div class=wide><table><thead><tr><th>ppm of bytes";
  for (const std::string& name : table.recipes) out += "<th><span class=tall>" + escape_xml(name) + "</span>";
  out += "</thead>\n<tbody>\n";
  for (std::size_t a = 0; a < table.recipes.size(); ++a) {
    out += "<tr><th>" + escape_xml(table.recipes[a]);
    for (std::size_t b = 0; b < table.recipes.size(); ++b) out += a == b ? "<td class=no>-" : cell(table.at(a, b));
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string left_out_text(const PairTable& table) {
  if (table.left_out.empty()) return "";
  std::vector<std::pair<std::string, std::string>> by_reason;  // a reason often holds for a whole family
  for (const compare::LeftOut& left : table.left_out) {
    const auto same =
        std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& entry) { return entry.first == left.why; });
    if (same == by_reason.end())
      by_reason.emplace_back(left.why, left.recipe);
    else
      same->second += ", " + left.recipe;
  }
  std::string out = "<ul class=note>\n";
  for (const auto& [why, names] : by_reason)
    out += fmt::format("<li>Left out: {}: {}\n", escape_xml(names), escape_xml(why));
  return out + "</ul>\n";
}

std::string line(const PairTable& table) {
  const auto count = [&](auto holds) { return std::count_if(table.pairs.begin(), table.pairs.end(), holds); };
  const auto equal = count([](const PairTally& t) { return t.bytes != 0 && t.different == 0 && t.same_fields; });
  const auto differing = count([](const PairTally& t) { return t.different != 0; });
  return fmt::format(
      "<details><summary>{} from {}: {} recipes, {} pairs on {} tensors: {} differ, {} equal on all tried; {} left "
      "out</summary>\n",
      escape_xml(table.family), name_of(table.type), table.recipes.size(), table.pairs.size(), table.tensors.size(),
      differing, equal, table.left_out.size());
}

}  // namespace

std::string pair_text(const PairTally& tally) {
  if (tally.bytes == 0) return "";
  if (tally.different == 0) return tally.same_fields ? "=" : "~";
  const double ppm = ppm_of(tally);
  if (ppm < 0.05) return "<0.1";
  if (ppm < 9.95) return fixed(ppm, 1);
  if (ppm < 999.5) return fixed(ppm, 0);
  if (ppm < 9950) return fixed(ppm / 1e3, 1) + "k";
  return ppm < 999500 ? fixed(ppm / 1e3, 0) + "k" : "1M";
}

std::string pairs_block(const std::vector<PairTable>& tables) {
  if (tables.empty()) return "";
  std::string out =
      "<section id=\"pairs\"><h2>Every two recipes</h2>\n<p class=\"note\">Of a million bytes, how many two recipes "
      "give differently on the same tensors, generated and directed: codes, scales and globals, a code as one byte, in "
      "each direction that both make. = equal on all tried; ~ equal in the fields that both store, of which one stores "
      "others too or another kind of global; empty: no tensor is answered by both. Only fields that both store "
      "count.</p>\n";
  for (const PairTable& table : tables)
    if (!table.pairs.empty()) out += line(table) + heatmap(table) + left_out_text(table) + "</details>\n";
  return out + "</section>\n";
}

}  // namespace bitgate::reports
