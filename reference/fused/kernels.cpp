#include "bitgate/reference/fused/kernels.h"

#include "bitgate/reference/recipe/lanes/kernels.h"

namespace bitgate::reference {

namespace {

const FusedKernels& kernels_of(std::string_view level) noexcept {
#if defined(__x86_64__)
  if (level == "v4") return kFusedV4;
  if (level == "v3") return kFusedV3;
#endif
  return kFusedV2;
}

}  // namespace

const FusedKernels& fused_kernels() {
  static const FusedKernels& kernels = kernels_of(lane_kernels().level);
  return kernels;
}

}  // namespace bitgate::reference
