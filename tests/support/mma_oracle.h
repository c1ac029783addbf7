// A second opinion on one element of a matrix instruction: every term as an exact real number on a fixed grid of
// 2^-448, cut and added as unsigned integers of 896 bits, and rounded by searching the codes of D for the one it
// belongs to. It shares the table's row with the model (what to compute) and no arithmetic.
//
// Why it is exact. An operand, and a product of two with their scales, has at most 53 significant bits and an exponent
// between 2^-300 and 2^300, so binary64 holds it; so does a sum of sixteen FP4 products. Every grid of a row ends above
// 2^-200, and 64 terms stay below 2^310.
#pragma once

#include <cstdint>

#include "bitgate/reference/mma/instruction.h"

namespace bitgate::oracle {

// Rules of cutting and alignment other than the table's, and C added afterwards, are not among what it knows: throws
// std::logic_error.
std::uint32_t exact_multiply_accumulate(const reference::MmaInstruction& instruction, const reference::MmaDot& dot);

}  // namespace bitgate::oracle
