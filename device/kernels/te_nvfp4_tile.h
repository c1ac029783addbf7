// How the kernels that also quantize column-wise lie on a tensor: the constants that they share with their plans.
//
// A thread block works on a tile of kTileRows rows of kTileBytes bytes of input, row after row of tiles. Both sides are
// made of it: the row-wise one from registers, the column-wise one from shared memory.
#pragma once

namespace bitgate::device {

inline constexpr int kTileRows = 128;
inline constexpr int kTileBytes = 256;
inline constexpr int kTileThreads = 256;

// The amax of columns: a thread block takes a warp's width of 4-byte words by this many rows.
inline constexpr int kColumnAmaxRows = 256;
inline constexpr int kColumnAmaxBytes = 128;

}  // namespace bitgate::device
