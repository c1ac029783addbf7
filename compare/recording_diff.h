// Two recordings of the same cases, of two machines or of two builds.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bitgate/compare/recording.h"

namespace bitgate::compare {

struct RecordingDiff {
  struct Different {
    std::string kernel, name;
    std::string what;  // "codes: tile 3 of 32 (bytes 6144 to 8191) differs"
  };
  std::size_t equal = 0;
  std::vector<Different> different;                  // in the order of the first
  std::vector<std::string> only_first, only_second;  // "KERNEL CASE"
  // What else is not the same, one sentence a kernel: code, sources, compiler, architecture, plans. No verdict.
  std::vector<std::string> kernels;
};

// A case belongs to the case of the same name of the same kernel.
RecordingDiff diff(const Recording& first, const Recording& second);

}  // namespace bitgate::compare
