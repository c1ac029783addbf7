// Where results come from: which bitgate, built how, run where and when, and which recordings stood in for hardware.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bitgate::reports {

// A recording that was held against the reference where no GPU was.
struct HeldRecording {
  std::string file;     // its name, without folders
  std::string gpu;      // on which it was taken
  std::string date;     // when, as the recording says
  std::string commit;   // of the code that was recorded
  std::string holding;  // "by machine code", "by source", "stale"
  std::int64_t cases = 0;
  std::string driver{};  // of the GPU; empty in results of older versions
};

struct Provenance {
  std::string version, commit;  // of bitgate; commit "unknown" outside a checkout
  std::string compiler;         // "g++ 12.2.0", "clang++ 14.0.6"
  std::string cpu;              // model name
  std::string date_utc;         // 2025-01-31T12:00:00Z
  bool cuda_built = false;      // whether kernels were built in
  std::vector<HeldRecording> recordings;
};

// What is known here and now; recordings are the caller's to add. The date is SOURCE_DATE_EPOCH where that is set.
// Version, commit and CUDA come from the build (build_facts.cmake).
Provenance provenance_here();

// One line for footers.
std::string describe(const Provenance& provenance);

}  // namespace bitgate::reports
