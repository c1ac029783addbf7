// Compiled for x86-64-v4.
#include "bitgate/tests/support/encode_loops.h"

namespace bitgate::levels {

constinit const Level kV4 = level<16>("v4");

}  // namespace bitgate::levels
