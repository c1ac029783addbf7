// Philox4x32 of ten rounds, as NVIDIA/TransformerEngine's common/util/curanddx.hpp has it (commit d0067d0d).
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

inline constexpr int kPhiloxRounds = 10;

__device__ __forceinline__ uint4 philox_round(const uint4& c, const uint2& key) {
  const std::uint32_t high_z = __umulhi(0xCD9E8D57u, c.z), low_z = 0xCD9E8D57u * c.z;
  const std::uint32_t high_x = __umulhi(0xD2511F53u, c.x), low_x = 0xD2511F53u * c.x;
  return {high_z ^ c.y ^ key.x, low_z, high_x ^ c.w ^ key.y, low_x};
}

// Four words of one counter.
__device__ __forceinline__ uint4 philox(uint4 counter, uint2 key) {
#pragma unroll
  for (int round = 0; round < kPhiloxRounds; ++round) {
    counter = philox_round(counter, key);
    key.x += 0x9E3779B9u;
    key.y += 0xBB67AE85u;
  }
  return counter;
}

// Draw `draw` of a sequence: the counter is one number of 128 bits, offset below sequence, and counts blocks of four
// words.
__device__ __forceinline__ uint4 philox_draw(std::uint64_t seed, std::uint64_t offset, std::uint64_t sequence,
                                             std::uint32_t draw) {
  const std::uint64_t low = offset + draw;
  const std::uint64_t high = sequence + (low < offset ? 1 : 0);
  const uint4 counter{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32),
                      static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)};
  return philox(counter, {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

}  // namespace bitgate::device
