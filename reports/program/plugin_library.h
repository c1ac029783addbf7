// A user's library as the worker sees it: loaded, its descriptions read and found whole.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/device/plugin.h"

namespace bitgate::program {

// Copies of this program's own size: what an older library does not have is 0.
struct LoadedPlugin {
  std::uint32_t version = 0;
  std::vector<bitgate_kernel> kernels;
};
// Throws InputError: no library, another version, a description that is too small or contradicts itself.
LoadedPlugin load_plugin(const std::string& file);

// What find_plugin_kernel() reads.
nlohmann::json described(const LoadedPlugin& plugin);

}  // namespace bitgate::program
