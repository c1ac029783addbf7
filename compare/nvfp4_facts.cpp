#include "bitgate/compare/nvfp4_facts.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using Question = Nvfp4Question;

constexpr float kAmax = 2688.0f, kTinyAmax = 0x1p-116f;
constexpr Extent kLeastExtent{32, 64}, kSmallExtent{16, 64};
constexpr std::array<std::string_view, 5> kLaws{"normal", "student_t3", "row_ladder", "sparse_blocks",
                                                "outlier_channel"};
// Whose boundaries part others, where the catalog has them.
constexpr std::array<std::string_view, 7> kLeaders{
    "te/nvfp4",         "te/nvfp4-fast",         "torchao/nvfp4-mslk", "ggml/nvfp4-mmq-v2", "flashinfer/nvfp4-fast",
    "vllm/nvfp4-pyref", "cutlass/nvfp4-epilogue"};
// Normal tensors on which codes are held against each other; those that seem equal are asked on as many more.
constexpr std::uint64_t kNormalTensors = 16;

Extent swapped(const Extent& e) noexcept { return {e.cols, e.rows}; }

// ---- Special blocks.

struct Numbers {
  float special, six, minus_three, outside;
};

Numbers numbers_of(Question question) noexcept {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  const auto scaled = [](float unit, float outside) {
    return Numbers{6.0f * unit, 6.0f * unit, -3.0f * unit, outside};
  };
  switch (question) {
    case Question::kZeroTensor: return {-0.0f, 0.0f, 0.0f, 0.0f};
    case Question::kZeroBlock: return {-0.0f, 0.0f, 0.0f, kAmax};
    case Question::kScaleUnderflows: return scaled(0x1p-12f, kAmax);
    case Question::kNan: return {kNan, 6.0f, -3.0f, kAmax};
    case Question::kInfinity: return {kInf, 6.0f, -3.0f, kAmax};
    case Question::kMinusZero: return {-0.0f, 6.0f, -3.0f, kAmax};
    case Question::kSubnormals: return scaled(0x1p-129f, kTinyAmax);
  }
  return {};
}

// The special elements lie on the diagonal of a square in the corner: one in each block, row-wise and column-wise.
TypedTensor input_of(Question question, InputType type, const Extent& extent, std::int64_t square) {
  const Numbers numbers = numbers_of(question);
  const auto number = [&](std::int64_t row, std::int64_t col) {
    if (row >= square || col >= square) return numbers.outside;
    if (row == col) return numbers.special;
    return col == (row + 1) % square ? numbers.six : numbers.minus_three;
  };
  TypedTensor input = make_input(type, extent);
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col) {
      const auto at = static_cast<std::size_t>(row * extent.cols + col);
      const float x = number(row, col);
      if (type == InputType::kF32)
        std::get<0>(input.values)[at] = x;
      else
        std::get<1>(input.values)[at] = static_cast<std::uint16_t>(
            encode(format_of(type), x, {Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet}));
    }
  return input;
}

QuantizedTensor answer_with_amax(const Recipe& recipe, const TypedTensor& input, Direction direction, float amax) {
  const CaseOperands operands =
      operands_of(recipe, {std::string(recipe.identity.name), input.type, {"normal"}, input.extent, 1});
  Request request = request_of(recipe, input, operands);
  request.direction = direction;
  const bool columns = direction == Direction::kColumnwise;
  const Extent side = columns ? swapped(input.extent) : input.extent;
  const std::vector<float> all(static_cast<std::size_t>(amax_count(scheme_of(recipe.rules.scheme), side)), amax);
  const bool transformed = columns && recipe.rules.transform != reference::Transform::kNone;
  (transformed ? request.amax_columnwise : request.amax) = all;
  return reference::quantize(recipe, request);
}

