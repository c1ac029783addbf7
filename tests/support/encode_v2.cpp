// Compiled for x86-64-v2.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Level kV2 = level<4>("v2");

}  // namespace bitgate::levels
