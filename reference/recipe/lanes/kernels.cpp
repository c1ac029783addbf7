#include "bitgate/reference/recipe/lanes/kernels.h"

#include "bitgate/reference/recipe/lanes/levels.h"

namespace bitgate::reference {

const LaneKernels& lane_kernels_of(Level level) noexcept { return of_level(level, kLevelV2, kLevelV3, kLevelV4); }

const LaneKernels& lane_kernels() { return lane_kernels_of(chosen_level()); }

}  // namespace bitgate::reference
