#include "bitgate/compare/lanes/kernels.h"

namespace bitgate::compare::lanes {

const Kernels& kernels_of(reference::Level level) noexcept { return reference::of_level(level, kV2, kV3, kV4); }

const Kernels& kernels() { return kernels_of(reference::chosen_level()); }

}  // namespace bitgate::compare::lanes
