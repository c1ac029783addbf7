#include "bitgate/reports/program/plugin_worker.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/plugin_frames.h"

namespace bitgate::program {

namespace {

constexpr std::size_t kGuardBytes = 256;

// A buffer between two guard zones, all of it poisoned, aligned to 64 bytes.
class Guarded {
 public:
  Guarded(std::string_view name, std::size_t bytes, std::uint8_t poison)
      : name_(name), bytes_(bytes), poison_{poison}, memory_(bytes + 2 * kGuardBytes + 64, poison_) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data());
    start_ = kGuardBytes + (64 - at % 64) % 64;
  }
  void* data() noexcept { return bytes_ == 0 ? nullptr : memory_.data() + start_; }
  std::span<const std::byte> read() const {
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      if (memory_[i] == poison_ || (i >= start_ && i < start_ + bytes_)) continue;
      if (i < start_) throw InputError(fmt::format("the kernel wrote {} bytes before {}", start_ - i, name_));
      throw InputError(fmt::format("the kernel wrote {} bytes behind the end of {}", i - start_ - bytes_, name_));
    }
    return {memory_.data() + start_, bytes_};
  }

 private:
  std::string_view name_;
  std::size_t bytes_, start_ = 0;
  std::byte poison_;
  std::vector<std::byte> memory_;
};

std::span<const bitgate_kernel* const> load(const std::string& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw InputError(::dlerror());
  using Entry = const bitgate_plugin_table* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "bitgate_plugin"));
  if (entry == nullptr) throw InputError("it exports no bitgate_plugin()");
  const bitgate_plugin_table* table = entry();
  if (table == nullptr) throw InputError("bitgate_plugin() returned null");
  if (table->version != BITGATE_PLUGIN_VERSION)
    throw InputError(
        fmt::format("it is of plugin version {}, this program reads {}", table->version, BITGATE_PLUGIN_VERSION));
  if (table->size < sizeof(bitgate_plugin_table) || table->kernels == nullptr)
    throw InputError("its table is too small, or has no kernels");
  const std::span<const bitgate_kernel* const> kernels(table->kernels, table->kernel_count);
  for (const bitgate_kernel* kernel : kernels)
    if (kernel == nullptr || kernel->size < sizeof(bitgate_kernel) || kernel->name == nullptr ||
        kernel->recipe == nullptr || kernel->run == nullptr || kernel->col_multiple < 1 ||
        kernel->nibble_order > BITGATE_HIGH_FIRST || kernel->workspace_bytes < 0)
      throw InputError("a kernel's description is too small or incomplete");
  return kernels;
}

Frame described(std::span<const bitgate_kernel* const> kernels) {
  nlohmann::json all = nlohmann::json::array();
  for (const bitgate_kernel* kernel : kernels)
    all.push_back({{"name", kernel->name},
                   {"recipe", kernel->recipe},
                   {"types", kernel->input_types},
                   {"col_multiple", kernel->col_multiple},
                   {"nibble_order", kernel->nibble_order},
                   {"wants_amax", kernel->wants_amax}});
  Frame frame = complaint(all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  frame.front() = kAnswer;
  return frame;
}

Frame call(const bitgate_kernel& kernel, const PluginCall& asked, std::span<const std::byte> operands) {
  Guarded codes("codes", asked.codes_bytes, asked.poison), scales("scales", asked.scales_bytes, asked.poison),
      extras("extras", asked.extras_bytes, asked.poison), global("global", asked.global_bytes, asked.poison),
      input("the input", asked.input_bytes, asked.poison),
      workspace("the workspace", static_cast<std::size_t>(kernel.workspace_bytes), asked.poison);
  std::vector<float> amax(asked.amax_count);
  if (asked.input_bytes != 0) std::memcpy(input.data(), operands.data(), asked.input_bytes);
  if (!amax.empty()) std::memcpy(amax.data(), operands.data() + asked.input_bytes, amax.size() * sizeof(float));
  const bitgate_launch launch{sizeof(bitgate_launch),
                              asked.input_type,
                              asked.rows,
                              asked.cols,
                              input.data(),
                              amax.empty() ? nullptr : amax.data(),
                              codes.data(),
                              scales.data(),
                              extras.data(),
                              global.data(),
                              workspace.data()};
  const std::int32_t status = kernel.run(&launch);
  if (status != 0) throw InputError(fmt::format("the kernel returned {}", status));
  if (!std::ranges::equal(input.read(), operands.first(asked.input_bytes)))
    throw InputError("the kernel changed its input");
  workspace.read();
  Frame frame{kAnswer};
  for (const Guarded* output : {&codes, &scales, &extras, &global}) {
    const auto bytes = output->read();
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  }
  return frame;
}

Frame answer(std::span<const bitgate_kernel* const> kernels, const Frame& frame) {
  PluginCall asked;
  std::memcpy(&asked, frame.data(), sizeof asked);
  try {
    return call(*kernels[asked.kernel], asked, std::span(frame).subspan(sizeof asked));
  } catch (const std::exception& error) {
    return complaint(error.what());
  }
}

}  // namespace

void serve_plugin(const std::string& file) {
  std::span<const bitgate_kernel* const> kernels;
  try {
    kernels = load(file);
  } catch (const std::exception& error) {
    send_frame(kWorkerSocket, complaint(error.what()), {});
    return;
  }
  Frame frame = described(kernels);
  while (send_frame(kWorkerSocket, frame, {}) == Passed::kWhole) {
    Frame request;
    if (receive_frame(kWorkerSocket, request, kMaxRequest, {}) != Passed::kWhole) return;
    frame = answer(kernels, request);
  }
}

void add_plugin_worker(CLI::App& app) {
  CLI::App* command = app.add_subcommand("plugin-worker", "Loads a plugin for another bitgate process");
  command->group("");  // not in --help: the program starts it itself
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The library")->required();
  command->footer(
      "Example: bitgate verify --case torchao/mxfp4-floor/fp32/normal/64x256/s1 --subject plugin:FILE:KERNEL");
  command->callback([file] { serve_plugin(*file); });
}

}  // namespace bitgate::program
