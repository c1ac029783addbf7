// What level_v2.cpp, level_v3.cpp and level_v4.cpp hold.
#pragma once

#include "bitgate/reference/recipe/lanes/kernels.h"

namespace bitgate::reference {

extern const LaneKernels kLevelV2, kLevelV3, kLevelV4;

}  // namespace bitgate::reference
