// Compiled for x86-64-v2.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Loops kV2 = loops_of_lanes<4>();

}  // namespace bitgate::levels
