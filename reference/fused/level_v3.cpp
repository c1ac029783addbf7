// The fused operations for x86-64-v3: 8 lanes. The build compiles this unit alone with -march=x86-64-v3.
#include "bitgate/reference/fused/kernels_of.h"

namespace bitgate::reference {

constinit const FusedKernels kFusedV3 = LevelFused<8>::kKernels;

}  // namespace bitgate::reference
