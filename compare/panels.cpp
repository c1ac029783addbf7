// Which cases a sweep holds: the panels of the default report, those of a sweep file, and their expansion.
#include <algorithm>
#include <functional>
#include <set>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/sweep.h"

namespace bitgate::compare {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxPanels = 256, kMaxEntries = 4096, kMaxNameBytes = 256;
constexpr std::int64_t kMaxSeeds = 1 << 16;
constexpr std::int64_t kMaxCaseElements = std::int64_t{1} << 30;

const DistributionInfo& require_distribution(const std::string& name) {
  if (const DistributionInfo* info = find_distribution(name)) return *info;
  std::string known;
  for (const DistributionInfo& info : distributions()) known += (known.empty() ? "" : ", ") + std::string(info.name);
  throw InputError("unknown distribution \"" + name + "\", expected one of " + known);
}

std::vector<InputType> all_types() { return {std::begin(kInputTypes), std::end(kInputTypes)}; }

using reference::Recipe;

std::string_view producer_of(const Recipe& recipe) noexcept {
  return recipe.identity.name.substr(0, recipe.identity.name.find('/'));
}

// The first recipe of each producer and scheme: the others differ from it by fewer bits than a picture shows.
bool leads(const Recipe& recipe) {
  const std::span<const Recipe> recipes = reference::catalog();
  const auto first = std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& other) {
    return producer_of(other) == producer_of(recipe) && other.rules.scheme == recipe.rules.scheme &&
           reference::runs(other);
  });
  return &*first == &recipe;
}

std::vector<std::string> names_where(const std::function<bool(const Recipe&)>& wanted) {
  std::vector<std::string> names;
  for (const Recipe& recipe : reference::catalog())
    if (reference::runs(recipe) && wanted(recipe)) names.emplace_back(recipe.identity.name);
  return names;
}
std::vector<std::string> all_recipes() {
  return names_where([](const Recipe&) { return true; });
}

Panel distribution_panel(std::string name, std::vector<std::string> recipes) {
  Panel panel{std::move(name), std::move(recipes), all_types(), {}};
  for (const DistributionInfo& info : distributions())
    if (info.family == Family::kPlain) panel.inputs.push_back({std::string(info.name)});
  // Of the row-varying ones those that differ in kind; the ladders of other depth have a panel of their own.
  for (const char* name_of_rows : {"row_ladder", "row_lognormal", "one_hot_row"})
    panel.inputs.push_back({name_of_rows});
  for (const DistributionInfo& info : distributions())
    if (info.family == Family::kDirected) panel.inputs.push_back({std::string(info.name)});
  return panel;
}

bool takes_without_f32(const Recipe& recipe) noexcept { return !recipe.accepts.f32 && recipe.accepts.bf16; }

// One panel a producer for the recipes that lead no scheme, and another for those of them that take 16-bit inputs
// alone: of these bf16 is drawn.
std::vector<Panel> variant_panels() {
  std::vector<Panel> panels;
  std::set<std::string_view> producers;
  for (const Recipe& recipe : reference::catalog()) {
    const std::string_view producer = producer_of(recipe);
    if (!producers.insert(producer).second) continue;
    for (const bool without_f32 : {false, true}) {
      const auto is_variant = [&](const Recipe& other) {
        return producer_of(other) == producer && !leads(other) && takes_without_f32(other) == without_f32;
      };
      std::vector<std::string> names = names_where(is_variant);
      if (names.empty()) continue;
      const std::string name = "variants_" + std::string(producer) + (without_f32 ? "_16bit" : "");
      panels.push_back(distribution_panel(name, std::move(names)));
      if (without_f32) panels.back().types = {InputType::kBf16};
    }
  }
  return panels;
}

Panel amplitude_panel(InputType type) {
  Panel panel{"amplitude", {}, {type}, {}};
  for (const char* name : {"normal", "gelu"})
    for (int log2_amplitude = -24; log2_amplitude <= 12; log2_amplitude += 2)
      panel.inputs.push_back({name, log2_amplitude});
  return panel;
}

Panel row_range_panel(InputType type) {
  Panel panel{"row_range", {}, {type}, {}};
  for (const char* name : {"row_ladder_1", "row_ladder_2", "row_ladder_4", "row_ladder_8", "row_ladder_12",
                           "row_ladder_16", "row_ladder_20", "row_ladder", "row_ladder_28", "row_ladder_32"})
    panel.inputs.push_back({name});
  return panel;
}

// The refusal of a name, said with its place in the file.
template <typename Require>
void require_known(const JsonValue& value, Require&& require) {
  try {
    require();
  } catch (const InputError& reason) {
    value.refuse(reason.what());
  }
}

InputType read_type(const JsonValue& value) {
  const std::string name = value.text(kMaxNameBytes);
  for (const InputType type : kInputTypes)
    if (name == name_of(type)) return type;
  value.refuse("unknown input type \"" + name + "\", expected fp32, bf16 or f16");
}

