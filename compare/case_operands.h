// What a case's recipe takes beside the input: the direction it makes, weights, residuals and gates of fused
// operations, the state of a random generator. All of it follows from the case, so that its name stays enough to run it
// again.
#pragma once

#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// One a column, from the case's seed: weights are 1 + 0.1 times a normal, residuals normal; of an odd seed of
// "bit_patterns" both have an exponent drawn for the case, mantissas of a few bits, and one in sixteen is a zero or an
// infinity.
// A gate has one number an element, of the input's type: twice a normal; of an odd seed of "bit_patterns" any pattern;
// from seed 96 on one decides the tensor's amax by a product next to a tie of the type.
struct CaseOperands {
  std::vector<float> weight, residual, gate;
  std::vector<float> row_factor;  // of a norm that takes it: near 1, one a row
  PhiloxState philox;
};
CaseOperands operands_of(const reference::Recipe& recipe, const Case& c);

// The request of a case: `input` and `operands` must outlive it.
Request request_of(const reference::Recipe& recipe, const TypedTensor& input, const CaseOperands& operands);

}  // namespace bitgate::compare
