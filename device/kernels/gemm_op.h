// What bitgate_gemm_wgmma is given. Seen by host and device.
#pragma once

#include <cstdint>

namespace bitgate::device {

// D = A B^T: A [m, k] and B [n, k] codes of a byte, D [m, n] FP32 bits, all row-major and without gaps.
struct GemmOperands {
  const std::uint8_t *a, *b;
  std::uint32_t* d;
  std::int32_t m, n, k;
  std::int32_t promotion;  // k of a partial sum, a multiple of kGemmStep; 0: one chain
};

inline constexpr std::int32_t kGemmTile = 64, kGemmStep = 32;

}  // namespace bitgate::device
