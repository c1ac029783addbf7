// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
// 3" (SC 2011). Any word can be had without those before it, so an element is a function of its index.
//
// Mapping used by every distribution: element i of seed s takes word i % 4 of the block whose
//   key     = (s low 32 bits, s high 32 bits)
//   counter = (q low 32 bits, q high 32 bits, draw, purpose), q = i / 4.
// An element that needs n words takes the same word of draws 0 .. n - 1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bitgate/reference/arith/philox.h"

namespace bitgate::compare {

using reference::philox4x32_10;
using reference::PhiloxBlock;

// What a block's words are for, so that no two uses share words.
enum class Purpose : std::uint32_t {
  kElement,  // q = element index / 4
  kRow,      // q = row; word 0, or words 0 and 1 of a normal
  kGroup,    // q = row * groups + group
  kBlock,    // q = block index: choices of a directed distribution
  kGlobal,   // q = row, or 0 for a tensor: the amax of a directed distribution
  kOperand,  // q = 0 weights, 1 residuals, 2 gates of a fused operation
  kMma,      // q = a tile of operands of matrix instructions; draw = block, in order of use
};

constexpr PhiloxBlock random_block(std::uint64_t seed, Purpose purpose, std::uint32_t draw, std::uint64_t q) noexcept {
  return philox4x32_10(
      {static_cast<std::uint32_t>(q), static_cast<std::uint32_t>(q >> 32), draw, static_cast<std::uint32_t>(purpose)},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

// The word of one element.
constexpr std::uint32_t random_word(std::uint64_t seed, std::uint32_t draw, std::uint64_t element) noexcept {
  return random_block(seed, Purpose::kElement, draw, element / 4)[static_cast<std::size_t>(element % 4)];
}

}  // namespace bitgate::compare
