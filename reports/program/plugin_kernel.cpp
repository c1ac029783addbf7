#include "bitgate/reports/program/plugin_kernel.h"

#include <fmt/format.h>

#include <filesystem>

#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::program {

namespace {

void require_answerable(const std::string& kernel, const reference::Recipe& recipe) {
  if (is_values_only(scheme_of(recipe.rules.scheme)))
    throw InputError(fmt::format("{} claims {}, which has no codes: plugins give codes", kernel, recipe.identity.name));
  if (recipe.storage.random != reference::RandomOrder::kNone || recipe.rules.fusion != reference::Fusion::kNone)
    throw InputError(fmt::format("{} claims {}, which takes random words or a fused operation: a plugin takes neither",
                                 kernel, recipe.identity.name));
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

PluginKernel find_plugin_kernel(const PluginName& name, const nlohmann::json& kernels) {
  std::string known;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const nlohmann::json& k = kernels[i];
    known += fmt::format("{}{}", known.empty() ? "" : ", ", k["name"].get<std::string>());
    if (k["name"] != name.kernel) continue;
    const auto order = k["nibble_order"] == BITGATE_HIGH_FIRST ? NibbleOrder::kHighFirst : NibbleOrder::kLowFirst;
    const PluginKernel kernel{static_cast<std::uint32_t>(i),
                              k["types"],
                              k["col_multiple"],
                              order,
                              k["wants_amax"] != 0u,
                              &reference::require_recipe(k["recipe"].get<std::string>())};
    require_answerable(name.kernel, *kernel.recipe);
    return kernel;
  }
  throw InputError(fmt::format("{} has no kernel '{}'; it has {}", name.file, name.kernel, known));
}

}  // namespace bitgate::program
