// How a kernel's thread blocks lie on a tensor: the constants that kernels and plans share.
//
// A vector is 16 bytes of input, one load of one thread. A thread block works inside one row, on `threads` times
// `vectors per thread` consecutive vectors; a row takes `chunks` thread blocks, one after the other in blockIdx.x.
#pragma once

namespace bitgate::device {

inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorsPerThread = 4;       // quantizers: four independent loads in flight
inline constexpr int kBlocksPerThread = 2;        // where a thread holds whole blocks, of 16 or 32 16-bit values
inline constexpr int kAmaxVectorsPerThread = 16;  // amax: fewer atomics on one word
inline constexpr int kMaxThreads = 256;
inline constexpr int kWarpLanes = 32;

}  // namespace bitgate::device
