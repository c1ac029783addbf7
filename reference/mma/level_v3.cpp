// Chains of matrix instructions for x86-64-v3: 8 lanes. The build compiles this unit alone with -march=x86-64-v3.
#include "bitgate/reference/mma/lanes_of.h"

namespace bitgate::reference {

constinit const MmaKernels kMmaV3 = LevelMma<8>::kKernels;

}  // namespace bitgate::reference
