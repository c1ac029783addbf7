#include "bitgate/compare/hardware_fills.h"

#include "bitgate/reference/arith/level.h"

namespace bitgate::compare {

const HardwareFills& hardware_fills() {
  return reference::of_level(reference::chosen_level(), kHardwareFillsV2, kHardwareFillsV3, kHardwareFillsV4);
}

}  // namespace bitgate::compare
