// A second opinion on TransformerEngine's row-scaled NVFP4 product, from bf16 operands to the bytes of D. It shares
// nothing with the reference: quantizing and the epilogue by exact integer operations (exact_arithmetic.h), codes by
// comparing with midpoints, the matrix unit in 64-bit integers.
//
// Why the unit is exact. A scaled sum of sixteen products is an integer below 2^20 times 2^(anchor - 8); on a grid of
// 35 bits below the largest anchor it takes 47 bits, the accumulator 37, and five of them stay below 2^50.
#pragma once

#include <cstdint>
#include <vector>

namespace bitgate::oracle {

// Finite numbers only, K a multiple of 64.
struct RowScaledOperand {
  std::int64_t rows = 0, k = 0;
  std::vector<std::uint8_t> codes;   // rows x k
  std::vector<std::uint8_t> scales;  // rows x k / 16
  std::vector<std::uint32_t> amax;   // binary32 bits: one a row, or one
};
// `x` holds bf16 bits. One amax a row, or one for the tensor.
RowScaledOperand row_scaled_operand(const std::vector<std::uint16_t>& x, std::int64_t rows, std::int64_t k,
                                    bool per_row);

// The stages of one element, binary32 bits but for `stored` and `added`.
struct RowScaledStages {
  std::uint32_t acc = 0, neutral = 0;         // the accumulator; times 1 / (36 * 448 * 448)
  std::uint32_t folded = 0, once = 0;         // amax A * amax B; or the product times amax A alone; else 0
  std::uint32_t rescaled = 0, biased = 0;     // before and after the bias
  std::uint32_t stored = 0, accumulated = 0;  // bf16 bits: cast, and then added to the old D
};
// `bias` is one bf16 a column; `old` one bf16 an element of D.
RowScaledStages row_scaled_element(const RowScaledOperand& a, const RowScaledOperand& b, std::int64_t row,
                                   std::int64_t col, std::uint16_t bias, std::uint16_t old);

}  // namespace bitgate::oracle
