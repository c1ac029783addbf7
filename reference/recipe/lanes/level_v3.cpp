// The kernels for x86-64-v3: 8 lanes. The build compiles this unit alone with -march=x86-64-v3.
#include "bitgate/reference/recipe/lanes/kernels_of.h"
#include "bitgate/reference/recipe/lanes/levels.h"

namespace bitgate::reference {

constinit const LaneKernels kLevelV3{LevelKernels<8>::amax, LevelKernels<8>::blocks, LevelKernels<8>::elements};

}  // namespace bitgate::reference
