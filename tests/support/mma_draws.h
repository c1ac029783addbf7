// Random operands of matrix instructions by which a wrong rule shows: random bits alone let one term outweigh all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/reference/mma/instruction.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::oracle {

enum class Draw : std::uint8_t {
  kBits,        // any finite code
  kWindow,      // exponents within a few binades
  kCancelling,  // pairs that cancel over small rests
  kNearC,       // C as large as the sum, mostly of the other sign
  kSmallest,    // exponents at the format's bottom, scales too
  kLargest,     // at its top
  kZeros,       // half of the operands are zeros of either sign, and often C
  kSpecial,     // some NaNs and infinities
  kPowers,      // powers of two
};
inline constexpr int kDraws = 9;

// The formats that an instruction takes.
std::vector<Format> operand_formats(const reference::MmaInstruction& instruction);

// Operands of `count` products, owned.
struct DrawnDot {
  Format a_format, b_format;
  std::vector<std::uint32_t> a, b;
  std::vector<std::uint8_t> a_scales, b_scales;
  std::optional<std::uint32_t> c;
  reference::MmaDot view() const { return {a_format, b_format, a, b, a_scales, b_scales, c}; }
};
DrawnDot draw_dot(const reference::MmaInstruction& instruction, int count, Draw draw, SplitMix& random);

// `dots` of each draw, now and then of fewer products than k: how many differ between the model of `modelled` and the
// second opinion on `judged` (mma_oracle.h), counted up to `enough`. The first is told in `story`, with what is needed
// to draw it again.
struct Differing {
  int count = 0;
  std::string story;
};
Differing differing(const reference::MmaInstruction& modelled, const reference::MmaInstruction& judged,
                    std::uint64_t seed, int dots, int enough = 1000);

}  // namespace bitgate::oracle
