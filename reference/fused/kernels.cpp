#include "bitgate/reference/fused/kernels.h"

namespace bitgate::reference {

const FusedKernels& fused_kernels_of(Level level) noexcept { return of_level(level, kFusedV2, kFusedV3, kFusedV4); }

const FusedKernels& fused_kernels() { return fused_kernels_of(chosen_level()); }

}  // namespace bitgate::reference
