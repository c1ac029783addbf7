// The fused operations for x86-64-v4: 16 lanes. The build compiles this unit alone with -march=x86-64-v4.
#include "bitgate/reference/fused/kernels_of.h"

namespace bitgate::reference {

constinit const FusedKernels kFusedV4 = LevelFused<16>::kKernels;

}  // namespace bitgate::reference
