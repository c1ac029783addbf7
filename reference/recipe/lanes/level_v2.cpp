// The kernels for x86-64-v2: 4 lanes. The build compiles this unit alone with -march=x86-64-v2.
#include "bitgate/reference/recipe/lanes/kernels_of.h"
#include "bitgate/reference/recipe/lanes/levels.h"

namespace bitgate::reference {

constinit const LaneKernels kLevelV2{LevelKernels<4>::amax, LevelKernels<4>::blocks, LevelKernels<4>::elements};

}  // namespace bitgate::reference
