// A second opinion on one output of ggml's MMVQ: a loop for each thread, over the 32-bit words that it reads, with
// every rounding done on integers (exact_arithmetic.h). It shares neither tables nor arithmetic nor the order of its
// loops with reference/gemm, and no floating-point operation of the host takes part.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bitgate::oracle {

// What an implementation could take for ggml's arithmetic.
enum class MmvqMistake : std::uint8_t {
  kNone,
  kZeroPointOfCodes,  // Q4_0, Q5_0: the zero point times the sum of the activations' codes, not times s
  kWideProducts,      // Q4_1, Q5_1: d d8 and m s8 in binary32
  kUncontracted,      // a product and a sum are two roundings
  kSubnormals,        // not flushed
};

// Bits of the output. `weights` is one row of blocks, `activations` one column of Q8_1, of `k` values.
std::uint32_t mmvq_output(std::string_view type, std::span<const std::uint8_t> weights,
                          std::span<const std::uint8_t> activations, std::int64_t k, int warps,
                          MmvqMistake mistake = MmvqMistake::kNone);

}  // namespace bitgate::oracle
