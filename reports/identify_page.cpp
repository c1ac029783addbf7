#include "bitgate/reports/identify_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using compare::ConfusionRow;

std::vector<std::string> recipes_of(const IdentifySet& set) {
  std::vector<std::string> names;
  for (const ConfusionRow& row : set.rows)
    if (std::find(names.begin(), names.end(), row.recipe) == names.end()) names.push_back(row.recipe);
  return names;
}

// Two recipes in a direction that both make.
std::size_t pairs_of(const IdentifySet& set) {
  std::size_t pairs = 0;
  for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise}) {
    const auto n = static_cast<std::size_t>(std::count_if(
        set.rows.begin(), set.rows.end(), [&](const ConfusionRow& row) { return row.direction == direction; }));
    if (n > 1) pairs += n * (n - 1) / 2;
  }
  return pairs;
}

std::size_t right_rows(const IdentifySet& set) {
  return static_cast<std::size_t>(
      std::count_if(set.rows.begin(), set.rows.end(), [&](const ConfusionRow& row) { return names_right(set, row); }));
}

// A sign and a colour, so that no eye needs the colour.
std::string cell(const IdentifySet& set, const ConfusionRow& row, const std::string& name) {
  if (std::find(row.named.begin(), row.named.end(), name) == row.named.end())
    return name == row.recipe ? "<td class=other>?" : "<td>";
  if (name == row.recipe) return "<td class=me>&#9679;";
  return listed_equal(set, row.recipe, name, row.direction) ? "<td class=same>=" : "<td class=other>!";
}

std::string matrix(const IdentifySet& set) {
  const std::vector<std::string> recipes = recipes_of(set);
  std::string out = "<div class=wide><table><thead><tr><th>bytes of";
  for (const std::string& name : recipes) out += "<th><span class=tall>" + escape_xml(name) + "</span>";
  out += "</thead>\n<tbody>\n";
  for (const ConfusionRow& row : set.rows) {
    out += "<tr><th>" + escape_xml(row.recipe) + (row.direction == Direction::kRowwise ? "" : ", column-wise");
    for (const std::string& name : recipes) out += cell(set, row, name);
    out += "\n";
  }
  return out + "</tbody></table></div>";
}

std::string line(const IdentifySet& set) {
  const std::size_t pairs = pairs_of(set), right = right_rows(set);
  std::string out = fmt::format(
      "<details{}><summary>{}: {} recipes; of {} pairs {} told apart, {} listed equal; right for {} of {}</summary>",
      right == set.rows.size() ? "" : " open", escape_xml(set.name), recipes_of(set).size(), pairs,
      pairs - std::min(pairs, set.equal.size()), set.equal.size(), right, set.rows.size());
  return out + matrix(set) + "</details>\n";
}

}  // namespace

std::string identify_block(const std::vector<IdentifySet>& sets) {
  if (sets.empty()) return "";
  std::size_t right = 0, all = 0;
  for (const IdentifySet& set : sets) right += right_rows(set), all += set.rows.size();
  std::string out = fmt::format(
      "<section id=\"identify\"><h2>Whom identify names</h2>\n<p class=\"{}\">identify names the right recipe, alone "
      "or "
      "with its listed equals, for {} of {}</p>\n",
      right == all ? "good" : "bad", right, all);
  out +=
      "<p class=\"note\">Each recipe's own answers to the probes of its scheme and type, as a kernel's dump would be. "
      "A "
      "row is the recipe whose bytes were dumped, a column one that identify may name: &#9679; the recipe itself, = "
      "named with it and listed as equal on every input tried, ! named though it should not be, ? itself not "
      "named. A pair is two recipes in a direction that both make.</p>\n";
  for (const IdentifySet& set : sets) out += line(set);
  return out + "</section>\n";
}

}  // namespace bitgate::reports
