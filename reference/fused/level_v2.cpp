// The fused operations for x86-64-v2: 4 lanes. The build compiles this unit alone with -march=x86-64-v2.
#include "bitgate/reference/fused/kernels_of.h"

namespace bitgate::reference {

constinit const FusedKernels kFusedV2 = LevelFused<4>::kKernels;

}  // namespace bitgate::reference
