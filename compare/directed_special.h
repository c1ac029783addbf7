// The ladder of special values, a pattern a block; and blocks whose halves are NaN.
#pragma once

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {

// By seed mod 4: 0 everything; 1 no infinity; 2 neither NaN nor infinity; 3 zeros of both signs only. When seed / 4 is
// odd, also no magnitude above 3000, so that a shared global scale leaves the small values something. What
// recipe.accepts refuses is left out too. Of every eight rows the last is all zeros (of one sign) and the second keeps
// to finite values up to 3000. Throws InputError for an amplitude: special values have none.
TypedTensor generate_special(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                             Extent extent, std::uint64_t seed);

// Normal numbers in blocks that take turns: NaN in all odd places of the block's row, in all even places, in none.
// Which is first follows from the seed; of an odd seed / 3 infinity takes NaN's place. A maximum that is formed of both
// halves apart shows here alone. Where seed mod 12 is 6 all places of every block are NaN, as a maximum of the whole
// tensor meets them; where it is 7 the second place alone, and zeros follow, before which a maximum that restarts
// forgets the first. Without what recipe.accepts refuses. Throws InputError for an amplitude.
TypedTensor generate_nan_halves(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                                Extent extent, std::uint64_t seed);

}  // namespace bitgate::compare
