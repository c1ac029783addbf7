// Bit patterns that no measurement asks for, drawn to part recipes that differ in a corner.
#pragma once

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {

// A tile of the recipe's scheme (of at most 128 rows) is either one special value throughout,
// or draws an exponent for the tile, a few binades below it, and a mantissa of a few bits, or next to a power of two,
// or any. Drawn for the tensor: whether there are signs, infinities (one seed in four) and NaNs (one in four), one
// exponent for all tiles or one each, and how often an element is a special value. What recipe.accepts refuses is left
// out. Throws InputError for an amplitude.
TypedTensor generate_patterns(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                              Extent extent, std::uint64_t seed);

}  // namespace bitgate::compare
