// The models for x86-64-v2: 4 lanes. The build compiles this unit alone with -march=x86-64-v2.
#include "bitgate/compare/hardware_fills_of.h"

namespace bitgate::compare {

constinit const HardwareFills kHardwareFillsV2 = LevelFills<4>::kFills;

}  // namespace bitgate::compare
