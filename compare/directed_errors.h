// Inputs on which a search between two scales all but ties, so that the order and the rounding of its sums decide.
#pragma once

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {

// For recipes that quantize a block of E2M1 with its amax at 6 and at 4 and keep the smaller error (by
// recipe.rules.special.error): in each block of a row the elements are drawn until the two errors are one number but
// for the rounding of the input's type; of a square the elements of one row, the others are zero. A quarter is small,
// so that the sums round. Half of the seeds have S = 3 * 2^k, where the two may be equal. For any other recipe
// such numbers, solved less closely. Throws InputError for an amplitude.
TypedTensor generate_error_ties(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                                Extent extent, std::uint64_t seed);

}  // namespace bitgate::compare
