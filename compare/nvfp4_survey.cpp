// Who gives equal bytes, and how often codes differ.
#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "bitgate/compare/common_input.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/nvfp4_facts.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr Extent kSmallExtent{16, 64}, kLargeExtent{64, 128};
constexpr std::uint64_t kLargeTensors = 3;
constexpr std::array<std::string_view, 5> kLaws{"normal", "student_t3", "row_ladder", "sparse_blocks",
                                                "outlier_channel"};
// Whose boundaries part others, where the catalog has them.
constexpr std::array<std::string_view, 7> kLeaders{
    "te/nvfp4",         "te/nvfp4-fast",         "torchao/nvfp4-mslk", "ggml/nvfp4-mmq-v2", "flashinfer/nvfp4-fast",
    "vllm/nvfp4-pyref", "cutlass/nvfp4-epilogue"};
// Normal tensors on which codes are held against each other.
constexpr std::uint64_t kNormalTensors = 16;

// Recipes whose answer follows from an input of the type.
RecipeList asked(const std::vector<Nvfp4Facts>& facts, InputType type) {
  RecipeList recipes;
  for (const Nvfp4Facts& one : facts) {
    const Recipe& recipe = *one.recipe;
    if (why_not_asked(recipe).empty() && accepts(recipe.accepts, type) && common_direction({&recipe}, type) &&
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
    for (const std::uint64_t seed : {1u, 2u, 3u})
      inputs.push_back(
          {fmt::format("{}, seed {}", law, seed), generate(*recipes.front(), {std::string(law)}, type, extent, seed)});
  for (const std::string_view name : kLeaders) {
    const Recipe* leader = reference::find_recipe(name);
    if (leader == nullptr || !runs(*leader) || !accepts(leader->accepts, type)) continue;
    for (const char* law : {"element_ties", "scale_ties"})
      inputs.push_back({fmt::format("{} of {}", law, name), generate(*leader, {law}, type, extent, 1)});
  }
  inputs.push_back({"a block of zeros", nvfp4_input(Nvfp4Question::kZeroBlock, type, extent, 16)});
  if (type != InputType::kF16)
    inputs.push_back({"a block of subnormals", nvfp4_input(Nvfp4Question::kSubnormals, type, extent, 16)});
  inputs.push_back({"a scale that underflows", nvfp4_input(Nvfp4Question::kScaleUnderflows, type, extent, 16)});
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

// What of one group stays equal on all inputs.
std::vector<RecipeList> split_by_all(const RecipeList& group, const std::vector<NamedInput>& inputs) {
  std::vector<RecipeList> parts{group};
  for (const NamedInput& one : inputs) parts = split(parts, one.input);
  return parts;
}

// All on a few large tensors; then each group on tensors as small as its recipes take, since who is alone is asked no
// further.
void add_groups(Nvfp4Survey& survey, InputType type) {
  const RecipeList recipes = asked(survey.facts, type);
  if (recipes.empty()) return;
  const Extent whole = extent_for(recipes, type, kLargeExtent);
  std::vector<RecipeList> groups{recipes};
  for (std::uint64_t seed = 1; seed <= kLargeTensors; ++seed)
    groups = split(groups, generate(*recipes.front(), {"normal"}, type, whole, seed));
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<NamedInput>> inputs;
  std::vector<const std::vector<NamedInput>*> inputs_of;
  for (const RecipeList& group : groups) {
    const Extent extent = extent_for(group, type, kSmallExtent);
    std::vector<NamedInput>& own = inputs[{extent.rows, extent.cols}];
    if (own.empty()) own = inputs_for(recipes, type, extent);
    inputs_of.push_back(&own);
    if (survey.tensors.size() <= own.size()) {
      survey.tensors = {fmt::format("{} large normal ones", kLargeTensors)};
      for (const NamedInput& one : own) survey.tensors.push_back(one.name);
    }
  }
  std::vector<std::vector<RecipeList>> parts(groups.size());
  oneapi::tbb::parallel_for(std::size_t{0}, groups.size(),
                            [&](std::size_t i) { parts[i] = split_by_all(groups[i], *inputs_of[i]); });
  std::vector<RecipeList> equal;
  for (std::vector<RecipeList>& some : parts) std::ranges::move(some, std::back_inserter(equal));
  // In the catalog's order, which is that of its elements in memory.
  std::ranges::sort(equal, {}, [](const RecipeList& group) { return group.front(); });
  for (RecipeList& group : equal) survey.groups.push_back({type, std::move(group)});
}

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
         recipe.identity.name.find("4over6") == std::string_view::npos;
}

RecipeList recipes_of_picture(const std::vector<Nvfp4Facts>& facts) {
  RecipeList recipes = asked(facts, InputType::kBf16);
  for (const Recipe* recipe : asked(facts, InputType::kF32))
    if (!recipe->accepts.bf16) recipes.push_back(recipe);
  std::erase_if(recipes, [](const Recipe* recipe) { return !is_in_picture(*recipe); });
  std::ranges::sort(recipes);  // the catalog's order
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

Nvfp4Survey survey_nvfp4() {
  Nvfp4Survey survey;
  for (const Recipe& recipe : reference::catalog())
    if (is_nvfp4(recipe)) survey.facts.push_back({&recipe, {}, {}});
  oneapi::tbb::parallel_for(std::size_t{0}, survey.facts.size(),
                            [&](std::size_t i) { survey.facts[i] = nvfp4_facts(*survey.facts[i].recipe); });
  for (const InputType type : {InputType::kBf16, InputType::kF32, InputType::kF16}) add_groups(survey, type);
  survey.codes = codes_between(survey.facts);
  return survey;
}

}  // namespace bitgate::compare
