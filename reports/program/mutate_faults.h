// bitgate mutate --faults: faults that were made in public, injected into a subject.
#pragma once

#include <string>
#include <vector>

namespace bitgate::program {

struct FaultOptions {
  std::vector<std::string> recipes;  // default: one of each kind
  std::string subject;               // default: cpu/RECIPE
  bool markdown = false, json = false;
};

// The exit status: 1 when the quick suite does not see some fault.
int run_faults(const FaultOptions& options);

}  // namespace bitgate::program
