// A library that bitgate refuses while it loads it, in the way that BITGATE_TEST_REFUSAL says; without it, kernels that
// are refused one by one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "bitgate/device/plugin.h"

namespace {

std::int32_t run(const bitgate_launch*) { return 7; }

bitgate_kernel kernel(const char* name, const char* recipe) {
  bitgate_kernel k{};
  k.size = sizeof k;
  k.input_types = BITGATE_FP32;
  k.name = name;
  k.recipe = recipe;
  k.col_multiple = 32;
  k.run = run;
  return k;
}

bitgate_kernel of_scheme(const char* name, const char* scheme) {
  bitgate_kernel k = kernel(name, nullptr);
  k.scheme = scheme;
  return k;
}

bitgate_kernel failing = kernel("fails", "torchao/mxfp4-floor"), no_recipe = kernel("unknown-recipe", "torchao/mxfp5"),
               no_scheme = of_scheme("unknown-scheme", "mxfp5"), no_global = of_scheme("no-global", "nvfp4"),
               no_words = kernel("no-words", "te/nvfp4-sr-soft-tuned"), no_layout = kernel("no-layout", "ggml/q8_1"),
               one_side = kernel("one-side", "ggml/q8_1"), on_gpu = kernel("on-gpu", "torchao/mxfp4-floor"),
               greedy = kernel("greedy", "torchao/mxfp4-floor"), bad = kernel("bad", "torchao/mxfp4-floor"),
               gated = kernel("gated", "vllm/silu-nvfp4"),
               factored = kernel("factored", "flashinfer/nvfp4-cute-rmsnorm"),
               second = kernel("fails", "torchao/mxfp4-floor");
const bitgate_kernel* kernels[] = {&failing, &no_recipe, &no_scheme, &no_global, &no_words, &no_layout, &one_side,
                                   &on_gpu,  &greedy,    &bad,       &gated,     &factored, &second};
constexpr std::uint32_t kCount = std::size(kernels) - 1;  // without the second of its name
bitgate_plugin_table table{sizeof table, BITGATE_PLUGIN_VERSION, kCount, kernels};

void spoil(std::string_view how) {
  if (how == "version") table.version = 4;
  if (how == "older") table.version = 2;
  if (how == "table") table.size = 8;
  if (how == "none") table.kernel_count = 0;
  if (how == "description") bad.size = 60;
  if (how == "name") bad.name = "a:b";
  if (how == "twice") table.kernel_count = kCount + 1;
  if (how == "run") bad.run = nullptr;
  if (how == "neither") bad.recipe = nullptr;
  if (how == "memory") bad.memory = 9;
  if (how == "capturable") bad.capturable = 1;
  if (how == "types") bad.input_types = 0;
  if (how == "multiple") bad.col_multiple = 0;
  if (how == "vast") bad.row_multiple = INT64_MAX;
}

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) {
  const char* how = std::getenv("BITGATE_TEST_REFUSAL");
  if (how != nullptr && std::string_view(how) == "null") return nullptr;
  if (how != nullptr) spoil(how);
  no_layout.scale_layout = BITGATE_SCALES_128X4;
  one_side.directions = BITGATE_BOTH;
  on_gpu.memory = BITGATE_DEVICE;
  greedy.workspace_bytes = std::int64_t{1} << 60;
  return &table;
}
