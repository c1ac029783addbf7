// Codes back to numbers at the edges: overflow, NaN scales, subnormal results, rounding to 16-bit types, rows with
// their own global; and the exact product that metrics use. Facts: te.md 8.2, torchao-and-ocp.md 2.6 and 2.7.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;

constexpr std::uint32_t kOneE4m3 = 0x38;

// A tensor of one block a row: these codes, then zeros, in every row.
QuantizedTensor stored(std::string_view name, std::int64_t rows, std::vector<std::uint8_t> codes, std::uint32_t scale,
                       std::vector<float> global = {}) {
  const reference::Recipe& recipe = reference::require_recipe(name);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  QuantizedTensor tensor = make_quantized(scheme, recipe.storage.global_number, {rows, scheme.block.cols});
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy(codes.begin(), codes.end(), tensor.codes.begin() + row * scheme.block.cols);
    set_scale_bits(tensor.scales, static_cast<std::size_t>(row), scale);
  }
  tensor.global = std::move(global);
  return tensor;
}

// The first values of the result, as binary32 bits.
std::vector<std::uint32_t> first_bits(std::string_view recipe, const QuantizedTensor& tensor, InputType output,
                                      std::size_t n) {
  const std::vector<float> values = reference::dequantize(reference::require_recipe(recipe), tensor, output);
  std::vector<std::uint32_t> bits;
  for (std::size_t i = 0; i < n; ++i) bits.push_back(to_bits(values[i]));
  return bits;
}

using Bits = std::vector<std::uint32_t>;

TEST(Dequantize, FirstProductOverflowsForAHugeAmaxAndZeroCodesBecomeNan) {
  // 448 * 2^127 is infinite, and so is a 2688th of it; 0 times that is the GPU's NaN.
  const QuantizedTensor tensor = stored("te/nvfp4", 1, {7, 15, 0}, 0x7E, {0x1p127f});
  EXPECT_EQ(first_bits("te/nvfp4", tensor, InputType::kF32, 3), (Bits{0x7F800000, 0xFF800000, 0x7FFFFFFF}));
}

TEST(Dequantize, EachRowHasItsOwnAmax) {
  // 2688 times the rounded 1/2688 rounds to 1, so the factors are 1 and 2.
  const QuantizedTensor tensor = stored("te/nvfp4-row", 2, {2}, kOneE4m3, {2688.0f, 5376.0f});
  const std::vector<float> values =
      reference::dequantize(reference::require_recipe("te/nvfp4-row"), tensor, InputType::kF32);
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[16], 2.0f);
}

TEST(Dequantize, ResultIsRoundedToTheOutputTypeOnce) {
  // s = 1 + 2^-8 and 1 + 3 * 2^-8 are ties of bf16.
  const char* const recipe = "torchao/nvfp4-tensorwise";
  for (const auto& [s, bf16] : {std::pair{0x3F808000u, 0x3F800000u}, {0x3F818000u, 0x3F820000u}}) {
    const QuantizedTensor tensor = stored(recipe, 1, {2}, kOneE4m3, {from_bits(s)});
    EXPECT_EQ(first_bits(recipe, tensor, InputType::kF32, 1), Bits{s});
    EXPECT_EQ(first_bits(recipe, tensor, InputType::kBf16, 1), Bits{bf16});
  }
  // 6 * 448 * 1024 is beyond half precision, 0.5 * 2^-14 a subnormal of it.
  const QuantizedTensor large = stored("te/nvfp4", 1, {7}, 0x7E, {2688.0f * 1024.0f});
  EXPECT_EQ(first_bits("te/nvfp4", large, InputType::kF16, 1), Bits{0x7F800000});
  const QuantizedTensor small = stored("te/nvfp4", 1, {1}, kOneE4m3, {2688.0f * 0x1p-14f});
  EXPECT_EQ(first_bits("te/nvfp4", small, InputType::kF16, 1), Bits{to_bits(0x1p-15f)});
}

TEST(Dequantize, NegativeZeroKeepsItsSign) {
  EXPECT_EQ(first_bits("torchao/nvfp4", stored("torchao/nvfp4", 1, {0x8}, kOneE4m3), InputType::kF32, 1),
            Bits{0x80000000});
  EXPECT_EQ(
      first_bits("torchao/mxfp8e4m3-rceil", stored("torchao/mxfp8e4m3-rceil", 1, {0x80}, 127), InputType::kBf16, 1),
      Bits{0x80000000});
}

