// A progress bar with the time left, on stderr, only when that is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bitgate::program {

class Progress {
 public:
  Progress(std::string label, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::size_t done);

 private:
  std::string label_;
  std::size_t total_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace bitgate::program
