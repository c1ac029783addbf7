#include "bitgate/reference/fused/kernels.h"

#include "bitgate/reference/recipe/lanes/kernels.h"

namespace bitgate::reference {

const FusedKernels& fused_kernels_of(std::string_view level) noexcept {
#if defined(__x86_64__)
  if (level == "v4") return kFusedV4;
  if (level == "v3") return kFusedV3;
#endif
  return kFusedV2;
}

const FusedKernels& fused_kernels() {
  static const FusedKernels& kernels = fused_kernels_of(lane_kernels().level);
  return kernels;
}

}  // namespace bitgate::reference
