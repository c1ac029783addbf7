// The special rules of single numbers.
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

template void special_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&,
                            ElementStageOf<float>);
template void special_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&,
                            ElementStageOf<float>);

}  // namespace bitgate::reference