// "normal" or "normal@2^-4": the words of a case's name, so its parser reads them.
Distribution read_input(const JsonValue& value) {
  const std::string text = value.text(kMaxNameBytes);
  if (text.find('/') != std::string::npos)
    value.refuse("\"" + text + "\" has a slash, expected DISTRIBUTION or DISTRIBUTION@2^K");
  Distribution input;
  require_known(value, [&] {
    const std::string recipe(reference::catalog().front().identity.name);
    input = parse_case(recipe + "/fp32/" + text + "/1x1/s0").input;
    require_distribution(input.name);
  });
  return input;
}

Extent read_extent(const JsonValue& value) {
  const std::vector<JsonValue> sides = value.elements(2);
  if (sides.size() != 2) value.refuse("expected [rows, cols]");
  const Extent extent{sides[0].integer(0, kMaxCaseElements), sides[1].integer(0, kMaxCaseElements)};
  if (extent.cols != 0 && extent.rows > kMaxCaseElements / extent.cols)
    value.refuse("expected at most " + std::to_string(kMaxCaseElements) + " elements");
  return extent;
}

Panel read_panel(const JsonValue& value) {
  value.require_keys({"name", "inputs"}, {"recipes", "types", "extent", "seed", "seeds"});
  Panel panel;
  panel.name = value.at("name").text(kMaxNameBytes);
  for (const JsonValue& input : value.at("inputs").elements(kMaxEntries)) panel.inputs.push_back(read_input(input));
  if (panel.inputs.empty()) value.at("inputs").refuse("expected at least one distribution");
  if (value.has("recipes"))
    for (const JsonValue& recipe : value.at("recipes").elements(kMaxEntries)) {
      panel.recipes.push_back(recipe.text(kMaxNameBytes));
      require_known(recipe, [&] { reference::require_recipe(panel.recipes.back()); });
    }
  if (!value.has("types"))
    panel.types = all_types();
  else
    for (const JsonValue& type : value.at("types").elements(kMaxEntries)) panel.types.push_back(read_type(type));
  if (panel.types.empty()) value.at("types").refuse("expected at least one input type");
  if (value.has("extent")) panel.extent = read_extent(value.at("extent"));
  if (value.has("seed"))
    panel.seed =
        static_cast<std::uint64_t>(value.at("seed").integer(0, std::numeric_limits<std::int64_t>::max() - kMaxSeeds));
  if (value.has("seeds")) panel.seeds = value.at("seeds").integer(1, kMaxSeeds);
  return panel;
}

}  // namespace

std::vector<Panel> default_panels() {
  const std::vector<std::string> leading = names_where(leads);
  std::vector<Panel> panels{distribution_panel("distribution", leading)};
  for (Panel& panel : variant_panels()) panels.push_back(std::move(panel));
  panels.push_back(amplitude_panel(InputType::kF32));
  panels.back().recipes = leading;
  panels.push_back(row_range_panel(InputType::kF32));
  panels.back().recipes = leading;
  // Recipes that take no fp32 would be missing from the panels over amplitude and row range: they are drawn with bf16.
  const std::vector<std::string> names =
      names_where([](const Recipe& recipe) { return leads(recipe) && takes_without_f32(recipe); });
  for (Panel& panel : std::vector<Panel>{amplitude_panel(InputType::kBf16), row_range_panel(InputType::kBf16)}) {
    if (names.empty()) break;
    panels.push_back(std::move(panel));
    panels.back().recipes = names;
  }
  return panels;
}

std::vector<Panel> read_panels(const std::filesystem::path& file) {
  const nlohmann::json json = read_json(file, kMaxFileBytes);
  const JsonValue root(json, file);
  root.require_keys({"panels"}, {"gemms"});
  std::vector<Panel> panels;
  for (const JsonValue& panel : root.at("panels").elements(kMaxPanels)) panels.push_back(read_panel(panel));
  if (panels.empty()) root.at("panels").refuse("expected at least one panel");
  return panels;
}

std::vector<Case> expand(const std::vector<Panel>& panels) {
  std::vector<Case> cases;
  std::set<std::string> seen;
  for (const Panel& panel : panels) {
    for (const Distribution& input : panel.inputs) require_distribution(input.name);
    for (const std::string& name : panel.recipes.empty() ? all_recipes() : panel.recipes) {
      const reference::Recipe& recipe = reference::require_recipe(name);
      for (const InputType type : panel.types) {
        if (!accepts(recipe.accepts, type)) continue;
        for (const Distribution& input : panel.inputs)
          for (std::int64_t i = 0; i < panel.seeds; ++i) {
            Case c{name, type, input, panel.extent, panel.seed + static_cast<std::uint64_t>(i)};
            if (seen.insert(c.name()).second) cases.push_back(std::move(c));
          }
      }
    }
  }
  return cases;
}

}  // namespace bitgate::compare
