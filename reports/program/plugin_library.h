// A user's library as the worker sees it: loaded, its descriptions read and found whole.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/device/plugin.h"

namespace bitgate::program {

// Copies of this program's own size: what an older library does not have is 0. Throws InputError: no library, another
// version, a description that is too small or contradicts itself.
std::vector<bitgate_kernel> load_plugin(const std::string& file);

// What find_plugin_kernel() reads.
nlohmann::json described(const std::vector<bitgate_kernel>& kernels);

}  // namespace bitgate::program
