#include "bitgate/reports/program/plugin_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "bitgate/compare/tensor_description.h"
#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/layout/scale_layout.h"

namespace bitgate::program {

namespace {

using reference::Recipe;

constexpr std::uint32_t kOtherSide = BITGATE_COLUMNWISE | BITGATE_BOTH;

std::string known_schemes() {
  std::string known;
  for (const Scheme& scheme : kSchemes) known += fmt::format("{}{}", known.empty() ? "" : ", ", scheme.name);
  return known;
}

GlobalNumber global_number_of(std::uint32_t number) noexcept {
  constexpr GlobalNumber kNumbers[] = {GlobalNumber::kNone, GlobalNumber::kAmax, GlobalNumber::kMultiplier,
                                       GlobalNumber::kDivisor};
  return kNumbers[number];
}

// One that adds nothing of its own to the arithmetic of its scheme's blocks, where there is one.
const Recipe& plainest_recipe(SchemeId scheme) {
  const auto extras = [](const Recipe& recipe) {
    const reference::Rules& rules = recipe.rules;
    return (rules.fusion != reference::Fusion::kNone) + (rules.transform != reference::Transform::kNone) +
           (recipe.storage.random != reference::RandomOrder::kNone) + (rules.special.kind != reference::Special::kNone);
  };
  const Recipe* best = nullptr;
  for (const Recipe& recipe : reference::catalog())
    if (recipe.rules.scheme == scheme && runs(recipe) && (best == nullptr || extras(recipe) < extras(*best)))
      best = &recipe;
  if (best == nullptr) throw InputError(fmt::format("no recipe has the scheme {}", scheme_of(scheme).name));
  return *best;
}

Recipe recipe_of_scheme(const std::string& kernel, const nlohmann::json& k) {
  const std::string name = k["scheme"].get<std::string>();
  const Scheme* scheme = compare::find_scheme(name);
  if (scheme == nullptr)
    throw InputError(
        fmt::format("kernel '{}': unknown scheme '{}': expected one of {}", kernel, name, known_schemes()));
  Recipe recipe = plainest_recipe(scheme->id);
  const std::uint32_t types = k["types"];
  const std::uint32_t directions = k["directions"];
  recipe.identity = {scheme->name, "a plugin", "", reference::Evidence::kRead, "no recipe is claimed"};
  recipe.storage.global_number = global_number_of(k["global_number"]);
  recipe.storage.random =
      k["random"] == BITGATE_RANDOM_NONE ? reference::RandomOrder::kNone : reference::RandomOrder::kTeTuned;
  recipe.accepts = {};
  recipe.accepts.f32 = (types & BITGATE_FP32) != 0;
  recipe.accepts.bf16 = (types & BITGATE_BF16) != 0;
  recipe.accepts.f16 = (types & BITGATE_F16) != 0;
  recipe.accepts.directions = {directions == 0 || (directions & (BITGATE_ROWWISE | BITGATE_BOTH)) != 0,
                               (directions & kOtherSide) != 0, (directions & BITGATE_BOTH) != 0};
  if ((scheme->global == GlobalAxis::kNone) != (recipe.storage.global_number == GlobalNumber::kNone))
    throw InputError(fmt::format("kernel '{}': global_number does not fit the scheme {}, which has {} global", kernel,
                                 name, scheme->global == GlobalAxis::kNone ? "no" : "a"));
  return recipe;
}

void require_operands(const std::string& kernel, const Recipe& recipe, const nlohmann::json& k) {
  const std::string_view name = recipe.identity.name;
  if (recipe.storage.random != reference::RandomOrder::kNone && k["random"] == BITGATE_RANDOM_NONE)
    throw InputError(
        fmt::format("kernel '{}' claims {}, which rounds by random words: `random` has to say where it has them from",
                    kernel, name));
  const bool fused = recipe.rules.fusion != reference::Fusion::kNone;
  if ((fused || is_values_only(scheme_of(recipe.rules.scheme))) && !k["operands"].get<bool>())
    throw InputError(
        fmt::format("kernel '{}' claims {}, which takes or gives what plugins of version 1 have not", kernel, name));
  const bool gated = is_silu(recipe.rules.fusion);
  if ((gated || recipe.rules.fusion == reference::Fusion::kRmsNormCute) && k["version"].get<std::uint32_t>() < 3)
    throw InputError(fmt::format("kernel '{}' claims {}, which takes a {}, and plugins have that since version 3",
                                 kernel, name, gated ? "gate" : "row_factor"));
}

void require_layouts(const std::string& kernel, const PluginKernel& k) {
  const Scheme& scheme = k.scheme();
  constexpr reference::ScaleLayout kLayouts[] = {reference::ScaleLayout::kLogical, reference::ScaleLayout::kPadded,
                                                 reference::ScaleLayout::k128x4, reference::ScaleLayout::k8x4};
  if (!has_layout(scheme, kLayouts[k.scale_layout]))
    throw InputError(fmt::format("kernel '{}': scales of {} have no layout {}", kernel, scheme.name,
                                 name_of(kLayouts[k.scale_layout])));
  const bool plain = scheme.extra_is == Extra::kNone && !is_values_only(scheme);
  if ((k.directions & kOtherSide) != 0 && !plain)
    throw InputError(fmt::format("kernel '{}': {} is quantized row-wise only", kernel, scheme.name));
  const GlobalNumber number = k.recipe->storage.global_number;
  if (k.wants_global != BITGATE_NEVER && number == GlobalNumber::kNone)
    throw InputError(fmt::format("kernel '{}' wants a global, and {} has none", kernel, k.recipe->identity.name));
  if (k.wants_global == BITGATE_ALWAYS && !k.claims_recipe && number != GlobalNumber::kAmax)
    throw InputError(fmt::format(
        "kernel '{}' wants a global that only a recipe can compute: it may want the amax, or claim a recipe", kernel));
}

PluginKernel kernel_of(const std::string& name, std::uint32_t index, const nlohmann::json& k) {
  PluginKernel kernel;
  kernel.index = index;
  kernel.types = k["types"];
  kernel.directions = k["directions"] == 0u ? BITGATE_ROWWISE : k["directions"].get<std::uint32_t>();
  kernel.memory = k["memory"];
  kernel.wants_amax = k["wants_amax"];
  kernel.wants_global = k["wants_global"];
  kernel.random = k["random"];
  kernel.scale_layout = k["scale_layout"];
  kernel.code_layout = k["code_layout"];
  kernel.padding = k["padding"];
  kernel.capturable = k["capturable"] != 0u;
  kernel.col_multiple = k["col_multiple"];
  kernel.row_multiple = std::max<std::int64_t>(1, k["row_multiple"]);
  kernel.row_multiple_t = std::max<std::int64_t>(1, k["row_multiple_t"]);
  kernel.nibbles = k["nibble_order"] == BITGATE_HIGH_FIRST ? NibbleOrder::kHighFirst : NibbleOrder::kLowFirst;
  kernel.claims_recipe = !k["recipe"].is_null();
  const Recipe recipe =
      kernel.claims_recipe ? reference::require_recipe(k["recipe"].get<std::string>()) : recipe_of_scheme(name, k);
  require_operands(name, recipe, k);
  kernel.recipe = std::make_shared<const Recipe>(recipe);
  require_layouts(name, kernel);
  return kernel;
}

}  // namespace

std::string PluginName::key() const {
  return fmt::format("{}{}:{}", kPluginPrefix, std::filesystem::path(file).filename().string(), kernel);
}

PluginName parse_plugin_name(const std::string& name) {
  const bool is_plugin = name.starts_with(kPluginPrefix);
  const std::string rest = is_plugin ? name.substr(kPluginPrefix.size()) : "";
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string::npos || colon == 0)
    throw InputError(fmt::format("'{}': a plugin is named plugin:FILE:KERNEL", name));
  const std::string file = rest.substr(0, colon);
  if (!std::filesystem::is_regular_file(file)) throw InputError(fmt::format("{}: no such file", file));
  return {file, rest.substr(colon + 1)};
}

