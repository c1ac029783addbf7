// Whole products by one matrix instruction: D = A B^T + C, each element a chain of the instruction over ascending k.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/mma/instruction.h"

namespace bitgate::reference {

// Codes as in MmaDot, [rows, k] row-major. Scales only where the instruction takes them: [rows, ceil(k / block)].
struct MmaMatrix {
  Format format;
  std::int64_t rows = 0, k = 0;
  std::span<const std::uint32_t> codes;
  std::span<const std::uint8_t> scales;
};

// promotion: k of each partial sum, a multiple of the instruction's. A partial sum starts without C and is then added
// to an FP32 main accumulator by one IEEE addition, nearest even; what remains of k is added at the end. 0: one chain.
struct MmaSchedule {
  const MmaInstruction* instruction = nullptr;
  std::int64_t promotion = 0;
};

// D [a.rows, b.rows], bits of the instruction's result. `c` has D's type and shape; empty: none, or +0 where the
// instruction reads C always. With a promotion C is what the main accumulator starts from, +0 without. K that is no
// multiple of the instruction's: the last has fewer products. K 0: D is C, or +0.
// The same bits for any number of threads. What why_not_modelled names, sizes that disagree, a promotion that is no
// multiple of the instruction's k or of another result than FP32: std::invalid_argument.
std::vector<std::uint32_t> mma_product(const MmaSchedule& schedule, const MmaMatrix& a, const MmaMatrix& b,
                                       std::span<const std::uint32_t> c = {});

}  // namespace bitgate::reference
