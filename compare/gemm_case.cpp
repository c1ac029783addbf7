#include "bitgate/compare/gemm_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxEntries = 256, kMaxNameBytes = 256;
constexpr std::int64_t kMaxSide = 1 << 16, kMaxK = 1 << 20, kMaxSideElements = std::int64_t{1} << 30,
                       kMaxSeeds = 1 << 16;
constexpr std::uint64_t kOfWeights = std::uint64_t{1} << 32;

std::string label(const Distribution& input) {
  return input.log2_amplitude == 0 ? input.name : fmt::format("{}@2^{}", input.name, input.log2_amplitude);
}

// What follows the last `mark`, taken off the text.
std::string_view take_last(std::string_view& text, char mark, std::string_view name, std::string_view what) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string_view::npos)
    throw InputError(
        fmt::format("product \"{}\": it has no {}, expected "
                    "RECIPE+RECIPE/DTYPE/DISTRIBUTION+DISTRIBUTION/MxNxK/sSEED",
                    name, what));
  const std::string_view part = text.substr(at + 1);
  text = text.substr(0, at);
  return part;
}

void require_input(const Distribution& input) {
  if (input.name != kLinearInit && find_distribution(input.name) == nullptr)
    throw InputError(
        fmt::format("unknown distribution \"{}\", expected linear or one of 'bitgate list distributions'", input.name));
  if (const DistributionInfo* info = find_distribution(input.name); info != nullptr && follows_recipe(info->family))
    throw InputError(
        fmt::format("distribution \"{}\" follows a recipe: a product is drawn from plain ones", input.name));
}

bool fits(const reference::Recipe& recipe, InputType type) noexcept {
  return reference::runs(recipe) && accepts(recipe.accepts, type) && recipe.accepts.directions.rowwise;
}

// The refusal of a name, said with its place in the file.
template <class Require>
void require_known(const JsonValue& value, Require&& require) {
  try {
    require();
  } catch (const InputError& reason) {
    value.refuse(reason.what());
  }
}

std::vector<std::string> recipes_from(const JsonValue& json) {
  std::vector<std::string> names;
  for (const JsonValue& item : json.elements(kMaxEntries)) {
    names.push_back(item.text(kMaxNameBytes));
    require_known(item, [&] { reference::require_recipe(names.back()); });
  }
  if (names.empty()) json.refuse("expected at least one recipe");
  return names;
}

std::vector<Distribution> inputs_from(const JsonValue& json) {
  std::vector<Distribution> inputs;
  for (const JsonValue& item : json.elements(kMaxEntries)) {
    const std::string text = item.text(kMaxNameBytes);
    if (text.find('/') != std::string::npos) item.refuse("expected DISTRIBUTION or DISTRIBUTION@2^K");
    require_known(item, [&] {
      inputs.push_back(parse_case("any/recipe/fp32/" + text + "/1x1/s0").input);
      require_input(inputs.back());
    });
  }
  if (inputs.empty()) json.refuse("expected at least one distribution");
  return inputs;
}

GemmPanel panel_from(const JsonValue& json) {
  json.require_keys({"name", "a_recipes", "b_recipes", "a_inputs", "b_inputs", "k"},
                    {"type", "extent", "seed", "seeds"});
  GemmPanel panel;
  panel.name = json.at("name").text(kMaxNameBytes);
  panel.a_recipes = recipes_from(json.at("a_recipes"));
  panel.b_recipes = recipes_from(json.at("b_recipes"));
  panel.a_inputs = inputs_from(json.at("a_inputs"));
  panel.b_inputs = inputs_from(json.at("b_inputs"));
  for (const JsonValue& k : json.at("k").elements(kMaxEntries)) panel.k.push_back(k.integer(1, kMaxK));
  if (panel.k.empty()) json.at("k").refuse("expected at least one K");
  if (json.has("type")) {
    const std::optional<InputType> type = find_input_type(json.at("type").text(kMaxNameBytes));
    if (!type) json.at("type").refuse("unknown input type, expected fp32, bf16 or f16");
    panel.type = *type;
  }
  if (json.has("extent")) {
    const std::vector<JsonValue> sides = json.at("extent").elements(2);
    if (sides.size() != 2) json.at("extent").refuse("expected [M, N]");
    panel.extent = {sides[0].integer(1, kMaxSide), sides[1].integer(1, kMaxSide)};
    for (const std::int64_t k : panel.k)
      if (std::max(panel.extent.rows, panel.extent.cols) > kMaxSideElements / k)
        json.at("extent").refuse("expected at most 2^30 elements a side");
  }
  if (json.has("seed"))
    panel.seed = static_cast<std::uint64_t>(json.at("seed").integer(0, std::int64_t{kOfWeights} - kMaxSeeds));
  if (json.has("seeds")) panel.seeds = json.at("seeds").integer(1, kMaxSeeds);
  return panel;
}

}  // namespace

