// One side of a matrix product as a matrix unit takes it: rows of K exact numbers, and what aligns and cuts them. The
// product of two sides is A B^T: both lie along K.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::compare {

// Every number is a multiple of 2^(exponent - fraction_bits), and so is a term that products of it make.
struct GemmOperand {
  Extent extent;               // rows x K
  std::vector<double> values;  // code * block scale, exact; at most 26 bits, so that products are
  // By which a unit aligns what the number makes (spec of MmaOrder): the exponent field's of the code, a subnormal's
  // being the smallest normal's, plus the block scale's (a power of two); under kScaleGroups the scale's alone. Of a
  // zero code too, although no unit that is modelled looks at it.
  std::vector<std::int16_t> exponents;
  int fraction_bits = 0;
};

// Codes of a format, one an element, without scales (a unit that takes none: the scales come after it).
GemmOperand gemm_operand(const Format& element, const Extent& extent, std::span<const std::uint32_t> codes);

// Codes and one scale (E8M0 or UE4M3 bits; a sign is ignored) for each `block` of a row's elements, rows of
// ceil(K / block). Throws InputError for sizes that do not fit, and under kChain for scales that are no powers of two.
GemmOperand gemm_operand(const Format& element, const Extent& extent, std::span<const std::uint32_t> codes,
                         const Format& scale, std::int64_t block, std::span<const std::uint8_t> scales,
                         reference::MmaOrder order);

// A quantized tensor's codes and, where their format is of 8 bits, its block scales. The numbers that a unit never sees
// (a global, FP32 scales) are left out: they are the epilogue's.
GemmOperand gemm_operand(const QuantizedTensor& tensor, reference::MmaOrder order);

}  // namespace bitgate::compare
