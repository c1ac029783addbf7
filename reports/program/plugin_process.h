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
  // The answer of exactly `bytes` bytes. Throws SubjectFailed: a complaint, a crash, a hang, another length.
  Frame ask(const Frame& request, std::size_t bytes);

 private:
  void start();
  std::string stop();  // how the child ended
  std::string failure(Passed passed);

  std::string file_;
  std::chrono::seconds limit_;
  pid_t child_ = -1;
  int socket_ = -1;
  nlohmann::json kernels_;
};

}  // namespace bitgate::program
