// Compiled for x86-64-v3.
#include "bitgate/compare/lanes/unit.h"

namespace bitgate::compare::lanes {

const constinit Kernels kV3 = kKernels<8>;

}  // namespace bitgate::compare::lanes
