#include "bitgate/compare/pair_table.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/mistakes.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr std::string_view kFamily = "nvfp4";
constexpr Extent kLeastExtent{32, 128};
constexpr std::array<Direction, 2> kDirections{Direction::kRowwise, Direction::kColumnwise};
constexpr std::array<std::string_view, 6> kLaws{"normal",     "uniform",       "student_t3",
                                                "row_ladder", "sparse_blocks", "outlier_channel"};
// Their boundaries are where others of the family part.
constexpr std::array<std::string_view, 6> kLeaders{"te/nvfp4",      "te/nvfp4-fast",      "te/nvfp4-v1",
                                                   "torchao/nvfp4", "torchao/nvfp4-mslk", "ggml/nvfp4-mmq-v2"};

bool makes(const Recipe& recipe, Direction direction, InputType type) noexcept {
  const reference::Accepts& a = recipe.accepts;
  if (direction == Direction::kRowwise) return a.directions.rowwise;
  return a.directions.columnwise && (type == InputType::kBf16 || !a.bf16_only_columnwise);
}

// Why a recipe cannot be asked with an input of the type alone; "" when it can.
std::string why_left_out(const Recipe& recipe, InputType type) {
  if (!runs(recipe)) return std::string(recipe.open_question);
  if (!accepts(recipe.accepts, type)) return fmt::format("does not take {}", name_of(type));
  if (recipe.storage.random != reference::RandomOrder::kNone) return "draws random words";
  if (recipe.rules.fusion != reference::Fusion::kNone) return "quantizes the answer of a fused operation";
  const std::optional<Direction> direction = common_direction({&recipe}, type);
  if (!direction) return fmt::format("makes no direction from {}", name_of(type));
  try {
    ask(recipe, generate(recipe, {"normal"}, type, common_extent({&recipe}, *direction), 1).view(), *direction);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

RecipeList chosen(InputType type, PairTable& table) {
  RecipeList recipes;
  for (const Recipe& recipe : reference::catalog()) {
    if (!scheme_of(recipe.rules.scheme).name.starts_with(kFamily)) continue;
    const std::string why = why_left_out(recipe, type);
    if (!why.empty()) {
      table.left_out.push_back({std::string(recipe.identity.name), why});
      continue;
    }
    recipes.push_back(&recipe);
    table.recipes.emplace_back(recipe.identity.name);
  }
  return recipes;
}

// A whole number of blocks for every recipe in every direction that it makes.
Extent extent_for(const RecipeList& recipes, InputType type) noexcept {
  Extent extent = kLeastExtent;
  for (const Recipe* recipe : recipes)
    for (const Direction direction : kDirections) {
      if (!makes(*recipe, direction, type)) continue;
      const Extent own = common_extent({recipe}, direction);
      extent.rows = std::lcm(extent.rows, own.rows);
      extent.cols = std::lcm(extent.cols, own.cols);
    }
  return extent;
}

std::vector<Probe> tensors_for(const RecipeList& recipes, InputType type) {
  const Extent extent = extent_for(recipes, type);
  std::vector<Probe> tensors;
  for (const std::string_view law : kLaws)
    for (const std::uint64_t seed : {1u, 2u})
      tensors.push_back(
          {generate(*recipes.front(), {std::string(law)}, type, extent, seed), fmt::format("{}, seed {}", law, seed)});
  for (const std::string_view name : kLeaders) {
    const Recipe& leader = reference::require_recipe(name);
    if (!accepts(leader.accepts, type)) continue;
    for (const char* law : {"element_ties", "scale_ties"})
      tensors.push_back({generate(leader, {law}, type, extent, 1), fmt::format("{} of {}, seed 1", law, name)});
  }
  return tensors;
}

// By recipe, then direction; none: it refuses the input, or does not make the direction.
using Answers = std::vector<std::array<std::optional<QuantizedTensor>, 2>>;

Answers answers_of(const RecipeList& recipes, const TypedTensor& input) {
  Answers answers(recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(), [&](std::size_t i) {
    for (std::size_t d = 0; d < kDirections.size(); ++d) {
      if (!makes(*recipes[i], kDirections[d], input.type)) continue;
      try {
        answers[i][d] = ask(*recipes[i], input.view(), kDirections[d]);
      } catch (const InputError&) {
        // Refused: this input tells nothing about the recipe.
      }
    }
  });
  return answers;
}

std::int64_t all_bytes(std::array<Tally, kFieldCount> tally, const Scheme& scheme) noexcept {
  for (Tally& field : tally) field.different = field.total;
  return different_bytes(tally, scheme);
}

void add(const Answers& answers, std::size_t a, std::size_t b, PairTally& sum) {
  for (std::size_t d = 0; d < kDirections.size(); ++d) {
    const std::optional<QuantizedTensor>&left = answers[a][d], &right = answers[b][d];
    if (!left || !right) continue;
    const Comparison comparison = compare_common(*left, *right);
    sum.bytes += all_bytes(comparison.tally, left->scheme);
    sum.different += different_bytes(comparison.tally, left->scheme);
  }
}

std::size_t index_of(std::size_t recipes, std::size_t a, std::size_t b) noexcept {
  return a * (2 * recipes - a - 1) / 2 + (b - a - 1);
}

}  // namespace

const PairTally& PairTable::at(std::size_t a, std::size_t b) const noexcept {
  return pairs[index_of(recipes.size(), std::min(a, b), std::max(a, b))];
}

PairTable nvfp4_pairs(InputType type, std::span<const Probe> more) {
  PairTable table;
  table.family = kFamily;
  table.type = type;
  const RecipeList recipes = chosen(type, table);
  const std::size_t n = recipes.size();
  if (n < 2) return table;
  table.pairs.resize(pair_count(n));
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b)
      table.pairs[index_of(n, a, b)].same_fields =
          recipes[a]->rules.scheme == recipes[b]->rules.scheme &&
          recipes[a]->storage.global_number == recipes[b]->storage.global_number;
  std::vector<Probe> tensors = tensors_for(recipes, type);
  for (const Probe& probe : more)
    if (probe.input.type == type) tensors.push_back(probe);
  for (const Probe& tensor : tensors) {
    table.tensors.push_back(tensor.from);
    const Answers answers = answers_of(recipes, tensor.input);
    oneapi::tbb::parallel_for(std::size_t{0}, n, [&](std::size_t a) {
      for (std::size_t b = a + 1; b < n; ++b) add(answers, a, b, table.pairs[index_of(n, a, b)]);
    });
  }
  return table;
}

}  // namespace bitgate::compare
