#include "bitgate/reference/fused/gelu.h"

#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/fused/pieces.h"

namespace bitgate::reference {

TypedTensor gelu(const TypedView& input) {
  return made_in_pieces(input, 1, [&](std::int64_t, std::int64_t n, const void* from, void* results) {
    fused_kernels().gelu(input.type, from, n, results);
  });
}

}  // namespace bitgate::reference
