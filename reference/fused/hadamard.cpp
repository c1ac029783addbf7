#include "bitgate/reference/fused/hadamard.h"

#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/fused/pieces.h"

namespace bitgate::reference {

TypedTensor hadamard_16(const TypedView& rows, Transform transform) {
  const std::uint32_t signs = transform == Transform::kHadamard16Signed ? kHadamardSigns : 0;
  return made_in_pieces(rows, 16, [&](std::int64_t, std::int64_t n, const void* from, void* results) {
    fused_kernels().hadamard_16(rows.type, from, signs, n / 16, results);
  });
}

}  // namespace bitgate::reference