std::uint32_t plugin_type_bit(InputType type) noexcept {
  return type == InputType::kF32 ? BITGATE_FP32 : type == InputType::kBf16 ? BITGATE_BF16 : BITGATE_F16;
}

bool PluginKernel::takes(InputType type) const noexcept { return (types & plugin_type_bit(type)) != 0; }

std::optional<std::uint32_t> PluginKernel::asked_as(Direction direction) const noexcept {
  const std::uint32_t alone = direction == Direction::kRowwise      ? BITGATE_ROWWISE
                              : direction == Direction::kColumnwise ? BITGATE_COLUMNWISE
                                                                    : BITGATE_BOTH;
  for (const std::uint32_t bit : {alone, BITGATE_BOTH})
    if ((directions & bit) != 0) return bit;
  return std::nullopt;
}

bool PluginKernel::shares_numbers() const noexcept {
  return scheme().global != GlobalAxis::kRow && recipe->rules.transform == reference::Transform::kNone;
}

PluginKernel find_plugin_kernel(const PluginName& name, const nlohmann::json& kernels) {
  std::string known;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const std::string one = kernels[i]["name"].get<std::string>();
    known += fmt::format("{}{}", known.empty() ? "" : ", ", one);
    if (one == name.kernel) return kernel_of(name.kernel, static_cast<std::uint32_t>(i), kernels[i]);
  }
  throw InputError(fmt::format("{} has no kernel '{}'; it has {}", name.file, name.kernel, known));
}

}  // namespace bitgate::program
