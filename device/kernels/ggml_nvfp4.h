// What kernels and plans of the NVFP4 searches share.
#pragma once

#include <cstdint>

namespace bitgate::device {

// Threads of the kernels that search scale codes: of v1, and at most of v2, whose few thread blocks on a multiprocessor
// leave the rows that they read twice, of 8192 columns, in its first cache. Loads of v2's first reading in flight.
inline constexpr int kNvfp4V1Threads = 128, kNvfp4V2Threads = 256, kNvfp4AmaxVectors = 8;

// What is known of each row before the launch.
enum class Nvfp4RowGiven : std::int64_t {
  kNothing,
  kAmax,
  kGlobal,  // the stored scale
};

}  // namespace bitgate::device
