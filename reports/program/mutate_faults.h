// bitgate mutate --faults: faults that were made in public, injected into a subject.
#pragma once

#include <string>
#include <vector>

namespace bitgate::program {

struct FaultOptions {
  std::vector<std::string> recipes;  // default: one of each kind; "all" alone: all that run
  std::string subject;               // default: cpu/RECIPE
  bool markdown = false, json = false;
};

// The exit status: 1 when the quick suite does not see some fault that is not proven to change no byte.
int run_faults(const FaultOptions& options);

}  // namespace bitgate::program
