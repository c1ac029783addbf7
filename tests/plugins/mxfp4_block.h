// The arithmetic of the example kernels, for the host and for CUDA: one block of torchao/mxfp4-floor, 32 floats to 16
// bytes and a scale. Written from the OCP MX text; a plugin needs nothing of ours but device/plugin.h.
#pragma once

#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define EXAMPLE_ANYWHERE __host__ __device__
#else
#define EXAMPLE_ANYWHERE
#endif

namespace example {

enum class Fault { kNone, kTiesAway, kBlockBehind, kNoPadding, kHang };

inline constexpr int kBlock = 32, kBlockBytes = 16;
inline constexpr std::int64_t kTileRows = 128, kTileCols = 4;  // of the scales, in cuBLAS's layout

EXAMPLE_ANYWHERE constexpr std::int64_t up(std::int64_t n, std::int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

EXAMPLE_ANYWHERE inline std::uint32_t bits_of(float x) {
  std::uint32_t bits = 0;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
EXAMPLE_ANYWHERE inline float float_of(std::uint32_t bits) {
  float x = 0;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// Where the scale of block `col` of a row lies; `tiles` of them in a row of tiles.
EXAMPLE_ANYWHERE inline std::int64_t scale_place(std::int64_t row, std::int64_t col, std::int64_t tiles) {
  const std::int64_t tile = row / kTileRows * tiles + col / kTileCols;
  return tile * (kTileRows * kTileCols) + row % 32 * 16 + row % kTileRows / 32 * 4 + col % kTileCols;
}

// Midpoints go to the even code; the fault: away from zero. What is larger than 6 becomes 6.
EXAMPLE_ANYWHERE inline std::uint8_t e2m1(float x, bool ties_away) {
  const float magnitude = float_of(bits_of(x) & 0x7FFFFFFFu);
  std::uint8_t code = 0;
  for (std::uint8_t i = 0; i < 7; ++i) {
    const float midpoint = i < 4 ? 0.25f + 0.5f * i : i == 4 ? 2.5f : i == 5 ? 3.5f : 5.0f;
    if (magnitude > midpoint || (magnitude == midpoint && (ties_away || i % 2 == 1)))
      code = static_cast<std::uint8_t>(i + 1);
  }
  return static_cast<std::uint8_t>(code | (bits_of(x) >> 31) << 3);
}

EXAMPLE_ANYWHERE inline void quantize_block(const float* x, std::uint8_t* codes, std::uint8_t* scale, bool ties_away) {
  std::uint32_t amax_bits = 0;  // as integers: a NaN is the largest
  for (int i = 0; i < kBlock; ++i) {
    const std::uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFFu;
    if (magnitude > amax_bits) amax_bits = magnitude;
  }
  if (amax_bits >= 0x7F800000u) {
    *scale = 255;
    for (int i = 0; i < kBlockBytes; ++i) codes[i] = 0x44;  // torchao's cast makes 4 of a NaN
    return;
  }
  const std::uint32_t field = amax_bits >> 23;  // E2M1's largest power of two is 4
  *scale = static_cast<std::uint8_t>(field < 2 ? 0 : field - 2);
  const float decode_scale = float_of(*scale == 0 ? 0x00400000u : std::uint32_t{*scale} << 23);  // a power of two
  for (int i = 0; i < kBlockBytes; ++i)
    codes[i] = static_cast<std::uint8_t>(e2m1(x[2 * i] / decode_scale, ties_away) |
                                         e2m1(x[2 * i + 1] / decode_scale, ties_away) << 4);
}

}  // namespace example
