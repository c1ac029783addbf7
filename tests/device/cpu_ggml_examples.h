// Words for the tests of ggml's recipes: the notes' generator of inputs, and codes packed two a byte as ggml does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {

// x = (int32(u >> 8) - 2^23) * step with u = u * 1664525 + 1013904223.
inline std::vector<float> congruential(std::uint32_t seed, float step, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    x.push_back(static_cast<float>(static_cast<std::int32_t>(seed >> 8) - (1 << 23)) * step);
  }
  return x;
}

// Of each block the low nibbles are the first half, the high nibbles the second.
inline Bytes halves_apart(const std::string& hex, std::size_t block) {
  const Bytes packed = bytes(hex);
  Bytes codes;
  for (std::size_t at = 0; at < packed.size(); at += block / 2) {
    for (std::size_t i = 0; i < block / 2; ++i) codes.push_back(packed[at + i] % 16);
    for (std::size_t i = 0; i < block / 2; ++i) codes.push_back(packed[at + i] / 16);
  }
  return codes;
}

inline float number(std::uint32_t bits) { return std::bit_cast<float>(bits); }

}  // namespace bitgate::device
