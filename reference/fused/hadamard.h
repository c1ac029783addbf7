// TransformerEngine's random Hadamard transform of 16: y_j = sum over i of x_i * sgn_i * (-1)^popcount(i & j) * 0.25,
// for each 16 consecutive elements of a row of the operand (16 rows of a column of the input).
//
// Products of a 16-bit operand are exact. The sum runs in binary32 from i = 0 on and is rounded once to a 16-bit
// operand's type; of a binary32 operand, which only the PyTorch reference takes, the order is the library's, and this
// one is what its captured bytes on a CPU show. On tensor cores the order is the hardware's: where the exponents of a
// group's numbers differ by at most 12 the sum is exact in binary32 and every order gives it; beyond that the hardware
// may cut bits that rounding to bf16 mostly hides. Source: te.md 4.3 (NVIDIA/TransformerEngine d0067d0d,
// common/hadamard_transform).
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

inline constexpr std::uint32_t kHadamardSigns = 0xD7E8;  // bit i: sgn_i is -1

// One group, or one a lane: F is float or lanes of it (reference/format/lanes.h).
template <class F>
[[gnu::always_inline]] constexpr void hadamard_of_16(const F (&x)[16], std::uint32_t signs, F (&y)[16]) noexcept {
  F product[16];
  for (std::uint32_t i = 0; i < 16; ++i)
    product[i] = float_of(bits_of(any_nan::mul_rn(x[i], 0.25f)) ^ (signs >> i & 1u) << 31);
  for (std::uint32_t j = 0; j < 16; ++j) {
    F sum(0.0f);
    for (std::uint32_t i = 0; i < 16; ++i) {
      const bool negative = std::popcount(i & j) % 2 == 1;
      sum = negative ? any_nan::sub_rn(sum, product[i]) : any_nan::add_rn(sum, product[i]);
    }
    y[j] = canonical_nan(sum);
  }
}

// Columns must be a multiple of 16.
TypedTensor hadamard_16(const TypedView& rows, Transform transform);

}  // namespace bitgate::reference
