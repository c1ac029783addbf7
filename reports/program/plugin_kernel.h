// What `plugin:FILE:KERNEL` names, and what the library says of that kernel.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

inline constexpr std::string_view kPluginPrefix = "plugin:";

struct PluginName {
  std::string file, kernel;
  std::string key() const;  // without the folders of the file: the key of a recording
};
// Throws InputError: another form, no such file.
PluginName parse_plugin_name(const std::string& name);

struct PluginKernel {
  std::uint32_t index = 0, types = 0;
  std::int64_t col_multiple = 1;
  NibbleOrder nibbles = NibbleOrder::kLowFirst;
  bool wants_amax = false;
  const reference::Recipe* recipe = nullptr;

  bool takes(InputType type) const noexcept;
};
std::uint32_t plugin_type_bit(InputType type) noexcept;

// `kernels`: what the worker told. Throws InputError: no such kernel (it names those there are), an unknown recipe, one
// that no plugin can answer.
PluginKernel find_plugin_kernel(const PluginName& name, const nlohmann::json& kernels);

}  // namespace bitgate::program
