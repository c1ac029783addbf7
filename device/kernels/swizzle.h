// Constants of moving scales and blocks that kernels and plans share.
#pragma once

namespace bitgate::device {

inline constexpr int kSwizzleThreads = 256;
inline constexpr int kSwizzleRows = 128;  // of a tile, and of a thread block
inline constexpr int kSwizzleCols = 128;  // of a thread block: 32 tiles side by side
inline constexpr int kTileColumns = 4;    // of a tile
inline constexpr int kBlockUnitsPerThread = 4;

}  // namespace bitgate::device
