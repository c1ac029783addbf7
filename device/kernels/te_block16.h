// How the kernels whose threads hold a block of 16 each lie on a tensor: the constants that they share with their
// plans.
//
// Row-wise a thread takes blocks of one row (tile.h, a block in place of a vector). Column-wise a tile is
// kColumns16Blocks blocks of kColumns16Cols columns, a column a lane. Squares of 16 x 16 come in tiles of
// kSquares16Side x kSquares16Side, 16 lanes a square. A thread block takes kTiles16 tiles that follow each other
// across.
#pragma once

namespace bitgate::device {

inline constexpr int kBlocks16PerThread = 4;
inline constexpr int kThreads16 = 256;  // row-wise: at most
inline constexpr int kColumns16Cols = 32;
inline constexpr int kColumns16Blocks = 8;
inline constexpr int kSquares16Side = 64;
inline constexpr int kTiles16 = 4;

}  // namespace bitgate::device