// Elements (0, 0) and (0, 2) of the answer: the special one, and a -3.
Nvfp4Answer read_answer(const QuantizedTensor& tensor) {
  Nvfp4Answer answer;
  if (!tensor.global.empty()) answer.global = tensor.global[0];
  if (is_values_only(tensor.scheme)) {
    answer.special = std::bit_cast<std::uint32_t>(tensor.values[0]);
    answer.rest = std::bit_cast<std::uint32_t>(tensor.values[2]);
    return answer;
  }
  answer.scale_code = scale_bits(tensor.scales, 0);
  answer.special = tensor.codes[0];
  answer.rest = tensor.codes[2];
  return answer;
}

Nvfp4Answer answer_of(const Recipe& recipe, InputType type, Question question) {
  if (question == Question::kSubnormals && type == InputType::kF16) return {"no f16 number is that small", {}};
  const std::optional<Direction> direction = common_direction({&recipe}, type);
  if (!direction) return {fmt::format("makes no direction from {}", name_of(type)), {}};
  Extent extent = common_extent({&recipe}, *direction);
  const std::int64_t square = std::max<std::int64_t>(scheme_of(recipe.rules.scheme).block.cols, 16);
  // Room for the square and something beside it.
  extent.rows *= ceil_div(square + 1, extent.rows);
  extent.cols *= ceil_div(square + 1, extent.cols);
  const TypedTensor input = input_of(question, type, extent, square);
  try {
    if (question == Question::kZeroTensor) return read_answer(ask(recipe, input.view(), *direction));
    const float amax = question == Question::kSubnormals ? kTinyAmax : kAmax;
    return read_answer(answer_with_amax(recipe, input, *direction, amax));
  } catch (const InputError& error) {
    return {error.what(), {}};
  }
}

// Why nothing can be asked with an input alone; "" when it can.
std::string why_not(const Recipe& recipe) {
  if (!runs(recipe)) return "open question";
  return recipe.rules.fusion != reference::Fusion::kNone ? "fused" : "";
}

Nvfp4Facts facts_of(const Recipe& recipe) {
  Nvfp4Facts facts{&recipe, common_type({&recipe}), {}};
  const std::string why = why_not(recipe);
  for (const Question question : kNvfp4Questions) {
    Nvfp4Answer& answer = facts.answers[static_cast<std::size_t>(question)];
    answer = !why.empty() || !facts.type ? Nvfp4Answer{why.empty() ? "takes no type" : why, {}}
                                         : answer_of(recipe, *facts.type, question);
  }
  return facts;
}

// ---- Groups of equal bytes.

// Recipes whose answer follows from an input of the type.
RecipeList asked(const std::vector<Nvfp4Facts>& facts, InputType type) {
  RecipeList recipes;
  for (const Nvfp4Facts& one : facts) {
    const Recipe& recipe = *one.recipe;
    if (why_not(recipe).empty() && accepts(recipe.accepts, type) && common_direction({&recipe}, type) &&
        recipe.storage.random == reference::RandomOrder::kNone)
      recipes.push_back(&recipe);
  }
  return recipes;
}

Extent extent_for(const RecipeList& recipes, InputType type, Extent extent) noexcept {
  for (const Recipe* recipe : recipes) {
    const Extent own = common_extent({recipe}, *common_direction({recipe}, type));
    extent.rows = std::lcm(extent.rows, own.rows);
    extent.cols = std::lcm(extent.cols, own.cols);
  }
  return extent;
}

struct NamedInput {
  std::string name;
  TypedTensor input;
};

std::vector<NamedInput> inputs_for(const RecipeList& recipes, InputType type, const Extent& extent) {
  std::vector<NamedInput> inputs;
  for (const std::string_view law : kLaws)
    inputs.push_back({std::string(law), generate(*recipes.front(), {std::string(law)}, type, extent, 1)});
  for (const std::string_view name : kLeaders) {
    const Recipe* leader = reference::find_recipe(name);
    if (leader == nullptr || !runs(*leader) || !accepts(leader->accepts, type)) continue;
    for (const char* law : {"element_ties", "scale_ties"})
      inputs.push_back({fmt::format("{} of {}", law, name), generate(*leader, {law}, type, extent, 1)});
  }
  inputs.push_back({"a block of zeros", input_of(Question::kZeroBlock, type, extent, 16)});
  inputs.push_back({"a scale that underflows", input_of(Question::kScaleUnderflows, type, extent, 16)});
  return inputs;
}

