// Operands of matrix products for tests: codes whose numbers lie in a window of exponents, for every kind of input that
// an instruction takes, and their product by the model.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/compare/gemm_operand.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::draws {

enum class Kind { kWindow, kPositive, kCancelling, kAnyCode };

struct Side {
  Format format;
  Extent extent;
  std::vector<std::uint32_t> codes;  // TF32: as the format has it, 19 bits
  std::vector<std::uint8_t> scales;  // one for each scale_block
};

inline std::vector<Format> formats_of(reference::MmaInputs inputs) {
  using reference::MmaInputs;
  switch (inputs) {
    case MmaInputs::kFp16: return {kFp16};
    case MmaInputs::kBf16: return {kBf16};
    case MmaInputs::kTf32: return {kTf32};
    case MmaInputs::kFp8: return {kE4m3, kE5m2};
    case MmaInputs::kFp6Fp4: return {kE2m1, kE2m3, kE3m2};
    case MmaInputs::kMxFp8Fp6Fp4: return {kE4m3, kE5m2, kE2m1};
    case MmaInputs::kMxFp4:
    case MmaInputs::kNvFp4: return {kE2m1};
    default: return {};
  }
}

// A finite code: any mantissa, and an exponent field from the middle of the range up to `window` below it.
inline std::uint32_t draw_code(const Format& format, Kind kind, int window, oracle::SplitMix& random) {
  for (;;) {
    std::uint32_t code = random.next32() & (sign_mask(format) | magnitude_mask(format));
    if (kind != Kind::kAnyCode) {
      const int middle = format.bias + 1;
      const int field = std::max(0, middle - static_cast<int>(random.next32() % static_cast<unsigned>(window + 1)));
      code = (code & ~exponent_mask(format)) | static_cast<std::uint32_t>(field) << format.mantissa_bits;
    }
    if (kind == Kind::kPositive) code &= ~sign_mask(format);
    if (!is_nan(format, code) && !is_infinity(format, code)) return code;
  }
}

inline Side draw_side(const reference::MmaInstruction& instruction, const Format& format, Extent extent, Kind kind,
                      int window, oracle::SplitMix& random) {
  Side side{format, extent, {}, {}};
  for (std::int64_t i = 0; i < count(extent); ++i) side.codes.push_back(draw_code(format, kind, window, random));
  if (instruction.scale_block == 0) return side;
  const std::int64_t scales = extent.rows * ceil_div(extent.cols, instruction.scale_block);
  const std::uint32_t middle = static_cast<std::uint32_t>(instruction.scale.bias) << instruction.scale.mantissa_bits;
  for (std::int64_t i = 0; i < scales; ++i) {
    const bool any = kind == Kind::kAnyCode && instruction.scale.has_zero;
    const std::uint32_t step = random.next32() % (1u + static_cast<unsigned>(window));
    side.scales.push_back(static_cast<std::uint8_t>(any ? random.next32() % 0x7F : middle + 2 - step));
  }
  return side;
}

// The second of two neighbours in K takes the first one's codes, of the other sign in b and off by a little.
inline void cancel_pairs(Side& a, Side& b) {
  for (std::size_t i = 0; i + 1 < a.codes.size(); i += 2) a.codes[i + 1] = a.codes[i];
  for (std::size_t i = 0; i + 1 < b.codes.size(); i += 2)
    b.codes[i + 1] = b.codes[i] ^ sign_mask(b.format) ^ (i % 3 == 0);
}

inline compare::GemmOperand operand_of(const reference::MmaInstruction& instruction, const Side& side) {
  if (side.scales.empty()) return compare::gemm_operand(side.format, side.extent, side.codes);
  return compare::gemm_operand(side.format, side.extent, side.codes, instruction.scale, instruction.scale_block,
                               side.scales, instruction.order);
}

inline double number_of(const reference::MmaInstruction& instruction, std::uint32_t bits) {
  return reference::is_fp16(instruction.result) ? decode(kFp16, bits) : decode(kFp32, bits);
}

// The model's product as numbers. `c`: bits of D's type, one an element, or empty.
inline std::vector<double> product(const reference::MmaInstruction& instruction, const Side& a, const Side& b,
                                   int promote_every = 0, std::span<const std::uint32_t> c = {}) {
  const auto registers = [](const Side& side) {
    std::vector<std::uint32_t> codes = side.codes;
    if (side.format.name == kTf32.name)
      for (std::uint32_t& code : codes) code <<= 13;
    return codes;
  };
  const std::vector<std::uint32_t> of_a = registers(a), of_b = registers(b);
  std::vector<double> d;
  for (const std::uint32_t bits :
       reference::mma_product({&instruction, promote_every}, {a.format, a.extent.rows, a.extent.cols, of_a, a.scales},
                              {b.format, b.extent.rows, b.extent.cols, of_b, b.scales}, c))
    d.push_back(number_of(instruction, bits));
  return d;
}

}  // namespace bitgate::draws
