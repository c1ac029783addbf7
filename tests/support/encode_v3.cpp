// Compiled for x86-64-v3.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Loops kV3 = loops_of_lanes<8>();

}  // namespace bitgate::levels
