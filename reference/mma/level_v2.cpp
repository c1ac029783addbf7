// Chains of matrix instructions for x86-64-v2: 4 lanes. The build compiles this unit alone with -march=x86-64-v2.
#include "bitgate/reference/mma/lanes_of.h"

namespace bitgate::reference {

constinit const MmaKernels kMmaV2 = LevelMma<4>::kKernels;

}  // namespace bitgate::reference
