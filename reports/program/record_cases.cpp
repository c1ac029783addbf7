#include "bitgate/reports/program/record_cases.h"

#include <algorithm>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/sweep.h"

namespace bitgate::program {

namespace {

using compare::Case;
using compare::Distribution;

constexpr Extent kUsual{256, 256};
constexpr Extent kLadder{64, 256};
constexpr Extent kLargest{8192, 8192};
constexpr std::uint64_t kShapeSeed = 3;
// Columns are multiples of 32, so that every scheme takes them.
constexpr Extent kShapes[] = {{0, 64},    {1, 32},    {1, 64},    {1, 8192},   {2, 96},    {3, 4096},   {17, 320},
                              {31, 1056}, {64, 2048}, {257, 224}, {1000, 992}, {4096, 32}, {2048, 4096}};
constexpr Extent kNarrow[] = {{1, 16}, {5, 48}, {129, 16}};
constexpr Extent kRagged[] = {{1, 1}, {1, 31}, {5, 33}, {7, 100}, {3, 511}, {2, 513}, {9, 4097}};

// What the default report shows of this recipe, so that a recording can stand in for the GPU there.
std::vector<Case> report_cases(const std::string& recipe) {
  std::vector<compare::Panel> panels = compare::default_panels();
  for (compare::Panel& panel : panels) panel.recipes = {recipe};
  return compare::expand(panels);
}

void add_seeds(std::vector<Case>& cases, const std::string& recipe, InputType type) {
  for (const compare::DistributionInfo& info : compare::distributions()) {
    const std::uint64_t seeds = info.family == compare::Family::kDirected ? 4 : 1;
    for (std::uint64_t seed = 0; seed < seeds; ++seed)
      cases.push_back({recipe, type, {std::string(info.name), 0}, kUsual, seed});
  }
  for (int log2 = -24; log2 <= 12; log2 += 4) cases.push_back({recipe, type, {"normal", log2}, kLadder, 1});
}

void add_shapes(std::vector<Case>& cases, const device::Kernel& kernel, InputType type) {
  const std::string recipe(kernel.recipe);
  const Distribution normal{"normal", 0};
  for (const Extent& extent : kShapes) cases.push_back({recipe, type, normal, extent, kShapeSeed});
  if (kernel.col_multiple <= 16)
    for (const Extent& extent : kNarrow) cases.push_back({recipe, type, normal, extent, kShapeSeed});
  if (kernel.col_multiple == 1)
    for (const Extent& extent : kRagged) cases.push_back({recipe, type, normal, extent, kShapeSeed});
}

}  // namespace

std::vector<Case> record_cases(const device::Kernel& kernel) {
  const std::string recipe(kernel.recipe);
  const auto takes = [&](InputType type) {
    return std::find(kernel.types.begin(), kernel.types.end(), type) != kernel.types.end();
  };
  std::vector<Case> cases = report_cases(recipe);
  std::erase_if(cases, [&](const Case& c) { return !takes(c.type); });
  for (const InputType type : kernel.types) {
    add_seeds(cases, recipe, type);
    add_shapes(cases, kernel, type);
  }
  cases.push_back({recipe, kernel.types.front(), {"gelu", 0}, kLargest, kShapeSeed});
  return cases;
}

}  // namespace bitgate::program
