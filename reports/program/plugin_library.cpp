#include "bitgate/reports/program/plugin_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <set>

#include "bitgate/reference/format/error.h"

namespace bitgate::program {

namespace {

constexpr std::size_t kTableBytes = sizeof(bitgate_plugin_table);
// Of a kernel's description, by version.
constexpr std::size_t kKernelBytes[] = {0, offsetof(bitgate_kernel, memory), sizeof(bitgate_kernel),
                                        sizeof(bitgate_kernel)};
static_assert(std::size(kKernelBytes) == BITGATE_PLUGIN_VERSION + 1);

const bitgate_plugin_table& table_of(const std::string& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw InputError(::dlerror());
  using Entry = const bitgate_plugin_table* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "bitgate_plugin"));
  if (entry == nullptr) throw InputError("it exports no bitgate_plugin()");
  const bitgate_plugin_table* table = entry();
  if (table == nullptr) throw InputError("bitgate_plugin() returned null");
  if (table->version < 1 || table->version > BITGATE_PLUGIN_VERSION)
    throw InputError(
        fmt::format("it is of plugin version {}, this program reads 1 to {}", table->version, BITGATE_PLUGIN_VERSION));
  if (table->size < kTableBytes)
    throw InputError(fmt::format("its table says that it has {} bytes, a table has {}", table->size, kTableBytes));
  if (table->kernels == nullptr || table->kernel_count == 0) throw InputError("its table has no kernels");
  return *table;
}

// A number that has to be below `end`.
struct Choice {
  std::string_view name;
  std::uint32_t value, end;
};

void require_choices(const std::string& what, const bitgate_kernel& k) {
  for (const Choice& one :
       {Choice{"nibble_order", k.nibble_order, 2}, Choice{"wants_amax", k.wants_amax, 3}, Choice{"memory", k.memory, 2},
        Choice{"directions", k.directions, 8}, Choice{"global_number", k.global_number, 4},
        Choice{"wants_global", k.wants_global, 3}, Choice{"random", k.random, 4},
        Choice{"scale_layout", k.scale_layout, 4}, Choice{"code_layout", k.code_layout, 2},
        Choice{"padding", k.padding, 3}, Choice{"capturable", k.capturable, 2}})
    if (one.value >= one.end)
      throw InputError(fmt::format("{}: {} is {}, none of plugin.h", what, one.name, one.value));
  if (k.input_types == 0 || k.input_types > (BITGATE_FP32 | BITGATE_BF16 | BITGATE_F16))
    throw InputError(fmt::format("{}: input_types is {}, no set of those of plugin.h", what, k.input_types));
}

void require_whole(const std::string& what, const bitgate_kernel& k) {
  if (k.run == nullptr) throw InputError(fmt::format("{}: run is null", what));
  if (k.recipe == nullptr && k.scheme == nullptr)
    throw InputError(fmt::format("{}: it says neither its recipe nor its scheme", what));
  if (k.col_multiple < 1 || k.row_multiple < 0 || k.row_multiple_t < 0)
    throw InputError(fmt::format("{}: a multiple of its columns or rows is not positive", what));
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  if (std::max({k.col_multiple, k.row_multiple, k.row_multiple_t}) > kMost)
    throw InputError(fmt::format("{}: a multiple of its columns or rows is larger than {}", what, kMost));
  if (k.workspace_bytes < 0) throw InputError(fmt::format("{}: workspace_bytes is negative", what));
  if (k.capturable != 0 && k.memory != BITGATE_DEVICE)
    throw InputError(fmt::format("{}: it is capturable, and its memory is not a device's", what));
  require_choices(what, k);
}

bitgate_kernel copy_of(const bitgate_kernel* described, std::uint32_t index, std::uint32_t version) {
  if (described == nullptr) throw InputError(fmt::format("kernel {} is null", index));
  const std::size_t least = kKernelBytes[version];
  if (described->size < least)
    throw InputError(fmt::format("kernel {} says that its description has {} bytes, version {} has {}", index,
                                 described->size, version, least));
  bitgate_kernel k{};
  std::memcpy(&k, described, std::min<std::size_t>(described->size, version == 1 ? least : sizeof k));
  if (k.name == nullptr || *k.name == 0 || std::strchr(k.name, ':') != nullptr)
    throw InputError(fmt::format("kernel {} has no name, or one with a colon", index));
  require_whole(fmt::format("kernel '{}'", k.name), k);
  return k;
}

nlohmann::json text_or_null(const char* text) {
  return text == nullptr ? nlohmann::json() : nlohmann::json(std::string(text));
}

}  // namespace

LoadedPlugin load_plugin(const std::string& file) {
  const bitgate_plugin_table& table = table_of(file);
  LoadedPlugin plugin{table.version, {}};
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < table.kernel_count; ++i) {
    const bitgate_kernel& kernel = plugin.kernels.emplace_back(copy_of(table.kernels[i], i, table.version));
    if (!names.insert(kernel.name).second) throw InputError(fmt::format("it has two kernels '{}'", kernel.name));
  }
  return plugin;
}

nlohmann::json described(const LoadedPlugin& plugin) {
  nlohmann::json all = nlohmann::json::array();
  for (const bitgate_kernel& k : plugin.kernels)
    all.push_back({{"name", k.name},
                   {"recipe", text_or_null(k.recipe)},
                   {"scheme", text_or_null(k.scheme)},
                   {"types", k.input_types},
                   {"col_multiple", k.col_multiple},
                   {"row_multiple", k.row_multiple},
                   {"row_multiple_t", k.row_multiple_t},
                   {"nibble_order", k.nibble_order},
                   {"wants_amax", k.wants_amax},
                   {"memory", k.memory},
                   {"directions", k.directions},
                   {"global_number", k.global_number},
                   {"wants_global", k.wants_global},
                   {"random", k.random},
                   {"scale_layout", k.scale_layout},
                   {"code_layout", k.code_layout},
                   {"padding", k.padding},
                   {"capturable", k.capturable},
                   {"operands", k.size > kKernelBytes[1]},
                   {"version", plugin.version}});
  return all;
}

}  // namespace bitgate::program
