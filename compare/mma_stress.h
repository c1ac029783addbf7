// Random dot products that find what a model of a matrix unit has wrong: nine kinds, since uniform bits alone make one
// term dominate (the fixed mix of spec/tensor-core.md 8.3). A tile is a function of the instruction (its F sets some
// windows), seed, kind and index.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bitgate/compare/mma_model.h"

namespace bitgate::compare {

enum class MmaMix : std::uint8_t {
  kUniform,  // any finite bits
  kWindow,   // exponents of products within 0, 2, 6, 12 or about F bits, any significand
  kCancel,   // pairs of products that cancel, over small ones
  kNearC,    // C of about the size of the sum, or close to its opposite
  kSmall,    // products and sums about the smallest exponent of D, subnormal operands
  kLarge,    // sums about the largest finite number of D
  kZeros,    // half of all operands 0, of either sign
  kSpecial,  // one operand in a hundred NaN or infinite, one in ten 0
  kPowers,   // powers of two: ties
};
inline constexpr std::array<std::string_view, 9> kMmaMixNames{"uniform", "window", "cancel",  "near-c", "small",
                                                              "large",   "zeros",  "special", "powers"};

// Tiles of a wgmma go through A from registers and shared memory, signs, and now and then no C.
MmaTile stress_tile(const MmaModel& model, MmaMix mix, std::uint64_t seed, std::uint64_t index);

}  // namespace bitgate::compare
