#include "bitgate/compare/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/directed.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// At least this much of each side of the operand, where the recipe does not ask for more.
constexpr std::int64_t kLeastRows = 8, kLeastCols = 64, kLeastColumnRows = 32;
// Scales that the tensors of a directed distribution have together, and the most tensors of it.
constexpr std::int64_t kDirectedScales = 1024, kMostSeeds = 128;
constexpr std::int64_t kPatternSeeds = 96, kStepSeeds = 12, kGivenSeeds = 24;
// Of recipes whose operand or whose global number is rounded on the way: few inputs reach a tie.
constexpr std::int64_t kNormPatternSeeds = 3072, kCutePatternSeeds = 3328, kSiluPatternSeeds = 512;
constexpr std::int64_t kTinySeeds = 48, kErrorSeeds = 24;
constexpr std::int64_t kThroughBf16Seeds = 512, kEndSeeds = 16, kTileSeeds = 32;

// `size` rounded up to a multiple of `step`.
std::int64_t at_least(std::int64_t size, std::int64_t step) noexcept { return (size + step - 1) / step * step; }

Extent extent_of(const Recipe& recipe, Direction direction) {
  const Extent least = common_extent({&recipe}, direction);
  // Several rows of several blocks; subjects may want whole blocks on both sides.
  if (direction == Direction::kColumnwise)
    return {at_least(kLeastCols, least.rows), at_least(kLeastColumnRows, least.cols)};
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

bool weighs_two_scales(const Recipe& recipe) noexcept {
  const reference::Special kind = recipe.rules.special.kind;
  return kind == reference::Special::kFourOverSix || kind == reference::Special::kFlashinferFourOverSix;
}

// An operation in front leaves little of what the others are solved for.
std::int64_t pattern_seeds(const Recipe& recipe) noexcept {
  const reference::Fusion fusion = recipe.rules.fusion;
  if (is_values_only(scheme_of(recipe.rules.scheme))) return kPatternSeeds;
  if (fusion == reference::Fusion::kRmsNormMul) return kNormPatternSeeds;
  if (fusion == reference::Fusion::kRmsNormCute) return kCutePatternSeeds;
  return reference::is_silu(fusion) ? kSiluPatternSeeds : kPatternSeeds;
}

// Steps of the scale at both ends of the type, and of tiles; there is no global that could move them.
void add_scale_ends(const Recipe& recipe, InputType type, std::vector<Input>& inputs) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  if (scheme.global != GlobalAxis::kNone || is_values_only(scheme)) return;
  const std::vector<int> ends = type == InputType::kF16 ? std::vector<int>{-14} : std::vector<int>{-118, 118};
  for (const int amplitude : ends) inputs.push_back({{"scale_ties", amplitude}, kEndSeeds});
  if (scheme.block.rows == 1) return;
  inputs.push_back({{"tile_ties"}, kTileSeeds});
  for (const int amplitude : ends) inputs.push_back({{"tile_ties", amplitude}, kTileSeeds});
}

std::vector<Input> inputs_of(const Recipe& recipe, InputType type, const Extent& extent) {
  std::vector<Input> inputs{{{"normal"}, 2}, {{"special"}, 8}};
  // Of two multipliers an ulp apart a second rounding hides most of what the first shows.
  const bool twice = recipe.rules.element.encode == reference::ElementEncode::kCvtThroughBf16;
  for (const std::string& name : directed_for(recipe))
    if (name != "special")
      inputs.push_back({{name}, twice && name == "element_ties" ? kThroughBf16Seeds : directed_seeds(recipe, extent)});
  add_scale_ends(recipe, type, inputs);
  inputs.push_back({{"bit_patterns"}, pattern_seeds(recipe)});
  if (recipe.accepts.nan) inputs.push_back({{"nan_halves"}, 8});
  if (weighs_two_scales(recipe)) inputs.push_back({{"error_ties"}, kErrorSeeds});
  // G is near the largest number: its reciprocal is subnormal.
  if (recipe.rules.global.form == reference::GlobalForm::kReciprocalTimesTarget && type != InputType::kF16)
    inputs.push_back({{"normal", -117}, kTinySeeds});
  if (recipe.rules.special.kind == reference::Special::kGgmlLegacy)
    inputs.push_back({{"positive_ties"}, directed_seeds(recipe, extent)});
  for (const char* name : {"sparse_blocks", "pow2_edges", "row_ladder", "outlier_channel", "one_hot_row", "swiglu"})
    inputs.push_back({{name}, 2});
  const std::vector<int> amplitudes =
      type == InputType::kF16
          ? std::vector<int>{-24, -18, -12, 10, 15}
          : std::vector<int>{-148, -140, -130, -128, -126, -118, -110, -60, -12, 10, 60, 110, 124, 127};
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

bool takes_amax(const Recipe& recipe, const Question& plain) noexcept {
  return amax_count(scheme_of(recipe.rules.scheme), plain.id.extent) != 0;
}

// Amax values that say nothing of the input: what a history or a caller may give.
void add_given_amax(const Recipe& recipe, const Question& plain, std::vector<Question>& questions) {
  if (!takes_amax(recipe, plain)) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float amax : {0.0f, 0x1p-149f, 0x1p-140f, 0x1p-126f, 0x1p-20f, 1.0f, 0x1p20f, 0x1p100f, 0x1p121f,
                           std::numeric_limits<float>::max(), kInfinity, kNan}) {
    Question given = plain;
    given.amax = amax;
    questions.push_back(given);
  }
}

