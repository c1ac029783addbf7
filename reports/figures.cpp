#include "bitgate/reports/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace bitgate::reports {
namespace {

using compare::Case;
using compare::Distribution;
using compare::Panel;
using compare::Row;

constexpr double kLowestDb = -10, kHighestDb = 50, kBarStepDb = 5;
constexpr std::string_view kLadder = "row_ladder_", kVariants = "variants_", k16Bit = "_16bit";

// "te", or "te for 16-bit inputs".
std::string whose_variants(std::string_view panel) {
  panel.remove_prefix(kVariants.size());
  if (!panel.ends_with(k16Bit)) return std::string(panel);
  panel.remove_suffix(k16Bit.size());
  return fmt::format("{} for 16-bit inputs", panel);
}

using RowsByCase = std::map<std::string, const Row*>;

std::vector<std::string> recipes_of(const Panel& panel, const Results& results) {
  if (!panel.recipes.empty()) return panel.recipes;
  std::vector<std::string> names;
  for (const RecipeFact& fact : results.recipes) names.push_back(fact.name);
  return names;
}

bool is_row_range(const Panel& panel) { return panel.name == "row_range"; }
bool is_amplitude(const Panel& panel) { return panel.name == "amplitude"; }

std::string column_label(const Panel& panel, const Distribution& input) {
  if (is_amplitude(panel)) return fmt::format("{}", input.log2_amplitude);
  // The plain ladder has the depth of the sweep's specification.
  if (is_row_range(panel) && input.name == "row_ladder") return "24";
  if (is_row_range(panel) && input.name.starts_with(kLadder)) return input.name.substr(kLadder.size());
  return label_of(input);
}

void describe_axes(const Panel& panel, const std::string& law, InputType type, Heatmap& map) {
  const std::string where =
      fmt::format("{} input, {} x {}, seed {}", name_of(type), panel.extent.rows, panel.extent.cols, panel.seed);
  map.y_axis = "recipe";
  map.unit = "SQNR (dB)";
  map.subtitle = fmt::format("Signal to quantization noise of the whole tensor in dB, more is better; {}", where);
  if (is_amplitude(panel)) {
    map.title = fmt::format("SQNR by recipe and amplitude: {}, {}", law, name_of(type));
    map.x_axis = fmt::format("log2 of the amplitude that multiplies {}", law);
  } else if (is_row_range(panel)) {
    map.title = fmt::format("Worst row's SQNR by recipe and dynamic range of rows, {}", name_of(type));
    map.subtitle = fmt::format("Least SQNR of any row in dB, more is better; {}", where);
    map.x_axis = "K: rows are scaled by 2^0 to 2^-(K-1), a dynamic range of 2^(K-1)";
    map.unit = "SQNR of the worst row (dB)";
  } else {
    const bool variants = panel.name.starts_with(kVariants);
    const std::string what = panel.name == "distribution" ? "distribution"
                             : variants
                                 ? fmt::format("distribution, the other recipes of {}", whose_variants(panel.name))
                                 : panel.name;
    map.title = fmt::format("SQNR by recipe and {}, {}", what, name_of(type));
    map.x_axis = "distribution";
  }
}

HeatmapCell cell_of(const Panel& panel, const Row* row) {
  if (row == nullptr || !answered(row->digests)) return {0, false, row != nullptr && differs(*row)};
  const double value = is_row_range(panel) ? row->metrics.row_sqnr_db.min : row->metrics.sqnr_db;
  // No row was counted: the spread holds no row's number.
  if (is_row_range(panel) && row->metrics.rows_counted == 0) return {std::nan(""), true, differs(*row)};
  return {value, true, differs(*row)};
}

void add_recipe(const Panel& panel, const std::string& recipe, InputType type, const std::vector<Distribution>& inputs,
                const RowsByCase& rows, Figure& figure) {
  std::vector<const Row*> found;
  for (const Distribution& input : inputs) {
    const auto at = rows.find(Case{recipe, type, input, panel.extent, panel.seed}.name());
    found.push_back(at == rows.end() ? nullptr : at->second);
  }
  if (std::all_of(found.begin(), found.end(), [](const Row* row) { return row == nullptr; })) return;
  figure.heatmap.rows.push_back(recipe);
  for (const Row* row : found) figure.heatmap.cells.push_back(cell_of(panel, row));
  figure.rows.insert(figure.rows.end(), found.begin(), found.end());
}

// Distributions of one figure: all of the panel, or those of one law when the axis is the amplitude.
std::vector<std::pair<std::string, std::vector<Distribution>>> groups_of(const Panel& panel) {
  if (!is_amplitude(panel)) return {{"", panel.inputs}};
  std::vector<std::pair<std::string, std::vector<Distribution>>> groups;
  for (const Distribution& input : panel.inputs) {
    auto at = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == input.name; });
    if (at == groups.end()) at = groups.insert(groups.end(), {input.name, {}});
    at->second.push_back(input);
  }
  return groups;
}

std::string stem_of(const Panel& panel, const std::string& law, InputType type, std::set<std::string>& taken) {
  std::string stem = panel.name + (law.empty() ? "" : "-" + law) + "-" + std::string(name_of(type));
  for (char& c : stem) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!kept) c = '-';
  }
  std::string unique = stem;
  for (int copy = 2; !taken.insert(unique).second; ++copy) unique = fmt::format("{}-{}", stem, copy);
  return unique;
}

void share_colour_bar(std::vector<Figure>& all) {
  double low = kHighestDb, high = kLowestDb;
  for (const Figure& figure : all)
    for (const HeatmapCell& cell : figure.heatmap.cells)
      if (cell.ran && std::isfinite(cell.value)) {
        low = std::min(low, cell.value);
        high = std::max(high, cell.value);
      }
  low = std::max(kLowestDb, kBarStepDb * std::floor(low / kBarStepDb));
  high = std::min(kHighestDb, kBarStepDb * std::ceil(high / kBarStepDb));
  // One value, values beyond one end, or none.
  if (low >= high) low = std::min(low, kHighestDb - kBarStepDb), high = low + kBarStepDb;
  for (Figure& figure : all) figure.heatmap.low = low, figure.heatmap.high = high;
}

}  // namespace

std::vector<Figure> figures(const Results& results) {
  RowsByCase rows;
  for (const Row& row : results.rows) rows.emplace(row.id.name(), &row);
  std::vector<Figure> all;
  std::set<std::string> taken;
  for (const Panel& panel : results.panels)
    for (const InputType type : panel.types)
      for (const auto& [law, inputs] : groups_of(panel)) {
        Figure figure;
        describe_axes(panel, law, type, figure.heatmap);
        for (const Distribution& input : inputs) figure.heatmap.columns.push_back(column_label(panel, input));
        for (const std::string& recipe : recipes_of(panel, results))
          add_recipe(panel, recipe, type, inputs, rows, figure);
        if (figure.rows.empty()) continue;
        figure.heatmap.footer = describe(results.provenance);
        figure.stem = stem_of(panel, law, type, taken);
        all.push_back(std::move(figure));
      }
  share_colour_bar(all);
  return all;
}

}  // namespace bitgate::reports
