// How ggml's RMS_NORM kernels lie on a row: the constants that kernels and plans share.
//
// The producer gives a row 256 threads below 1024 columns and 1024 from there on; thread t adds the squares of columns
// t, t + threads, ... In these kernels a thread stands for four neighbouring threads of the producer, each with a sum
// of its own: it reads 16 bytes at once, and thread blocks of 64 or 256 threads fit every chip.
#pragma once

namespace bitgate::device {

inline constexpr int kNormColsPerThread = 4;
inline constexpr int kNormNarrowThreads = 64, kNormWideThreads = 256;
inline constexpr int kNormWideFromCols = 1024;
inline constexpr int kNormResidentBlocks = 4;  // on a multiprocessor, for which registers must suffice
// A round is one vector of each thread. So many rounds stay in registers, rows of 8192 columns: they are read once. So
// many of those beyond are in flight at once.
inline constexpr int kNormHeldRounds = 8, kNormRoundsAtOnce = 2;

// A row of several rounds is spread over one thread block a round while there are at most so many in all.
inline constexpr int kNormFewBlocks = 264;

}  // namespace bitgate::device
