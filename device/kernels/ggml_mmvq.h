// Blocks of weights that ggml's MMVQ multiplies with Q8_1, and the launch: what kernels and plans share. One thread
// block an output; thread t takes call t % calls of every block t / calls, and so on at a distance of threads / calls.
#pragma once

namespace bitgate::device {

inline constexpr int kMmvqMostWarps = 4;
inline constexpr int kMmvqMostColumns = 8;
inline constexpr int kQ8_1Bytes = 36, kQ8_1Cols = 32;

// ggml-org/llama.cpp 000f4625, ggml/src/ggml-cuda/mmvq.cu, the table of NVIDIA GPUs.
constexpr int mmvq_warps(int columns) { return columns <= 4 ? 4 : 2; }

struct MmvqShape {
  int cols, bytes, calls;  // of a block of weights
};
inline constexpr MmvqShape kMmvqQ4_0{32, 18, 2}, kMmvqQ4_1{32, 20, 2}, kMmvqQ5_0{32, 22, 2}, kMmvqQ5_1{32, 24, 2},
    kMmvqQ8_0{32, 34, 4}, kMmvqMxfp4{32, 17, 2}, kMmvqNvfp4{64, 36, 2}, kMmvqQ4_K{256, 144, 16},
    kMmvqQ6_K{256, 210, 32};

}  // namespace bitgate::device