std::string GemmCase::name() const {
  return fmt::format("{}+{}/{}/{}+{}/{}x{}x{}/s{}", a.recipe, b.recipe, name_of(a.type), label(a.input), label(b.input),
                     a.extent.rows, b.extent.rows, a.extent.cols, a.seed);
}

GemmCase parse_gemm_case(std::string_view name) {
  std::string_view rest = name;
  const std::string seed(take_last(rest, '/', name, "seed"));
  std::string_view sizes = take_last(rest, '/', name, "sizes");
  std::string_view inputs = take_last(rest, '/', name, "distributions");
  const std::string type(take_last(rest, '/', name, "type"));
  const std::string k(take_last(sizes, 'x', name, "K")), n(take_last(sizes, 'x', name, "N")), m(sizes);
  const std::string b_input(take_last(inputs, '+', name, "second distribution")), a_input(inputs);
  const std::string b_recipe(take_last(rest, '+', name, "second recipe")), a_recipe(rest);
  GemmCase c{parse_case(fmt::format("{}/{}/{}/{}x{}/{}", a_recipe, type, a_input, m, k, seed)),
             parse_case(fmt::format("{}/{}/{}/{}x{}/{}", b_recipe, type, b_input, n, k, seed))};
  if (c.name() != name) throw InputError(fmt::format("product \"{}\": expected \"{}\"", name, c.name()));
  return c;
}

std::vector<GemmPanel> default_gemm_panels() {
  GemmPanel panel;
  panel.name = "gemm";
  panel.a_recipes = {"te/nvfp4", "torchao/mxfp4-floor", "te/mxfp8-e4m3", "te/fp8-current-e4m3", "ggml/q8_1"};
  panel.b_recipes = {"te/nvfp4-2d",         "torchao/mxfp4-floor", "te/mxfp8-e4m3",
                     "te/fp8-current-e4m3", "ggml/q4_0-cpu-ref",   "ggml/q8_0-cpu-ref"};
  panel.a_inputs = {{"normal"}, {"gelu"}};
  panel.b_inputs = {{std::string(kLinearInit)}};
  panel.k = {64, 256, 1024, 4096};
  return {panel};
}

std::vector<GemmPanel> read_gemm_panels(const std::filesystem::path& file) {
  const nlohmann::json json = read_json(file, kMaxFileBytes);
  const JsonValue root(json, file);
  std::vector<GemmPanel> panels;
  if (root.has("gemms"))
    for (const JsonValue& panel : root.at("gemms").elements(kMaxEntries)) panels.push_back(panel_from(panel));
  return panels;
}

std::vector<GemmCase> expand(const std::vector<GemmPanel>& panels) {
  std::vector<GemmCase> cases;
  std::set<std::string> seen;
  const auto add = [&](GemmCase c) {
    if (seen.insert(c.name()).second) cases.push_back(std::move(c));
  };
  for (const GemmPanel& panel : panels)
    for (const std::string& a : panel.a_recipes)
      for (const std::string& b : panel.b_recipes) {
        if (!fits(reference::require_recipe(a), panel.type) || !fits(reference::require_recipe(b), panel.type))
          continue;
        for (const Distribution& a_input : panel.a_inputs)
          for (const Distribution& b_input : panel.b_inputs)
            for (const std::int64_t k : panel.k)
              for (std::int64_t i = 0; i < panel.seeds; ++i) {
                const std::uint64_t seed = panel.seed + static_cast<std::uint64_t>(i);
                add({{a, panel.type, a_input, {panel.extent.rows, k}, seed},
                     {b, panel.type, b_input, {panel.extent.cols, k}, seed}});
              }
      }
  return cases;
}

TypedTensor generate_side(const Case& side, bool weights) {
  require_input(side.input);
  // Plain distributions look at no recipe.
  const reference::Recipe& any = reference::catalog().front();
  const std::uint64_t seed = side.seed + (weights ? kOfWeights : 0);
  if (side.input.name != kLinearInit) return generate(any, side.input, side.type, side.extent, seed);
  const TypedTensor uniform = generate(any, {"uniform", side.input.log2_amplitude}, InputType::kF32, side.extent, seed);
  const double scale = 1.0 / std::sqrt(static_cast<double>(side.extent.cols));
  TypedTensor tensor = make_input(side.type, side.extent);
  const std::span<const float> from = uniform.view().f32();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double value = static_cast<double>(from[i]) * scale;
    if (side.type == InputType::kF32)
      std::get<0>(tensor.values)[i] = static_cast<float>(value);
    else
      std::get<1>(tensor.values)[i] = round_to_16(format_of(side.type), value);
  }
  return tensor;
}

}  // namespace bitgate::compare
