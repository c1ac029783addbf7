// The other end of plugin_worker.h: starts the child, asks it, and survives it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/reports/program/plugin_frames.h"

namespace bitgate::program {

class PluginProcess {
 public:
  PluginProcess(std::string file, std::chrono::seconds limit) : file_(std::move(file)), limit_(limit) {}
  ~PluginProcess() { stop(); }
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;

  // The kernels, as the library describes them. Throws InputError when it is no plugin or ends while it loads.
  nlohmann::json kernels();
  // From now on a GPU's memory is made ready before the first ask() of each child: that takes seconds on some machines,
  // and they are not the kernel's.
  void needs_device() noexcept { needs_device_ = true; }
  // The answer of exactly `bytes` bytes. Throws SubjectFailed: a complaint, a crash, a hang, another length;
  // compare::NotRun: what the machine lacks.
  Frame ask(const Frame& request, std::size_t bytes);

 private:
  void start();
  void open_device();
  Frame exchange(const Frame& request, std::uint64_t max_bytes, std::chrono::seconds limit);
  std::string stop();  // how the child ended
  std::string failure(Passed passed, std::chrono::seconds limit);

  std::string file_;
  std::chrono::seconds limit_;
  pid_t child_ = -1;
  int socket_ = -1;
  bool needs_device_ = false, device_open_ = false;
  nlohmann::json kernels_;
};

}  // namespace bitgate::program
