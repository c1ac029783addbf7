// What the suites give to MMVQ: raw blocks of weights and of Q8_1 activations, any codes under scales that are told.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/compare/operation_check.h"

namespace bitgate::compare {

// Any codes; the scales, sums and minimums are numbers of moderate size, so that no output is lost in another's
// infinity.
OperationInput drawn_product(const CheckedOperation& operation, const Extent& extent, std::uint64_t seed);

// Special numbers one at a time, in blocks of otherwise moderate ones: every row of weights has one scale (or minimum)
// of its own, each special number in turn; or, for each special number, all rows meet a block of activations that has
// it as d, s or both.
std::vector<OperationInput> special_products(const CheckedOperation& operation);

}  // namespace bitgate::compare
