// A check of one subject in a process of its own: what breaks it, or its device, breaks no other.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bitgate::program {

struct Ended {
  int status;               // as command.h has them; of one that died or was killed kDifference
  std::string out, errors;  // what it printed
  double seconds = 0;
};

// This program with other words. Killed when it has not ended within `limit`, which its errors then say; 0: no limit.
Ended run_bitgate(const std::vector<std::string>& words, std::chrono::seconds limit);

}  // namespace bitgate::program
