// Compiled for x86-64-v2.
#include "bitgate/compare/lanes/unit.h"

namespace bitgate::compare::lanes {

const constinit Kernels kV2 = kKernels<4>;

}  // namespace bitgate::compare::lanes
