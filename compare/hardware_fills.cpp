#include "bitgate/compare/hardware_fills.h"

#include "bitgate/reference/recipe/lanes/kernels.h"

namespace bitgate::compare {

namespace {

const HardwareFills& fills_of(std::string_view level) noexcept {
#if defined(__x86_64__)
  if (level == "v4") return kHardwareFillsV4;
  if (level == "v3") return kHardwareFillsV3;
#endif
  return kHardwareFillsV2;
}

}  // namespace

const HardwareFills& hardware_fills() {
  static const HardwareFills& fills = fills_of(reference::lane_kernels().level);
  return fills;
}

}  // namespace bitgate::compare
