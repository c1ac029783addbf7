// The models for x86-64-v3: 8 lanes. The build compiles this unit alone with -march=x86-64-v3.
#include "bitgate/compare/hardware_fills_of.h"

namespace bitgate::compare {

constinit const HardwareFills kHardwareFillsV3 = LevelFills<8>::kFills;

}  // namespace bitgate::compare
