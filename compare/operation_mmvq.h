// What the suites give to MMVQ: raw blocks of weights and of Q8_1 activations, any codes under scales that are told.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/compare/operation_check.h"

namespace bitgate::compare {

// Any codes; the scales, sums and minimums are numbers of moderate size, so that no output is lost in another's
// infinity.
OperationInput drawn_product(const CheckedOperation& operation, const Extent& extent, std::uint64_t seed);

// Codes whose sums are large; then special numbers among moderate ones: a row of weights for each, as a scale or
// minimum of one block or of all; and, for each, activations that have it as d, s or both in one block.
std::vector<OperationInput> special_products(const CheckedOperation& operation);

}  // namespace bitgate::compare
