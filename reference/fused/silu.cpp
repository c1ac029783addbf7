#include "bitgate/reference/fused/silu.h"

#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/fused/pieces.h"

namespace bitgate::reference {

TypedTensor silu_times(const TypedView& input, Fusion fusion, std::span<const float> gate) {
  return made_in_pieces(input, 1, [&](std::int64_t first, std::int64_t n, const void* from, void* results) {
    fused_kernels().silu_times(fusion, input.type, from, gate.data() + first, n, results);
  });
}

}  // namespace bitgate::reference
