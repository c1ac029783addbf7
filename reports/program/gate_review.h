// The parts of `bitgate gate` that are about the thresholds themselves: proposing, reviewing, holding against a base.
#pragma once

#include <string>
#include <vector>

namespace bitgate::program {

struct ThresholdOptions {
  std::string results, thresholds, base, who, why;
  std::vector<std::string> accept, reject, explained, statistical;
  bool json = false;
};

// Writes the thresholds that the results just meet to FILE where there is none, else to FILE.new beside it.
void propose_thresholds(const ThresholdOptions& options);

// Walks the changes from FILE to FILE.new: asks on a terminal, else does what --accept and --reject say. Exit status 0
// when nothing is left to decide, else 2.
int review_thresholds(const ThresholdOptions& options);

// Exit status 1 when FILE is looser than the base without a stored reason, else 0.
int hold_against_base(const ThresholdOptions& options);

}  // namespace bitgate::program
