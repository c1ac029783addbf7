// The kernels for x86-64-v4: 16 lanes. The build compiles this unit alone with -march=x86-64-v4.
#include "bitgate/reference/recipe/lanes/kernels_of.h"
#include "bitgate/reference/recipe/lanes/levels.h"

namespace bitgate::reference {

constinit const LaneKernels kLevelV4{LevelKernels<16>::amax, LevelKernels<16>::blocks, LevelKernels<16>::elements};

}  // namespace bitgate::reference
