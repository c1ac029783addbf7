// Operands of MMVQ by hand, in ggml's bytes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "bitgate/reference/gemm/ggml_mmvq.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate::oracle::mmvq {

using namespace reference;

inline constexpr std::uint16_t kFp16One = 0x3C00, kFp16Infinity = 0x7C00, kFp16Nan = 0x7E00;
inline constexpr std::uint32_t kInfinity = 0x7F800000;

inline void put_half(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t half) {
  bytes[at] = static_cast<std::uint8_t>(half & 0xFF);
  bytes[at + 1] = static_cast<std::uint8_t>(half >> 8);
}

// Both operands in bytes; zeros where nothing was put.
struct Operands {
  const GgmlWeights* type;
  Extent extent;
  std::int64_t columns;
  std::vector<std::uint8_t> weights, activations;

  Operands(std::string_view name, Extent of_weights, std::int64_t of_columns = 1)
      : type(find_ggml_weights(name)), extent(of_weights), columns(of_columns) {
    weights.resize(static_cast<std::size_t>(extent.rows * (extent.cols / type->cols) * type->bytes));
    const auto shape = ggml_blocks_shape(RawBlocks::kQ8_1, {columns, extent.cols});
    activations.resize(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]));
  }
  GgmlProduct product() const { return {type, extent, weights, columns, activations}; }
  // d and s of a block of activations, and one code for all of it.
  void put_q8(std::size_t block, std::uint16_t d, std::uint16_t s, std::uint8_t code) {
    put_half(activations, 36 * block, d);
    put_half(activations, 36 * block + 2, s);
    std::fill_n(activations.begin() + static_cast<std::ptrdiff_t>(36 * block + 4), 32, code);
  }
  // d of a block of weights of 32, and one code for all of it: of Q8_0 as it is, of nibbles in both.
  void put_weights(std::size_t block, std::uint16_t d, std::uint8_t byte) {
    const auto bytes = static_cast<std::size_t>(type->bytes);
    put_half(weights, bytes * block, d);
    const auto codes = static_cast<std::size_t>(layout_of(type->blocks).codes_at);
    std::fill_n(weights.begin() + static_cast<std::ptrdiff_t>(bytes * block + codes), bytes - codes, byte);
  }
};

inline std::uint32_t only(const Operands& operands, const MmvqOrder& order = {}) {
  const std::vector<float> outputs = ggml_mmvq(operands.product(), order);
  EXPECT_EQ(outputs.size(), 1u);
  return to_bits(outputs.at(0));
}

}  // namespace bitgate::oracle::mmvq
