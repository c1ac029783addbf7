#include "bitgate/tests/support/encode_levels.h"

namespace bitgate::levels {

const Loops& loops_of(reference::Level level) noexcept { return reference::of_level(level, kV2, kV3, kV4); }

const Loops& loops() { return loops_of(reference::chosen_level()); }

}  // namespace bitgate::levels
