// Compiled for x86-64-v4.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Loops kV4 = loops_of_lanes<16>();

}  // namespace bitgate::levels
