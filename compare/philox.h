// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
// 3" (SC 2011). Any word can be had without those before it, so an element is a function of its index.
//
// Mapping used by every distribution: element i of seed s takes word i % 4 of the block whose
//   key     = (s low 32 bits, s high 32 bits)
//   counter = (q low 32 bits, q high 32 bits, draw, purpose), q = i / 4.
// An element that needs n words takes the same word of draws 0 .. n - 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bitgate::compare {

using PhiloxBlock = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// What a block's words are for, so that no two uses share words.
enum class Purpose : std::uint32_t {
  kElement,  // q = element index / 4
  kRow,      // q = row; word 0, or words 0 and 1 of a normal
  kGroup,    // q = row * groups + group
  kBlock,    // q = block index: choices of a directed distribution
  kGlobal,   // q = row, or 0 for a tensor: the amax of a directed distribution
};

constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, PhiloxKey key) noexcept {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

constexpr PhiloxBlock random_block(std::uint64_t seed, Purpose purpose, std::uint32_t draw, std::uint64_t q) noexcept {
  return philox4x32_10(
      {static_cast<std::uint32_t>(q), static_cast<std::uint32_t>(q >> 32), draw, static_cast<std::uint32_t>(purpose)},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

// The word of one element.
constexpr std::uint32_t random_word(std::uint64_t seed, std::uint32_t draw, std::uint64_t element) noexcept {
  return random_block(seed, Purpose::kElement, draw, element / 4)[static_cast<std::size_t>(element % 4)];
}

static_assert(philox4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxBlock{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});

}  // namespace bitgate::compare
