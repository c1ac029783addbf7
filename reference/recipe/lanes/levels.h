// The levels that this build has (kernels.h). v2 is built with the compiler's own flags on other machines than x86-64.
#pragma once

#include "bitgate/reference/recipe/lanes/kernels.h"

namespace bitgate::reference {

extern const LaneKernels kLevelV2;
#if defined(__x86_64__)
extern const LaneKernels kLevelV3, kLevelV4;
#endif

}  // namespace bitgate::reference
