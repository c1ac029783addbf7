// Compiled for x86-64-v3.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Level kV3 = level<8>("v3");

}  // namespace bitgate::levels