// Given amaxes on either side of a step at which the first block's answer changes: where S or the multiplier rounds the
// other way.
void add_amax_steps(const Recipe& recipe, const Question& plain, std::vector<Question>& questions) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  if (scheme.global == GlobalAxis::kNone || plain.id.extent.cols == 0) return;
  const TypedTensor input = generate(plain.id);
  std::vector<float> block;
  for (std::int64_t i = 0; i < std::min(block_probe_width(scheme), plain.id.extent.cols); ++i)
    block.push_back(element(input.view(), i));
  const auto answer = [&](std::uint32_t amax) {
    const reference::BlockAnswer found =
        reference::quantize_one_block(recipe.rules, plain.id.type, block, value_of(InputType::kF32, amax));
    return std::pair{found.scale_bits, found.codes};
  };
  Choices choices(plain.id.seed, Purpose::kGlobal, 1);
  const double mantissa = 1.0 + choices.unit();
  const int exponent = static_cast<int>(choices.below(12)) - 4;
  std::uint32_t same = bits_of(InputType::kF32, mantissa * power_of_two(exponent));
  const auto before = answer(same);
  std::uint32_t differs = same + (1u << 22);
  if (answer(differs) == before) return;
  while (differs - same > 1) {
    const std::uint32_t middle = same + (differs - same) / 2;
    (answer(middle) == before ? same : differs) = middle;
  }
  for (const std::uint32_t amax : {same, differs}) {
    Question given = plain;
    given.amax = value_of(InputType::kF32, amax);
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
        for (std::int64_t seed = 0; seed < input.seeds; ++seed) {
          questions.push_back(question(input.distribution, seed));
          // Blocks of any size under one global.
          if (seed < kGivenSeeds && takes_amax(recipe, questions.back())) {
            questions.push_back(questions.back());
            questions.back().amax = 1.0f;
          }
        }
      for (const char* name : {"normal", "special", "row_ladder"})
        add_given_amax(recipe, question({name}, 1), questions);
      // Scales of one column are their own transpose: two columns of blocks, rows of many sizes.
      const Scheme& scheme = scheme_of(recipe.rules.scheme);
      if (direction == Direction::kRowwise && scheme.block.cols > 0 && scale_extent(scheme, extent).cols == 1) {
        questions.push_back(question({"row_ladder"}, 2));
        questions.back().id.extent.cols *= 2;
      }
      // Zeros alone.
      add_given_amax(recipe, question({"special"}, 3), questions);
      for (std::int64_t seed = 0; seed < kStepSeeds; ++seed)
        add_amax_steps(recipe, question({"normal"}, seed), questions);
      add_given_amax(recipe, question({"normal", type == InputType::kF16 ? -18 : -126}, 1), questions);
      // S is normal, and so is 1/S, but a scale over S is not.
      if (reference::is_given(recipe.rules.global.form) && type != InputType::kF16) {
        questions.push_back(question({"normal", -126}, 1));
        questions.back().amax = 0x1p-108f;
      }
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
  // Of a transformed side only its own amax is taken.
  if (recipe.rules.transform == reference::Transform::kNone) request.amax = amax;
  if (question.direction == Direction::kColumnwise) request.amax_columnwise = amax;
}

}  // namespace bitgate::compare
