// Compiled for x86-64-v4.
#include "bitgate/compare/lanes/unit.h"

namespace bitgate::compare::lanes {

const constinit Kernels kV4 = kKernels<16>;

}  // namespace bitgate::compare::lanes
