// Which machine an operation runs on: what a generated NaN looks like, and whether subnormals are flushed.
#pragma once

#include <cstdint>

namespace bitgate::reference {

enum class Machine : std::uint8_t {
  kGpu,     // subnormals kept, every NaN result is 0x7FFFFFFF
  kGpuFtz,  // .ftz: subnormal inputs and results become zero of their sign
  kX86,     // SSE: a NaN operand (the first, if both) passes quieted, a generated NaN is 0xFFC00000
  kArm,     // NEON: as SSE, but a generated NaN is 0x7FC00000
};

}  // namespace bitgate::reference