TEST(Dequantize, MxScaleOfNanGivesNanAndTheSmallestGivesSubnormals) {
  for (const char* recipe : {"torchao/mxfp8e4m3-floor", "torchao/mxfp8e4m3-rceil"}) {
    EXPECT_TRUE(std::isnan(from_bits(first_bits(recipe, stored(recipe, 1, {0x38}, 0xFF), InputType::kF32, 1)[0])));
    // 1, 2^-9 and a NaN code times 2^-127. bf16 reaches down to 2^-133.
    const QuantizedTensor tensor = stored(recipe, 1, {0x38, 0x01, 0x7F}, 0x00);
    EXPECT_EQ(first_bits(recipe, tensor, InputType::kF32, 3), (Bits{0x00400000, 0x00002000, 0x7FFFFFFF}));
    EXPECT_EQ(first_bits(recipe, tensor, InputType::kBf16, 2), (Bits{0x00400000, 0x00000000}));
  }
  EXPECT_EQ(first_bits("torchao/mxfp4-floor", stored("torchao/mxfp4-floor", 1, {0x9}, 0x00), InputType::kF32, 1),
            Bits{0x80200000});
}

TEST(Dequantize, LargestCodeUnderTheLargestMxScaleOverflows) {
  EXPECT_EQ(
      first_bits("torchao/mxfp8e4m3-floor", stored("torchao/mxfp8e4m3-floor", 1, {0xFE}, 0xFE), InputType::kF32, 1),
      Bits{0xFF800000});
}

TEST(Dequantize, AnEmptyTensorHasNoValues) {
  const QuantizedTensor tensor = make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kNone, {3, 0});
  EXPECT_TRUE(reference::dequantize(reference::require_recipe("torchao/mxfp4-floor"), tensor, InputType::kF32).empty());
}

TEST(Dequantize, OrdersThatNoNoteStatesAndTypesThatTheProducerLacksAreRefused) {
  for (const char* recipe : {"te/nvfp4-pyref", "torchao/nvfp4-pr2408", "ggml/q8_1", "ggml/q8_1-cpu-ref"}) {
    const std::vector<float> global(recipe[0] == 'g' ? 0 : 1, 1.0f);
    EXPECT_THROW(first_bits(recipe, stored(recipe, 1, {0}, 0, global), InputType::kF32, 1), InputError) << recipe;
  }
  for (const char* recipe : {"torchao/nvfp4", "torchao/mxfp4-floor"})
    EXPECT_THROW(first_bits(recipe, stored(recipe, 1, {0}, 0), InputType::kF16, 1), InputError) << recipe;
}

// --- the exact product ---

double exact(const QuantizedTensor& tensor, std::int64_t row, std::size_t col) {
  std::vector<double> values(static_cast<std::size_t>(tensor.extent.cols));
  reference::exact_row(tensor, row, values);
  return values[col];
}

TEST(ExactRow, GlobalIsAnAmaxAMultiplierOrADivisor) {
  QuantizedTensor tensor = stored("te/nvfp4-row", 2, {7}, kOneE4m3, {2688.0f, 1344.0f});
  EXPECT_EQ(exact(tensor, 0, 0), 6.0);
  EXPECT_EQ(exact(tensor, 1, 0), 3.0);
  tensor.global_number = GlobalNumber::kMultiplier;
  EXPECT_EQ(exact(tensor, 0, 0), 6.0 * 2688.0);
  tensor.global_number = GlobalNumber::kDivisor;
  tensor.global = {4.0f, 0.5f};
  EXPECT_EQ(exact(tensor, 0, 0), 1.5);
  EXPECT_EQ(exact(tensor, 1, 0), 12.0);
}

TEST(ExactRow, ScalesAreHalvesFloatsOrPowersOfTwo) {
  EXPECT_EQ(exact(stored("ggml/q8_1", 1, {0x80, 0x7F}, 0x3800), 0, 0), -64.0);  // -128 * 0.5
  EXPECT_EQ(exact(stored("ggml/q8_1-mmq-d2s6", 1, {0x80, 0x7F}, 0x3800), 0, 1), 63.5);
  EXPECT_EQ(exact(stored("ggml/q8_1-mmq-d4", 1, {3}, to_bits(0x1p-149f)), 0, 0), 3 * 0x1p-149);
  EXPECT_EQ(exact(stored("torchao/mxfp4-floor", 1, {1}, 0), 0, 0), 0x1p-128);
  EXPECT_TRUE(std::isnan(exact(stored("torchao/mxfp4-floor", 1, {1}, 0xFF), 0, 0)));
  EXPECT_TRUE(std::isnan(exact(stored("ggml/q8_1", 1, {0}, 0x7C00), 0, 0)));  // 0 * Inf
}

}  // namespace
}  // namespace bitgate