// "" where it refuses the input: nothing is known of it then.
std::string key_of(const Recipe& recipe, const TypedTensor& input) {
  try {
    const Digests digests = digest(ask(recipe, input.view(), *common_direction({&recipe}, input.type)));
    return digests.codes + digests.scales + digests.extras + digests.values;
  } catch (const InputError&) {
    return "";
  }
}

// What of each group has equal keys, two or more.
std::vector<RecipeList> split(const std::vector<RecipeList>& groups, const TypedTensor& input) {
  std::vector<std::pair<std::size_t, const Recipe*>> members;
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const Recipe* recipe : groups[g]) members.emplace_back(g, recipe);
  std::vector<std::string> keys(members.size());
  oneapi::tbb::parallel_for(std::size_t{0}, members.size(),
                            [&](std::size_t i) { keys[i] = key_of(*members[i].second, input); });
  std::map<std::pair<std::size_t, std::string>, RecipeList> parts;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (!keys[i].empty()) parts[{members[i].first, keys[i]}].push_back(members[i].second);
  std::vector<RecipeList> kept;
  for (auto& [key, part] : parts)
    if (part.size() > 1) kept.push_back(std::move(part));
  return kept;
}

void add_groups(Nvfp4Survey& survey, InputType type) {
  const RecipeList recipes = asked(survey.facts, type);
  if (recipes.empty()) return;
  const Extent extent = extent_for(recipes, type, kLeastExtent);
  const std::vector<NamedInput> inputs = inputs_for(recipes, type, extent);
  if (survey.tensors.size() < inputs.size()) {
    survey.tensors.clear();
    for (const NamedInput& one : inputs) survey.tensors.push_back(one.name);
    survey.tensors.push_back(fmt::format("{} small normal ones", kNormalTensors));
  }
  // Who is alone on one tensor is asked no further one.
  std::vector<RecipeList> groups{recipes};
  for (const NamedInput& one : inputs) groups = split(groups, one.input);
  RecipeList left;
  for (const RecipeList& group : groups) left.insert(left.end(), group.begin(), group.end());
  const Extent small = extent_for(left, type, kSmallExtent);
  for (std::uint64_t seed = 2; seed < 2 + kNormalTensors; ++seed)
    groups = split(groups, generate(*recipes.front(), {"normal"}, type, small, seed));
  // In the catalog's order, which is that of its elements in memory.
  std::ranges::sort(groups, {}, [](const RecipeList& group) { return group.front(); });
  for (RecipeList& group : groups) survey.groups.push_back({type, std::move(group)});
}

// ---- How often codes differ.

// bf16 numbers as they are and, for those that take no bf16, widened.
struct NormalInput {
  TypedTensor bf16, f32;
};

std::vector<NormalInput> normal_inputs(const Recipe& any, const Extent& extent) {
  std::vector<NormalInput> inputs;
  for (std::uint64_t seed = 1; seed <= kNormalTensors; ++seed) {
    NormalInput one{generate(any, {"normal"}, InputType::kBf16, extent, seed), make_input(InputType::kF32, extent)};
    for (std::int64_t i = 0; i < count(extent); ++i)
      std::get<0>(one.f32.values)[static_cast<std::size_t>(i)] = element(one.bf16.view(), i);
    inputs.push_back(std::move(one));
  }
  return inputs;
}

