#include "bitgate/reports/program/plugin_worker.h"

#include <poll.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <thread>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/plugin_call.h"
#include "bitgate/reports/program/plugin_library.h"

namespace bitgate::program {

namespace {

class Worker {
 public:
  explicit Worker(std::vector<bitgate_kernel> kernels) : kernels_(std::move(kernels)) {}

  Frame answer(const Frame& request) {
    device::Memory* memory = host_.get();
    try {
      if (request.front() == kOpenDevice) {
        device_memory();
        return {kAnswer};
      }
      PluginCall call;
      std::memcpy(&call, request.data() + 1, sizeof call);
      const bitgate_kernel& kernel = kernels_[call.kernel];
      if (kernel.memory == BITGATE_DEVICE) memory = &device_memory();
      return call_kernel(*memory, kernel, call, std::span(request).subspan(1 + sizeof call));
    } catch (const device::CannotServe& lack) {
      return complaint(lack.what(), kUnable);
    } catch (const std::bad_alloc&) {
      return complaint("there is not enough memory for this input", kUnable);
    } catch (const std::exception& error) {
      return complaint(error.what(), memory->works() ? kComplaint : kLastWords);
    }
  }

 private:
  device::Memory& device_memory() {
    if (device_ == nullptr) device_ = device::gpu_memory();
    return *device_;
  }

  std::vector<bitgate_kernel> kernels_;
  std::unique_ptr<device::Memory> host_ = device::host_memory(), device_;
};

// What is said of the library first; the worker, where it is a plugin.
Frame introduced(const std::string& file, std::optional<Worker>& worker) {
  try {
    LoadedPlugin plugin = load_plugin(file);
    const std::string text = described(plugin).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    worker.emplace(std::move(plugin.kernels));
    return complaint(text, kAnswer);
  } catch (const std::exception& error) {
    return complaint(error.what());
  }
}

// A kernel that hangs must not outlive the process that asked, which may be killed itself: the other end of the socket
// closes with it. A worker that is not stuck ends by itself before this does.
void end_when_the_other_side_does() {
  std::thread([] {
    pollfd end{kWorkerSocket, POLLRDHUP, 0};
    while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ::_exit(EXIT_FAILURE);
  }).detach();
}

}  // namespace

void serve_plugin(const std::string& file) {
  end_when_the_other_side_does();
  std::optional<Worker> worker;
  Frame frame = introduced(file, worker);
  while (send_frame(kWorkerSocket, frame, {}) == Passed::kWhole && worker && frame.front() != kLastWords) {
    Frame request;
    if (receive_frame(kWorkerSocket, request, kMaxRequest, {}) != Passed::kWhole || request.empty()) return;
    frame = worker->answer(request);
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
