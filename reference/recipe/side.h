// One side of a quantizer, row-wise or column-wise, as the block loops see it: an operand whose rows hold the blocks,
// and what was given from outside for that side.
#pragma once

#include <span>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

struct Side {
  TypedView operand;
  std::span<const float> amax;            // empty: from the operand
  std::span<const float> global;          // the stored number; outranks amax
  const Scales* scales = nullptr;         // given block scales
  std::span<const std::uint32_t> random;  // a word for each four elements of a row; empty unless rounding is stochastic
};

// What the blocks of a side are made of: the input itself, or the result of a fused operation, a transposition, a
// transform, each as the producer stores it.
struct Operand {
  TypedTensor storage;
  TypedView view;  // of `storage`, or of the request's own input
};
Operand operand_of(const Rules& rules, const Request& request, Direction side);

}  // namespace bitgate::reference
