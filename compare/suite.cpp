#include "bitgate/compare/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bitgate/compare/common_input.h"
#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// At least this much of each side, where the recipe does not ask for more.
constexpr std::int64_t kLeastRows = 8, kLeastCols = 64;
// Scales that the tensors of a directed distribution have together, and the most tensors of it.
constexpr std::int64_t kDirectedScales = 256, kMostSeeds = 32;

// `size` rounded up to a multiple of `step`.
std::int64_t at_least(std::int64_t size, std::int64_t step) noexcept { return (size + step - 1) / step * step; }

Extent extent_of(const Recipe& recipe, Direction direction) {
  const Extent least = common_extent({&recipe}, direction);
  return {at_least(kLeastRows, least.rows), at_least(kLeastCols, least.cols)};
}

std::int64_t directed_seeds(const Recipe& recipe, const Extent& extent) {
  const Extent scales = scale_extent(scheme_of(recipe.rules.scheme), extent);
  const std::int64_t in_one = std::max<std::int64_t>(count(scales), 1);
  return std::clamp<std::int64_t>((kDirectedScales + in_one - 1) / in_one, 4, kMostSeeds);
}

struct Input {
  Distribution distribution;
  std::int64_t seeds;
};

std::vector<Input> inputs_of(const Recipe& recipe, InputType type, const Extent& extent) {
  std::vector<Input> inputs{{{"normal"}, 2}, {{"special"}, 8}};
  for (const std::string& name : directed_for(recipe))
    if (name != "special") inputs.push_back({{name}, directed_seeds(recipe, extent)});
  for (const char* name : {"sparse_blocks", "pow2_edges", "row_ladder", "outlier_channel", "one_hot_row", "swiglu"})
    inputs.push_back({{name}, 2});
  const std::vector<int> amplitudes = type == InputType::kF16
                                          ? std::vector<int>{-24, -18, -12, 10, 15}
                                          : std::vector<int>{-148, -140, -126, -110, -60, -12, 10, 60, 110, 124, 127};
  for (const int amplitude : amplitudes) inputs.push_back({{"normal", amplitude}, 2});
  return inputs;
}

std::vector<Direction> directions_of(const Recipe& recipe, InputType type) {
  const reference::Accepts& a = recipe.accepts;
  std::vector<Direction> directions;
  if (a.directions.rowwise) directions.push_back(Direction::kRowwise);
  if (a.directions.columnwise && (type == InputType::kBf16 || !a.bf16_only_columnwise))
    directions.push_back(Direction::kColumnwise);
  return directions;
}

// Amax values that say nothing of the input: what a history or a caller may give.
void add_given_amax(const Recipe& recipe, const Question& plain, std::vector<Question>& questions) {
  if (amax_count(scheme_of(recipe.rules.scheme), plain.id.extent) == 0) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float amax : {0.0f, 0x1p-149f, 0x1p-140f, 0x1p-126f, 0x1p-20f, 1.0f, 0x1p20f, 0x1p100f, 0x1p121f,
                           std::numeric_limits<float>::max(), kInfinity, kNan}) {
    Question given = plain;
    given.amax = amax;
    questions.push_back(given);
  }
}

}  // namespace

std::string Question::options() const {
  std::string text = "--case '" + id.name() + "'";
  if (direction == Direction::kColumnwise) text += " --columnwise";
  if (amax) text += fmt::format(" --amax {:a}", *amax);
  return text;
}

std::vector<Question> quick_questions(const Recipe& recipe) {
  std::vector<Question> questions;
  for (const InputType type : {InputType::kBf16, InputType::kF32, InputType::kF16}) {
    if (!accepts(recipe.accepts, type)) continue;
    for (const Direction direction : directions_of(recipe, type)) {
      const Extent extent = extent_of(recipe, direction);
      const auto question = [&](const Distribution& input, std::int64_t seed) {
        return Question{
            {std::string(recipe.identity.name), type, input, extent, static_cast<std::uint64_t>(seed)}, direction, {}};
      };
      for (const Input& input : inputs_of(recipe, type, extent))
        for (std::int64_t seed = 0; seed < input.seeds; ++seed) questions.push_back(question(input.distribution, seed));
      for (const char* name : {"normal", "special", "row_ladder"})
        add_given_amax(recipe, question({name}, 1), questions);
      add_given_amax(recipe, question({"normal", type == InputType::kF16 ? -18 : -126}, 1), questions);
    }
  }
  return questions;
}

Asked::Asked(const Recipe& recipe, const Question& question)
    : input(generate(question.id)), operands(operands_of(recipe, question.id)) {
  request = request_of(recipe, input, operands);
  request.direction = question.direction;
  if (!question.amax) return;
  const Extent operand = question.direction == Direction::kColumnwise
                             ? Extent{question.id.extent.cols, question.id.extent.rows}
                             : question.id.extent;
  amax.assign(static_cast<std::size_t>(amax_count(scheme_of(recipe.rules.scheme), operand)), *question.amax);
  request.amax = amax;
  if (question.direction == Direction::kColumnwise) request.amax_columnwise = amax;
}

}  // namespace bitgate::compare
