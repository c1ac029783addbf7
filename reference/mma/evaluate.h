// One instruction on operands that are taken apart already: what multiply_accumulate and mma_product share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/mma/number.h"

namespace bitgate::reference {

// At most k operands each, as many of a as of b, in ascending k; scales one a block that has operands.
struct MmaNumbers {
  std::span<const MmaNumber> a, b;
  std::span<const MmaScale> a_scales, b_scales;
  int product_bits;  // fraction bits of a product: the two multiplied formats' mantissa bits
};

// Bits of D. C as in MmaDot.
std::uint32_t evaluate(const MmaInstruction& instruction, const MmaNumbers& numbers, std::optional<std::uint32_t> c);

// The place among an instruction's k of the i-th product in the order in which its steps take them.
constexpr int place_in_order(const MmaInstruction& instruction, int i) noexcept {
  if (instruction.order != MmaOrder::kPtxasFp8) return i;
  const int half = instruction.k / 2, within = i % half;
  return within / 2 * 4 + within % 2 + (i < half ? 0 : 2);
}

}  // namespace bitgate::reference
