// The tiles of the FP8 kernels that write the transposed operand or square blocks: constants that kernels and plans
// share.
#pragma once

namespace bitgate::device {

inline constexpr int kFp8TileCols = 128;
inline constexpr int kFp8TileRows = 128;     // where 128 rows share a scale, or all
inline constexpr int kMxfp8TileRows = 64;    // where 32 rows do: more thread blocks at a time
inline constexpr int kFp8ThreadsPerRow = 4;  // of a tile
inline constexpr int kFp8TileThreads = kFp8TileRows * kFp8ThreadsPerRow;
inline constexpr int kMxfp8TileThreads = kMxfp8TileRows * kFp8ThreadsPerRow;

}  // namespace bitgate::device
