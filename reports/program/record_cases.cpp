#include "bitgate/reports/program/record_cases.h"

#include <algorithm>
#include <set>
#include <span>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/sweep.h"

namespace bitgate::program {

namespace {

using compare::Case;
using compare::Distribution;

constexpr Extent kUsual{256, 256};
constexpr Extent kLadder{64, 256};
constexpr Extent kLargest{8192, 8192};
constexpr Extent kSmall{128, 256};            // as many rows as any producer asks for
constexpr std::int64_t kSmallShape = 40'000;  // elements
constexpr std::uint64_t kShapeSeed = 3;
// Columns are multiples of 32, so that every scheme takes them.
constexpr Extent kShapes[] = {{0, 64},    {1, 32},    {1, 64},    {1, 8192},   {2, 96},    {3, 4096},   {17, 320},
                              {31, 1056}, {64, 2048}, {257, 224}, {1000, 992}, {4096, 32}, {2048, 4096}};
constexpr Extent kNarrow[] = {{1, 16}, {5, 48}, {129, 16}};
constexpr Extent kRagged[] = {{1, 1}, {1, 31}, {5, 33}, {7, 100}, {3, 511}, {2, 513}, {9, 4097}};

// What the default report shows of this recipe, so that a recording can stand in for the GPU there.
std::vector<Case> default_report_cases(const Takes& takes) {
  std::vector<compare::Panel> panels = compare::default_panels();
  std::erase_if(panels, [&](const compare::Panel& panel) {
    return !panel.recipes.empty() &&
           std::find(panel.recipes.begin(), panel.recipes.end(), takes.recipe) == panel.recipes.end();
  });
  for (compare::Panel& panel : panels) panel.recipes = {takes.recipe};
  std::vector<Case> cases = compare::expand(panels);
  std::erase_if(cases, [&](const Case& c) {
    return std::find(takes.types.begin(), takes.types.end(), c.type) == takes.types.end();
  });
  return cases;
}

struct Seeds {
  std::uint64_t plain, directed;
};

void add_seeds(std::vector<Case>& cases, const std::string& recipe, InputType type, Extent extent, Seeds counts) {
  for (const compare::DistributionInfo& info : compare::distributions()) {
    const std::uint64_t seeds = info.family == compare::Family::kDirected ? counts.directed : counts.plain;
    for (std::uint64_t seed = 0; seed < seeds; ++seed)
      cases.push_back({recipe, type, {std::string(info.name), 0}, extent, seed});
  }
}

void add_ladder(std::vector<Case>& cases, const std::string& recipe, InputType type, Extent extent, int step) {
  for (int log2 = -24; log2 <= 12; log2 += step) cases.push_back({recipe, type, {"normal", log2}, extent, 1});
}

void add_shapes(std::vector<Case>& cases, const Takes& takes, InputType type, std::int64_t largest) {
  const Distribution normal{"normal", 0};
  const auto add = [&](std::span<const Extent> extents) {
    for (const Extent& extent : extents)
      if (count(extent) <= largest) cases.push_back({takes.recipe, type, normal, extent, kShapeSeed});
  };
  add(kShapes);
  if (takes.col_multiple <= 16) add(kNarrow);
  if (takes.col_multiple == 1) add(kRagged);
}

// Rows and columns as the subject takes them, and each case once.
std::vector<Case> fitted(std::vector<Case> cases, const Takes& takes) {
  std::set<std::string> seen;
  for (Case& c : cases)
    c.extent = {ceil_div(c.extent.rows, takes.row_multiple) * takes.row_multiple,
                ceil_div(c.extent.cols, takes.col_multiple) * takes.col_multiple};
  std::erase_if(cases, [&seen](const Case& c) { return !seen.insert(c.name()).second; });
  return cases;
}

}  // namespace

std::vector<Case> full_cases(const Takes& takes) {
  std::vector<Case> cases = default_report_cases(takes);
  for (const InputType type : takes.types) {
    add_seeds(cases, takes.recipe, type, kUsual, {1, 4});
    add_ladder(cases, takes.recipe, type, kLadder, 4);
    add_shapes(cases, takes, type, count(kLargest));
  }
  if (!takes.types.empty()) cases.push_back({takes.recipe, takes.types.front(), {"gelu", 0}, kLargest, kShapeSeed});
  return fitted(std::move(cases), takes);
}

std::vector<Case> report_cases(const Takes& takes) {
  std::vector<Case> cases = default_report_cases(takes);
  if (!takes.types.empty()) add_shapes(cases, takes, takes.types.front(), kSmallShape);
  return fitted(std::move(cases), takes);
}

std::vector<Case> small_cases(const Takes& takes) {
  std::vector<Case> cases;
  for (const InputType type : takes.types) {
    add_seeds(cases, takes.recipe, type, kSmall, {takes.types.size() == 1 ? 2u : 1u, 4});
    add_ladder(cases, takes.recipe, type, kSmall, 12);
    add_shapes(cases, takes, type, kSmallShape);
  }
  return fitted(std::move(cases), takes);
}

}  // namespace bitgate::program
