// What a plugin's kernel is given beside the input, as far as it wants it: amax, stored globals, random words.
#pragma once

#include <vector>

#include "bitgate/reports/program/plugin_kernel.h"

namespace bitgate::program {

struct PluginNumbers {
  std::vector<float> amax, amax_t, global, global_t;
  std::vector<std::uint32_t> random, random_t;
};

// `asked_as`: the direction of the call, a bit of plugin.h. Throws InputError: the request gives what the kernel does
// not take. Passing that over in silence would judge the kernel by a question that it was not asked.
PluginNumbers plugin_numbers(const PluginKernel& kernel, const Request& request, std::uint32_t asked_as);

}  // namespace bitgate::program
