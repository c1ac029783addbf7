// What `plugin:FILE:KERNEL` names, and what the library says of that kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

inline constexpr std::string_view kPluginPrefix = "plugin:";

struct PluginName {
  std::string file, kernel;
  std::string key() const;  // without the folders of the file: the key of a recording
};
// Throws InputError: another form, no such file.
PluginName parse_plugin_name(const std::string& name);

// Numbers and bits as plugin.h has them.
struct PluginKernel {
  std::uint32_t index = 0, types = 0, directions = 0;
  std::uint32_t memory = 0, wants_amax = 0, wants_global = 0, random = 0, scale_layout = 0, code_layout = 0,
                padding = 0;
  bool capturable = false;
  std::int64_t col_multiple = 1, row_multiple = 1, row_multiple_t = 1;
  NibbleOrder nibbles = NibbleOrder::kLowFirst;
  // Claimed; or of a kernel that claims none, made of its scheme: another name and arithmetic, the same storage.
  std::shared_ptr<const reference::Recipe> recipe;
  bool claims_recipe = true;

  bool takes(InputType type) const noexcept;
  const Scheme& scheme() const noexcept { return scheme_of(recipe->rules.scheme); }
  // The bit by which a side, or both, are asked for; one side may be half of a call for both. None: it makes no such.
  std::optional<std::uint32_t> asked_as(Direction direction) const noexcept;
  // Whether both sides have one amax and one global.
  bool shares_numbers() const noexcept;
};
std::uint32_t plugin_type_bit(InputType type) noexcept;

// `kernels`: what the worker told. Throws InputError: no such kernel (it names those there are), an unknown recipe or
// scheme, one whose operands or layouts the kernel does not have.
PluginKernel find_plugin_kernel(const PluginName& name, const nlohmann::json& kernels);

}  // namespace bitgate::program
