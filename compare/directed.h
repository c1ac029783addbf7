// Inputs solved for one recipe. The recipe is known only through its answers to blocks (block_probes.h) and its scheme:
// boundaries are found by bisection over the bit patterns of the input type, of many blocks at once.
#pragma once

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {

// How many columns a search takes for a block: its own, or a piece of one that spans several rows or a whole axis.
constexpr std::int64_t block_probe_width(const Scheme& scheme) noexcept {
  return scheme.block.cols >= 1 && scheme.block.cols <= 128 ? scheme.block.cols : 64;
}

// element_ties, positive_ties, scale_ties, tile_ties, special, bit_patterns, nan_halves or error_ties; any other name
// is a broken promise and ends the program.
TypedTensor generate_directed(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                              Extent extent, std::uint64_t seed);

}  // namespace bitgate::compare
