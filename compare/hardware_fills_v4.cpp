// The models for x86-64-v4: 16 lanes. The build compiles this unit alone with -march=x86-64-v4.
#include "bitgate/compare/hardware_fills_of.h"

namespace bitgate::compare {

constinit const HardwareFills kHardwareFillsV4 = LevelFills<16>::kFills;

}  // namespace bitgate::compare