// Empty where it refuses.
std::vector<std::uint8_t> normal_codes(const Recipe& recipe, const std::vector<NormalInput>& inputs) {
  std::vector<std::uint8_t> codes;
  try {
    for (const NormalInput& input : inputs) {
      const TypedTensor& own = recipe.accepts.bf16 ? input.bf16 : input.f32;
      const QuantizedTensor answer = ask(recipe, own.view(), Direction::kRowwise);
      codes.insert(codes.end(), answer.codes.begin(), answer.codes.end());
    }
  } catch (const InputError&) {
    return {};
  }
  return codes;
}

std::string_view producer_of(const Recipe& recipe) noexcept {
  return recipe.identity.name.substr(0, recipe.identity.name.find('/'));
}

// What else than arithmetic parts two recipes is left out: what shares an amax, a search over scales, another target.
bool is_in_picture(const Recipe& recipe) noexcept {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  return recipe.accepts.directions.rowwise && !is_values_only(scheme) && scheme.block == Extent{1, 16} &&
         scheme.global != GlobalAxis::kRow && scheme.amax_over != 1536.0f &&
         recipe.rules.special.kind != reference::Special::kFourOverSix;
}

RecipeList recipes_of_picture(const std::vector<Nvfp4Facts>& facts) {
  RecipeList recipes = asked(facts, InputType::kBf16);
  for (const Recipe* recipe : asked(facts, InputType::kF32))
    if (!recipe->accepts.bf16) recipes.push_back(recipe);
  std::erase_if(recipes, [](const Recipe* recipe) { return !is_in_picture(*recipe); });
  return recipes;
}

Nvfp4Codes codes_between(const std::vector<Nvfp4Facts>& facts) {
  const RecipeList recipes = recipes_of_picture(facts);
  Nvfp4Codes table;
  if (recipes.empty()) return table;
  Extent extent{32, 128};
  for (const Recipe* recipe : recipes) {
    const Extent own = common_extent({recipe}, Direction::kRowwise);
    extent = {std::lcm(extent.rows, own.rows), std::lcm(extent.cols, own.cols)};
  }
  const std::vector<NormalInput> inputs = normal_inputs(*recipes.front(), extent);
  std::vector<std::vector<std::uint8_t>> all(recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(),
                            [&](std::size_t i) { all[i] = normal_codes(*recipes[i], inputs); });
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    if (all[i].empty()) continue;
    const auto same = std::find_if(chosen.begin(), chosen.end(), [&](std::size_t c) {
      return producer_of(*recipes[c]) == producer_of(*recipes[i]) && all[c] == all[i];
    });
    if (same != chosen.end()) {
      ++table.kinds[static_cast<std::size_t>(same - chosen.begin())];
      continue;
    }
    chosen.push_back(i);
    table.recipes.emplace_back(recipes[i]->identity.name);
    table.kinds.push_back(1);
  }
  table.codes = count(extent) * static_cast<std::int64_t>(kNormalTensors);
  for (const std::size_t a : chosen)
    for (const std::size_t b : chosen) {
      std::int64_t different = 0;
      for (std::size_t i = 0; i < all[a].size(); ++i) different += all[a][i] != all[b][i];
      table.ppm.push_back(1e6 * static_cast<double>(different) / static_cast<double>(table.codes));
    }
  return table;
}

}  // namespace

bool is_nvfp4(const Recipe& recipe) noexcept {
  return scheme_of(recipe.rules.scheme).name.starts_with("nvfp4") ||
         recipe.identity.name.find("nvfp4") != std::string_view::npos;
}

Nvfp4Survey survey_nvfp4() {
  Nvfp4Survey survey;
  for (const Recipe& recipe : reference::catalog())
    if (is_nvfp4(recipe)) survey.facts.push_back({&recipe, {}, {}});
  oneapi::tbb::parallel_for(std::size_t{0}, survey.facts.size(),
                            [&](std::size_t i) { survey.facts[i] = facts_of(*survey.facts[i].recipe); });
  for (const InputType type : {InputType::kBf16, InputType::kF32, InputType::kF16}) add_groups(survey, type);
  survey.codes = codes_between(survey.facts);
  return survey;
}

}  // namespace bitgate::compare
