// Chains of matrix instructions for x86-64-v4: 16 lanes. The build compiles this unit alone with -march=x86-64-v4.
#include "bitgate/reference/mma/lanes_of.h"

namespace bitgate::reference {

constinit const MmaKernels kMmaV4 = LevelMma<16>::kKernels;

}  // namespace bitgate::reference
